// Client: one user's place in a Confab server, over one WebSocket that is replaced as often as
// necessary.
//
// - publish() resolves when the message is stored. It may be called at any time; what cannot go out
//   waits in the outbox and is sent once there is a connection, each message stored once.
// - join() gives a room whose events come in order, each once, also across connections.
// - The connection comes back by itself, except after a close code from 4500 to 4999 (the token is
//   not accepted, the session has ended) and after close().
//
// Limits: nothing is kept when the page or process ends; to go on where it stopped, keep
// `room.position`. A dead connection is noticed when a command has no reply for `replyTimeoutMs`,
// or when the platform notices: on a connection where nothing is asked that can take long.
// Invariant: every promise settles when the client is closed.
import { systemClock, systemRandom, type Clock } from './clock.js';
import { Emitter } from './emitter.js';
import { defined } from './encode.js';
import { ConfabError } from './errors.js';
import { walkBack } from './history.js';
import { Link, type State } from './link.js';
import type {
  ClientEvents, ClientOptions, CreateOptions, JoinOptions, PublishOptions,
} from './options.js';
import { platformNetwork } from './network.js';
import { Outbox } from './outbox.js';
import { Pace } from './pace.js';
import { Persistent } from './persistent.js';
import { ReadMarks } from './read_marks.js';
import { Room, type Change } from './room.js';
import { Rooms } from './rooms.js';
import type { SocketClass } from './socket.js';
import { Tokens } from './tokens.js';
import { uuidMaker } from './uuid.js';
import type {
  Arguments, ChatEvent, Hello, HistoryPage, HistoryRange, Method, Presence, PublishReply,
  Push, Reply,
} from './wire.js';
import type { CreateReply, RoomListing } from './wire_rooms.js';

const typingMs = 2000; // more often is not passed on

export class Client {
  readonly #emitter = new Emitter<ClientEvents>();
  readonly #link: Link;
  readonly #pace: Pace;
  readonly #commands: Persistent;
  readonly #rooms: Rooms;
  readonly #outbox: Outbox;
  readonly #readMarks: ReadMarks;
  readonly #makeCid: () => string;
  readonly #clock: Clock;
  readonly #typedAt = new Map<string, number>();

  constructor(options: ClientOptions) {
    const clock = options.clock ?? systemClock;
    const random = options.random ?? systemRandom;
    this.#clock = clock;
    const webSocket = options.webSocket ?? (globalThis.WebSocket as SocketClass | undefined);
    if (webSocket === undefined) throw new TypeError('there is no WebSocket here: pass webSocket');
    this.#makeCid = uuidMaker(() => clock.now(), random);
    this.#link = new Link(
      {
        url: options.url,
        webSocket,
        clock,
        random,
        replyTimeoutMs: options.replyTimeoutMs ?? 20_000,
        tokens: new Tokens(options.getToken, clock, random),
        onNetwork: options.onNetwork ?? platformNetwork,
      },
      {
        changed: (state) => this.#changed(state),
        positions: () => this.#rooms.positions(),
        pushed: (push) => this.#pushed(push),
        online: (hello) => {
          this.#pace.start(hello.limits);
          this.#rooms.online(hello);
          if (this.#link.isOnline) this.#outbox.online();
        },
        offline: () => {
          this.#outbox.offline();
          this.#rooms.offline();
          this.#pace.stop();
          this.#commands.interrupted();
        },
      },
    );
    let isOutboxFirst = false; // in turn, so that neither starves the other
    this.#pace = new Pace(clock, () => {
      isOutboxFirst = !isOutboxFirst;
      if (isOutboxFirst) this.#outbox.pump();
      this.#commands.pump();
      this.#outbox.pump();
    });
    this.#commands = new Persistent(this.#link, this.#pace, clock, random);
    this.#rooms = new Rooms(
      {
        commands: this.#commands,
        clock,
        random,
        isOnline: () => this.#link.isOnline,
        drop: (error) => this.#link.drop(error),
        entered: () => this.#outbox.pump(),
      },
      options.roomBufferMax ?? 1000,
    );
    this.#outbox = new Outbox({
      limit: options.outboxMax ?? 1000,
      clock,
      random,
      send: (args, done) => this.#link.send('publish', args, done),
      mayPublish: (room) => this.#rooms.mayPublish(room),
      take: () => this.#pace.take(),
    });
    this.#readMarks = new ReadMarks((room, seq) =>
      this.#ask('mark_read', { room, seq }).then((reply) => reply.seq),
    );
  }

  get state(): State {
    return this.#link.state;
  }

  /** Publishes that are not acknowledged. */
  get unacknowledged(): number {
    return this.#outbox.size;
  }

  on<K extends keyof ClientEvents>(
    name: K,
    listener: (value: ClientEvents[K]) => void,
  ): () => void {
    return this.#emitter.on(name, listener);
  }

  /** Resolves when the client is online for the first time; rejects when it never will be. */
  connect(): Promise<Hello> {
    return new Promise((resolve, reject) => {
      const settle = (state: State) => {
        if (state.state === 'online') resolve(state.hello);
        else if (state.state === 'closed') reject(closedError(state.error));
        else return;
        offs.forEach((off) => off());
      };
      const offs = [this.on('online', settle), this.on('closed', settle)];
      settle(this.state);
      this.#link.start();
    });
  }

  /** For good. What is not acknowledged is given up. */
  close(): void {
    this.#link.close(null);
  }

  /** Enters a room. Before the client is online, the promise waits for that. */
  async join(name: string, options: JoinOptions = {}): Promise<Room> {
    if (this.state.state === 'closed') throw closedError(this.state.error);
    const room = new Room(name, {
      publish: (...args) => this.publish(...args),
      change: (method, args) => this.#change(method, args),
      ask: (method, args) => this.#ask(method, args),
      markRead: (own, seq) => this.#readMarks.read(own, seq),
      typing: (own) => this.#typing(own),
      leave: (own) => this.#rooms.leave(own),
      position: (own) => this.#rooms.position(own),
      wanted: (own) => this.#rooms.wanted(own),
    });
    await this.#rooms.join(room, options.position ?? null);
    return room;
  }

  /** A room that was joined. */
  room(name: string): Room | undefined {
    return this.#rooms.get(name);
  }

  /** Resolves when the message is stored. The messages of a room keep the order of the calls. */
  publish(room: string, body: string, options: PublishOptions = {}): Promise<PublishReply> {
    const cid = options.cid ?? this.#makeCid();
    // What is sent again has to be the same, whatever becomes of the list that was given.
    const given = defined({ reply_to: options.replyTo, mentions: options.mentions?.slice() });
    return this.#outbox.publish({ room, cid, body, ...given });
  }

  // What follows is asked on the connection there is. Errors that pass are retried.

  /** Makes a private room, which this user owns. The server gives it its name; then join() it. */
  createRoom({ title, cid = this.#makeCid() }: CreateOptions = {}): Promise<CreateReply> {
    return this.#ask('create', { cid, ...defined({ title }) });
  }

  /** The room of this user and another one, which is made if need be; then join() it. */
  directRoom(userId: string): Promise<CreateReply> {
    return this.#ask('direct', { user: userId });
  }

  /** The rooms this user is a member of or has read in, the ones with the newest events first. */
  async rooms(): Promise<readonly RoomListing[]> {
    return (await this.#ask('rooms', {})).rooms;
  }

  /** Who is in a room that this client is in. */
  presence(room: string): Promise<Presence> {
    return this.#ask('presence', { room });
  }

  /** A page of a room's log. */
  history(room: string, range: HistoryRange = {}): Promise<HistoryPage> {
    return this.#ask('history', { room, ...range, events: true });
  }

  /** The events before a seq, or all, from the newest back to the oldest that is kept. */
  walkBack(room: string, before?: number): AsyncGenerator<ChatEvent, void, void> {
    return walkBack((range) => this.history(room, range), before);
  }

  /**
   * Any command, once: without a connection it fails with `connection_lost`. For join, leave and
   * publish use the methods above, which know what the client has been told.
   */
  call<M extends Method>(method: M, args: Arguments<M>): Promise<Reply<M>> {
    return new Promise((resolve, reject) => {
      this.#link.send(method, args, settle(resolve, reject));
    });
  }

  #ask<M extends Method>(method: M, args: Arguments<M>): Promise<Reply<M>> {
    return new Promise((resolve, reject) => {
      this.#commands.send(method, args, settle(resolve, reject));
    });
  }

  // The cid makes one of all attempts.
  #change<M extends Change>(method: M, args: Arguments<M>): Promise<PublishReply> {
    return this.#ask<Change>(method, { ...args, cid: this.#makeCid() });
  }

  #typing(room: string): void {
    const now = this.#clock.now();
    if (!this.#link.isOnline || now < (this.#typedAt.get(room) ?? -Infinity) + typingMs) return;
    this.#typedAt.set(room, now);
    this.#link.send('typing', { room }, () => {}); // that it was lost is told nowhere
  }

  #pushed(push: Push): void {
    this.#rooms.pushed(push);
    if (!this.#link.isOnline) return; // a listener has closed the client
    if (push.name === 'added' || push.name === 'read' || push.name === 'removed') {
      this.#emitter.emit(push.name, push.value);
    }
  }

  #changed(state: State): void {
    if (state.state === 'closed') {
      this.#rooms.close(state.error, closedError(state.error));
      this.#outbox.close(closedError(state.error));
    }
    if (state.state !== 'idle') this.#emitter.emit(state.state, state as never);
  }
}

function closedError(error: ConfabError | null): ConfabError {
  return error ?? new ConfabError('closed', 'the client is closed');
}

function settle<T>(resolve: (value: T) => void, reject: (error: ConfabError) => void) {
  return (error: ConfabError | null, reply: T | null) => {
    if (error !== null) reject(error);
    else resolve(reply!);
  };
}
