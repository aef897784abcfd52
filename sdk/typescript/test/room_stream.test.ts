// The stream of a room: order, holes, bounds; with a sink that wants, or does not want, items.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RoomStream, type RoomItem, type RoomSink } from '../src/room_stream.js';
import type { HistoryPage, Position } from '../src/wire.js';
import { message, seeded } from './support/manual.js';

class Sink implements RoomSink {
  wants = true;
  readonly items: RoomItem[] = [];
  readonly fetches: number[] = [];
  readonly caught: number[] = [];
  readonly complaints: string[] = [];
  ready = () => this.wants;
  take = (item: RoomItem) => void this.items.push(item);
  caughtUp = (seq: number) => void this.caught.push(seq);
  fetch = (after: number) => void this.fetches.push(after);
  confused = (what: string) => void this.complaints.push(what);

  get told(): (number | string)[] {
    return this.items.map((item) =>
      item.kind === 'gap' ? `gap ${item.from}-${item.to}`
      : item.kind === 'reset' ? `reset ${item.epoch} ${item.seq}`
      : item.seq);
  }
}

function stream(position: Position | null, bufferMax = 100): [RoomStream, Sink] {
  const sink = new Sink();
  return [new RoomStream('a', sink, position, bufferMax), sink];
}

const at = (seq: number) => ({ epoch: 'e', seq });
const events = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => message('a', from + i));
const page = (from: number, to: number, head: number, oldest = 1): HistoryPage =>
  ({ room: 'a', epoch: 'e', head, oldest, events: events(from, to), end: to === head });

test('without a position the stream begins at the head', () => {
  const [room, sink] = stream(null);
  assert.equal(room.position, null);
  room.entered({ epoch: 'e', head: 7, resume: 'ok' });
  assert.deepEqual(room.position, at(7));
  assert.deepEqual(sink.caught, [], 'the server says when');
  room.replayed();
  assert.deepEqual(sink.caught, [7]);
  room.event(message('a', 8));
  assert.deepEqual(sink.told, [8]);
});

test('ok: what is replayed and what comes live is one sequence, and nothing is fetched', () => {
  const [room, sink] = stream(at(5));
  room.entered({ epoch: 'e', head: 7, resume: 'ok' });
  for (const event of events(6, 9)) room.event(event);
  room.event(message('a', 8));
  room.replayed();
  assert.deepEqual(sink.told, [6, 7, 8, 9]);
  assert.deepEqual(sink.fetches, []);
  assert.deepEqual(sink.caught, [9]);
});

test('behind: pages are joined up with what came live meanwhile', () => {
  const [room, sink] = stream(at(0));
  room.entered({ epoch: 'e', head: 150, resume: 'behind', oldest: 1 });
  assert.deepEqual(sink.fetches, [0]);
  room.event(message('a', 151));
  room.page(page(1, 100, 151));
  assert.deepEqual(sink.fetches, [0, 100]);
  room.event(message('a', 152));
  assert.deepEqual(sink.caught, []);
  room.page(page(101, 152, 152));
  assert.deepEqual(sink.told, events(1, 152).map((event) => event.seq));
  assert.deepEqual(sink.caught, [152]);
  assert.deepEqual(sink.fetches, [0, 100]);
});

test('what is not kept any more is a gap, known at once or only from the page', () => {
  const [room, sink] = stream(at(10));
  room.entered({ epoch: 'e', head: 100, resume: 'behind', oldest: 51 });
  assert.deepEqual(sink.told, ['gap 11-50']);
  assert.deepEqual(sink.fetches, [50]);
  room.page(page(61, 100, 100, 61));
  assert.deepEqual(sink.told, ['gap 11-50', 'gap 51-60', ...events(61, 100).map((e) => e.seq)]);
  assert.deepEqual(room.position, at(100));
});

test('diverged: a reset, then on from the head', () => {
  const [room, sink] = stream(at(10));
  room.entered({ epoch: 'f', head: 3, resume: 'diverged' });
  room.event(message('a', 4));
  assert.deepEqual(sink.told, ['reset f 3', 4]);
  assert.deepEqual(room.position, { epoch: 'f', seq: 4 });
});

test('a page of another epoch is a reset as well', () => {
  const [room, sink] = stream(at(0));
  room.entered({ epoch: 'e', head: 400, resume: 'behind' });
  room.page({ ...page(1, 2, 2), epoch: 'f' });
  assert.deepEqual(sink.told, ['reset f 2']);
});

test('lag is fetched like what was missed', () => {
  const [room, sink] = stream(at(0));
  room.entered({ epoch: 'e', head: 0, resume: 'ok' });
  room.replayed();
  room.event(message('a', 1));
  room.lag(1, 4); // 1 was on its way already
  assert.deepEqual(sink.fetches, [1]);
  room.event(message('a', 5));
  room.page(page(2, 3, 5));
  assert.deepEqual(sink.fetches, [1, 3], 'up to the head of the lag, and not from 5 on');
  assert.deepEqual(sink.caught, [0]);
  room.page(page(4, 4, 5));
  assert.deepEqual(sink.told, [1, 2, 3, 4, 5]);
  assert.deepEqual(sink.caught, [0, 5]);
  room.lag(1, 3);
  assert.deepEqual([sink.fetches, sink.caught], [[1, 3], [0, 5]], 'all of that is there');
});

test('a lag without events that are missing fetches nothing, nor does one of before', () => {
  const [room, sink] = stream(at(3));
  room.lag(4, 9);
  room.entered({ epoch: 'e', head: 3, resume: 'ok' });
  room.replayed();
  sink.wants = false;
  for (const event of events(4, 6)) room.event(event);
  room.lag(7, 6);
  sink.wants = true;
  room.advance();
  assert.deepEqual(sink.told, [4, 5, 6]);
  assert.deepEqual([sink.fetches, sink.caught], [[], [3]]);
});

test('lag upon lag, in the middle of a page: one page at a time, each event once', () => {
  const [room, sink] = stream(at(0), 3);
  room.entered({ epoch: 'e', head: 0, resume: 'ok' });
  room.replayed();
  room.lag(1, 4);
  room.event(message('a', 5));
  room.lag(5, 8);
  room.lag(1, 6); // tells nothing new
  room.page(page(1, 7, 8));
  assert.deepEqual(sink.fetches, [0, 7]);
  for (const event of events(9, 14)) room.event(event); // more than the buffer takes
  room.page(page(8, 10, 14));
  assert.deepEqual(sink.fetches, [0, 7, 10]);
  room.page(page(11, 14, 14));
  assert.deepEqual(sink.told, events(1, 14).map((event) => event.seq));
});

test('a lag during a replay: caught up is who has the replay and the pages', () => {
  const [room, sink] = stream(at(0));
  room.entered({ epoch: 'e', head: 4, resume: 'ok' });
  room.event(message('a', 1));
  room.lag(2, 6);
  room.page(page(2, 6, 6));
  assert.deepEqual(sink.caught, [], 'the server has not said so yet');
  room.replayed();
  assert.deepEqual(sink.told, [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(sink.caught, [6]);
});

test('a full buffer is thrown away and fetched again, when it is wanted', () => {
  const [room, sink] = stream(at(0), 3);
  sink.wants = false;
  room.entered({ epoch: 'e', head: 0, resume: 'ok' });
  for (const event of events(1, 5)) room.event(event);
  assert.deepEqual([sink.told, sink.fetches], [[], []]);
  sink.wants = true;
  room.advance();
  assert.deepEqual(sink.fetches, [0]);
  room.page(page(1, 4, 5));
  assert.deepEqual(sink.told, [1, 2, 3, 4, 5], '5 came after the buffer had been emptied');
});

test('who does not want anything gets nothing, not even a gap, a reset or caught_up', () => {
  const [room, sink] = stream(at(10));
  sink.wants = false;
  room.entered({ epoch: 'f', head: 3, resume: 'diverged' });
  room.interrupted();
  room.entered({ epoch: 'f', head: 400, resume: 'behind', oldest: 300 });
  assert.deepEqual([sink.told, sink.fetches, sink.caught], [[], [], []]);
  sink.wants = true;
  room.advance();
  assert.deepEqual(sink.told, ['reset f 3', 'gap 4-299']);
  assert.deepEqual(sink.fetches, [299]);
});

test('an interruption drops what is in the buffer, and goes on from the position', () => {
  const [room, sink] = stream(at(0));
  room.entered({ epoch: 'e', head: 400, resume: 'behind' });
  room.page(page(1, 100, 400));
  room.event(message('a', 401));
  room.interrupted();
  room.event(message('a', 402));
  assert.deepEqual(room.position, at(100));
  room.entered({ epoch: 'e', head: 102, resume: 'ok' });
  room.event(message('a', 101));
  room.event(message('a', 102));
  assert.deepEqual(sink.told, events(1, 102).map((event) => event.seq));
  assert.deepEqual(sink.fetches, [0, 100]);
});

test('a page that does not help is not asked for again and again', () => {
  const [room, sink] = stream(at(5));
  room.entered({ epoch: 'e', head: 400, resume: 'behind' });
  room.page(page(1, 5, 400));
  assert.equal(sink.complaints.length, 1);
  assert.deepEqual(sink.fetches, [5]);
});

test('whatever happens, the sequence has no hole and nothing twice', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = seeded(seed);
    const whole = (below: number) => Math.floor(random() * below);
    const [room, sink] = stream(at(0), 1 + whole(8));
    let head = 0;
    let sent = 0; // up to here the server pushed, or told to fetch
    let isIn = false;
    let wanted = 0;
    const answer = () => {
      if (isIn && wanted < sink.fetches.length) {
        wanted = sink.fetches.length;
        const after = sink.fetches.at(-1)!;
        room.page(page(after + 1, Math.min(head, after + 1 + whole(5)), head));
      }
    };
    const leave = () => {
      isIn = false;
      wanted = sink.fetches.length;
      room.interrupted();
    };
    const enter = () => {
      const from = room.position!.seq;
      const isBehind = head - from > 3;
      isIn = true;
      sent = head;
      room.entered({ epoch: 'e', head, resume: isBehind ? 'behind' : 'ok' });
      if (isBehind) return;
      for (const event of events(from + 1, head)) room.event(event);
      room.replayed();
    };
    const steps: (() => void)[] = [
      () => void (head += whole(4)),
      () => isIn && sent < head && room.event(message('a', ++sent)),
      () => isIn && sent < head && room.event(message('a', ++sent)),
      () => isIn && sent + 2 < head && room.lag(1 + whole(sent + 1), (sent += 2)),
      () => { sink.wants = !sink.wants; room.advance(); },
      answer, answer,
      () => whole(4) === 0 && isIn && leave(),
      () => isIn || enter(),
    ];
    for (let i = 0; i < 300; i++) steps[whole(steps.length)]!();
    if (!isIn) enter();
    sink.wants = true;
    room.advance();
    while (sent < head) room.event(message('a', ++sent));
    while (wanted < sink.fetches.length) answer();
    assert.deepEqual(sink.told, events(1, head).map((event) => event.seq), `seed ${seed}`);
    assert.deepEqual(sink.complaints, [], `seed ${seed}`);
  }
});
