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
import { defined } from './encode.js';
import { walkBack } from './history.js';
import type { PresenceChange } from './live_presence.js';
import { allMembers } from './members.js';
import type { BanOptions, KickOptions, PublishOptions, RoomOptions } from './options.js';
import type { Gap, Reset, RoomItem } from './room_stream.js';
import type {
  Arguments, ChatEvent, HistoryPage, HistoryRange, Position, Presence, PublishReply, Reply, User,
} from './wire.js';
import type { Member, MembersPage, MembersRange, Role } from './wire_rooms.js';

/** Commands that are told the room as an event of its own kind. */
export type Change =
  | 'edit' | 'delete' | 'react' | 'unreact'
  | 'set_role' | 'configure' | 'kick' | 'ban' | 'mute' | 'unban' | 'unmute';

/** Commands that change nothing. */
export type Question = 'history' | 'presence' | 'members' | 'rooms';

export interface RoomEvents {
  event: ChatEvent;
  gap: Gap;
  reset: Reset;
  /** Somebody is writing something. Of one person it comes every two seconds at most. */
  typing: { readonly user: User };
  /** Who is in the room: once it is known, again with each change, and after each resume. */
  presence: PresenceChange;
  /** What had been missed on entering has all been delivered. */
  caught_up: { readonly seq: number };
  /**
   * The room is left or the client is closed; or this user had to leave (a RemovedError), or was
   * not let in again by a new connection (a RefusedError).
   */
  closed: { readonly error: ConfabError | null };
}

/** What a room can ask of its client. */
export interface RoomBackend {
  publish(room: string, body: string, options?: PublishOptions): Promise<PublishReply>;
  change<M extends Change>(method: M, args: Arguments<M>): Promise<PublishReply>;
  ask<M extends Question>(method: M, args: Arguments<M>): Promise<Reply<M>>;
  markRead(room: string, seq: number): Promise<number>;
  typing(room: string): void;
  leave(room: Room): Promise<void>;
  position(room: Room): Position | null;
  /** Somebody wants the next item, or what else there is to hear. */
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
  #people: Presence | null = null;
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

  /** Who is in the room, as `presence` told last; null without such a listener so far. */
  get people(): Presence | null {
    return this.#people;
  }

  on<K extends keyof RoomEvents>(name: K, listener: (value: RoomEvents[K]) => void): () => void {
    const off = this.#emitter.on(name, listener);
    queueMicrotask(() => this.#backend.wanted(this));
    return off;
  }

  publish(body: string, options?: PublishOptions): Promise<PublishReply> {
    return this.#backend.publish(this.name, body, options);
  }

  // Changes, here and below, need a connection, and fail with `connection_lost` when it ends before
  // the reply. To do the same again is harmless.

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

  /** Asks who is in the room. To be told all the time, listen to `presence`. */
  presence(): Promise<Presence> {
    return this.#backend.ask('presence', { room: this.name });
  }

  /** Tells the others that this user is writing something; may be called with every key. */
  typing(): void {
    this.#backend.typing(this.name);
  }

  /** A page of the room's log. */
  history(range: HistoryRange = {}): Promise<HistoryPage> {
    return this.#backend.ask('history', { room: this.name, ...range, events: true });
  }

  /** The events before a seq, or all, from the newest back to the oldest that is kept. */
  walkBack(before?: number): AsyncGenerator<ChatEvent, void, void> {
    return walkBack((range) => this.history(range), before);
  }

  /** A page of the members, and what the room is like. */
  members(range: MembersRange = {}): Promise<MembersPage> {
    return this.#backend.ask('members', { room: this.name, ...range });
  }

  /** All members, in the order of their ids. */
  allMembers(): AsyncGenerator<Member, void, void> {
    return allMembers((range) => this.members(range));
  }

  /**
   * This user has read up to here; resolves to how far the server takes it for read, as that never
   * goes back. May be called with every message.
   */
  markRead(seq: number): Promise<number> {
    return this.#backend.markRead(this.name, seq);
  }

  /** `none` takes a member out of a private room, and in a public one his special role from him. */
  setRole(user: string, role: Role): Promise<PublishReply> {
    return this.#backend.change('set_role', { room: this.name, user, role });
  }

  configure({ title, readOnly, slowModeS }: RoomOptions): Promise<PublishReply> {
    const settings = defined({ title, read_only: readOnly, slow_mode_s: slowModeS });
    return this.#backend.change('configure', { room: this.name, ...settings });
  }

  /** Out of the room; into a public one he may come again. */
  kick(user: string, { reason }: KickOptions = {}): Promise<PublishReply> {
    return this.#backend.change('kick', { room: this.name, user, ...defined({ reason }) });
  }

  /** Out of the room, and not in again for some time. */
  ban(user: string, { forS, reason }: BanOptions): Promise<PublishReply> {
    const args = { room: this.name, user, for_s: forS, ...defined({ reason }) };
    return this.#backend.change('ban', args);
  }

  unban(user: string): Promise<PublishReply> {
    return this.#backend.change('unban', { room: this.name, user });
  }

  /** May read, and say nothing for some time. */
  mute(user: string, { forS, reason }: BanOptions): Promise<PublishReply> {
    const args = { room: this.name, user, for_s: forS, ...defined({ reason }) };
    return this.#backend.change('mute', args);
  }

  unmute(user: string): Promise<PublishReply> {
    return this.#backend.change('unmute', { room: this.name, user });
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

  /** @internal */
  isFollowed(): boolean {
    return this.#emitter.count('presence') > 0;
  }

  /** @internal */
  peopleChanged(change: PresenceChange): void {
    this.#people = { count: change.count, users: change.users };
    this.#emitter.emit('presence', change);
  }

  /** @internal Nothing more comes. */
  end(error: ConfabError | null, position = this.position): void {
    if (this.#end !== null) return;
    this.#end = { error, position };
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
