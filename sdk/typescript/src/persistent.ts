// A command that is repeated while its error is retryable, on the connection that it began on.
// Without a limit of attempts: each waits for what the server asked for, and backs off.
import type { Clock, Random } from './clock.js';
import type { Done } from './connection.js';
import type { Link } from './link.js';
import { retryDelay } from './reconnect.js';
import type { Arguments, Method, Reply } from './wire.js';

export class Persistent {
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(link: Link, clock: Clock, random: Random) {
    this.#link = link;
    this.#clock = clock;
    this.#random = random;
  }

  send<M extends Method>(method: M, args: Arguments<M>, done: Done<Reply<M>>): void {
    const started = this.#link.state;
    const attempt = (failures: number) => {
      this.#link.send(method, args, (error, reply) => {
        if (error === null || !error.retryable) return done(error, reply);
        this.#clock.after(retryDelay(error.retryMs, failures + 1, this.#random), () => {
          if (this.#link.state === started) attempt(failures + 1);
          else done(error, null);
        });
      });
    };
    attempt(0);
  }
}
