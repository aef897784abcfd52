// Commands that are repeated while their error passes, on the connection they began on.
//
// Limits: `underWayMax` at a time, one that waits to be repeated included, at the connection's
// pace; the others queue. So a client in many rooms does not run into the server's limits when it
// comes back and all have to catch up. No limit of attempts: each waits as long as the server
// asked, then backs off.
// Invariant: each command gets one outcome; when the connection ends, all get it.
import type { Clock, Random } from './clock.js';
import type { Done } from './connection.js';
import { CloseError, type ConfabError } from './errors.js';
import type { Link } from './link.js';
import type { Pace } from './pace.js';
import { isRepeated, retryDelay } from './reconnect.js';
import type { Arguments, Method, Reply } from './wire.js';

const underWayMax = 4;

interface Waiting {
  readonly go: () => void;
  readonly fail: (error: ConfabError) => void;
  stopTimer(): void;
}

export class Persistent {
  readonly #link: Link;
  readonly #pace: Pace;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #queue: Waiting[] = [];
  readonly #resting = new Set<Waiting>();
  #underWay = 0;

  constructor(link: Link, pace: Pace, clock: Clock, random: Random) {
    this.#link = link;
    this.#pace = pace;
    this.#clock = clock;
    this.#random = random;
  }

  send<M extends Method>(method: M, args: Arguments<M>, done: Done<Reply<M>>): void {
    let failures = 0;
    const attempt = () => {
      this.#link.send(method, args, (error, reply) => {
        this.#underWay--;
        if (error !== null && isRepeated(error)) {
          this.#rest(waiting, retryDelay(error.retryMs, ++failures, this.#random));
        } else {
          done(error, reply);
        }
        this.pump();
      });
    };
    const fail = (error: ConfabError) => done(error, null);
    const waiting: Waiting = { go: attempt, fail, stopTimer: () => {} };
    this.#queue.push(waiting);
    this.pump();
  }

  /** Sends what can go out. */
  pump(): void {
    while (this.#underWay + this.#resting.size < underWayMax) {
      if (this.#queue.length === 0 || !this.#pace.take()) return;
      this.#underWay++;
      this.#queue.shift()!.go();
    }
  }

  /** The connection has ended. Those under way are told by it. */
  interrupted(): void {
    const waiting = [...this.#resting, ...this.#queue.splice(0)];
    this.#resting.clear();
    for (const { stopTimer, fail } of waiting) {
      stopTimer();
      fail(new CloseError('connection_lost', 1006, ''));
    }
  }

  #rest(waiting: Waiting, ms: number): void {
    this.#resting.add(waiting);
    waiting.stopTimer = this.#clock.after(ms, () => {
      this.#resting.delete(waiting);
      this.#queue.unshift(waiting);
      this.pump();
    });
  }
}
