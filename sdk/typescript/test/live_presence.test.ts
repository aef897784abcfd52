// Who is in a room at the moment: asked once, then kept; with a sink that the test plays.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LivePresence, type PresenceChange, type PresenceSink } from '../src/live_presence.js';
import type { PresenceDelta, User } from '../src/wire.js';
import { ManualClock, seeded } from './support/manual.js';

class Sink implements PresenceSink {
  readonly clock = new ManualClock();
  readonly told: PresenceChange[] = [];
  followed = true;
  asked = 0;
  random = () => 0.5;
  isFollowed = () => this.followed;
  ask = () => void this.asked++;
  tell = (change: PresenceChange) => void this.told.push(change);
  after = (ms: number, callback: () => void) => this.clock.after(ms, callback);

  get last(): [number, string] {
    const { count, users } = this.told.at(-1)!;
    return [count, users.map((user) => user.id).sort().join(' ')];
  }
}

const user = (id: string): User => ({ id, name: id.toUpperCase() });
const users = (ids: string) => ids.split(' ').filter((id) => id !== '').map(user);
const delta = (count: number, joined: string, left = ''): PresenceDelta =>
  ({ room: 'a', count, joined: users(joined), left: users(left) });

function followed(): [LivePresence, Sink] {
  const sink = new Sink();
  const presence = new LivePresence(sink);
  presence.entered();
  return [presence, sink];
}

test('it is asked once, and kept by who comes and goes', () => {
  const [presence, sink] = followed();
  presence.advance();
  presence.answered({ count: 2, users: users('a b') });
  assert.deepEqual(sink.told, [{ count: 2, users: users('a b'), joined: [], left: [] }]);
  presence.changed(delta(3, 'c d', 'b'));
  assert.deepEqual(sink.last, [3, 'a c d']);
  assert.deepEqual(sink.told[1]!.joined, users('c d'));
  assert.deepEqual(sink.told[1]!.left, users('b'));
  presence.changed(delta(3, 'a', 'x a'));
  assert.deepEqual(sink.last, [3, 'a c d'], 'out first, then in; who is not there changes nothing');
  presence.advance();
  assert.equal(sink.asked, 1);
  assert.equal(sink.clock.timers, 0);
});

test('who does not follow asks nothing, and when he begins to, also after a break, he asks', () => {
  const sink = new Sink();
  sink.followed = false;
  const presence = new LivePresence(sink);
  presence.entered();
  presence.changed(delta(1, 'a'));
  assert.deepEqual([sink.asked, sink.told], [0, []]);
  sink.followed = true;
  presence.advance();
  assert.equal(sink.asked, 1);
  presence.answered({ count: 1, users: users('a') });
  sink.followed = false;
  presence.changed(delta(2, 'b'));
  assert.equal(sink.told.length, 1);
  sink.followed = true;
  presence.advance();
  assert.equal(sink.asked, 2);
});

test('what comes before the answer is applied to it, if it is not too much', () => {
  const [presence, sink] = followed();
  presence.changed(delta(3, 'c', 'a'));
  assert.deepEqual(sink.told, []);
  presence.answered({ count: 2, users: users('a b') });
  assert.deepEqual(sink.last, [2, 'b c']);
  presence.stale();
  presence.changed(delta(3, 'lost'));
  for (let i = 0; i < 32; i++) presence.changed(delta(3, 'd'));
  presence.answered({ count: 3, users: users('b c') });
  assert.deepEqual(sink.last, [3, 'b c d']);
});

test('a new connection and a lag ask again; one question at a time', () => {
  const [presence, sink] = followed();
  presence.answered({ count: 1, users: users('a') });
  presence.interrupted();
  presence.changed(delta(9, 'x'));
  presence.answered({ count: 9, users: users('x') });
  assert.equal(sink.told.length, 1, 'of the connection before');
  presence.entered();
  assert.equal(sink.asked, 2);
  presence.stale();
  assert.equal(sink.asked, 2);
  presence.answered({ count: 2, users: users('a b') });
  assert.equal(sink.asked, 3, 'what the lag dropped may not be in that answer');
  presence.answered({ count: 3, users: users('a b c') });
  assert.deepEqual([sink.asked, sink.last], [3, [3, 'a b c']]);
});

test('a question that fails is asked again when there is a reason', () => {
  const [presence, sink] = followed();
  presence.failed();
  presence.changed(delta(1, 'a'));
  assert.deepEqual([sink.asked, sink.told], [1, []]);
  presence.advance();
  presence.answered({ count: 1, users: users('a') });
  assert.deepEqual([sink.asked, sink.last], [2, [1, 'a']]);
});

test('names that are not as many as the count are doubted, for some time', async () => {
  const [presence, sink] = followed();
  presence.answered({ count: 2, users: users('a b') });
  presence.changed(delta(25, 'c'));
  presence.changed(delta(24, ''));
  assert.equal(sink.clock.timers, 1);
  await sink.clock.pass(4_999);
  assert.equal(sink.asked, 1);
  await sink.clock.pass(1);
  assert.equal(sink.asked, 2);
  presence.answered({ count: 3, users: users('a b c') });
  presence.changed(delta(4, ''));
  presence.changed(delta(4, 'd'));
  await sink.clock.pass(60_000);
  assert.equal(sink.asked, 2, 'the doubt is gone');
  presence.changed(delta(5, ''));
  presence.interrupted();
  assert.equal(sink.clock.timers, 0);
});

test('in a large room some are known, and no more than so many are kept', async () => {
  const [presence, sink] = followed();
  presence.answered({ count: 5000, users: users('a b') });
  for (let i = 0; i < 100; i++) {
    const names = Array.from({ length: 20 }, (_, n) => `u${i}.${n}`).join(' ');
    presence.changed({ ...delta(5020 + i, names), more: true });
  }
  const { count, users: known } = sink.told.at(-1)!;
  assert.deepEqual([count, known.length], [5119, 1000]);
  await sink.clock.pass(60_000);
  assert.equal(sink.asked, 1);
});

test('whatever comes in between, in the end everybody is known', async () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = seeded(seed);
    const whole = (below: number) => Math.floor(random() * below);
    const [presence, sink] = followed();
    const there = new Set<string>();
    let before = new Set<string>();
    let answers = 0;
    const push = () => {
      const joined = [...there].filter((id) => !before.has(id)).map(user);
      const left = [...before].filter((id) => !there.has(id)).map(user);
      before = new Set(there);
      const more = joined.length > 3 || left.length > 3 ? { more: true } : {};
      presence.changed({
        room: 'a', count: there.size, joined: joined.slice(0, 3), left: left.slice(0, 3), ...more,
      });
    };
    const answer = () => {
      if (answers === sink.asked) return;
      answers = sink.asked;
      presence.answered({ count: there.size, users: [...there].map(user) });
    };
    const steps = [
      () => void there.add(`u${whole(12)}`), () => void there.add(`u${whole(12)}`),
      () => void there.delete(`u${whole(12)}`), push, push, answer, () => presence.stale(),
      () => { presence.interrupted(); presence.entered(); answers = sink.asked - 1; },
    ];
    for (let i = 0; i < 200; i++) steps[whole(steps.length)]!();
    push();
    answer();
    await sink.clock.pass(10_000);
    answer();
    assert.deepEqual(sink.last, [there.size, [...there].sort().join(' ')], `seed ${seed}`);
  }
});
