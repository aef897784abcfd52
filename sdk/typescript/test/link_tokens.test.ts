// Tokens, with a server that the test plays: kept, renewed, asked for anew.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { State } from '../src/index.js';
import { FakeSocket, hello } from './support/manual.js';
import { setUp } from './support/played.js';

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
