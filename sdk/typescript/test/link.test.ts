// The connection, with a server that the test plays: coming back, drain, broken servers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloseError, type State } from '../src/index.js';
import { FakeSocket, message } from './support/manual.js';
import { setUp } from './support/played.js';

test('a lost connection comes back with positions and last_close', async () => {
  const { clock, client, told, states } = await setUp();
  const joining = client.join('general');
  FakeSocket.last().admit({ general: { epoch: 'e', head: 5, resume: 'ok' } });
  const room = await joining;
  room.on('event', () => {});
  FakeSocket.last().receive({ event: message('general', 6) });
  FakeSocket.last().receive({ event: message('general', 8) }); // not handed over: 7 is missing
  FakeSocket.last().drop(4009, 'messages were lost');
  assert.deepEqual(told().slice(2), [250]);
  const { cause } = states.at(-1) as Extract<State, { state: 'waiting' }>;
  assert.ok(cause instanceof CloseError && cause.closeCode === 4009);
  await clock.pass(249);
  assert.equal(FakeSocket.opened.length, 1);
  await clock.pass(1);
  FakeSocket.last().open();
  assert.deepEqual(FakeSocket.last().commands('connect'), [
    { token: 'token 1', rooms: { general: { epoch: 'e', seq: 6 } }, last_close: 4009 },
  ]);
});

test('attempts in a row wait longer, until a connection has lived a while', async () => {
  const { clock, told } = await setUp();
  for (let i = 0; i < 3; i++) {
    FakeSocket.last().drop(1006);
    await clock.pass(2_000);
  }
  FakeSocket.last().admit();
  await clock.pass(1000);
  FakeSocket.last().drop(1006);
  await clock.pass(2_000);
  FakeSocket.last().admit();
  await clock.pass(10_000);
  FakeSocket.last().drop(1006);
  assert.deepEqual(told().filter((each) => typeof each === 'number'), [250, 500, 1000, 2000, 250]);
});

test('a refused connect waits for retry_ms and for the close code', async () => {
  const { clock, told, client } = await setUp();
  FakeSocket.last().open();
  FakeSocket.last().refuse({ code: 'user_cap', retryable: true, retry_ms: 1000 });
  assert.equal(client.state.state, 'connecting');
  FakeSocket.last().drop(4008);
  assert.deepEqual(told(), ['connecting', 1250]);
  await clock.pass(1250);
  FakeSocket.last().open();
  FakeSocket.last().refuse({ code: 'log_busy', retryable: true, retry_ms: 100 });
  await clock.pass(2000); // the server does not close
  assert.equal(FakeSocket.last().closedWith, 3000);
  assert.equal(told().at(-1), 600);
});

test('a final close code ends the client with a typed error', async () => {
  const { clock, client, states, connected } = await setUp();
  const waiting = client.publish('general', 'never');
  FakeSocket.last().open();
  FakeSocket.last().refuse({ code: 'token_invalid', retryable: false, message: 'no' });
  FakeSocket.last().drop(4503, 'token not accepted');
  const isFinal = (error: any) => {
    assert.ok(error instanceof CloseError);
    assert.deepEqual([error.code, error.closeCode], ['closed', 4503]);
    assert.equal((error.cause as { code: string }).code, 'token_invalid');
    return true;
  };
  await assert.rejects(connected, isFinal);
  await assert.rejects(waiting, isFinal);
  isFinal((states.at(-1) as Extract<State, { state: 'closed' }>).error);
  await clock.pass(600_000);
  assert.equal(FakeSocket.opened.length, 1);
  assert.equal(clock.timers, 0);
});

test('a connect that can never succeed ends the client, also without a close', async () => {
  const { clock, connected } = await setUp();
  FakeSocket.last().open();
  FakeSocket.last().refuse({ code: 'too_many_rooms', retryable: false });
  await clock.pass(2000);
  await assert.rejects(connected, { code: 'too_many_rooms' });
});

test('drain: away at a time inside the window, and back at once', async () => {
  const { clock, client, told } = await setUp();
  FakeSocket.last().admit();
  FakeSocket.last().receive({ drain: { close_ms: 8200, reconnect_ms: [1000, 4000] } });
  await clock.pass(2499);
  assert.equal(client.state.state, 'online');
  await clock.pass(1);
  assert.equal(FakeSocket.opened[0]!.closedWith, 1000);
  assert.equal(FakeSocket.opened.length, 2);
  assert.deepEqual(told(), ['connecting', 'online', 0, 'connecting']);
});

test('drain: when the server is gone earlier, the chosen time still counts', async () => {
  const { clock, told } = await setUp();
  FakeSocket.last().admit();
  FakeSocket.last().receive({ drain: { close_ms: 100, reconnect_ms: [1000, 4000] } });
  await clock.pass(100);
  FakeSocket.last().drop(1001);
  assert.equal(told().at(-1), 2400);
  await clock.pass(2399);
  assert.equal(FakeSocket.opened.length, 1);
  await clock.pass(1);
  FakeSocket.last().drop(1006);
  assert.equal(told().at(-1), 500, 'the window was for one return');
});

test('a command without a reply ends the connection, as does one that never opens', async () => {
  const { clock, client, states } = await setUp({ replyTimeoutMs: 5000 });
  await clock.pass(5000);
  const causes = () =>
    states.flatMap((state) => (state.state === 'waiting' ? state.cause.code : []));
  assert.deepEqual(causes(), ['no_reply']);
  await clock.pass(250);
  FakeSocket.last().admit();
  const asked = client.history('general');
  const publishing = client.publish('general', 'x');
  const failed = assert.rejects(asked, { code: 'no_reply' });
  await clock.pass(5000);
  await failed;
  assert.deepEqual(causes(), ['no_reply', 'no_reply']);
  await clock.pass(500);
  FakeSocket.last().admit();
  const [first, second] = FakeSocket.opened.slice(1).map((each) => each.commands('publish'));
  assert.equal(first!.length, 1);
  assert.deepEqual(second, first);
  FakeSocket.last().reply('publish', { seq: 1, id: 'x', ts: 1, dup: true });
  assert.equal((await publishing).dup, true);
});

test('a malformed frame ends the connection with a typed error, not the client', async () => {
  const { clock, states, client } = await setUp();
  FakeSocket.last().admit();
  FakeSocket.last().receive({ surprise: 1 });
  assert.equal(client.state.state, 'online');
  FakeSocket.last().receive('{"event":{}}');
  const { cause } = states.at(-1) as Extract<State, { state: 'waiting' }>;
  assert.equal(cause.name, 'FrameError');
  assert.equal(FakeSocket.last().closedWith, 3000);
  await clock.pass(250);
  assert.equal(FakeSocket.opened.length, 2);
});

test('after close nothing happens any more, whenever it is called', async () => {
  for (const moment of ['connecting', 'opened', 'online', 'waiting']) {
    const { clock, client, states } = await setUp();
    const socket = FakeSocket.last();
    if (moment === 'opened') socket.open();
    if (moment === 'online') socket.admit();
    if (moment === 'waiting') socket.drop(1006);
    client.close();
    client.close();
    socket.open();
    socket.drop(1000);
    await clock.pass(600_000);
    assert.deepEqual(states.at(-1), { state: 'closed', error: null }, moment);
    assert.equal(states.filter((state) => state.state === 'closed').length, 1);
    assert.equal(FakeSocket.opened.length, 1, moment);
    assert.equal(clock.timers, 0, moment);
  }
});

test('an error about no command in particular ends the connection', async () => {
  const { client, states } = await setUp();
  FakeSocket.last().admit();
  const asked = client.history('general');
  FakeSocket.last().receive({ error: { code: 'bad_frame', retryable: false } });
  await assert.rejects(asked, { code: 'connection_lost' });
  const { cause } = states.at(-1) as Extract<State, { state: 'waiting' }>;
  assert.equal(cause.code, 'bad_frame');
});
