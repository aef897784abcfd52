// The token in use: asks the application for one when none is good, and renews it in time on the
// open connection.
//
// `reason` tells the application why it is asked: `connect`, the first time; `refresh`, the token
// runs out soon; `expired`, it has run out (or the server said so with 4001).
// Limits: a token is renewed after 80 % of its time, or 60 s before its end if that is later. A
// renewal that fails is repeated with backoff until the server closes with 4001.
import type { Clock, Random } from './clock.js';
import { ConfabError } from './errors.js';
import { backoff } from './reconnect.js';

export type TokenReason = 'connect' | 'refresh' | 'expired';
export type GetToken = (reason: TokenReason) => Promise<string> | string;

/** Sends `refresh`; resolves to the new token_ttl_s. */
export type Renew = (token: string) => Promise<number>;

export function renewalMs(ttlS: number): number {
  return Math.max(ttlS * 800, (ttlS - 60) * 1000);
}

export class Tokens {
  readonly #getToken: GetToken;
  readonly #clock: Clock;
  readonly #random: Random;
  #token: string | null = null;
  #asked = false;
  #goodUntil = Infinity;
  #stopTimer = () => {};
  #round = 0; // renewals of an earlier round have nothing to say any more

  constructor(getToken: GetToken, clock: Clock, random: Random) {
    this.#getToken = getToken;
    this.#clock = clock;
    this.#random = random;
  }

  /** A token to connect with: the one in use while it is good. */
  async get(): Promise<string> {
    if (this.#token !== null && this.#clock.now() < this.#goodUntil) return this.#token;
    this.#goodUntil = Infinity;
    this.#token = await this.#ask(this.#asked ? 'expired' : 'connect');
    this.#asked = true;
    return this.#token;
  }

  /** The server does not take it any more. */
  expire(): void {
    this.#token = null;
  }

  /** The server took the token, for so long. */
  admitted(ttlS: number, renew: Renew): void {
    this.#goodUntil = this.#clock.now() + ttlS * 1000;
    this.#renewAfter(renewalMs(ttlS), renew, 0);
  }

  /** The connection has ended: nothing to renew. */
  pause(): void {
    this.#round++;
    this.#stopTimer();
  }

  #renewAfter(ms: number, renew: Renew, failures: number): void {
    this.pause();
    const round = this.#round;
    this.#stopTimer = this.#clock.after(ms, () => void this.#renew(round, renew, failures));
  }

  async #renew(round: number, renew: Renew, failures: number): Promise<void> {
    try {
      const token = await this.#ask('refresh');
      if (round !== this.#round) return;
      const ttlS = await renew(token);
      this.#token = token;
      if (round === this.#round) this.admitted(ttlS, renew);
    } catch (error) {
      if (round !== this.#round) return;
      const retryMs = error instanceof ConfabError ? error.retryMs : 0;
      this.#renewAfter(retryMs + backoff(failures, this.#random), renew, failures + 1);
    }
  }

  async #ask(reason: TokenReason): Promise<string> {
    try {
      return await this.#getToken(reason);
    } catch (cause) {
      throw new ConfabError('no_token', 'getToken failed', { cause });
    }
  }
}
