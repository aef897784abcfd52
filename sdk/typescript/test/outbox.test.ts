// The outbox on a server that the test plays, and a clock that it sets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfabError } from '../src/errors.js';
import { Outbox } from '../src/outbox.js';
import type { PublishReply } from '../src/wire.js';
import { ManualClock, settled } from './support/manual.js';

interface Sent {
  room: string;
  body: string;
  cid: string;
  store(seq: number): Promise<void>;
  refuse(code: string, retryMs?: number): Promise<void>;
}

function setUp({ limit = 10, closedRooms = new Set<string>() } = {}) {
  const clock = new ManualClock();
  const sent: Sent[] = [];
  const outbox = new Outbox({
    limit,
    clock,
    random: () => 0.5,
    mayPublish: (room) => !closedRooms.has(room),
    take: () => true,
    send: (args, done) => {
      const finish = (error: ConfabError | null, reply: PublishReply | null) => {
        done(error, reply);
        return settled();
      };
      sent.push({
        ...args,
        store: (seq) => finish(null, { seq, id: `id-${seq}`, ts: seq, dup: false }),
        refuse: (code, retryMs) => {
          const details = retryMs === undefined ? {} : { retryable: true, retryMs };
          return finish(new ConfabError(code, code, details), null);
        },
      });
    },
  });
  const publish = (room: string, body: string) =>
    outbox.publish({ room, cid: `cid-${body}`, body });
  const told = () => sent.map(({ room, body }) => `${room}:${body}`);
  return { clock, sent, outbox, publish, told };
}

test('of one room one is under way, of several rooms one each', async () => {
  const { sent, outbox, publish, told } = setUp();
  outbox.online();
  const replies = [publish('a', '1'), publish('a', '2'), publish('b', '3')];
  assert.deepEqual(told(), ['a:1', 'b:3']);
  await sent[0]!.store(7);
  assert.deepEqual(told(), ['a:1', 'b:3', 'a:2']);
  await sent[1]!.store(1);
  await sent[2]!.store(8);
  assert.deepEqual((await Promise.all(replies)).map((reply) => reply.seq), [7, 8, 1]);
  assert.equal(outbox.size, 0);
});

test('a retryable error holds its room, and only that, until the time is up', async () => {
  const { clock, sent, outbox, publish, told } = setUp();
  outbox.online();
  const reply = publish('a', '1');
  void publish('a', '2');
  await sent[0]!.refuse('log_busy', 1200);
  void publish('b', '3');
  await clock.pass(1199);
  assert.deepEqual(told(), ['a:1', 'b:3']);
  await clock.pass(1);
  assert.deepEqual(told(), ['a:1', 'b:3', 'a:1']);
  assert.equal(sent[2]!.cid, sent[0]!.cid);
  await sent[2]!.store(1);
  assert.equal((await reply).seq, 1);
  assert.deepEqual(told(), ['a:1', 'b:3', 'a:1', 'a:2']);
});

test('a rate limit holds all rooms', async () => {
  const { clock, sent, outbox, publish, told } = setUp();
  outbox.online();
  void publish('a', '1');
  await sent[0]!.refuse('rate_limited', 500);
  void publish('b', '2');
  await clock.pass(499);
  assert.deepEqual(told(), ['a:1']);
  await clock.pass(1);
  assert.deepEqual(told(), ['a:1', 'a:1', 'b:2']);
});

test('an error for good rejects that one, and the next goes out', async () => {
  const { sent, outbox, publish, told } = setUp();
  outbox.online();
  const [first, second] = [publish('a', '1'), publish('a', '2')];
  const refused = assert.rejects(first, { code: 'conflict', retryable: false });
  await sent[0]!.refuse('conflict');
  await refused;
  assert.deepEqual(told(), ['a:1', 'a:2']);
  await sent[1]!.store(1);
  assert.equal((await second).seq, 1);
});

test('what was not answered is sent again on the next connection, under the same cid', async () => {
  const { sent, outbox, publish, told } = setUp();
  void publish('a', '1');
  void publish('a', '2');
  assert.deepEqual(told(), []);
  outbox.online();
  assert.deepEqual(told(), ['a:1']);
  outbox.offline();
  await sent[0]!.refuse('connection_lost');
  assert.deepEqual(told(), ['a:1']);
  outbox.online();
  assert.deepEqual(told(), ['a:1', 'a:1']);
  assert.equal(sent[1]!.cid, sent[0]!.cid);
  await sent[1]!.store(1);
  assert.deepEqual(told(), ['a:1', 'a:1', 'a:2']);
});

test('a room that is not entered yet is waited for', () => {
  const closedRooms = new Set(['a']);
  const { outbox, publish, told } = setUp({ closedRooms });
  outbox.online();
  void publish('a', '1');
  assert.deepEqual(told(), []);
  closedRooms.clear();
  outbox.pump();
  assert.deepEqual(told(), ['a:1']);
});

test('at most 16 are under way, and no room is forgotten', async () => {
  const { sent, outbox, publish } = setUp({ limit: 100 });
  for (let i = 0; i < 40; i++) void publish(`r${i % 20}`, `${i}`);
  outbox.online();
  assert.equal(sent.length, 16);
  for (let i = 0; i < 40; i++) await sent[i]!.store(i + 1);
  assert.deepEqual(new Set(sent.slice(0, 20).map(({ room }) => room)).size, 20);
  assert.equal(sent.length, 40);
  assert.equal(outbox.size, 0);
});

test('a full outbox refuses, room is made by an answer, and close rejects the rest', async () => {
  const { clock, sent, outbox, publish } = setUp({ limit: 2 });
  outbox.online();
  const first = publish('a', '1');
  const second = publish('a', '2');
  const full = { name: 'OutboxFullError', code: 'outbox_full', limit: 2 };
  await assert.rejects(publish('a', '3'), full);
  await sent[0]!.store(1);
  await first;
  const fourth = publish('a', '4');
  await sent[1]!.refuse('log_busy', 1000);
  assert.equal(clock.timers, 1);
  outbox.close(new ConfabError('closed', 'over'));
  await assert.rejects(second, { code: 'closed' });
  await assert.rejects(fourth, { code: 'closed' });
  await assert.rejects(publish('a', '5'), { code: 'closed' });
  assert.equal(clock.timers, 0);
  assert.equal(outbox.size, 0);
});
