// Who is in one room at the moment: asked once, and then kept by what the server tells of those who
// come and go. No I/O: the sink asks.
//
// Asked is when somebody follows it, after each entering, and after a `lag`, with which such news
// are lost. What comes before the answer is applied to it: to take out who is not there, or to add
// who is, changes nothing, and what was over by then the next news put right.
// Limits: the server names 100 people at most, so in a larger room `users` are some of them, and
// may name somebody who has gone unnamed; `namesMax` are kept. Where all can be named and the names
// are not as many as `count`, it is asked again, within `doubtMsMax`, by each client at another
// time.
// Invariants: (1) one question at a time. (2) nothing is told that is not followed. (3) `count` is
// that of the last answer or news.
import type { Random } from './clock.js';
import type { Presence, PresenceDelta, User } from './wire.js';

/** Who is in the room now, and who has come and gone since it was told last. */
export interface PresenceChange extends Presence {
  /** Some of those who came; nobody when the whole has been asked for. */
  readonly joined: readonly User[];
  /** Some of those who went; nobody when the whole has been asked for. */
  readonly left: readonly User[];
}

export interface PresenceSink {
  /** Whether the application wants to know. */
  isFollowed(): boolean;
  /** Asks the server; answered() or failed() says how that ended. */
  ask(): void;
  tell(change: PresenceChange): void;
  random: Random;
  after(ms: number, callback: () => void): () => void;
}

const answerNamesMax = 100;
const namesMax = 1000;
const earlyMax = 32;
const doubtMsMax = 10_000;

export class LivePresence {
  readonly #sink: PresenceSink;
  readonly #users = new Map<string, User>();
  #count = 0;
  #early: PresenceDelta[] = []; // came while the answer was under way
  #isEntered = false;
  #isAsking = false;
  #isStale = true;
  #stopTimer: (() => void) | null = null;

  constructor(sink: PresenceSink) {
    this.#sink = sink;
  }

  entered(): void {
    this.#isEntered = true;
    this.stale();
  }

  /** The connection is gone, or the room is left. */
  interrupted(): void {
    this.#isEntered = this.#isAsking = false;
    this.#isStale = true;
    this.#early = [];
    this.#stopTimer?.();
    this.#stopTimer = null;
  }

  /** Some news have been lost. */
  stale(): void {
    this.#isStale = true;
    this.advance();
  }

  /** Asks, if there is something to ask and somebody who wants to know. */
  advance(): void {
    if (!this.#isEntered || !this.#isStale || this.#isAsking || !this.#sink.isFollowed()) return;
    this.#isStale = false;
    this.#isAsking = true;
    this.#sink.ask();
  }

  answered({ count, users }: Presence): void {
    if (!this.#isAsking) return;
    this.#isAsking = false;
    this.#users.clear();
    for (const user of users) this.#users.set(user.id, user);
    for (const delta of this.#early) this.#apply(delta);
    this.#early = [];
    this.#tell(count, [], []);
    this.advance();
  }

  failed(): void {
    this.#isAsking = false;
    this.#isStale = true;
    this.#early = [];
  }

  changed(delta: PresenceDelta): void {
    if (!this.#sink.isFollowed()) this.#isStale = true;
    if (this.#isAsking) {
      this.#early = [...this.#early, delta].slice(-earlyMax);
    } else if (this.#isEntered && !this.#isStale) {
      this.#apply(delta);
      this.#tell(delta.count, delta.joined, delta.left);
    }
  }

  #apply({ joined, left }: PresenceDelta): void {
    for (const { id } of left) this.#users.delete(id);
    for (const user of joined) {
      if (this.#users.size < namesMax || this.#users.has(user.id)) this.#users.set(user.id, user);
    }
  }

  #tell(count: number, joined: readonly User[], left: readonly User[]): void {
    this.#count = count;
    if (this.#isDoubtful) {
      this.#stopTimer ??= this.#sink.after(this.#sink.random() * doubtMsMax, () => {
        this.#stopTimer = null;
        if (this.#isDoubtful) this.stale();
      });
    }
    this.#sink.tell({ count, users: [...this.#users.values()], joined, left });
  }

  get #isDoubtful(): boolean {
    return this.#count <= answerNamesMax && this.#users.size !== this.#count;
  }
}
