// The policy of coming back, as a pure function.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoff, chooseInWindow, planReconnect, retryDelay } from '../src/reconnect.js';
import { renewalMs } from '../src/tokens.js';

const almostOne = () => 1 - 2 ** -32;

test('full jitter: between nothing and a bound that doubles from 0.5 s to 30 s', () => {
  const bounds = Array.from({ length: 9 }, (_, i) => Math.round(backoff(i, almostOne)));
  assert.deepEqual(bounds, [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
  assert.equal(backoff(5, () => 0), 0);
  assert.equal(backoff(5, () => 0.5), 8000);
  assert.equal(Math.round(backoff(100_000, almostOne)), 30_000);
});

test('close codes from 4500 to 4999 are final, all others are not', () => {
  for (const closeCode of [4500, 4503, 4504, 4999]) {
    const plan = planReconnect({ closeCode, failures: 0, drainMs: 5 }, almostOne);
    assert.deepEqual(plan, { again: false });
  }
  for (const closeCode of [1000, 1001, 1006, 1008, 1013, 4001, 4008, 4009, 4499]) {
    assert.deepEqual(planReconnect({ closeCode, failures: 0 }, () => 0), { again: true, ms: 0 });
  }
});

test('the time for which the server refused comes first', () => {
  const plan = planReconnect({ closeCode: 4008, failures: 1, retryMs: 1200 }, () => 0.5);
  assert.deepEqual(plan, { again: true, ms: 1700 });
});

test('after a drain the chosen time counts, and never a negative one', () => {
  const at = (drainMs: number) =>
    planReconnect({ closeCode: 1001, failures: 9, retryMs: 9, drainMs }, almostOne);
  assert.deepEqual(at(1234), { again: true, ms: 1234 });
  assert.deepEqual(at(-5), { again: true, ms: 0 });
  assert.equal(chooseInWindow([1000, 3000], () => 0.25), 1500);
  assert.equal(chooseInWindow([3000, 1000], () => 0.25), 3000);
});

test('a retry waits as long as it was told, then backs off', () => {
  assert.equal(retryDelay(1200, 1, almostOne), 1200);
  assert.equal(retryDelay(0, 1, almostOne), 20);
  assert.equal(retryDelay(1200, 3, () => 0.5), 1700);
});

test('a token is renewed after 80 % of its time, or a minute before its end', () => {
  assert.equal(renewalMs(3600), 3_540_000);
  assert.equal(renewalMs(100), 80_000);
  assert.equal(renewalMs(0), 0);
});
