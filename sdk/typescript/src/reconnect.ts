// The policy of coming back: when to dial again after a connection ended, or whether at all. Pure.
//
// - Close codes 4500 to 4999 are final.
// - After a `drain`: at the time chosen inside its window, not before.
// - Else full jitter: uniform between 0 and a bound that doubles from 0.5 s to 30 s with each
//   attempt in a row, on top of the time for which the server refused (`retry_ms`).
//
// Limits: backoffMsMin and backoffMsMax; a wait is never longer than retry_ms + backoffMsMax.
import type { Random } from './clock.js';
import type { ConfabError } from './errors.js';

export const backoffMsMin = 500;
export const backoffMsMax = 30_000;

export interface Ending {
  readonly closeCode: number;
  /** Attempts in a row that did not come online. */
  readonly failures: number;
  /** What an error that refused `connect` asked for. */
  readonly retryMs?: number;
  /** What is left until the time that was chosen after a `drain`. */
  readonly drainMs?: number | undefined;
}

export type Plan = { readonly again: false } | { readonly again: true; readonly ms: number };

export function planReconnect(ending: Ending, random: Random): Plan {
  if (isFinal(ending.closeCode)) return { again: false };
  if (ending.drainMs !== undefined) return { again: true, ms: Math.max(0, ending.drainMs) };
  return { again: true, ms: (ending.retryMs ?? 0) + backoff(ending.failures, random) };
}

export function isFinal(closeCode: number): boolean {
  return closeCode >= 4500 && closeCode <= 4999;
}

export function backoff(failures: number, random: Random): number {
  const bound = Math.min(backoffMsMax, backoffMsMin * 2 ** Math.min(failures, 16));
  return random() * bound;
}

/** Milliseconds from a `drain` on, inside its window. */
export function chooseInWindow([from, to]: readonly [number, number], random: Random): number {
  return from + random() * Math.max(0, to - from);
}

/**
 * Whether a command is repeated by itself: its error passes, and soon. The time of a slow mode can
 * be hours; who says something decides whether it is worth saying then.
 */
export function isRepeated(error: ConfabError): boolean {
  return error.retryable && error.code !== 'slow_mode';
}

/**
 * When to repeat a command that was answered with a retryable error: after `retryMs` the first
 * time, later with full jitter on top, so that a server in trouble is not asked in a tight loop.
 */
export function retryDelay(retryMs: number, failures: number, random: Random): number {
  return Math.max(retryMs, 20) + (failures > 1 ? backoff(failures - 2, random) : 0);
}
