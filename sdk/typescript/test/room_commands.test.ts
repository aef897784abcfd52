// Private and direct rooms, their members and their moderation, with a server that the test plays.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientOptions, Room } from '../src/index.js';
import { ReadMarks } from '../src/read_marks.js';
import { FakeSocket, message, settled } from './support/manual.js';
import { setUp } from './support/played.js';

const plans = `~p${'a2z7'.repeat(6)}bc`;
const state = { epoch: 'e', head: 0, resume: 'ok' };
const stored = { seq: 1, id: 'i', ts: 1, dup: false };

async function inRoom(name = plans, options: Partial<ClientOptions> = {}) {
  const played = await setUp(options);
  const joining = played.client.join(name);
  const socket = FakeSocket.last();
  socket.admit({ [name]: state });
  return { ...played, socket, room: await joining };
}

const isUuid = (text: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);

test('the names that the server gives are room names, others like them are not', async () => {
  const { client } = await setUp();
  FakeSocket.last().admit();
  const direct = plans.replace('~p', '~d');
  const good = [plans, direct];
  for (const name of good) client.join(name).catch(() => {});
  assert.deepEqual(FakeSocket.last().commands('join'), good.map((room) => ({ room })));
  const bad = [
    `${plans}a`, plans.slice(0, -1), plans.replace('~p', '~q'), plans.replace('~p', '~P'),
    plans.replace('2', '1'), plans.replace('7', '8'), plans.replace('a', 'A'),
    plans.replace('a', '-'), `x${plans}`, `${plans}\n`, '~', '~p', 'a~b',
  ];
  for (const name of bad) {
    await assert.rejects(client.join(name), { code: 'bad_room_name', field: 'room' }, name);
  }
});

test('createRoom says its cid, and repeats it until there is an answer', async () => {
  const { clock, client } = await setUp();
  const socket = FakeSocket.last();
  socket.admit();
  const creating = client.createRoom({ title: 'Plans' });
  socket.refuse({ code: 'log_busy', retryable: true, retry_ms: 50 });
  await clock.pass(50);
  socket.reply('create', { room: plans, dup: true });
  assert.deepEqual(await creating, { room: plans, dup: true });
  const [first, second] = socket.commands('create');
  assert.ok(isUuid(first.cid));
  assert.deepEqual(first, { cid: first.cid, title: 'Plans' });
  assert.deepEqual(second, first);

  const cid = '0190b6f2-7c1f-7000-8000-000000000001';
  const again = client.createRoom({ cid });
  socket.reply('create', { room: plans, dup: false });
  assert.deepEqual(await again, { room: plans, dup: false });
  assert.deepEqual(socket.commands('create')[2], { cid });
  const other = client.createRoom();
  socket.refuse({ code: 'bad_title', retryable: false, field: 'title' });
  await assert.rejects(other, { code: 'bad_title', field: 'title' });
  assert.notEqual(socket.commands('create')[3].cid, first.cid);
});

test('directRoom names the other one, and rooms is the list', async () => {
  const { client } = await setUp();
  const socket = FakeSocket.last();
  socket.admit();
  const opening = client.directRoom('u-2');
  assert.deepEqual(socket.commands('direct'), [{ user: 'u-2' }]);
  socket.reply('direct', { room: plans.replace('p', 'd'), dup: true });
  assert.deepEqual(await opening, { room: plans.replace('p', 'd'), dup: true });

  const listing = client.rooms();
  assert.deepEqual(socket.commands('rooms'), [{}]);
  const rooms = [{
    room: plans, kind: 'private', title: 'Plans', role: 'owner', epoch: 'e', head: 17, read: 12,
    unread: 3, mentions: 1,
  }];
  socket.reply('rooms', { rooms });
  assert.deepEqual(await listing, rooms);
  const lost = assert.rejects(client.rooms(), { code: 'connection_lost' });
  socket.drop(1006);
  await lost;
});

const page = (members: string[], end: boolean) => ({
  kind: 'private', role: 'member', title: 'Plans', read_only: false, slow_mode_s: 0, count: 5,
  members: members.map((id) => ({ id, role: 'member' })), end,
});

test('members is a page, and allMembers goes on until the end', async () => {
  const { room, socket } = await inRoom();
  const first = room.members();
  socket.reply('members', page(['a'], true));
  assert.deepEqual(await first, page(['a'], true));
  const second = room.members({ after: 'a', limit: 7 });
  socket.reply('members', page([], true));
  await second;
  assert.deepEqual(socket.commands('members'), [
    { room: plans }, { room: plans, after: 'a', limit: 7 },
  ]);

  const walk = async () => {
    const users: string[] = [];
    for await (const { id } of room.allMembers()) users.push(id);
    return users;
  };
  for (const last of [page(['e'], true), page([], false)]) {
    const from = socket.commands('members').length;
    const walking = walk();
    for (const each of [page(['a', 'b'], false), page(['c', 'd'], false), last]) {
      await settled();
      socket.reply('members', each);
    }
    assert.deepEqual(await walking, ['a', 'b', 'c', 'd', ...last.members.map(({ id }) => id)]);
    assert.deepEqual(socket.commands('members').slice(from), [
      { room: plans, limit: 100 },
      { room: plans, after: 'b', limit: 100 },
      { room: plans, after: 'd', limit: 100 },
    ]);
  }
});

test('every change goes out as the protocol has it, with a cid of its own', async () => {
  const { room, socket } = await inRoom();
  const reason = 'enough';
  const changes: [string, (room: Room) => Promise<unknown>, object][] = [
    ['set_role', () => room.setRole('u', 'moderator'), { user: 'u', role: 'moderator' }],
    ['configure', () => room.configure({ title: 'X' }), { title: 'X' }],
    ['configure', () => room.configure({ title: '', readOnly: false, slowModeS: 0 }),
      { title: '', read_only: false, slow_mode_s: 0 }],
    ['kick', () => room.kick('u'), { user: 'u' }],
    ['kick', () => room.kick('u', { reason }), { user: 'u', reason }],
    ['ban', () => room.ban('u', { forS: 60 }), { user: 'u', for_s: 60 }],
    ['ban', () => room.ban('u', { forS: 60, reason }), { user: 'u', for_s: 60, reason }],
    ['mute', () => room.mute('u', { forS: 1 }), { user: 'u', for_s: 1 }],
    ['mute', () => room.mute('u', { forS: 1, reason }), { user: 'u', for_s: 1, reason }],
    ['unban', () => room.unban('u'), { user: 'u' }],
    ['unmute', () => room.unmute('u'), { user: 'u' }],
  ];
  const cids = new Set<string>();
  for (const [method, change, args] of changes) {
    const changing = change(room);
    const { cid, ...sent } = socket.commands(method).at(-1);
    assert.deepEqual(sent, { room: plans, ...args }, method);
    assert.ok(isUuid(cid));
    cids.add(cid);
    socket.reply(method, stored);
    assert.deepEqual(await changing, stored);
  }
  assert.equal(cids.size, changes.length);
  const refused = assert.rejects(room.ban('u', { forS: 1 }), { code: 'not_allowed' });
  socket.refuse({ code: 'not_allowed', retryable: false });
  await refused;
});

test('a publish keeps its mentions, whatever becomes of the list', async () => {
  const { client, room, clock } = await inRoom();
  const mentions = ['u-2'];
  const publishing = room.publish('hi', { mentions });
  mentions.push('u-3');
  FakeSocket.last().drop(1006);
  await clock.pass(250);
  FakeSocket.last().admit({ [plans]: state });
  const [{ cid, ...sent }] = FakeSocket.last().commands('publish');
  assert.deepEqual(sent, { room: plans, body: 'hi', mentions: ['u-2'] });
  FakeSocket.last().reply('publish', stored);
  await publishing;
  void client.publish(plans, 'plain').catch(() => {});
  assert.ok(!('mentions' in FakeSocket.last().commands('publish')[1]));
});

test('mentions, settings, members and moderation come as events, in their place', async () => {
  const { room, socket } = await inRoom();
  const base = (seq: number, kind: string) => {
    const { body, ...rest } = message(plans, seq);
    return { ...rest, kind };
  };
  const events = [
    { ...message(plans, 1), mentions: ['u-1'] },
    { ...base(2, 'room'), settings: { read_only: true } },
    { ...base(3, 'member'), member: { user: 'u-3', role: 'none' } },
    { ...base(4, 'moderation'),
      moderation: { action: 'ban', user: 'u-3', for_s: 60, reason: 'enough' } },
    { ...base(5, 'moderation'), moderation: { action: 'kick', user: 'u-3' } },
  ];
  for (const event of events) socket.receive({ event });
  const told: unknown[] = [];
  for await (const item of room) {
    if (item.kind === 'message') told.push(item.mentions);
    if (item.kind === 'room') told.push(item.settings.read_only);
    if (item.kind === 'member') told.push(item.member.role);
    if (item.kind === 'moderation') told.push(item.moderation.action);
    if (told.length === events.length) break;
  }
  assert.deepEqual(told, [['u-1'], true, 'none', 'ban', 'kick']);
});

test('added and read are told by the client, in the room or not', async () => {
  const { client, socket, room } = await inRoom();
  const told: unknown[] = [];
  client.on('added', (added) => told.push(added));
  client.on('read', (read) => told.push(read));
  const pushes = [
    { added: { room: 'elsewhere', role: 'member' } }, { read: { room: 'elsewhere', seq: 3 } },
    { added: { room: plans, role: 'owner' } }, { read: { room: plans, seq: 0 } },
  ];
  for (const push of pushes) socket.receive(push);
  assert.deepEqual(told, pushes.map((push) => Object.values(push)[0]));
  assert.equal(client.room(plans), room, 'it is still in it');
});

test('markRead may be said with every message: one is under way, one waits', async () => {
  const { client, room, socket, clock } = await inRoom();
  const marks = [3, 7, 5, 6].map((seq) => room.markRead(seq));
  assert.deepEqual(socket.commands('mark_read'), [{ room: plans, seq: 3 }]);
  socket.reply('mark_read', { seq: 4 });
  await settled();
  assert.deepEqual(socket.commands('mark_read').slice(1), [{ room: plans, seq: 7 }]);
  socket.reply('mark_read', { seq: 7 });
  assert.deepEqual(await Promise.all(marks), [4, 7, 7, 7]);
  await settled();
  assert.equal(socket.commands('mark_read').length, 2, 'and nothing more');

  const lost = [8, 9].map((seq) => assert.rejects(room.markRead(seq), { code: 'connection_lost' }));
  socket.drop(1006);
  await Promise.all(lost);
  await clock.pass(250);
  FakeSocket.last().admit({ [plans]: state });
  const later = room.markRead(2);
  assert.deepEqual(FakeSocket.last().commands('mark_read'), [{ room: plans, seq: 2 }]);
  FakeSocket.last().reply('mark_read', { seq: 9 });
  assert.equal(await later, 9);
  assert.equal(client.state.state, 'online');
});

function playedMarks() {
  const sent: [string, number][] = [];
  const answers: ((error: Error | null) => void)[] = [];
  const marks = new ReadMarks((room, seq) => {
    sent.push([room, seq]);
    return new Promise((resolve, reject) =>
      answers.push((error) => (error === null ? resolve(seq) : reject(error))));
  });
  return { sent, answers, marks };
}

test('who marks as read on hearing the answer joins the one that waits', async () => {
  const { sent, answers, marks } = playedMarks();
  const chained = marks.read('a', 1).then(() => marks.read('a', 5));
  const waiting = marks.read('a', 3);
  answers[0]!(null);
  await settled();
  assert.deepEqual(sent, [['a', 1], ['a', 5]]);
  answers[1]!(null);
  assert.deepEqual(await Promise.all([chained, waiting]), [5, 5]);
});

test('rooms do not wait for each other to be read, nor after an error', async () => {
  const { sent, answers, marks } = playedMarks();
  const first = assert.rejects(marks.read('a', 1), { message: 'no' });
  const others = [marks.read('b', 2), marks.read('a', 3)];
  assert.deepEqual(sent, [['a', 1], ['b', 2]]);
  answers[0]!(new Error('no'));
  await first;
  await settled();
  assert.deepEqual(sent.slice(2), [['a', 3]]);
  answers.slice(1).forEach((answer) => answer(null));
  assert.deepEqual(await Promise.all(others), [2, 3]);
});

test('slow mode is for the application to wait for, in that room alone', async () => {
  const { clock, client, socket, room } = await inRoom();
  const slow = { code: 'slow_mode', retryable: true, retry_ms: 21_600_000 };
  const publishing = assert.rejects(room.publish('x'), {
    code: 'slow_mode', retryable: true, retryMs: 21_600_000,
  });
  socket.refuse(slow);
  await publishing;
  const edits = Array.from({ length: 6 }, (_, i) => room.edit(i + 1, 'y'));
  const refused = Promise.all(edits.map((edit) => assert.rejects(edit, { code: 'slow_mode' })));
  for (let i = 0; i < edits.length; i++) {
    await settled();
    socket.receive({ id: socket.sent.find((frame) => frame.edit?.seq === i + 1)!.id, error: slow });
  }
  await refused;
  await clock.pass(1000);
  assert.equal(socket.commands('publish').length, 1);
  assert.equal(socket.commands('edit').length, edits.length);
  assert.equal(client.unacknowledged, 0);
});
