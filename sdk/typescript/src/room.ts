// A room, as the application sees it.
//
//   for await (const item of room) …      events, gaps and resets, in order
//   room.on('event', …)                   the same, as listeners
//
// Nothing is lost between join() and the first consumer, nor between two consumers: without one the
// room holds still, and what came meanwhile is delivered, or fetched, when there is one again.
//
// Limits: an iterator gets an item when it asks for the next, and the room goes on when all its
// iterators have asked; so the slowest sets the pace, and one that is neither read nor returned
// from (`break` does it) stops the room. A listener is not waited for.
// Invariants: (1) every consumer sees the same sequence: each seq once, rising by one, or a `gap`
// or `reset` that says otherwise. (2) `position` is that of the last item handed over.
import { ConfabError } from './errors.js';
import { Emitter } from './emitter.js';
import type { Gap, Reset, RoomItem } from './room_stream.js';
import type {
  Arguments, ChatEvent, HistoryPage, HistoryRange, Position, Presence, PublishReply, User,
} from './wire.js';

/** Commands that change a message. */
export type Change = 'edit' | 'delete' | 'react' | 'unreact';

export interface PublishOptions {
  /** The `seq` of the message that this answers. */
  readonly replyTo?: number;
  /** The UUID of this publish, when the application keeps its own list of what is not sent yet. */
  readonly cid?: string;
}

export interface RoomEvents {
  event: ChatEvent;
  gap: Gap;
  reset: Reset;
  /** Somebody is writing something. Of one person it comes every two seconds at most. */
  typing: { readonly user: User };
  /** What had been missed on entering has all been delivered. */
  caught_up: { readonly seq: number };
  /** The room is left, the client is closed, or the server does not let this user in any more. */
  closed: { readonly error: ConfabError | null };
}

/** What a room can ask of its client. */
export interface RoomBackend {
  publish(room: string, body: string, options?: PublishOptions): Promise<PublishReply>;
  change<M extends Change>(method: M, args: Arguments<M>): Promise<PublishReply>;
  presence(room: string): Promise<Presence>;
  typing(room: string): void;
  history(room: string, range?: HistoryRange): Promise<HistoryPage>;
  walkBack(room: string, before?: number): AsyncGenerator<ChatEvent, void, void>;
  leave(room: Room): Promise<void>;
  position(room: Room): Position | null;
  /** Somebody wants the next item. */
  wanted(room: Room): void;
}

interface Waiter {
  resolve(result: IteratorResult<RoomItem, void>): void;
  reject(error: ConfabError): void;
}

export class Room implements AsyncIterable<RoomItem> {
  readonly name: string;
  readonly #backend: RoomBackend;
  readonly #emitter = new Emitter<RoomEvents>();
  readonly #iterators = new Set<Waiter[]>(); // of each, the calls of next() that wait
  #end: { readonly error: ConfabError | null; readonly position: Position | null } | null = null;

  /** @internal Client.join makes it. */
  constructor(name: string, backend: RoomBackend) {
    this.name = name;
    this.#backend = backend;
  }

  /** Of the last item handed over: keep it, and join() goes on from there, also after the end. */
  get position(): Position | null {
    return this.#end === null ? this.#backend.position(this) : this.#end.position;
  }

  on<K extends keyof RoomEvents>(name: K, listener: (value: RoomEvents[K]) => void): () => void {
    const off = this.#emitter.on(name, listener);
    queueMicrotask(() => this.#backend.wanted(this));
    return off;
  }

  publish(body: string, options?: PublishOptions): Promise<PublishReply> {
    return this.#backend.publish(this.name, body, options);
  }

  // Changes need a connection, and fail with `connection_lost` when it ends before the reply. To do
  // the same again is harmless.

  /** Gives a message of this user another text. */
  edit(seq: number, body: string): Promise<PublishReply> {
    return this.#backend.change('edit', { room: this.name, seq, body });
  }

  /** Deletes a message of this user. */
  delete(seq: number): Promise<PublishReply> {
    return this.#backend.change('delete', { room: this.name, seq });
  }

  react(seq: number, reaction: string): Promise<PublishReply> {
    return this.#backend.change('react', { room: this.name, seq, reaction });
  }

  unreact(seq: number, reaction: string): Promise<PublishReply> {
    return this.#backend.change('unreact', { room: this.name, seq, reaction });
  }

  /** Who is in the room. */
  presence(): Promise<Presence> {
    return this.#backend.presence(this.name);
  }

  /** Tells the others that this user is writing something; may be called with every key. */
  typing(): void {
    this.#backend.typing(this.name);
  }

  history(range?: HistoryRange): Promise<HistoryPage> {
    return this.#backend.history(this.name, range);
  }

  /** The events before a seq, or all, from the newest back to the oldest that is kept. */
  walkBack(before?: number): AsyncGenerator<ChatEvent, void, void> {
    return this.#backend.walkBack(this.name, before);
  }

  leave(): Promise<void> {
    return this.#backend.leave(this);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<RoomItem, void, void> {
    const waiting: Waiter[] = [];
    const iterator: AsyncIterableIterator<RoomItem, void, void> = {
      next: () =>
        new Promise((resolve, reject) => {
          if (this.#end?.error) return reject(this.#end.error);
          if (this.#end !== null) return resolve({ done: true, value: undefined });
          this.#iterators.add(waiting);
          waiting.push({ resolve, reject });
          this.#backend.wanted(this);
        }),
      return: async () => {
        this.#iterators.delete(waiting);
        for (const waiter of waiting.splice(0)) waiter.resolve({ done: true, value: undefined });
        this.#backend.wanted(this);
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  /** @internal Whether there is a consumer, and all of them can take an item. */
  ready(): boolean {
    if (this.#end !== null) return false;
    for (const waiting of this.#iterators) if (waiting.length === 0) return false;
    return this.#iterators.size > 0 || this.#emitter.count('event') > 0;
  }

  /** @internal */
  take(item: RoomItem): void {
    for (const waiting of this.#iterators) waiting.shift()!.resolve({ done: false, value: item });
    if (item.kind === 'gap') this.#emitter.emit('gap', item);
    else if (item.kind === 'reset') this.#emitter.emit('reset', item);
    else this.#emitter.emit('event', item);
  }

  /** @internal */
  caughtUp(seq: number): void {
    this.#emitter.emit('caught_up', { seq });
  }

  /** @internal */
  typed(user: User): void {
    this.#emitter.emit('typing', { user });
  }

  /** @internal Nothing more comes. */
  end(error: ConfabError | null): void {
    if (this.#end !== null) return;
    this.#end = { error, position: this.position };
    for (const waiting of this.#iterators) {
      for (const waiter of waiting.splice(0)) {
        if (error === null) waiter.resolve({ done: true, value: undefined });
        else waiter.reject(error);
      }
    }
    this.#iterators.clear();
    this.#emitter.emit('closed', { error });
  }
}
