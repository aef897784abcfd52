// Tokens that run out, on the real server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloseError, type TokenReason } from '../src/index.js';
import { Server, soon, until } from './support/server.js';

test('a token is renewed on the open connection', async (t) => {
  const server = await Server.start(t);
  const user = crypto.randomUUID();
  const reasons: TokenReason[] = [];
  const client = server.client({
    getToken: (reason) => {
      reasons.push(reason);
      return server.token(user, 'Alice', 3);
    },
  });
  const states: string[] = [];
  client.on('waiting', ({ state }) => states.push(state));
  const { conn } = await client.connect();
  await until('two renewals', () => reasons.length >= 3);
  const state = client.state;
  assert.ok(state.state === 'online' && state.hello.conn === conn);
  assert.deepEqual(reasons.slice(0, 3), ['connect', 'refresh', 'refresh']);
  assert.deepEqual(states, []);
});

test('without a new token in time the server closes; the next connection has one', async (t) => {
  const server = await Server.start(t);
  const user = crypto.randomUUID();
  const reasons: TokenReason[] = [];
  const client = server.client({
    getToken: (reason) => {
      reasons.push(reason);
      if (reason === 'refresh') throw new Error('the issuer is away');
      return server.token(user, 'Alice', reason === 'connect' ? 2 : 60);
    },
  });
  let closeCode = 0;
  client.on('waiting', ({ cause }) => {
    if (cause instanceof CloseError) closeCode = cause.closeCode;
  });
  const first = await client.connect();
  await until('another connection', () => {
    const { state } = client;
    return state.state === 'online' && state.hello.conn !== first.conn;
  });
  assert.equal(closeCode, 4001);
  assert.ok(reasons.includes('expired'));
});

test('an expired token is asked for again, a forged one ends the client', async (t) => {
  const server = await Server.start(t);
  const user = crypto.randomUUID();
  const good = server.token(user, 'Alice');
  const expired = server.token(user, 'Alice', 1);
  const { exp } = JSON.parse(Buffer.from(expired.split('.')[1]!, 'base64url').toString());
  await until('the token to run out', () => Date.now() / 1000 > exp + 1);
  const client = server.client({ getToken: (reason) => (reason === 'connect' ? expired : good) });
  assert.equal((await soon('online', client.connect())).user.id, user);

  const forger = server.client({ getToken: () => `${good.slice(0, -6)}AAAAAA` });
  await assert.rejects(soon('the end', forger.connect()), { code: 'closed', closeCode: 4503 });
  assert.equal(forger.state.state, 'closed');
});

test('the token of another user ends the client', async (t) => {
  const server = await Server.start(t);
  const client = server.client({
    getToken: (reason) => server.token(crypto.randomUUID(), 'X', reason === 'connect' ? 2 : 60),
  });
  await client.connect();
  const closed = await until('the end', () => client.state.state === 'closed' && client.state);
  assert.ok(closed.error instanceof CloseError);
  assert.equal(closed.error.closeCode, 4503);
});
