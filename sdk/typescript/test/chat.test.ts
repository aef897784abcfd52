// Two clients and the real server: rooms, publishes, history.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import WebSocket from 'ws';
import { ConfabError, OutboxFullError, type RoomItem } from '../src/index.js';
import { Server, soon, until } from './support/server.js';

const bodies = (items: readonly RoomItem[]) =>
  items.map((item) => (item.kind === 'message' ? item.body : item.kind));

test('two clients hear each other', async (t) => {
  const server = await Server.start(t);
  const [alice, bob] = [server.client(), server.client()];
  const hello = await soon('hello', alice.connect());
  assert.equal(hello.user.name, 'Alice');
  assert.equal(alice.state.state, 'online');
  await bob.connect();
  const [atAlice, atBob] = [await alice.join('general'), await bob.join('general')];
  const heard: RoomItem[] = [];
  atBob.on('event', (event) => heard.push(event));
  const first = await atAlice.publish('hello');
  assert.deepEqual({ seq: first.seq, dup: first.dup }, { seq: 1, dup: false });
  const second = await bob.publish('general', 'hi', { replyTo: first.seq });
  assert.equal(second.seq, 2);

  const read: RoomItem[] = [];
  for await (const item of atAlice) {
    read.push(item);
    if (item.kind === 'message' && item.seq === 2) break;
  }
  assert.deepEqual(bodies(read), ['hello', 'hi']);
  await until('both at bob', () => heard.length === 2);
  assert.deepEqual(heard, read);
  assert.equal((read[1] as { reply_to?: number }).reply_to, 1);
  assert.equal(atAlice.position?.seq, 2);
});

test('what comes between two loops over a room is not lost', async (t) => {
  const server = await Server.start(t);
  const client = server.client();
  await client.connect();
  const room = await client.join('general');
  const next = async () => {
    for await (const item of room) return item;
    return undefined;
  };
  for (let i = 0; i < 5; i++) await room.publish(`${i}`);
  const seen = [];
  for (let i = 0; i < 5; i++) seen.push(await soon(`item ${i}`, next()));
  assert.deepEqual(bodies(seen as RoomItem[]), ['0', '1', '2', '3', '4']);
});

test('a room can be joined before connect, left, and joined again', async (t) => {
  const server = await Server.start(t);
  const client = server.client();
  const joining = client.join('general');
  const publishing = client.publish('general', 'first');
  void client.connect();
  const room = await soon('join', joining);
  assert.equal((await publishing).seq, 1);
  assert.equal(client.room('general'), room);
  await assert.rejects(client.join('general'), { code: 'already_joined' });

  let seen = 0;
  const ended = (async () => {
    for await (const _ of room) seen++;
    return 'ended';
  })();
  await until('the loop to wait for more', () => seen === 1);
  await room.leave();
  assert.equal(await soon('the loop to end', ended), 'ended');
  assert.equal(client.room('general'), undefined);
  await assert.rejects(client.publish('general', 'x'), { code: 'not_joined', retryable: false });

  const again = await client.join('general');
  assert.equal((await again.publish('second')).seq, 2);
  const leaving = again.leave();
  await Promise.all([leaving, leaving]);
});

test('join with a position brings what was missed', async (t) => {
  const server = await Server.start(t);
  const [alice, bob] = [server.client(), server.client()];
  await Promise.all([alice.connect(), bob.connect()]);
  const first = await alice.join('general');
  first.on('event', () => {});
  await bob.join('general');
  await bob.publish('general', 'seen');
  await until('seen', () => first.position?.seq === 1);
  await first.leave();
  const position = first.position!;
  assert.equal(position.seq, 1);
  await bob.publish('general', 'missed 1');
  await bob.publish('general', 'missed 2');
  const room = await alice.join('general', { position });
  const items: RoomItem[] = [];
  let caughtUp = 0;
  room.on('caught_up', ({ seq }) => (caughtUp = seq));
  room.on('event', (event) => items.push(event));
  await until('caught up', () => caughtUp === 3);
  assert.deepEqual(bodies(items), ['missed 1', 'missed 2']);
});

test('many rooms at once, one of them named like a member of every object', async (t) => {
  const server = await Server.start(t);
  const client = server.client();
  await client.connect();
  const names = ['__proto__', 'constructor', ...Array.from({ length: 126 }, (_, i) => `r${i}`)];
  const rooms = await soon('all joins', Promise.all(names.map((name) => client.join(name))));
  const replies = await soon('all', Promise.all(rooms.map((room) => room.publish('x'))));
  assert.ok(replies.every((reply) => reply.seq === 1));
  await assert.rejects(client.join('one-more'), { code: 'too_many_rooms' });
  await assert.rejects(client.join('a b'), { code: 'bad_room_name', field: 'room' });
});

test('errors of the server are typed and reject the one publish', async (t) => {
  const server = await Server.start(t);
  const client = server.client();
  await client.connect();
  const room = await client.join('general');
  const cid = crypto.randomUUID();
  const stored = await room.publish('once', { cid });
  assert.deepEqual(await room.publish('once', { cid }), { ...stored, dup: true });
  await assert.rejects(room.publish('twice', { cid }), (error) => {
    assert.ok(error instanceof ConfabError);
    assert.equal(error.code, 'conflict');
    assert.equal(error.retryable, false);
    assert.ok(error.message.length > 0);
    return true;
  });
  await assert.rejects(room.publish(''), { code: 'body_empty', field: 'body' });
  await assert.rejects(room.publish('x'.repeat(4001)), { code: 'body_too_long' });
  await assert.rejects(room.publish('x'.repeat(70_000)), { code: 'frame_too_long' });
  await assert.rejects(room.publish('\ud83d'), { code: 'frame_not_unicode' });
  const noSuchMessage = { code: 'no_such_message', field: 'reply_to' };
  await assert.rejects(room.publish('x', { replyTo: 99 }), noSuchMessage);
  assert.equal((await room.publish('after all that')).seq, 2);
  assert.equal(client.state.state, 'online');
});

test('history in every direction, and back to the beginning', async (t) => {
  const server = await Server.start(t);
  const client = server.client();
  await client.connect();
  const room = await client.join('general');
  const count = 250;
  await Promise.all(Array.from({ length: count }, (_, i) => room.publish(`${i + 1}`)));
  const seqs = async (range: object) => (await room.history(range)).events.map((e) => e.seq);
  assert.deepEqual(await seqs({ limit: 2 }), [249, 250]);
  assert.deepEqual(await seqs({ before: 4, limit: 2 }), [2, 3]);
  assert.deepEqual(await seqs({ after: 4, limit: 2 }), [5, 6]);
  assert.deepEqual(await seqs({ around: 5, limit: 4 }), [3, 4, 5, 6]);
  await assert.rejects(room.history({ limit: 101 }), { code: 'bad_request' });
  await assert.rejects(client.call('history', { room: 'elsewhere', events: true }), { code: 'not_joined' });

  const walked = [];
  for await (const event of room.walkBack()) {
    assert.ok(event.kind === 'message');
    assert.equal(event.body, `${event.seq}`, 'the order of the publishes is that of the calls');
    walked.push(event.seq);
  }
  assert.deepEqual(walked, Array.from({ length: count }, (_, i) => count - i));
  const some = [];
  for await (const event of room.walkBack(4)) some.push(event.seq);
  assert.deepEqual(some, [3, 2, 1]);
});

test('a full outbox takes nothing more, and close settles everything', async (t) => {
  const server = await Server.start(t);
  const client = server.client({ outboxMax: 3 });
  const waiting = [1, 2, 3].map((n) => client.publish('general', `${n}`));
  await assert.rejects(client.publish('general', '4'), (error) => {
    assert.ok(error instanceof OutboxFullError);
    return error.code === 'outbox_full' && error.limit === 3;
  });
  assert.equal(client.unacknowledged, 3);
  void client.join('general');
  await client.connect();
  const replies = await soon('all three', Promise.all(waiting));
  assert.deepEqual(replies.map((reply) => reply.seq), [1, 2, 3]);
  assert.equal(client.unacknowledged, 0);

  await server.kill();
  await until('the end to be noticed', () => client.state.state !== 'online');
  const never = client.publish('general', 'never');
  const joining = client.join('other');
  client.close();
  await assert.rejects(never, { code: 'closed' });
  await assert.rejects(joining, { code: 'closed' });
  await assert.rejects(client.publish('general', 'x'), { code: 'closed' });
  await assert.rejects(client.connect(), { code: 'closed' });
});

test('a rate limit slows publishes down, and keeps their order', async (t) => {
  const server = await Server.start(t, {
    settings: ['limits.user_messages_per_second=20', 'limits.user_messages_burst=5'],
  });
  const client = server.client();
  await client.connect();
  const room = await client.join('general');
  const replies = await soon(
    'all',
    Promise.all(Array.from({ length: 15 }, (_, i) => room.publish(`${i}`))),
  );
  assert.deepEqual(replies.map((reply) => reply.seq), Array.from({ length: 15 }, (_, i) => i + 1));
  assert.equal(client.state.state, 'online');
});

test('the pace of the server is kept: nothing is refused', async (t) => {
  const server = await Server.start(t, {
    settings: ['limits.messages_per_second=50', 'limits.messages_burst=10'],
  });
  const refused: string[] = [];
  class Watched extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol);
      this.on('message', (data) => {
        if (String(data).includes('"error"')) refused.push(String(data));
      });
    }
  }
  const client = server.client({ webSocket: Watched });
  const { limits } = await client.connect();
  assert.deepEqual([limits.publish_per_s, limits.burst], [50, 10]);
  const names = Array.from({ length: 20 }, (_, i) => `r${i}`);
  const rooms = await Promise.all(names.map((name) => client.join(name)));
  await soon('all', Promise.all(rooms.flatMap((room) => [room.publish('x'), room.history()])));
  assert.deepEqual(refused, []);
});
