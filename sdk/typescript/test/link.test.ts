// The client on sockets that the test plays: reconnecting, drain, tokens, broken servers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, CloseError, type ClientOptions, type State } from '../src/index.js';
import { FakeSocket, ManualClock, hello, message, settled } from './support/manual.js';

async function setUp(options: Partial<ClientOptions> = {}) {
  FakeSocket.opened = [];
  const clock = new ManualClock();
  const reasons: string[] = [];
  const client = new Client({
    url: 'ws://chat.example/ws',
    getToken: (reason) => `token ${reasons.push(reason)}`,
    webSocket: FakeSocket,
    clock,
    random: () => 0.5,
    ...options,
  });
  const states: State[] = [];
  for (const name of ['connecting', 'online', 'waiting', 'closed'] as const) {
    client.on(name, (state) => states.push(state));
  }
  const connected = client.connect();
  connected.catch(() => {});
  await settled();
  const told = () => states.map((state) => (state.state === 'waiting' ? state.ms : state.state));
  return { clock, client, reasons, states, told, connected };
}

test('connect says token and rooms, and the states are told', async () => {
  const { client, told, connected } = await setUp();
  void client.join('general', { position: { epoch: 'e', seq: 7 } });
  void client.join('dev');
  const socket = FakeSocket.last();
  assert.equal(socket.url, 'ws://chat.example/ws');
  assert.equal(socket.protocol, 'confab.v2');
  socket.open();
  assert.deepEqual(socket.sent, [
    { id: 1, connect: { token: 'token 1', rooms: { general: { epoch: 'e', seq: 7 }, dev: null } } },
  ]);
  socket.reply('connect', hello());
  assert.equal((await connected).conn, 'c-1');
  assert.deepEqual(told(), ['connecting', 'online']);
});

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

test('the token is kept across connections, and asked for anew after 4001', async () => {
  const { clock, reasons } = await setUp();
  FakeSocket.last().admit();
  FakeSocket.last().drop(1006);
  await clock.pass(500);
  assert.deepEqual(reasons, ['connect']);
  FakeSocket.last().admit();
  FakeSocket.last().drop(4001, 'token expired');
  await clock.pass(1000);
  FakeSocket.last().open();
  assert.deepEqual(reasons, ['connect', 'expired']);
  assert.equal(FakeSocket.last().commands('connect')[0].token, 'token 2');
});

test('a token that ran out while there was no connection is not tried', async () => {
  const { clock, reasons } = await setUp();
  FakeSocket.last().admit({}, 30);
  FakeSocket.last().drop(1006);
  await clock.pass(250);
  FakeSocket.last().drop(1006);
  await clock.pass(30_000);
  assert.deepEqual(reasons, ['connect']);
  FakeSocket.last().drop(1006);
  await clock.pass(30_000);
  assert.deepEqual(reasons, ['connect', 'expired']);
});

test('the token is renewed in time, again and again, and a failure is repeated', async () => {
  const { clock, reasons, client } = await setUp();
  FakeSocket.last().admit({}, 100);
  await clock.pass(79_999);
  assert.deepEqual(reasons, ['connect']);
  await clock.pass(1);
  assert.deepEqual(FakeSocket.last().commands('refresh'), [{ token: 'token 2' }]);
  FakeSocket.last().refuse({ code: 'already_refreshing', retryable: false });
  await clock.pass(250);
  assert.deepEqual(reasons, ['connect', 'refresh', 'refresh']);
  FakeSocket.last().reply('refresh', { token_ttl_s: 1000 });
  await clock.pass(939_999);
  assert.equal(reasons.length, 3);
  await clock.pass(1);
  assert.equal(reasons.length, 4);
  assert.equal(client.state.state, 'online');
});

test('getToken may fail for a while', async () => {
  let failures = 2;
  const getToken = () => {
    if (failures-- > 0) throw new Error('no network');
    return 'token';
  };
  const { clock, told, states } = await setUp({ getToken });
  const { cause } = states.at(-1) as Extract<State, { state: 'waiting' }>;
  assert.equal(cause.code, 'no_token');
  assert.equal((cause.cause as Error).message, 'no network');
  await clock.pass(750);
  assert.deepEqual(told(), ['connecting', 250, 'connecting', 500, 'connecting']);
  assert.equal(FakeSocket.opened.length, 1);
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

test('a room that is refused ends with its reason, and the others live on', async () => {
  const { client } = await setUp();
  const [secret, general] = [client.join('secret'), client.join('general')];
  const refused = assert.rejects(secret, { code: 'forbidden' });
  FakeSocket.last().admit({
    secret: { resume: 'forbidden' },
    general: { epoch: 'e', head: 0, resume: 'ok' },
  });
  await refused;
  assert.equal((await general).name, 'general');
  assert.equal(client.room('secret'), undefined);
});

test('who joins in the moment of coming online joins once', async () => {
  const { client } = await setUp();
  const joined: Promise<unknown>[] = [];
  client.on('online', () => joined.push(client.join('late')));
  const early = client.join('early');
  void early.then(() => joined.push(client.join('next')));
  FakeSocket.last().admit({ early: { epoch: 'e', head: 0, resume: 'ok' } });
  await settled();
  assert.deepEqual(FakeSocket.last().commands('join'), [{ room: 'late' }, { room: 'next' }]);
});

test('joins and pages that wait when the connection ends come with the next, or fail', async () => {
  const { clock, client } = await setUp();
  FakeSocket.last().admit();
  const joins = Array.from({ length: 10 }, (_, i) => client.join(`r${i}`));
  const page = client.history('r0');
  const failed = assert.rejects(page, { code: 'connection_lost' });
  assert.equal(FakeSocket.last().commands('join').length, 4, 'not all at once');
  FakeSocket.last().refuse({ code: 'too_many_commands', retryable: true, retry_ms: 500 });
  FakeSocket.last().drop(1006);
  await failed;
  await clock.pass(250);
  const rooms = joins.map((_, i) => [`r${i}`, { epoch: 'e', head: 0, resume: 'ok' }]);
  FakeSocket.last().admit(Object.fromEntries(rooms));
  assert.equal((await Promise.all(joins)).length, 10);
  await clock.pass(1000);
  assert.deepEqual(FakeSocket.last().commands('join'), []);
});

test('a join that is refused for a while is repeated, one for good rejects', async () => {
  const { clock, client } = await setUp();
  FakeSocket.last().admit();
  const joining = client.join('general');
  FakeSocket.last().refuse({ code: 'log_busy', retryable: true, retry_ms: 50 });
  await clock.pass(50);
  assert.equal(FakeSocket.last().commands('join').length, 2);
  FakeSocket.last().reply('join', { epoch: 'e', head: 3, resume: 'ok' });
  assert.deepEqual((await joining).position, { epoch: 'e', seq: 3 });
  const refused = assert.rejects(client.join('dev'), { code: 'too_many_rooms' });
  FakeSocket.last().refuse({ code: 'too_many_rooms', retryable: false });
  await refused;
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

test('an interrupted catching up goes on with the next connection', async () => {
  const { clock, client } = await setUp();
  const joining = client.join('general', { position: { epoch: 'e', seq: 0 } });
  const behind = { epoch: 'e', head: 500, resume: 'behind', oldest: 1 };
  FakeSocket.last().admit({ general: behind });
  const room = await joining;
  const seqs: number[] = [];
  room.on('event', ({ seq }) => seqs.push(seq));
  await settled();
  assert.deepEqual(FakeSocket.last().commands('history'), [
    { room: 'general', after: 0, limit: 100 },
  ]);
  FakeSocket.last().drop(1006);
  await clock.pass(250);
  FakeSocket.last().admit({ general: behind });
  await settled();
  assert.equal(FakeSocket.last().commands('history').length, 1);
  const events = [1, 2, 3].map((seq) => message('general', seq));
  const page = { room: 'general', epoch: 'e', head: 3, oldest: 1, events, end: true };
  FakeSocket.last().reply('history', page);
  assert.deepEqual(seqs, [1, 2, 3]);
});

test('leave waits for the answer to join, and publishes for the room to be entered', async () => {
  const { client } = await setUp();
  FakeSocket.last().admit();
  const joining = client.join('general');
  const publishing = client.publish('general', 'x');
  assert.equal(FakeSocket.last().commands('publish').length, 0);
  FakeSocket.last().reply('join', { epoch: 'e', head: 0, resume: 'ok' });
  assert.equal(FakeSocket.last().commands('publish').length, 1);
  FakeSocket.last().reply('publish', { seq: 1, id: 'x', ts: 1, dup: false });
  await publishing;
  await joining;

  const refused = assert.rejects(client.join('dev'), { code: 'left' });
  const leaving = client.room('dev')!.leave();
  assert.equal(FakeSocket.last().commands('leave').length, 0);
  FakeSocket.last().reply('join', { epoch: 'e', head: 0, resume: 'ok' });
  assert.deepEqual(FakeSocket.last().commands('leave'), [{ room: 'dev' }]);
  FakeSocket.last().reply('leave', {});
  await leaving;
  await refused;
  assert.equal(client.room('dev'), undefined);
});
