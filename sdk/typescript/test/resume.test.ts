// Across connections and lives of the real server: nothing is lost, nothing comes twice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import WebSocket from 'ws';
import type { Client, Room, RoomItem } from '../src/index.js';
import { Server, soon, until } from './support/server.js';

const told = (items: readonly RoomItem[]) =>
  items.map((item) => (item.kind === 'message' ? item.seq : item.kind));
const upTo = (last: number, first = 1) =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** Everything that a room hands over, in its order. */
function record(room: Room): RoomItem[] {
  const items: RoomItem[] = [];
  room.on('event', (item) => items.push(item));
  room.on('gap', (item) => items.push(item));
  room.on('reset', (item) => items.push(item));
  return items;
}

const online = (client: Client) => until('online', () => client.state.state === 'online');

test('the server is killed while both publish: each publish is stored once', async (t) => {
  const server = await Server.start(t);
  const [alice, bob] = [server.client(), server.client()];
  await Promise.all([alice.connect(), bob.connect()]);
  const rooms = [await alice.join('general'), await bob.join('general')] as const;
  const heard = rooms.map(record);
  let kills = 0;
  const acks: number[][] = [[], []];
  const bodies: string[][] = [[], []];
  const write = async (who: 0 | 1) => {
    for (let i = 0; kills < 3 || acks[who]!.length < 60; i++) {
      const body = `${who} ${i}`;
      const reply = await rooms[who].publish(body);
      acks[who]!.push(reply.seq);
      bodies[who]!.push(body);
    }
  };
  const writing = Promise.all([write(0), write(1)]);
  for (; kills < 3; kills++) {
    const before = acks[0]!.length;
    await until('some publishes', () => acks[0]!.length > before + 5);
    await server.kill();
    await server.start();
  }
  await soon('all publishes', writing);

  const all = [...acks[0]!, ...acks[1]!];
  const last = Math.max(...all);
  assert.equal(all.length, last, 'a seq for each publish and no more');
  assert.deepEqual([...all].sort((a, b) => a - b), upTo(last));
  for (const items of heard) {
    await until('everything', () => items.length >= last);
    assert.deepEqual(told(items), upTo(last));
    for (const who of [0, 1]) {
      const mine = items.flatMap((item) =>
        item.kind === 'message' && item.body.startsWith(`${who} `) ? item.body : []);
      assert.deepEqual(mine, bodies[who], 'in the order of the calls');
    }
  }
});

test('replies that are lost with the connection: sent again, stored once', async (t) => {
  const server = await Server.start(t);
  let losses = 0;
  // Three connections break when the reply to their third publish comes.
  class Lossy extends WebSocket {
    #replies = 0;

    override emit(name: string | symbol, ...args: any[]): boolean {
      const isReply = name === 'message' && String(args[0]).includes('"publish":{"seq"');
      if (!isReply || ++this.#replies < 3 || losses === 3) return super.emit(name, ...args);
      losses++;
      this.terminate();
      return true;
    }
  }
  const client = server.client({ webSocket: Lossy });
  await client.connect();
  const room = await client.join('general');
  const items = record(room);
  const replies = [];
  for (let i = 1; i <= 12; i++) replies.push(await soon(`ack ${i}`, room.publish(`${i}`)));
  assert.equal(losses, 3);
  assert.deepEqual(replies.map((reply) => reply.seq), upTo(12));
  assert.equal(replies.filter((reply) => reply.dup).length, losses);
  await until('all', () => items.length === 12);
  assert.deepEqual(told(items), upTo(12));
});

test('publishes that wait for a connection go out in their order', async (t) => {
  const server = await Server.start(t);
  const client = server.client();
  await client.connect();
  const room = await client.join('general');
  await server.kill();
  await until('the end to be noticed', () => client.state.state !== 'online');
  const waiting = upTo(20).map((i) => room.publish(`${i}`));
  assert.equal(client.unacknowledged, 20);
  await server.start();
  const replies = await soon('all', Promise.all(waiting));
  assert.deepEqual(replies.map((reply) => reply.seq), upTo(20));
});

test('who missed more than is replayed pages through history, while more comes', async (t) => {
  const server = await Server.start(t);
  const [alice, bob] = [server.client(), server.client()];
  await Promise.all([alice.connect(), bob.connect()]);
  const first = await alice.join('general');
  const atBob = await bob.join('general');
  const items = record(first);
  await atBob.publish('seen');
  await until('seen', () => items.length === 1);
  const position = first.position!;
  await first.leave();
  await Promise.all(upTo(700).map((i) => atBob.publish(`missed ${i}`)));

  const live = Promise.all(upTo(100).map((i) => atBob.publish(`live ${i}`)));
  const room = await alice.join('general', { position });
  let caughtUp = 0;
  room.on('caught_up', ({ seq }) => (caughtUp = seq));
  const rest = record(room);
  await live;
  await until('caught up', () => caughtUp >= 701);
  await until('everything', () => rest.length === 800);
  assert.deepEqual(told(rest), upTo(801, 2));
});

test('a consumer that is too slow for the buffer misses nothing', async (t) => {
  const server = await Server.start(t);
  const [alice, bob] = [server.client({ roomBufferMax: 5 }), server.client()];
  await Promise.all([alice.connect(), bob.connect()]);
  const room = await alice.join('general');
  const atBob = await bob.join('general');
  const seqs: number[] = [];
  for (let i = 0; i < 250; i++) void atBob.publish(`${i}`);
  for await (const item of room) {
    if (item.kind === 'message') seqs.push(item.seq);
    if (seqs.length === 100) await until('the rest to be stored', () => bob.unacknowledged === 0);
    if (seqs.length === 250) break;
  }
  assert.deepEqual(seqs, upTo(250));
});

test('the log begins a new life: a reset, then on from its head', async (t) => {
  const server = await Server.start(t, { memory: true });
  const client = server.client();
  await client.connect();
  const room = await client.join('general');
  const items = record(room);
  for (const body of ['1', '2', '3']) await room.publish(body);
  await until('three', () => items.length === 3);
  await server.kill();
  await server.start();
  await until('a reset', () => items.some((item) => item.kind === 'reset'));
  await online(client);
  await room.publish('new');
  await until('the new one', () => items.length === 5);
  assert.deepEqual(told(items), [1, 2, 3, 'reset', 1]);
  const reset = items[3] as Extract<RoomItem, { kind: 'reset' }>;
  assert.equal(reset.seq, 0);
  assert.equal(room.position!.epoch, reset.epoch);
});

test('what the server does not keep any more is a gap, for iterators as well', async (t) => {
  const server = await Server.start(t, { memory: true });
  const [alice, bob] = [server.client(), server.client()];
  await Promise.all([alice.connect(), bob.connect()]);
  const first = await alice.join('general');
  const atBob = await bob.join('general');
  record(first);
  await atBob.publish('seen');
  await until('seen', () => first.position!.seq === 1);
  const position = first.position!;
  await first.leave();
  await Promise.all(upTo(500).map((i) => atBob.publish(`${i}`)));
  const { oldest } = await atBob.history();
  assert.ok(oldest > 2, 'the server forgot some');
  const room = await alice.join('general', { position });
  const items: RoomItem[] = [];
  for await (const item of room) {
    items.push(item);
    if (item.kind === 'message' && item.seq === 501) break;
  }
  assert.deepEqual(items[0], { kind: 'gap', room: 'general', from: 2, to: oldest - 1 });
  assert.deepEqual(told(items.slice(1)), upTo(501, oldest));
});
