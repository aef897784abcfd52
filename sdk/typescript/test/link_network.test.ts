// The platform says that there is a network again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientOptions, State } from '../src/index.js';
import { platformNetwork } from '../src/network.js';
import { FakeSocket, settled } from './support/manual.js';
import { setUp } from './support/played.js';

/** As setUp(), with a network that comes back when the test says so. */
async function setUpNetwork(options: Partial<ClientOptions> = {}) {
  const listeners = new Set<(isThere: boolean) => void>();
  const played = await setUp({
    onNetwork: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    ...options,
  });
  const tell = (isThere: boolean) => listeners.forEach((listener) => listener(isThere));
  return { ...played, listeners, back: () => tell(true), leave: () => tell(false) };
}

test('who waits dials soon, however long the wait was, and starts to count anew', async () => {
  const { clock, told, back } = await setUpNetwork();
  for (let i = 0; i < 5; i++) {
    FakeSocket.last().drop(1006);
    await clock.pass(i < 4 ? 10_000 : 0);
  }
  assert.equal(told().at(-1), 4000);
  const dialled = FakeSocket.opened.length;
  back();
  await clock.pass(249);
  assert.equal(FakeSocket.opened.length, dialled, 'not all that come back at the same moment');
  await clock.pass(1);
  assert.equal(FakeSocket.opened.length, dialled + 1);
  FakeSocket.last().drop(1006);
  assert.equal(told().at(-1), 250);
});

test('a wait is never made longer', async () => {
  const { clock, back } = await setUpNetwork();
  FakeSocket.last().drop(1006);
  await clock.pass(200);
  back();
  await clock.pass(50);
  assert.equal(FakeSocket.opened.length, 2);
});

test('what the server asked for still counts', async () => {
  const { clock, back } = await setUpNetwork();
  FakeSocket.last().open();
  FakeSocket.last().refuse({ code: 'user_cap', retryable: true, retry_ms: 1000 });
  FakeSocket.last().drop(4008);
  back();
  await clock.pass(1249);
  assert.equal(FakeSocket.opened.length, 1);
  await clock.pass(1);
  assert.equal(FakeSocket.opened.length, 2);
  FakeSocket.last().admit();
  FakeSocket.last().receive({ drain: { close_ms: 100, reconnect_ms: [1000, 4000] } });
  back();
  await clock.pass(2499);
  assert.equal(FakeSocket.opened.length, 2);
  await clock.pass(1);
  assert.equal(FakeSocket.opened.length, 3);
});

test('a connection is taken for dead, also one that is not open yet', async () => {
  const { clock, states, back, client } = await setUpNetwork();
  back();
  assert.equal(FakeSocket.last().closedWith, 3000);
  await clock.pass(250);
  FakeSocket.last().admit();
  const publishing = client.publish('general', 'x');
  back();
  assert.equal(FakeSocket.opened.length, 2);
  const { cause } = states.at(-1) as Extract<State, { state: 'waiting' }>;
  assert.equal(cause.code, 'connection_lost');
  await clock.pass(250);
  FakeSocket.last().admit();
  const [first, second] = FakeSocket.opened.slice(1).map((each) => each.commands('publish'));
  assert.deepEqual(second, first);
  FakeSocket.last().reply('publish', { seq: 1, id: 'x', ts: 1, dup: true });
  await publishing;
});

test('while a token is made nothing is dialled twice', async () => {
  let make = (_: string) => {};
  const getToken = () => new Promise<string>((resolve) => (make = resolve));
  const { back, clock } = await setUpNetwork({ getToken });
  back();
  await clock.pass(1000);
  make('token');
  await settled();
  assert.equal(FakeSocket.opened.length, 1);
});

test('it is listened to from connect to close', async () => {
  const { client, listeners, back } = await setUpNetwork();
  assert.equal(listeners.size, 1);
  const late = [...listeners][0]!;
  client.close();
  assert.equal(listeners.size, 0);
  late(false);
  late(true);
  back();
  assert.equal(client.state.state, 'closed');
});

test('who leaves the page has no connection until he is back', async () => {
  const { clock, states, back, leave, client } = await setUpNetwork();
  FakeSocket.last().admit();
  const publishing = client.publish('general', 'x');
  leave();
  assert.equal(FakeSocket.last().closedWith, 1000);
  leave();
  await clock.pass(600_000);
  assert.equal(FakeSocket.opened.length, 1);
  back();
  await clock.pass(250);
  FakeSocket.last().admit();
  FakeSocket.last().reply('publish', { seq: 1, id: 'x', ts: 1, dup: false });
  await publishing;
  FakeSocket.last().drop(1006);
  leave();
  await clock.pass(600_000);
  assert.equal(FakeSocket.opened.length, 2, 'nor does a wait end meanwhile');
  assert.equal(states.at(-1)!.state, 'waiting');
  back();
  await clock.pass(250);
  assert.equal(FakeSocket.opened.length, 3);
});

test('who leaves the page while a token is made dials with it when he is back', async () => {
  let make = (_: string) => {};
  const getToken = () => new Promise<string>((resolve) => (make = resolve));
  const { back, leave, clock } = await setUpNetwork({ getToken });
  leave();
  make('token');
  await clock.pass(600_000);
  assert.equal(FakeSocket.opened.length, 0);
  back();
  await clock.pass(250);
  make('token');
  await settled();
  assert.equal(FakeSocket.opened.length, 1);
});

test('the platform tells it with events, if it does at all', () => {
  assert.doesNotThrow(platformNetwork(() => {}), 'Node does not');
  const platform = new EventTarget();
  const { addEventListener, removeEventListener } = globalThis;
  globalThis.addEventListener = platform.addEventListener.bind(platform);
  globalThis.removeEventListener = platform.removeEventListener.bind(platform);
  try {
    const told: boolean[] = [];
    const stop = platformNetwork((isThere) => told.push(isThere));
    const dispatch = (name: string, members = {}) =>
      platform.dispatchEvent(Object.assign(new Event(name), members));
    dispatch('online');
    dispatch('pageshow', { persisted: false }); // it has been loaded
    dispatch('pagehide', { persisted: true });
    dispatch('pageshow', { persisted: true });
    dispatch('pagehide', { persisted: false }); // it is gone for good
    stop();
    dispatch('online');
    assert.deepEqual(told, [true, false, true]);
  } finally {
    Object.assign(globalThis, { addEventListener, removeEventListener });
  }
});
