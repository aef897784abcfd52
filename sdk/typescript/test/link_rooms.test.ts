// Rooms on connections that end, with a server that the test plays.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeSocket, message, settled } from './support/manual.js';
import { setUp } from './support/played.js';

test('a room that is refused ends with its reason, and the others live on', async () => {
  const { client } = await setUp();
  const [secret, general] = [client.join('secret'), client.join('general')];
  const refused = assert.rejects(secret, { code: 'forbidden' });
  FakeSocket.last().admit({
    secret: { resume: 'forbidden' },
    general: { epoch: 'e', head: 0, resume: 'ok' },
  });
  await refused;
  assert.equal((await general).name, 'general');
  assert.equal(client.room('secret'), undefined);
});

test('who joins in the moment of coming online joins once', async () => {
  const { client } = await setUp();
  const joined: Promise<unknown>[] = [];
  client.on('online', () => joined.push(client.join('late')));
  const early = client.join('early');
  void early.then(() => joined.push(client.join('next')));
  FakeSocket.last().admit({ early: { epoch: 'e', head: 0, resume: 'ok' } });
  await settled();
  assert.deepEqual(FakeSocket.last().commands('join'), [{ room: 'late' }, { room: 'next' }]);
});

test('joins and pages that wait when the connection ends come with the next, or fail', async () => {
  const { clock, client } = await setUp();
  FakeSocket.last().admit();
  const joins = Array.from({ length: 10 }, (_, i) => client.join(`r${i}`));
  const page = client.history('r0');
  const failed = assert.rejects(page, { code: 'connection_lost' });
  assert.equal(FakeSocket.last().commands('join').length, 4, 'not all at once');
  FakeSocket.last().refuse({ code: 'too_many_commands', retryable: true, retry_ms: 500 });
  FakeSocket.last().drop(1006);
  await failed;
  await clock.pass(250);
  const rooms = joins.map((_, i) => [`r${i}`, { epoch: 'e', head: 0, resume: 'ok' }]);
  FakeSocket.last().admit(Object.fromEntries(rooms));
  assert.equal((await Promise.all(joins)).length, 10);
  await clock.pass(1000);
  assert.deepEqual(FakeSocket.last().commands('join'), []);
});

test('a join that is refused for a while is repeated, one for good rejects', async () => {
  const { clock, client } = await setUp();
  FakeSocket.last().admit();
  const joining = client.join('general');
  FakeSocket.last().refuse({ code: 'log_busy', retryable: true, retry_ms: 50 });
  await clock.pass(50);
  assert.equal(FakeSocket.last().commands('join').length, 2);
  FakeSocket.last().reply('join', { epoch: 'e', head: 3, resume: 'ok' });
  assert.deepEqual((await joining).position, { epoch: 'e', seq: 3 });
  const refused = assert.rejects(client.join('dev'), { code: 'too_many_rooms' });
  FakeSocket.last().refuse({ code: 'too_many_rooms', retryable: false });
  await refused;
});

test('an interrupted catching up goes on with the next connection', async () => {
  const { clock, client } = await setUp();
  const joining = client.join('general', { position: { epoch: 'e', seq: 0 } });
  const behind = { epoch: 'e', head: 500, resume: 'behind', oldest: 1 };
  FakeSocket.last().admit({ general: behind });
  const room = await joining;
  const seqs: number[] = [];
  room.on('event', ({ seq }) => seqs.push(seq));
  await settled();
  assert.deepEqual(FakeSocket.last().commands('history'), [
    { room: 'general', after: 0, limit: 100, events: true },
  ]);
  FakeSocket.last().drop(1006);
  await clock.pass(250);
  FakeSocket.last().admit({ general: behind });
  await settled();
  assert.equal(FakeSocket.last().commands('history').length, 1);
  const events = [1, 2, 3].map((seq) => message('general', seq));
  const page = { room: 'general', epoch: 'e', head: 3, oldest: 1, events, end: true };
  FakeSocket.last().reply('history', page);
  assert.deepEqual(seqs, [1, 2, 3]);
});

test('leave waits for the answer to join, and publishes for the room to be entered', async () => {
  const { client } = await setUp();
  FakeSocket.last().admit();
  const joining = client.join('general');
  const publishing = client.publish('general', 'x');
  assert.equal(FakeSocket.last().commands('publish').length, 0);
  FakeSocket.last().reply('join', { epoch: 'e', head: 0, resume: 'ok' });
  assert.equal(FakeSocket.last().commands('publish').length, 1);
  FakeSocket.last().reply('publish', { seq: 1, id: 'x', ts: 1, dup: false });
  await publishing;
  await joining;

  const refused = assert.rejects(client.join('dev'), { code: 'left' });
  const leaving = client.room('dev')!.leave();
  assert.equal(FakeSocket.last().commands('leave').length, 0);
  FakeSocket.last().reply('join', { epoch: 'e', head: 0, resume: 'ok' });
  assert.deepEqual(FakeSocket.last().commands('leave'), [{ room: 'dev' }]);
  FakeSocket.last().reply('leave', {});
  await leaving;
  await refused;
  assert.equal(client.room('dev'), undefined);
});
