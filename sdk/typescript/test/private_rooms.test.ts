// Private and direct rooms, what is unread in them, and who is a member: with the real server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Added, ChatEvent, Client, Read, Room } from '../src/index.js';
import { Server, soon, until } from './support/server.js';

async function people(server: Server, count: number) {
  const clients = Array.from({ length: count }, () => server.client());
  const hellos = await soon('all', Promise.all(clients.map((client) => client.connect())));
  return { clients, ids: hellos.map((hello) => hello.user.id) };
}

/** A private room of the first of them, with the others as members. */
async function privateRoom(clients: Client[], ids: string[], title = 'Plans'): Promise<Room[]> {
  const { room: name } = await clients[0]!.createRoom({ title });
  const owned = await clients[0]!.join(name);
  for (const id of ids.slice(1)) await owned.setRole(id, 'member');
  const others = clients.slice(1).map((client) => client.join(name));
  return [owned, ...(await soon('all joins', Promise.all(others)))];
}

test('a private room is its members’, and nobody else’s', async (t) => {
  const server = await Server.start(t);
  const { clients, ids } = await people(server, 3);
  const [alice, bob, eve] = clients as [Client, Client, Client];
  const cid = crypto.randomUUID();
  const made = await alice.createRoom({ title: 'Plans', cid });
  assert.match(made.room, /^~p[a-z2-7]{26}$/);
  assert.equal(made.dup, false);
  assert.deepEqual(await alice.createRoom({ title: 'Plans', cid }), { ...made, dup: true });
  assert.notEqual((await alice.createRoom({ title: 'Plans' })).room, made.room);

  const hers = await alice.join(made.room);
  await assert.rejects(bob.join(made.room), { code: 'no_such_room' });
  await hers.setRole(ids[1]!, 'member');
  const his = await bob.join(made.room);
  const stored = await his.publish('hi', { mentions: [ids[0]!] });
  for await (const item of hers) {
    if (item.kind !== 'message') continue;
    assert.deepEqual([item.seq, item.body, item.mentions], [stored.seq, 'hi', [ids[0]]]);
    break;
  }
  await assert.rejects(eve.join(made.room), { code: 'no_such_room' });
  await assert.rejects(eve.join(`~p${'a'.repeat(26)}`), { code: 'no_such_room' });
});

test('a direct room is the same for both, and is there once', async (t) => {
  const server = await Server.start(t);
  const { clients, ids } = await people(server, 3);
  const [alice, bob, eve] = clients as [Client, Client, Client];
  const made = await alice.directRoom(ids[1]!);
  assert.match(made.room, /^~d[a-z2-7]{26}$/);
  assert.equal(made.dup, false);
  assert.deepEqual(await bob.directRoom(ids[0]!), { room: made.room, dup: true });
  const listed = (await bob.rooms()).find(({ room }) => room === made.room);
  assert.deepEqual(listed?.with, { id: ids[0]! });
  const [hers, his] = [await alice.join(made.room), await bob.join(made.room)];
  const { seq } = await hers.publish('psst');
  const heard: ChatEvent[] = [];
  his.on('event', (event) => heard.push(event));
  await until('bob to hear it', () => heard.some((event) => event.seq === seq));
  const page = await his.members();
  assert.equal(page.kind, 'direct');
  assert.deepEqual(page.members.map(({ id }) => id), [ids[0]!, ids[1]!].sort());
  await assert.rejects(eve.join(made.room), { code: 'no_such_room' });
});

test('rooms tells what is unread, until it is marked as read', async (t) => {
  const server = await Server.start(t);
  const { clients, ids } = await people(server, 2);
  const [alice, bob] = clients as [Client, Client];
  const [hers, his] = (await privateRoom(clients, ids)) as [Room, Room];
  const general = await bob.join('general');
  assert.ok(!(await bob.rooms()).some(({ room }) => room === 'general'), 'not marked yet');
  const first = await hers.publish('one');
  await hers.publish('two', { mentions: [ids[1]!] });
  const deleted = await hers.publish('three');
  await hers.delete(deleted.seq);
  const mine = await his.publish('mine');

  const [listed] = await bob.rooms();
  assert.ok(listed !== undefined);
  const { room, kind, title, role, head, unread, mentions } = listed;
  assert.deepEqual({ room, kind, title, role, head, unread, mentions }, {
    room: his.name, kind: 'private', title: 'Plans', role: 'member', head: mine.seq,
    unread: 2, mentions: 1,
  });
  assert.equal(listed.epoch, his.position!.epoch);

  assert.equal(await his.markRead(first.seq), first.seq);
  assert.equal((await bob.rooms())[0]!.unread, 1);
  assert.equal(await his.markRead(mine.seq), mine.seq);
  assert.equal(await his.markRead(first.seq), mine.seq, 'it never goes back');
  const [after] = await bob.rooms();
  assert.deepEqual([after!.read, after!.unread, after!.mentions], [mine.seq, 0, 0]);

  await alice.join('general').then((room) => room.publish('public'));
  await general.markRead((await general.publish('x')).seq);
  const newest = (await bob.rooms())[0]!;
  assert.deepEqual([newest.room, newest.kind], ['general', 'public']);
});

test('who is added, or has read something, is told on every connection', async (t) => {
  const server = await Server.start(t);
  const { clients, ids } = await people(server, 2);
  const [alice, bob] = clients as [Client, Client];
  const tablet = server.client({ getToken: () => server.token(ids[1]!, 'Bob') });
  await tablet.connect();
  const told = [bob, tablet].map((client) => {
    const pushes: (Added | Read)[] = [];
    client.on('added', (push) => pushes.push(push));
    client.on('read', (push) => pushes.push(push));
    return pushes;
  });
  const all = (count: number) =>
    until('both to be told', () => told.every((pushes) => pushes.length === count));
  const hers = await alice.join((await alice.createRoom()).room);
  await hers.setRole(ids[1]!, 'member');
  await all(1);
  const { room: direct } = await alice.directRoom(ids[1]!);
  await all(2);
  const his = await bob.join(hers.name);
  const { seq } = await his.publish('hi');
  await his.markRead(seq);
  await all(3);
  for (const pushes of told) {
    assert.deepEqual(pushes, [
      { room: hers.name, role: 'member' }, { room: direct, role: 'member' },
      { room: hers.name, seq },
    ]);
  }
});

test('members come in pages, in the order of their ids, with what the room is like', async (t) => {
  const server = await Server.start(t);
  const { clients, ids } = await people(server, 1);
  const [room] = (await privateRoom(clients, ids)) as [Room];
  const others = Array.from({ length: 120 }, () => crypto.randomUUID());
  await soon('all', Promise.all(others.map((id) => room.setRole(id, 'member'))));
  await room.setRole(others[0]!, 'moderator');
  await room.configure({ title: 'Plans B', readOnly: true, slowModeS: 30 });
  const sorted = [...ids, ...others].sort();
  const first = await room.members({ limit: 2 });
  const { kind, role, title, read_only, slow_mode_s, count, end } = first;
  assert.deepEqual({ kind, role, title, read_only, slow_mode_s, count, end }, {
    kind: 'private', role: 'owner', title: 'Plans B', read_only: true, slow_mode_s: 30,
    count: 121, end: false,
  });
  assert.deepEqual(first.members.map(({ id }) => id), sorted.slice(0, 2));
  const last = await room.members({ after: sorted[118]! });
  assert.deepEqual(last.members.map(({ id }) => id), sorted.slice(119));
  assert.equal(last.end, true);
  const roles = new Map<string, string>();
  for await (const member of room.allMembers()) roles.set(member.id, member.role);
  assert.deepEqual([...roles.keys()], sorted);
  assert.deepEqual([roles.get(ids[0]!), roles.get(others[0]!), roles.get(others[1]!)], [
    'owner', 'moderator', 'member',
  ]);
});
