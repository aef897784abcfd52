// One WebSocket from its opening to its end: commands go out, replies find their command.
//
// Limits: a command, and the opening, wait `replyTimeoutMs`; then the connection is given up. That
// is the only sign of a dead connection there is: a browser shows no pings, so one on which nothing
// is asked can be dead without anybody noticing until the operating system does.
// Invariants: (1) `ended` is called once, and before the commands under way fail. (2) each command
// gets one outcome. (3) after `ended` the socket is not listened to any more.
import type { Clock } from './clock.js';
import { decodeFrame, type Frame } from './decode.js';
import { encodeCommand } from './encode.js';
import { CloseError, ConfabError, FrameError } from './errors.js';
import type { Socket, SocketClass } from './socket.js';
import type { Arguments, Method, Push, Reply } from './wire.js';

export type Done<T> = (error: ConfabError | null, reply: T | null) => void;

export interface Ended {
  /** The server's close code, 1006 when the connection was lost or given up. */
  readonly closeCode: number;
  readonly reason: string;
  /** Why this side gave it up, if it did. */
  readonly error: ConfabError | null;
}

export interface ConnectionOptions {
  readonly url: string;
  readonly webSocket: SocketClass;
  readonly clock: Clock;
  readonly replyTimeoutMs: number;
}

export interface ConnectionEvents {
  opened(): void;
  pushed(push: Push): void;
  ended(ended: Ended): void;
}

interface Command {
  readonly method: string;
  readonly done: Done<never>;
  readonly stopTimer: () => void;
}

const subprotocol = 'confab.v2';

export class Connection {
  /** The server's limits.message_bytes, once it is known. */
  messageBytesMax = Infinity;
  readonly #options: ConnectionOptions;
  readonly #events: ConnectionEvents;
  readonly #socket: Socket;
  readonly #commands = new Map<number, Command>();
  #stopOpening: () => void;
  #nextId = 1;
  #ended = false;

  constructor(options: ConnectionOptions, events: ConnectionEvents) {
    this.#options = options;
    this.#events = events;
    this.#socket = new options.webSocket(options.url, subprotocol);
    this.#stopOpening = options.clock.after(options.replyTimeoutMs, () => this.#noReply('opening'));
    this.#socket.onopen = () => {
      this.#stopOpening();
      events.opened();
    };
    this.#socket.onmessage = (event: { data: unknown }) => this.#received(event.data);
    this.#socket.onclose = (event: { code: number; reason: string }) =>
      this.#end(event.code, event.reason, null);
    this.#socket.onerror = () => {}; // the close that follows says the same
  }

  /** `done` may be called at once: the frame cannot be sent, or the connection has ended. */
  send<M extends Method>(method: M, args: Arguments<M>, done: Done<Reply<M>>): void {
    if (this.#ended) return done(lost(1006, ''), null);
    const id = this.#nextId++;
    let text: string;
    try {
      text = encodeCommand(id, method, args, this.messageBytesMax);
    } catch (error) {
      if (error instanceof ConfabError) return done(error, null);
      throw error;
    }
    const stopTimer = this.#options.clock.after(this.#options.replyTimeoutMs, () => {
      this.#take(id)?.done(noReplyTo(method), null);
      this.#noReply(method);
    });
    this.#commands.set(id, { method, done: done as Done<never>, stopTimer });
    this.#socket.send(text);
  }

  /** Closes the socket and ends at once, without waiting for the server's answer. */
  end(error: ConfabError | null, code = 1000, reason = ''): void {
    if (this.#ended) return;
    this.#end(1006, '', error);
    try {
      this.#socket.close(code, reason);
    } catch {
      // A socket that was never opened may refuse to be closed.
    }
  }

  #received(data: unknown): void {
    let frame: Frame;
    try {
      frame = decodeFrame(data, (id) => this.#commands.get(id)?.method);
    } catch (error) {
      if (error instanceof FrameError) return this.end(error, 3000, 'malformed frame');
      throw error;
    }
    if (frame.type === 'push') {
      this.#events.pushed(frame);
    } else if (frame.type === 'reply') {
      this.#take(frame.id)?.done(null, frame.value as never);
    } else if (frame.type === 'error') {
      this.#refused(frame.id, ConfabError.fromWire(frame.error));
    }
  }

  // An error without an id is about a frame of which nobody knows which it was.
  #refused(id: number | null, error: ConfabError): void {
    if (id === null) return this.end(error);
    this.#take(id)?.done(error, null);
  }

  #take(id: number): Command | undefined {
    const command = this.#commands.get(id);
    this.#commands.delete(id);
    command?.stopTimer();
    return command;
  }

  #noReply(what: string): void {
    this.end(noReplyTo(what), 3001, 'no reply');
  }

  #end(closeCode: number, reason: string, error: ConfabError | null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stopOpening();
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    this.#events.ended({ closeCode, reason, error });
    for (const id of [...this.#commands.keys()]) {
      this.#take(id)?.done(lost(closeCode, reason, error), null);
    }
  }
}

function lost(closeCode: number, reason: string, cause?: ConfabError | null): ConfabError {
  return new CloseError('connection_lost', closeCode, reason, cause ?? undefined);
}

function noReplyTo(what: string): ConfabError {
  return new ConfabError('no_reply', `the server did not answer: ${what}`);
}
