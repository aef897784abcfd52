// Rooms that this user may not be in any more, with a server that the test plays.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RefusedError, RemovedError, type Room, type RoomItem } from '../src/index.js';
import { FakeSocket, message, settled } from './support/manual.js';
import { setUp } from './support/played.js';

const state = { epoch: 'e', head: 0, resume: 'ok' };
const removal = (room: string, action: string, seq = 1) => ({ removed: { room, seq, action } });

async function inRooms(...names: string[]) {
  const played = await setUp();
  const joins = names.map((name) => played.client.join(name));
  FakeSocket.last().admit(Object.fromEntries(names.map((name) => [name, state])));
  return { ...played, socket: FakeSocket.last(), rooms: await Promise.all(joins) };
}

async function read(room: AsyncIterable<RoomItem>, items: RoomItem[] = []) {
  for await (const item of room) items.push(item);
}

for (const action of ['set_role', 'kick', 'ban']) {
  test(`who is removed by ${action} is told, and does not come back by itself`, async () => {
    const { clock, client, socket, rooms } = await inRooms('general', 'dev');
    const [general, dev] = rooms as [Room, Room];
    const items: RoomItem[] = [];
    const reading = read(general, items);
    const closed: unknown[] = [];
    const told: unknown[] = [];
    general.on('closed', ({ error }) => closed.push(error));
    client.on('removed', (removed) => told.push({ removed }, client.room('general')));
    await settled();
    socket.receive({ event: message('general', 1) });
    socket.receive(removal('general', action));
    await assert.rejects(reading, (error) => {
      assert.ok(error instanceof RemovedError);
      const { name, code, room, seq, retryable } = error;
      const expected = { name: 'RemovedError', code: 'removed', room: 'general', seq: 1 };
      assert.deepEqual({ name, code, room, seq }, expected);
      assert.equal(error.action, action);
      assert.equal(retryable, false);
      assert.deepEqual(closed, [error]);
      return true;
    });
    assert.equal(items.length, 1);
    assert.deepEqual(told, [removal('general', action), undefined]);
    assert.equal(client.room('general'), undefined);
    assert.deepEqual(general.position, { epoch: 'e', seq: 1 }, 'kept, to come again with');
    await assert.rejects(read(general), { code: 'removed' }, 'nor does another loop begin');
    await general.leave();
    assert.deepEqual(socket.commands('leave'), []);

    socket.drop(1006);
    await clock.pass(250);
    FakeSocket.last().admit({ dev: state });
    await settled();
    assert.deepEqual(Object.keys(FakeSocket.last().commands('connect')[0].rooms), ['dev']);
    assert.deepEqual(FakeSocket.last().commands('join'), []);
    const next = dev[Symbol.asyncIterator]().next();
    FakeSocket.last().receive({ event: message('dev', 1) });
    assert.deepEqual((await next).value, message('dev', 1), 'the other room lives on');
  });
}

test('who hears of the removal may join again at once', async () => {
  const { client, socket, rooms } = await inRooms('general');
  const [room] = rooms;
  let again: Promise<unknown> | undefined;
  room!.on('closed', () => (again = client.join('general', { position: room!.position! })));
  socket.receive(removal('general', 'kick'));
  const position = { epoch: 'e', seq: 0 };
  assert.deepEqual(socket.commands('join'), [{ room: 'general', position }]);
  socket.reply('join', { epoch: 'e', head: 1, resume: 'ok' });
  assert.equal(await again, client.room('general'));
});

test('a removal settles what was asked of the room', async () => {
  const { client, socket, rooms } = await inRooms('general');
  const [room] = rooms;
  const leaving = room!.leave();
  socket.receive(removal('general', 'ban'));
  await leaving;
  socket.refuse({ code: 'not_joined', retryable: false });
  const joining = assert.rejects(client.join('general'), { code: 'removed', action: 'ban' });
  socket.receive(removal('general', 'ban'));
  await joining;
  const publishing = assert.rejects(client.publish('general', 'x'), { code: 'not_joined' });
  socket.refuse({ code: 'not_joined', retryable: false });
  await publishing;
});

test('a removal from a room that is not joined is told by the client alone', async () => {
  const { client, socket } = await inRooms('general');
  const told: unknown[] = [];
  client.on('removed', (removed) => told.push({ removed }));
  socket.receive(removal('dev', 'set_role', 9));
  assert.deepEqual(told, [removal('dev', 'set_role', 9)]);
  assert.ok(client.room('general'));
});

test('who closes the client when he hears of it hears nothing more', async () => {
  const { client, socket, rooms } = await inRooms('general');
  const told: unknown[] = [];
  client.on('removed', (removed) => told.push(removed));
  rooms[0]!.on('closed', () => client.close());
  socket.receive(removal('general', 'kick'));
  assert.equal(client.state.state, 'closed');
  assert.deepEqual(told, []);
});

for (const resume of ['forbidden', 'gone'] as const) {
  test(`a room that is ${resume} on coming back ends, and the others go on`, async () => {
    const { clock, client, socket, rooms } = await inRooms('secret', 'general');
    const [secret, general] = rooms;
    const seqs: number[] = [];
    general!.on('event', ({ seq }) => seqs.push(seq));
    const reading = assert.rejects(read(secret!), (error) => {
      assert.ok(error instanceof RefusedError);
      assert.deepEqual([error.code, error.room, error.name], [resume, 'secret', 'RefusedError']);
      return true;
    });
    const publishing = assert.rejects(secret!.publish('x'), { code: 'not_joined' });
    socket.drop(1006);
    await clock.pass(250);
    const next = FakeSocket.last();
    next.admit({ secret: { resume }, general: { epoch: 'e', head: 1, resume: 'ok' } });
    await reading;
    next.refuse({ code: 'not_joined', retryable: false });
    await publishing;
    next.receive({ event: message('general', 1) });
    assert.deepEqual(seqs, [1]);
    assert.equal(client.room('secret'), undefined);
    assert.equal(client.state.state, 'online');

    next.drop(1006);
    await clock.pass(500);
    FakeSocket.last().open();
    assert.deepEqual(FakeSocket.last().commands('connect')[0].rooms, {
      general: { epoch: 'e', seq: 1 },
    });
  });
}

for (const code of ['banned', 'no_such_room']) {
  test(`join rejects with ${code}, and is not repeated`, async () => {
    const { clock, client, socket } = await inRooms('general');
    const joining = assert.rejects(client.join('secret'), { code, retryable: false });
    socket.refuse({ code, retryable: false });
    await joining;
    assert.equal(client.room('secret'), undefined);
    await clock.pass(60_000);
    assert.equal(socket.commands('join').length, 1);
    socket.drop(1006);
    await clock.pass(500);
    FakeSocket.last().open();
    assert.deepEqual(Object.keys(FakeSocket.last().commands('connect')[0].rooms), ['general']);
  });
}
