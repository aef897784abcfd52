// Presence and lag on connections that the test plays.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PresenceChange, RoomItem } from '../src/index.js';
import { FakeSocket, message, settled } from './support/manual.js';
import { setUp } from './support/played.js';

const state = { epoch: 'e', head: 0, resume: 'ok' };
const [alice, bob, carol] = ['Alice', 'Bob', 'Carol'].map((name, i) => ({ id: `u-${i}`, name }));
const page = (from: number, to: number, head: number) => ({
  room: 'general', epoch: 'e', head, oldest: 1, end: to === head,
  events: Array.from({ length: to - from + 1 }, (_, i) => message('general', from + i)),
});

async function inRoom() {
  const played = await setUp();
  const joining = played.client.join('general');
  FakeSocket.last().admit({ general: state });
  return { ...played, room: await joining, socket: FakeSocket.last() };
}

test('presence is asked by the first listener and after a resume, and kept meanwhile', async () => {
  const { clock, room, socket } = await inRoom();
  socket.receive({ presence: { room: 'general', count: 9, joined: [bob], left: [] } });
  assert.equal(room.people, null);
  assert.deepEqual(socket.commands('presence'), []);
  const told: PresenceChange[] = [];
  room.on('presence', (change) => told.push(change));
  const off = room.on('presence', () => {});
  await settled();
  assert.deepEqual(socket.commands('presence'), [{ room: 'general' }]);
  socket.reply('presence', { count: 1, users: [alice] });
  socket.receive({ presence: { room: 'general', count: 2, joined: [bob], left: [] } });
  assert.deepEqual(told, [
    { count: 1, users: [alice], joined: [], left: [] },
    { count: 2, users: [alice, bob], joined: [bob], left: [] },
  ]);
  assert.deepEqual(room.people, { count: 2, users: [alice, bob] });
  socket.receive({ presence: { room: 'elsewhere', count: 7, joined: [], left: [] } });
  off();
  socket.receive({ presence: { room: 'general', count: 3, joined: [], left: [] } });
  socket.drop(1006);
  assert.equal(clock.timers, 1, 'for the next connection, and not to ask who the third is');
  await clock.pass(250);
  FakeSocket.last().admit({ general: state });
  assert.deepEqual(FakeSocket.last().commands('presence'), [{ room: 'general' }]);
  FakeSocket.last().reply('presence', { count: 1, users: [carol] });
  assert.deepEqual(room.people, { count: 1, users: [carol] });
  assert.equal(told.length, 4);
});

test('a question for presence is repeated while it is refused, and ends with the room', async () => {
  const { clock, client, room, socket } = await inRoom();
  room.on('presence', () => {});
  await settled();
  socket.refuse({ code: 'too_many_commands', retryable: true, retry_ms: 100 });
  await clock.pass(100);
  assert.equal(socket.commands('presence').length, 2);
  socket.reply('presence', { count: 3, users: [alice] }); // not all: it will ask again
  const leaving = room.leave();
  socket.reply('leave', {});
  await leaving;
  await clock.pass(60_000);
  assert.equal(socket.commands('presence').length, 2);
  client.close();
  assert.equal(clock.timers, 0);
});

test('lag: what is missing is fetched from the own position on, and live events wait', async () => {
  const { room, socket } = await inRoom();
  const items: RoomItem[] = [];
  const caught: number[] = [];
  room.on('event', (item) => items.push(item));
  room.on('caught_up', ({ seq }) => caught.push(seq));
  await settled();
  socket.receive({ caught_up: { room: 'general', seq: 0 } });
  for (const seq of [1, 2]) socket.receive({ event: message('general', seq) });
  socket.receive({ lag: { room: 'general', from: 1, head: 205 } });
  for (const seq of [206, 207]) socket.receive({ event: message('general', seq) });
  const asked = () => socket.commands('history').map(({ after, events }) => [after, events]);
  assert.deepEqual(asked(), [[2, true]]);
  socket.reply('history', page(3, 102, 207));
  socket.reply('history', page(103, 202, 207));
  socket.reply('history', page(203, 207, 207)); // 206 and 207 are there already
  socket.receive({ event: message('general', 208) });
  assert.deepEqual(asked(), [[2, true], [102, true], [202, true]]);
  const seqs = items.map((item) => (item.kind === 'message' ? item.seq : item.kind));
  assert.deepEqual(seqs, Array.from({ length: 208 }, (_, i) => i + 1));
  assert.deepEqual(caught, [0, 207]);
});

test('with a lag presence may have been lost, and is asked again, if it is followed', async () => {
  const { room, socket } = await inRoom();
  const lag = { lag: { room: 'general', from: 1, head: 0 } };
  socket.receive(lag);
  assert.deepEqual(socket.commands('presence'), []);
  room.on('presence', () => {});
  await settled();
  socket.reply('presence', { count: 1, users: [alice] });
  socket.receive(lag);
  assert.equal(socket.commands('presence').length, 2);
  socket.reply('presence', { count: 2, users: [alice, bob] });
  assert.equal(room.people?.count, 2);
});
