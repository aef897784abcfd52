// A small application in a page: one client, what it told, and what its room handed over. The tests
// run their steps with `app`, in the page.
//
// What has to live longer than the page, the tab keeps: the position in the room, and what was
// heard there.
import { Client } from '@confab/client';
import type { ChatEvent, Clock, Position, Room, State } from '@confab/client';

export interface BeginOptions {
  readonly url: string;
  readonly user: string;
  readonly room?: string;
  /** The first wait after a lost connection is short, and every longer one is for ever. */
  readonly isStuck?: boolean;
}

export interface Kept {
  readonly position: Position | null;
  readonly seqs: readonly number[];
}

class App {
  client!: Client;
  room!: Room;
  readonly states: State['state'][] = [];
  readonly reasons: string[] = [];
  readonly heard: ChatEvent[] = [];
  readonly others: string[] = []; // gaps, resets and the end
  readonly replies: { readonly seq: number; readonly dup: boolean }[] = [];
  readonly errors: string[] = [];

  async begin({ url, user, room, isStuck = false }: BeginOptions): Promise<void> {
    this.client = new Client({
      url,
      getToken: async (reason) => {
        this.reasons.push(reason);
        return (await fetch(`/token?user=${user}`)).text();
      },
      ...(isStuck ? stuck : {}),
    });
    for (const name of ['connecting', 'online', 'waiting', 'closed'] as const) {
      this.client.on(name, ({ state }) => this.states.push(state));
    }
    await this.client.connect();
    if (room !== undefined) await this.enter(room);
  }

  /** Goes on where the tab has been in this room. */
  async enter(name: string): Promise<void> {
    const { position } = this.kept;
    this.room = await this.client.join(name, position === null ? {} : { position });
    this.room.on('event', (event) => {
      this.heard.push(event);
      const kept = { position: this.room.position, seqs: [...this.kept.seqs, event.seq] };
      sessionStorage.setItem('kept', JSON.stringify(kept));
    });
    this.room.on('gap', ({ from, to }) => this.others.push(`gap ${from} ${to}`));
    this.room.on('reset', ({ seq }) => this.others.push(`reset ${seq}`));
    this.room.on('closed', ({ error }) => this.others.push(`closed ${error?.code}`));
  }

  /** What the tab has heard, on all its pages. */
  get kept(): Kept {
    const text = sessionStorage.getItem('kept');
    return text === null ? { position: null, seqs: [] } : (JSON.parse(text) as Kept);
  }

  /** Publishes, and does not wait for it. */
  say(body: string, cid?: string): void {
    this.room.publish(body, cid === undefined ? {} : { cid }).then(
      (reply) => this.replies.push(reply),
      (error) => this.errors.push(error.code),
    );
  }
}

const stillTime: Clock = {
  now: () => 1_700_000_000_000,
  after(ms, callback) {
    if (ms > 500) return () => {};
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};
const stuck = { clock: stillTime, random: () => 0.9 };

export const app = new App();
Object.assign(globalThis, { app });
