// The pace of one connection: as many commands as the server said it takes (`limits` of the reply
// to `connect`), so that it has none to refuse; it closes with 4008 when it has to refuse many.
//
// Limits: a little below the server's, so that what is not paced (`refresh`, Client.call) fits in.
// Invariant: whoever was told to wait is called, by `ready`, as soon as there is something to take.
import type { Clock } from './clock.js';
import type { Limits } from './wire.js';

export class Pace {
  readonly #clock: Clock;
  readonly #ready: () => void;
  #perMs = Infinity;
  #burst = Infinity;
  #left = Infinity;
  #at = 0;
  #stopTimer: (() => void) | null = null;

  constructor(clock: Clock, ready: () => void) {
    this.#clock = clock;
    this.#ready = ready;
  }

  /** A new connection. */
  start({ publish_per_s, burst }: Limits): void {
    this.stop();
    if (publish_per_s === 0) return;
    this.#perMs = (publish_per_s * 0.95) / 1000;
    this.#left = this.#burst = Math.max(1, burst - 5);
    this.#at = this.#clock.now();
  }

  /** The connection has ended: what is sent now fails, and need not wait for that. */
  stop(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
    this.#left = Infinity;
  }

  /** Whether a command may go out now; false: after the call of `ready`. */
  take(): boolean {
    if (this.#left === Infinity) return true;
    const now = this.#clock.now();
    const gained = Math.max(0, now - this.#at) * this.#perMs;
    this.#left = Math.min(this.#burst, this.#left + gained);
    this.#at = now;
    if (this.#left >= 1) {
      this.#left--;
      return true;
    }
    this.#stopTimer ??= this.#clock.after(Math.ceil((1 - this.#left) / this.#perMs), () => {
      this.#stopTimer = null;
      this.#ready();
    });
    return false;
  }
}
