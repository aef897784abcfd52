// Who is in a room, with the real server: those who come and go, a crowd, another connection.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PresenceChange, Room } from '../src/index.js';
import { Server, soon, until } from './support/server.js';

const ids = (room: Room) => (room.people?.users ?? []).map(({ id }) => id).sort();

/** Waits until exactly these are there. */
async function there(room: Room, ...users: readonly string[]): Promise<void> {
  const wanted = [...users].sort().join();
  await until(`${users.length} people`, () => ids(room).join() === wanted);
  assert.equal(room.people!.count, users.length);
}

test('who comes and who goes is told, and who is there is known', async (t) => {
  const server = await Server.start(t);
  const [alice, bob, carol] = [server.client(), server.client(), server.client()];
  const hellos = await Promise.all([alice.connect(), bob.connect(), carol.connect()]);
  const [hers, his, theirs] = hellos.map(({ user }) => user.id) as [string, string, string];
  await bob.join('general');
  const room = await alice.join('general');
  const told: PresenceChange[] = [];
  room.on('presence', (change) => told.push(change));
  await there(room, hers, his);
  assert.deepEqual([told[0]!.joined, told[0]!.left], [[], []], 'that was asked');
  await carol.join('general');
  await there(room, hers, his, theirs);
  assert.ok(told.some(({ joined }) => joined.some(({ id }) => id === theirs)));
  await bob.room('general')!.leave();
  carol.close();
  await there(room, hers);
  const left = told.flatMap((change) => change.left.map(({ id }) => id));
  assert.deepEqual(left.sort(), [his, theirs].sort());
});

test('a new connection knows who is there now', async (t) => {
  const server = await Server.start(t);
  const [alice, bob, carol] = [server.client(), server.client(), server.client()];
  const [{ user }] = await Promise.all([alice.connect(), bob.connect(), carol.connect()]);
  const rooms = [await alice.join('general'), await bob.join('general')];
  rooms[0]!.on('presence', () => {});
  await until('two', () => rooms[0]!.people?.count === 2);
  await server.kill();
  bob.close();
  await server.start();
  await soon('carol', carol.join('general'));
  const state = await until('carol', () => carol.state.state === 'online' && carol.state);
  await there(rooms[0]!, user.id, state.hello.user.id);
});

test('of a crowd not all are named, and in the end all are known', async (t) => {
  const server = await Server.start(t);
  const alice = server.client({ random: () => 0.1 });
  const { user } = await alice.connect();
  const room = await alice.join('general');
  room.on('presence', () => {});
  await there(room, user.id);
  const crowd = Array.from({ length: 30 }, () => server.client());
  const hellos = await Promise.all(crowd.map((client) => client.connect()));
  await Promise.all(crowd.map((client) => client.join('general')));
  await there(room, user.id, ...hellos.map((hello) => hello.user.id));
  for (const client of crowd) client.close();
  await there(room, user.id);
});
