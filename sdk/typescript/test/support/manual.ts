// Time, chance and a WebSocket that do what the test says, and nothing by themselves.
import type { Clock } from '../../src/clock.js';

export class ManualClock implements Clock {
  #now = 1_700_000_000_000;
  #timers: { at: number; callback: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback };
    this.#timers.push(timer);
    return () => void (this.#timers = this.#timers.filter((each) => each !== timer));
  }

  /** Lets time pass, and everything happen that falls into it. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await settled();
      const due = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#now = Math.max(this.#now, due.at);
      due.callback();
    }
    this.#now = end;
  }

  get timers(): number {
    return this.#timers.length;
  }
}

/** Everything that needs no time has happened. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** The same numbers in every run (mulberry32). */
export function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface SentFrame {
  id: number;
  [method: string]: any;
}

export class FakeSocket {
  static opened: FakeSocket[] = [];

  static last(): FakeSocket {
    return FakeSocket.opened.at(-1)!;
  }

  onopen: ((event: object) => void) | null = null;
  onmessage: ((event: object) => void) | null = null;
  onclose: ((event: object) => void) | null = null;
  onerror: ((event: object) => void) | null = null;
  readonly sent: SentFrame[] = [];
  closedWith: number | null = null;

  constructor(
    readonly url: string,
    readonly protocol: string,
  ) {
    FakeSocket.opened.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  // Of the codes, those that browsers let a page close with.
  close(code = 1005): void {
    const isAllowed = code === 1000 || code === 1005 || (code >= 3000 && code <= 4999);
    if (!isAllowed) throw new RangeError(`close code ${code}`);
    this.closedWith = code;
  }

  // What the other side does:

  open(): void {
    this.onopen?.({});
  }

  receive(frame: object | string): void {
    this.onmessage?.({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) });
  }

  drop(code: number, reason = ''): void {
    this.onclose?.({ code, reason });
  }

  /** The commands of one method, in their order. */
  commands(method: string): any[] {
    return this.sent.filter((frame) => method in frame).map((frame) => frame[method]);
  }

  /** Answers the newest command. */
  reply(method: string, value: object): void {
    const command = this.sent.findLast((frame) => method in frame)!;
    this.receive({ id: command.id, [method]: value });
  }

  refuse(error: object): void {
    this.receive({ id: this.sent.at(-1)!.id, error });
  }

  admit(rooms: Record<string, object> = {}, ttlS = 3600): void {
    this.open();
    this.reply('connect', hello(rooms, ttlS));
  }
}

export function hello(rooms: Record<string, object> = {}, ttlS = 3600): object {
  return {
    conn: 'c-1',
    user: { id: 'u-1', name: 'Alice' },
    ping_s: 25,
    token_ttl_s: ttlS,
    limits: { message_bytes: 65536, publish_per_s: 10, burst: 50 },
    rooms,
  };
}

export function message(room: string, seq: number, body = `text ${seq}`): any {
  const user = { id: 'u-2', name: 'Bob' };
  return { room, seq, kind: 'message', id: `id-${seq}`, user, ts: seq, body };
}
