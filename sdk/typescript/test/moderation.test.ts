// Who has to go, be silent or wait, in private rooms: with the real server.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import WebSocket from 'ws';
import {
  RefusedError, RemovedError, type ChatEvent, type Client, type ClientOptions, type ConfabError,
  type Room,
} from '../src/index.js';
import { Server, soon, until } from './support/server.js';

// Two clients in `general` and in another room: a private one, or a public one that Alice looks
// after.
async function setUp(t: TestContext, isPublic = false, options: Partial<ClientOptions> = {}) {
  const server = await Server.start(t);
  const aliceId = crypto.randomUUID();
  const getToken = () => server.token(aliceId, 'Alice', 3600, isPublic ? ['--moderator'] : []);
  const [alice, bob] = [server.client({ getToken }), server.client(options)];
  const [, { user }] = await Promise.all([alice.connect(), bob.connect()]);
  const name = isPublic ? 'lobby' : (await alice.createRoom()).room;
  const hers = await alice.join(name);
  if (!isPublic) await hers.setRole(user.id, 'member');
  const his = await bob.join(name);
  const others = [await alice.join('general'), await bob.join('general')] as const;
  return { server, alice, bob, hers, his, others, aliceId, bobId: user.id };
}

async function ending(room: Room): Promise<ConfabError> {
  try {
    for await (const _ of room);
  } catch (error) {
    return error as ConfabError;
  }
  throw new Error('the loop ended without an error');
}

async function isAlive(bob: Client, [at, his]: readonly [Room, Room]): Promise<void> {
  assert.equal(bob.state.state, 'online');
  const heard: ChatEvent[] = [];
  his.on('event', (event) => heard.push(event));
  const { seq } = await at.publish('still there?');
  await until('the other room to go on', () => heard.some((event) => event.seq === seq));
}

type Remove = (room: Room, id: string) => Promise<{ seq: number }>;
const removals: Record<'set_role' | 'kick' | 'ban', Remove> = {
  set_role: (room, id) => room.setRole(id, 'none'),
  kick: (room, id) => room.kick(id, { reason: 'enough' }),
  ban: (room, id) => room.ban(id, { forS: 3600, reason: 'enough' }),
};
// Where it happens, and what join says after it.
const cases: [keyof typeof removals, 'private' | 'public', string | null][] = [
  ['set_role', 'private', 'no_such_room'],
  ['kick', 'private', 'no_such_room'],
  ['ban', 'private', 'no_such_room'],
  ['kick', 'public', null],
  ['ban', 'public', 'banned'],
];
for (const [action, kind, code] of cases) {
  test(`${action}: a ${kind} room of who has to go ends, and only that`, async (t) => {
    const { server, bob, hers, his, others, bobId } = await setUp(t, kind === 'public');
    const ended = ending(his);
    const { seq } = await removals[action](hers, bobId);
    const error = await soon('the loop to end', ended);
    assert.ok(error instanceof RemovedError);
    assert.deepEqual([error.room, error.seq, error.action], [hers.name, seq, action]);
    await assert.rejects(his.publish('x'), { code: 'not_joined' });
    if (code === null) await (await bob.join(hers.name)).leave();
    else await assert.rejects(bob.join(hers.name), { code });
    await isAlive(bob, others);

    await server.kill();
    await server.start();
    await until('online again', () => bob.state.state === 'online');
    assert.equal(bob.room(hers.name), undefined);
    await isAlive(bob, others);
  });
}

for (const [action, kind, code] of cases) {
  if (code === null) continue; // he may come again
  test(`${action} from a ${kind} room while away: not let in again`, async (t) => {
    let isAway = false;
    const sockets: WebSocket[] = [];
    class Gated extends WebSocket {
      constructor(url: string, protocol: string) {
        super(isAway ? 'ws://127.0.0.1:1/ws' : url, protocol);
        sockets.push(this);
      }
    }
    const isPublic = kind === 'public';
    const { bob, hers, his, others, bobId } = await setUp(t, isPublic, { webSocket: Gated });
    const ended = ending(his);
    isAway = true;
    sockets.at(-1)!.terminate();
    await until('the end to be noticed', () => bob.state.state !== 'online');
    await removals[action](hers, bobId);
    isAway = false;
    const error = await soon('the loop to end', ended);
    assert.ok(error instanceof RefusedError);
    assert.deepEqual([error.code, error.room], [isPublic ? 'forbidden' : 'gone', hers.name]);
    await isAlive(bob, others);
  });
}

test('who was banned may come again when that is taken back', async (t) => {
  const { bob, hers, his, bobId } = await setUp(t, true);
  const ended = ending(his);
  await hers.ban(bobId, { forS: 3600 });
  await soon('the loop to end', ended);
  await assert.rejects(bob.join(hers.name), { code: 'banned' });
  const { seq } = await hers.publish('missed');
  await hers.unban(bobId);
  await assert.rejects(hers.unban(bobId), { code: 'not_banned' });
  const again = await bob.join(hers.name, { position: his.position! });
  for await (const item of again) if (item.kind === 'message' && item.seq === seq) break;
});

test('who is muted reads, and says nothing', async (t) => {
  const { hers, his, bobId } = await setUp(t);
  const heard: ChatEvent[] = [];
  his.on('event', (event) => heard.push(event));
  await hers.mute(bobId, { forS: 3600, reason: 'enough' });
  await assert.rejects(his.publish('x'), { code: 'muted', retryable: false });
  const { seq } = await hers.publish('hush');
  await until('bob to hear it', () => heard.at(-1)?.seq === seq);
  await hers.unmute(bobId);
  await his.publish('thanks');
});

test('read-only, slow mode, and a publish that is repeated in it', async (t) => {
  const { bob, hers, his } = await setUp(t);
  await hers.configure({ readOnly: true });
  await assert.rejects(his.publish('x'), { code: 'read_only' });
  await hers.publish('I may');
  await hers.configure({ readOnly: false, slowModeS: 600 });
  const cid = crypto.randomUUID();
  const stored = await his.publish('one', { cid });
  await assert.rejects(soon('the refusal', his.publish('two')), (error: ConfabError) => {
    assert.deepEqual([error.code, error.retryable], ['slow_mode', true]);
    assert.ok(error.retryMs > 500_000 && error.retryMs <= 600_000, `${error.retryMs}`);
    return true;
  });
  assert.deepEqual(await his.publish('one', { cid }), { ...stored, dup: true });
  assert.equal(bob.unacknowledged, 0);
  await assert.rejects(his.configure({ slowModeS: 0 }), { code: 'not_allowed' });
  await hers.configure({ slowModeS: 0 });
  await his.publish('three');
});

test('all that happens to a room are its events, with what was asked', async (t) => {
  const { hers, his, aliceId, bobId } = await setUp(t);
  const heard: ChatEvent[] = [];
  his.on('event', (event) => heard.push(event));
  const seqs = [
    await hers.configure({ title: 'Plans', slowModeS: 5 }),
    await hers.setRole(bobId, 'moderator'),
    await hers.mute(bobId, { forS: 60, reason: 'enough' }),
    await hers.unmute(bobId),
  ].map(({ seq }) => seq);
  await until('all', () => heard.at(-1)?.seq === seqs[3]);
  const [settings, member, mute, unmute] = seqs.map((seq) => heard.find((e) => e.seq === seq));
  assert.ok(settings?.kind === 'room');
  assert.deepEqual(settings.settings, { title: 'Plans', slow_mode_s: 5 });
  assert.ok(member?.kind === 'member');
  assert.deepEqual(member.member, { user: bobId, role: 'moderator' });
  assert.ok(mute?.kind === 'moderation');
  const moderation = { action: 'mute', user: bobId, for_s: 60, reason: 'enough' };
  assert.deepEqual(mute.moderation, moderation);
  assert.ok(unmute?.kind === 'moderation');
  assert.deepEqual(unmute.moderation, { action: 'unmute', user: bobId });
  assert.equal(settings.user.id, aliceId);
  await assert.rejects(hers.setRole(aliceId, 'none'), { code: 'last_owner' });
});
