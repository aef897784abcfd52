// The golden vectors that every implementation of protocol v2 is tested with.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { decodeFrame } from '../src/decode.js';
import { encodeCommand } from '../src/encode.js';
import { ConfabError } from '../src/index.js';
import { Room } from '../src/room.js';
import { Rooms } from '../src/rooms.js';
import { repository } from './support/server.js';

const vectors = (name: string): any[] =>
  JSON.parse(readFileSync(path.join(repository, 'protocol/vectors/v2', name), 'utf8'));

const without = (value: object, isDropped: (value: unknown) => boolean) =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => !isDropped(member)));
const withoutNull = (value: object) => without(value, (member) => member === null);

/** The `value` of a vector as it is on the wire. */
function wireValue(type: string, value: any): object {
  if (type === 'connect') {
    const rooms = value.rooms.map(({ room, ...state }: any) => [room, wireValue('join', state)]);
    return { ...value, rooms: Object.fromEntries(rooms) };
  }
  if (type === 'join') {
    const isRefused = value.resume === 'forbidden' || value.resume === 'gone';
    return isRefused ? { resume: value.resume } : withoutNull(value);
  }
  if (type === 'event') {
    const given: any = without(value, (member) => member === null || member === 0);
    if (given.kind === 'delete') delete given.body;
    if (given.kind !== 'reaction' && given.kind !== 'unreaction') return given;
    const { body: reaction, kind, ...rest } = given;
    return { ...rest, kind: 'reaction', reaction, added: kind === 'reaction' };
  }
  if (type !== 'history') return value;
  const events = value.events.map((event: any) => wireValue('event', event));
  return { ...without(value, (member) => member === 0), head: value.head, events };
}

const frames = [...vectors('frames.json'), ...vectors('rooms.json')];
for (const { name, type, id, value, frame } of frames) {
  if (type === 'messages') continue; // the library asks for events
  test(`frame: ${name}`, () => {
    const decoded: any = decodeFrame(frame, () => type);
    if (type === 'error') {
      assert.equal(decoded.type, 'error');
      assert.equal(decoded.id, value.id);
      const error = ConfabError.fromWire(decoded.error);
      assert.equal(error.code, value.code);
      assert.equal(error.field ?? '', value.field);
      assert.equal(error.message, value.detail || value.code);
      const isRetryable = ['rate_limited', 'overloaded', 'unavailable'].includes(value.kind);
      assert.equal(error.retryable, isRetryable);
      assert.equal(error.retryMs, isRetryable ? value.retry_ms : 0);
      return;
    }
    assert.equal(decoded.type, id === undefined ? 'push' : 'reply');
    assert.equal(id === undefined ? decoded.name : decoded.method, type);
    if (id !== undefined) assert.equal(decoded.id, id);
    assert.deepEqual(decoded.value, wireValue(type, value));
  });
}

/** The arguments with which the library says what a vector's `command` means. */
function argumentsOf(method: string, command: any): any {
  switch (method) {
    case 'connect': {
      const rooms = command.rooms.map((each: any) => [each.room, each.position]);
      return {
        ...(command.token === null ? {} : { token: command.token }),
        rooms: Object.fromEntries(rooms),
        ...(command.last_close === 0 ? {} : { last_close: command.last_close }),
      };
    }
    case 'join':
      return withoutNull(command);
    case 'publish':
      return without(command, (member) => member === null || member === 0);
    case 'history': {
      const { room, from, seq, limit, events } = command;
      return { room, ...(from === 'newest' ? {} : { [from]: seq }), limit, events };
    }
    case 'edit': case 'delete': case 'react': case 'unreact': {
      const { text, ...rest } = withoutNull(command) as any;
      if (method === 'delete') return rest;
      return method === 'edit' ? { ...rest, body: text } : { ...rest, reaction: text };
    }
    case 'create':
      return without(command, (member) => member === '');
    default:
      return withoutNull(command);
  }
}

/** A vector's frame in the form that this library writes. */
function plain(frame: string, method: string): object {
  const { id, [method]: args } = JSON.parse(frame);
  const known: Record<string, string[]> = {
    connect: ['token', 'rooms', 'last_close'],
    refresh: ['token'],
    join: ['room', 'position'],
    leave: ['room'],
    publish: ['room', 'cid', 'body', 'reply_to', 'mentions'],
    edit: ['room', 'seq', 'body', 'cid'],
    delete: ['room', 'seq', 'cid'],
    react: ['room', 'seq', 'reaction', 'cid'],
    unreact: ['room', 'seq', 'reaction', 'cid'],
    typing: ['room'],
    presence: ['room'],
    history: ['room', 'before', 'after', 'around', 'limit', 'events'],
    create: ['cid', 'title'],
    direct: ['user'],
    rooms: [],
    members: ['room', 'after', 'limit'],
    mark_read: ['room', 'seq'],
    set_role: ['room', 'user', 'role', 'cid'],
    configure: ['room', 'title', 'read_only', 'slow_mode_s', 'cid'],
    kick: ['room', 'user', 'reason', 'cid'],
    ban: ['room', 'user', 'for_s', 'reason', 'cid'],
    mute: ['room', 'user', 'for_s', 'reason', 'cid'],
    unban: ['room', 'user', 'cid'],
    unmute: ['room', 'user', 'cid'],
  };
  const names = known[method]!;
  const kept: any = Object.fromEntries(
    names.filter((each) => args[each] != null).map((each) => [each, args[each]]),
  );
  const position = (value: any) => (value?.epoch == null ? null : value);
  if (method === 'connect') {
    const rooms = Object.entries(kept.rooms ?? {});
    kept.rooms = Object.fromEntries(rooms.map(([room, value]) => [room, position(value)]));
  }
  if (kept.position && position(kept.position) === null) delete kept.position;
  if (kept.reply_to === 0) delete kept.reply_to;
  // Whoever is named twice is named once, and nobody is no list.
  if (kept.mentions) kept.mentions = [...new Set(kept.mentions)];
  if (kept.mentions?.length === 0) delete kept.mentions;
  if (method === 'members') kept.limit ??= 50;
  if (kept.cid) kept.cid = kept.cid.toLowerCase();
  if (method === 'history') kept.limit ??= 50;
  if (method === 'history') kept.events ??= false;
  return { id, [method]: kept };
}

for (const { name, frame, id, command } of vectors('commands.json')) {
  if (command === undefined) continue;
  test(`command: ${name}`, () => {
    const [method, meaning] = Object.entries(command)[0]!;
    const text = encodeCommand(id, method as 'leave', argumentsOf(method, meaning));
    assert.deepEqual(JSON.parse(text), plain(frame, method));
  });
}

test('a command is written byte for byte as the protocol shows it', () => {
  const shown = [
    'connect as the protocol shows it', 'refresh', 'join with a position', 'leave', 'publish',
    'publish as an answer', 'history of events',
  ];
  const found = vectors('commands.json').filter(({ name }) => shown.includes(name));
  assert.equal(found.length, shown.length);
  for (const { frame, id, command } of found) {
    const [method, meaning] = Object.entries(command)[0]!;
    const args = argumentsOf(method, meaning);
    const last = method === 'connect' ? { last_close: (meaning as any).last_close } : {};
    const { limit, ...rest } = args;
    const shownArgs = method === 'history' ? rest : { ...args, ...last };
    assert.equal(encodeCommand(id, method as 'leave', shownArgs), frame);
  }
});

test('the room names that the server refuses never reach it', async () => {
  const rooms = new Rooms({ isOnline: () => false } as never, 10);
  let count = 0;
  for (const { frame, command, error } of vectors('commands.json')) {
    const name = /^\{"id":\d+,"join"/.test(frame) ? JSON.parse(frame).join?.room : undefined;
    if (typeof name !== 'string') continue;
    count++;
    const room = new Room(name, {} as never);
    const outcome = rooms.join(room, null).then(() => 'joined', (refusal) => refusal.code);
    if (error?.code === 'bad_room_name') assert.equal(await outcome, 'bad_room_name');
    else if (command) assert.ok((await Promise.race([outcome, 'waits'])) !== 'bad_room_name');
  }
  assert.ok(count >= 5, `${count}`);
});
