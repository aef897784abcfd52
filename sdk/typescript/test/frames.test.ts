// Frames: what is refused on the way out, and whatever may come in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeFrame } from '../src/decode.js';
import { encodeCommand } from '../src/encode.js';
import { FrameError } from '../src/index.js';
import { uuidMaker } from '../src/uuid.js';
import { hello, message, seeded } from './support/manual.js';

const decode = (frame: unknown, method?: string) =>
  decodeFrame(typeof frame === 'string' ? frame : JSON.stringify(frame), () => method);

test('half a surrogate pair is refused, backslashes and whole pairs are not', () => {
  const encode = (body: string) => encodeCommand(1, 'publish', { room: 'a', cid: 'c', body });
  for (const body of ['\ud83d', 'x\ude00', '\\\ud83d', '\\\\\udfff', '\ude00\ud83d']) {
    assert.throws(() => encode(body), { code: 'frame_not_unicode' }, JSON.stringify(body));
  }
  for (const body of ['\ud83d\ude00', '\\ud83d', '\\\\ud83d', '"\\u0000', '\u0000\u2028']) {
    assert.equal(JSON.parse(encode(body)).publish.body, body);
  }
});

test('a frame has at most so many bytes, counted in UTF-8', () => {
  const frame = (body: string, max: number) =>
    encodeCommand(1, 'publish', { room: 'a', cid: 'c', body }, max);
  const bytes = Buffer.byteLength(frame('ä😀', Infinity));
  assert.ok(frame('ä😀', bytes));
  assert.throws(() => frame('ä😀', bytes - 1), { code: 'frame_too_long' });
});

test('unknown pushes, members and kinds are ignored or passed on', () => {
  assert.deepEqual(decode({ later: { room: 'a' } }), { type: 'unknown' });
  assert.deepEqual(decode({}), { type: 'unknown' });
  assert.deepEqual(decode({ constructor: {}, toString: 1 }), { type: 'unknown' });
  const event = { ...message('a', 1), later: [1] };
  assert.deepEqual(decode({ event, trace: 'x' }), { type: 'push', name: 'event', value: event });
  const other = { room: 'a', seq: 1, kind: 'later', emoji: '+' };
  assert.equal(decode({ event: other }).type, 'push');
  assert.equal(decode({ id: 1, constructor: {} }, 'constructor').type, 'reply');
});

test('a malformed frame is a typed error with the beginning of the frame', () => {
  const page = { room: 'a', epoch: 'e', head: 1, oldest: 1, events: [], end: true };
  assert.equal(decode({ id: 1, history: page }, 'history').type, 'reply');
  const wrong: [unknown, string?][] = [
    ['not json'], ['[]'], ['null'], ['4'], [''],
    [{ id: 'one', join: {} }], [{ id: 0, leave: {} }, 'leave'], [{ id: 1.5, leave: {} }, 'leave'],
    [{ id: 3, leave: {} }], // nobody asked
    [{ id: 1, join: { epoch: 'e', head: 1 } }, 'join'],
    [{ id: 1, join: { epoch: 'e', head: 1, resume: 'maybe' } }, 'join'],
    [{ id: 1, publish: { seq: 1, id: 'x', ts: 1 } }, 'publish'],
    [{ id: 1, history: { ...page, events: [{}] } }, 'history'],
    [{ id: 1, connect: { ...hello(), rooms: { a: {} } } }, 'connect'],
    [{ id: 1, leave: [] }, 'leave'], [{ id: 1, join: {} }, 'leave'],
    [{ event: { ...message('a', 1), seq: 0 } }], [{ event: { ...message('a', 1), body: 1 } }],
    [{ event: null }], [{ drain: { close_ms: 1, reconnect_ms: [1] } }],
    [{ lag: { room: 'a', from: 1 } }],
    [{ presence: { room: 'a', count: 1, joined: [] } }],
    [{ presence: { room: 'a', count: 1, joined: [], left: [{ id: 'u' }] } }],
    [{ presence: { room: 'a', count: 1, joined: [], left: [], more: 1 } }],
    [{ id: 1, error: { code: 'x' } }, 'leave'],
  ];
  for (const [frame, method] of wrong) {
    const text = typeof frame === 'string' ? frame : JSON.stringify(frame);
    assert.throws(() => decode(text, method), FrameError, text);
  }
  assert.throws(() => decodeFrame(new ArrayBuffer(4), () => undefined), FrameError);
  try {
    decode('x'.repeat(1000));
  } catch (error) {
    assert.equal((error as FrameError).frame, 'x'.repeat(200));
  }
});

const listing = {
  room: '~p', kind: 'private', title: 'Plans', role: 'owner', epoch: 'e', head: 2, read: 1,
  unread: 1, mentions: 0,
};
const page = {
  kind: 'private', role: 'owner', title: 'Plans', read_only: false, slow_mode_s: 0, count: 1,
  members: [], end: true,
};
const member = { id: 'u', name: 'Bob', role: 'owner' };
const created = { room: '~p', dup: false };
const settings = { title: 'Plans', read_only: true, slow_mode_s: 5 };
const moderation = { action: 'ban', user: 'u', for_s: 60, reason: 'enough' };
const eventOf = (kind: string, value: object) => ({
  event: { ...message('a', 1), kind, ...value },
});

// A frame with a value in it, the value, and which of its members may be missing.
const values: [(value: object) => object, object, string[]?][] = [
  [(value) => ({ id: 1, rooms: value }), { rooms: [listing] }],
  [(value) => ({ id: 1, rooms: { rooms: [listing, value] } }), listing, ['title']],
  [(value) => ({ id: 1, members: value }), page, ['title']],
  [(value) => ({ id: 1, members: { ...page, members: [member, value] } }), member, ['name']],
  [(value) => ({ id: 1, create: value }), created],
  [(value) => ({ id: 1, direct: value }), created],
  [(value) => ({ id: 1, mark_read: value }), { seq: 0 }],
  ...['set_role', 'configure', 'kick', 'ban', 'mute', 'unban', 'unmute'].map(
    (method): [(value: object) => object, object] =>
      [(value) => ({ id: 1, [method]: value }), { seq: 1, id: 'i', ts: 1, dup: false }]),
  [(value) => ({ added: value }), { room: 'a', role: 'member' }],
  [(value) => ({ read: value }), { room: 'a', seq: 1 }],
  [(value) => ({ removed: value }), { room: 'a', seq: 1, action: 'kick' }],
  [(value) => eventOf('message', value), { mentions: ['u'] }, ['mentions']],
  [(value) => eventOf('room', value), { settings }],
  [(value) => eventOf('room', { settings: value }), settings, Object.keys(settings)],
  [(value) => eventOf('member', value), { member: { user: 'u', role: 'none' } }],
  [(value) => eventOf('member', { member: value }), { user: 'u', role: 'none' }],
  [(value) => eventOf('moderation', value), { moderation }],
  [(value) => eventOf('moderation', { moderation: value }), moderation, ['for_s', 'reason']],
];

test('what is about rooms has its members, each of its type', () => {
  for (const [frameOf, value, optional = []] of values) {
    const check = (changed: object) => {
      const frame = frameOf(changed);
      return decode(frame, Object.keys(frame)[1]);
    };
    assert.notEqual(check(value).type, 'unknown');
    for (const [name, member] of Object.entries(value)) {
      const other = { ...value, [name]: typeof member === 'object' ? 7 : {} };
      assert.throws(() => check(other), FrameError, JSON.stringify(frameOf(other)));
      const { [name]: _, ...rest } = value as Record<string, unknown>;
      if (optional.includes(name)) check(rest);
      else assert.throws(() => check(rest), FrameError, JSON.stringify(frameOf(rest)));
    }
  }
  assert.throws(() => decode(eventOf('message', { mentions: [1] })), FrameError);
});

test('words of a later server break nothing', () => {
  const event = eventOf('member', { member: { user: 'u', role: 'guest' } });
  assert.equal(decode(event).type, 'push');
  assert.equal(decode({ removed: { room: 'a', seq: 1, action: 'expire' } }).type, 'push');
  const rooms = [{ ...listing, kind: 'thread', role: 'guest' }];
  assert.equal(decode({ id: 1, rooms: { rooms } }, 'rooms').type, 'reply');
});

test('UUIDs are of version 7, tell the time, and rise', () => {
  let now = 0x0190b6f27c1f;
  const make = uuidMaker(() => now, seeded(1));
  const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  const made: string[] = [];
  for (let i = 0; i < 10_000; i++) {
    if (i === 5000) now += 7;
    if (i === 7000) now -= 1000;
    made.push(make());
  }
  assert.ok(made.every((uuid) => pattern.test(uuid)));
  assert.ok(made[0]!.startsWith('0190b6f2-7c1f-7000-'));
  assert.deepEqual([...made].sort(), made);
  assert.equal(new Set(made).size, made.length);
  const constant = uuidMaker(() => now, () => 0);
  assert.notEqual(constant(), constant());
});
