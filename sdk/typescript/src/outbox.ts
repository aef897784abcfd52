// The outbox: publishes until they are acknowledged, across connections.
//
// Each has a `cid`, under which the server stores it once, however often it is sent. So whatever
// was not answered when a connection ended is sent again on the next.
// Limits: `limit` publishes; one more is an OutboxFullError. `underWayMax` of them are under way.
// Invariants: (1) of one room one publish is under way, and the next one goes out when that is
// stored or refused for good: their order is that of the calls. (2) a publish keeps its cid.
import type { Clock, Random } from './clock.js';
import type { Done } from './connection.js';
import { ConfabError, OutboxFullError } from './errors.js';
import { isRepeated, retryDelay } from './reconnect.js';
import type { PublishArguments, PublishReply } from './wire.js';

const underWayMax = 16;

interface Entry {
  readonly args: PublishArguments;
  resolve(reply: PublishReply): void;
  reject(error: ConfabError): void;
}

/** The publishes of one room, and whether the first is under way or waits to be repeated. */
interface Lane {
  readonly entries: Entry[];
  isBusy: boolean;
  failures: number;
  stopTimer(): void;
}

export interface OutboxOptions {
  readonly limit: number;
  readonly clock: Clock;
  readonly random: Random;
  send(args: PublishArguments, done: Done<PublishReply>): void;
  mayPublish(room: string): boolean;
  /** Whether a command may go out now; if not, pump() is called when one may. */
  take(): boolean;
}

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #lanes = new Map<string, Lane>();
  #size = 0;
  #underWay = 0;
  #isOnline = false;
  #isLimited = false; // a rate limit is the user's, so that all rooms wait
  #closed: ConfabError | null = null;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Publishes that are not acknowledged. */
  get size(): number {
    return this.#size;
  }

  publish(args: PublishArguments): Promise<PublishReply> {
    if (this.#closed !== null) return Promise.reject(this.#closed);
    if (this.#size >= this.#options.limit) {
      return Promise.reject(new OutboxFullError(this.#options.limit));
    }
    return new Promise((resolve, reject) => {
      let lane = this.#lanes.get(args.room);
      if (lane === undefined) {
        lane = { entries: [], isBusy: false, failures: 0, stopTimer: () => {} };
        this.#lanes.set(args.room, lane);
      }
      this.#size++;
      lane.entries.push({ args, resolve, reject });
      this.pump();
    });
  }

  online(): void {
    this.#isOnline = true;
    this.pump();
  }

  offline(): void {
    this.#isOnline = false;
  }

  close(error: ConfabError): void {
    this.#closed = error;
    this.#isOnline = false;
    for (const lane of this.#lanes.values()) {
      lane.stopTimer();
      for (const entry of lane.entries.splice(0)) entry.reject(error);
    }
    this.#lanes.clear();
    this.#size = 0;
  }

  /** Sends what can go out. */
  pump(): void {
    for (const [room, lane] of this.#lanes) {
      if (!this.#isOnline || this.#isLimited || this.#underWay >= underWayMax) return;
      if (lane.isBusy || !this.#options.mayPublish(room)) continue;
      if (!this.#options.take()) return;
      this.#send(room, lane);
    }
  }

  #send(room: string, lane: Lane): void {
    const entry = lane.entries[0]!;
    lane.isBusy = true;
    this.#underWay++;
    this.#options.send(entry.args, (error, reply) => {
      this.#underWay--;
      if (this.#closed !== null) return;
      if (error !== null && isRepeated(error)) return this.#rest(lane, error);
      lane.isBusy = false;
      if (error?.code === 'connection_lost' || error?.code === 'no_reply') return;
      lane.entries.shift();
      lane.failures = 0;
      this.#size--;
      this.#lanes.delete(room);
      if (lane.entries.length > 0) this.#lanes.set(room, lane); // behind the other rooms
      if (error === null) entry.resolve(reply!);
      else entry.reject(error);
      queueMicrotask(() => this.pump());
    });
  }

  #rest(lane: Lane, { code, retryMs }: ConfabError): void {
    const { clock, random } = this.#options;
    const isLimit = code === 'rate_limited';
    if (isLimit) this.#isLimited = true;
    lane.stopTimer = clock.after(retryDelay(retryMs, ++lane.failures, random), () => {
      lane.isBusy = false;
      if (isLimit) this.#isLimited = false;
      this.pump();
    });
  }
}
