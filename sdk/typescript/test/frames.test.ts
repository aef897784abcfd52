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
    [{ lag: { room: 'a', from: 1 } }], [{ id: 1, error: { code: 'x' } }, 'leave'],
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
