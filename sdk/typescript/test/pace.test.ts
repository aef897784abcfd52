// The pace of a connection: what the server said it takes, and no more.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from '../src/index.js';
import { Pace } from '../src/pace.js';
import { FakeSocket, hello, ManualClock, settled } from './support/manual.js';

const limits = (perS: number, burst: number) =>
  ({ message_bytes: 65536, publish_per_s: perS, burst });

function setUp() {
  const clock = new ManualClock();
  let calls = 0;
  const pace = new Pace(clock, () => calls++);
  const takeAll = () => {
    let taken = 0;
    while (taken < 1000 && pace.take()) taken++;
    return taken;
  };
  return { clock, pace, takeAll, calls: () => calls };
}

test('a burst, then a little less than the rate, and never more', async () => {
  const { clock, pace, takeAll, calls } = setUp();
  pace.start(limits(10, 50));
  assert.equal(takeAll(), 45);
  let taken = 0;
  for (let i = 0; i < 1000; i++) {
    await clock.pass(10);
    taken += takeAll();
  }
  assert.ok(taken >= 94 && taken <= 95, `${taken} in 10 s`);
  assert.ok(calls() >= 94);
  await clock.pass(100_000);
  assert.equal(takeAll(), 45);
});

test('who has to wait is called once, when there is something to take', async () => {
  const { clock, pace, takeAll, calls } = setUp();
  pace.start(limits(10, 6));
  assert.equal(takeAll(), 1);
  assert.equal(pace.take(), false);
  await clock.pass(105);
  assert.equal(calls(), 0);
  await clock.pass(1);
  assert.equal(calls(), 1);
  assert.equal(pace.take(), true);
});

test('before a connection, after it, and without a limit nothing waits', async () => {
  const { clock, pace, takeAll } = setUp();
  assert.equal(takeAll(), 1000);
  pace.start(limits(10, 6));
  takeAll();
  pace.stop();
  assert.equal(clock.timers, 0);
  assert.equal(takeAll(), 1000);
  pace.start(limits(0, 0));
  assert.equal(takeAll(), 1000);
  pace.start(limits(1, 1));
  assert.equal(takeAll(), 1);
});

test('publishes and pages take turns when both have to wait', async () => {
  FakeSocket.opened = [];
  const clock = new ManualClock();
  const client = new Client({
    url: 'ws://chat.example/ws', getToken: () => 'token', webSocket: FakeSocket, clock,
  });
  client.connect().catch(() => {});
  await settled();
  const socket = FakeSocket.last();
  socket.open();
  socket.reply('connect', { ...hello(), limits: limits(10, 7) });
  for (let i = 0; i < 9; i++) client.publish(`room-${i}`, 'x').catch(() => {});
  for (let i = 0; i < 4; i++) client.history('general').catch(() => {});
  const sent = () => socket.sent.slice(1).map((frame) => ('publish' in frame ? 'p' : 'h')).join('');
  assert.equal(sent(), 'pp');
  await clock.pass(640);
  assert.equal([...sent().slice(2)].sort().join(''), 'hhhppp');
  await clock.pass(10_000);
  assert.equal([...sent()].sort().join(''), 'hhhhppppppppp');
  for (let i = 0; i < 200; i++) client.publish(`room-${i}`, 'x').catch(() => {});
  client.close();
  assert.equal(clock.timers, 0);
});
