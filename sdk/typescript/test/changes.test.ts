// What changes messages, and what is kept nowhere: with the real server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatEvent } from '../src/index.js';
import { Server, soon, until } from './support/server.js';

test('edits, deletions and reactions come as events, in their place', async (t) => {
  const server = await Server.start(t);
  const [alice, bob] = [server.client(), server.client()];
  await Promise.all([alice.connect(), bob.connect()]);
  const [hers, his] = [await alice.join('general'), await bob.join('general')];
  const heard: ChatEvent[] = [];
  his.on('event', (event) => heard.push(event));
  const { seq } = await hers.publish('wrold');
  await hers.edit(seq, 'world');
  const first = await his.react(seq, '+');
  assert.deepEqual(await his.react(seq, '+'), { ...first, dup: true });
  await his.unreact(seq, '+');
  await assert.rejects(his.edit(seq, 'mine'), { code: 'not_author' });
  await assert.rejects(his.unreact(seq, '+'), { code: 'no_such_reaction' });
  await hers.delete(seq);
  await until('all', () => heard.length === 5);
  assert.deepEqual(heard.map((event) => event.seq), [1, 2, 3, 4, 5]);
  const [message, edit, added, taken, deleted] = heard;
  assert.ok(message?.kind === 'message' && message.body === 'wrold');
  assert.ok(edit?.kind === 'edit' && edit.target === seq && edit.body === 'world');
  assert.ok(added?.kind === 'reaction' && added.reaction === '+' && added.added);
  assert.ok(taken?.kind === 'reaction' && !taken.added);
  assert.ok(deleted?.kind === 'delete' && deleted.target === seq);
});

test('presence and typing', async (t) => {
  const server = await Server.start(t);
  const [alice, bob] = [server.client(), server.client()];
  const [hello] = await Promise.all([alice.connect(), bob.connect()]);
  const [hers, his] = [await alice.join('general'), await bob.join('general')];
  const { count, users } = await soon('presence', his.presence());
  assert.equal(count, 2);
  assert.ok(users.some((user) => user.id === hello.user.id));
  const typed: string[] = [];
  his.on('typing', ({ user }) => typed.push(user.id));
  for (let key = 0; key < 20; key++) hers.typing();
  await until('typing', () => typed.length > 0);
  await hers.publish('done');
  assert.deepEqual(typed, [hello.user.id], 'once, however many keys');
});
