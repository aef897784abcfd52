// The link keeps one connection alive: dials, says `connect`, and comes back after every end that
// is not final.
//
//   idle → connecting → online → waiting → connecting → … → closed
//
// When there is a network again, after there was none, the connection is taken for dead, and the
// next is dialled soon: it may take minutes until the platform notices. While the page is left
// there is none.
// Limits: a refused `connect` waits `closeGraceMs` for the server's close code, which says whether
// to come back. Attempts in a row are counted until a connection has lived for `stableMs`.
// Invariants: (1) at most one connection at a time. (2) `offline` follows each `online`. (3) after
// `closed` nothing happens any more.
import type { Clock, Random } from './clock.js';
import { Connection, type ConnectionOptions, type Done, type Ended } from './connection.js';
import { CloseError, ConfabError } from './errors.js';
import type { OnNetwork } from './network.js';
import { backoff, chooseInWindow, planReconnect } from './reconnect.js';
import type { Tokens } from './tokens.js';
import type { Arguments, Hello, Method, Position, Push, Reply } from './wire.js';

/** What the link is doing, and why. */
export type State =
  | { readonly state: 'idle' }
  | { readonly state: 'connecting'; readonly attempt: number }
  | { readonly state: 'online'; readonly hello: Hello }
  | { readonly state: 'waiting'; readonly ms: number; readonly cause: ConfabError }
  | { readonly state: 'closed'; readonly error: ConfabError | null };

export interface LinkOptions extends ConnectionOptions {
  readonly random: Random;
  readonly tokens: Tokens;
  readonly onNetwork: OnNetwork;
}

export interface LinkEvents {
  changed(state: State): void;
  /** The rooms to say `connect` with. */
  positions(): Record<string, Position | null>;
  /** Before the application is told, so that it finds everything in its place. */
  online(hello: Hello): void;
  offline(): void;
  pushed(push: Push): void;
}

const closeGraceMs = 2_000;
const stableMs = 5_000;

export class Link {
  readonly #options: LinkOptions;
  readonly #events: LinkEvents;
  readonly #clock: Clock;
  #state: State = { state: 'idle' };
  #connection: Connection | null = null;
  #stopTimer = () => {};
  #stopNetwork = () => {};
  #isOnline = false;
  #failures = 0;
  #onlineSince = 0;
  #lastClose: number | null = null;
  #refusal: ConfabError | null = null;
  #returnAt: number | null = null; // chosen after a drain
  #notBefore = 0; // the server does not want to be asked earlier
  #dialsAt = 0;
  #isAway = false;

  constructor(options: LinkOptions, events: LinkEvents) {
    this.#options = options;
    this.#events = events;
    this.#clock = options.clock;
  }

  get state(): State {
    return this.#state;
  }

  /** Whether commands can be sent; within `offline` already not. */
  get isOnline(): boolean {
    return this.#isOnline;
  }

  start(): void {
    if (this.#state.state !== 'idle') return;
    this.#stopNetwork = this.#options.onNetwork((isThere) => {
      this.#isAway = !isThere;
      if (isThere) this.#networkIsBack();
      else this.#leave();
    });
    void this.#dial();
  }

  /** For good. */
  close(error: ConfabError | null): void {
    if (this.#state.state === 'closed') return;
    this.#stopTimer();
    this.#stopNetwork();
    this.#options.tokens.pause();
    const connection = this.#connection;
    this.#connection = null;
    this.#goOffline();
    this.#change({ state: 'closed', error });
    connection?.end(null);
  }

  /** A command on the connection that is online; without one it fails at once. */
  send<M extends Method>(method: M, args: Arguments<M>, done: Done<Reply<M>>): void {
    if (this.#isOnline) return this.#connection!.send(method, args, done);
    const isClosed = this.#state.state === 'closed';
    done(new CloseError(isClosed ? 'closed' : 'connection_lost', 1006, 'not online'), null);
  }

  /** Gives the connection up, to come back with another. */
  drop(error: ConfabError, code = 3000): void {
    this.#connection?.end(error, code, error.code);
  }

  async #dial(): Promise<void> {
    this.#change({ state: 'connecting', attempt: this.#failures + 1 });
    this.#refusal = null;
    const isCurrent = () => this.#state.state === 'connecting' && this.#connection === null;
    let token: string;
    try {
      token = await this.#options.tokens.get();
    } catch (error) {
      if (isCurrent()) this.#again(1006, error as ConfabError);
      return;
    }
    if (!isCurrent()) return;
    if (this.#isAway) return this.#again(1006, pageLeft());
    try {
      this.#connection = new Connection(this.#options, {
        opened: () => this.#opened(token),
        pushed: (push) => this.#pushed(push),
        ended: (ended) => this.#ended(ended),
      });
    } catch (cause) {
      this.close(new ConfabError('closed', 'no WebSocket could be made', { cause }));
    }
  }

  #opened(token: string): void {
    const connection = this.#connection!;
    const rooms = this.#events.positions();
    const lastClose = this.#lastClose === null ? {} : { last_close: this.#lastClose };
    connection.send('connect', { token, rooms, ...lastClose }, (error, hello) => {
      if (connection !== this.#connection) return;
      if (error !== null) return this.#refused(error);
      this.#admitted(connection, hello!);
    });
  }

  #refused(error: ConfabError): void {
    this.#refusal = error;
    this.#stopTimer = this.#clock.after(closeGraceMs, () => {
      if (error.retryable) this.drop(error);
      else this.close(error);
    });
  }

  #admitted(connection: Connection, hello: Hello): void {
    connection.messageBytesMax = hello.limits.message_bytes;
    this.#onlineSince = this.#clock.now();
    this.#options.tokens.admitted(hello.token_ttl_s, (token) => this.#renew(token));
    this.#isOnline = true;
    this.#state = { state: 'online', hello };
    this.#events.online(hello);
    if (connection === this.#connection) this.#events.changed(this.#state);
  }

  #renew(token: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.send('refresh', { token }, (error, reply) => {
        if (error !== null) reject(error);
        else resolve(reply!.token_ttl_s);
      });
    });
  }

  #pushed(push: Push): void {
    if (push.name !== 'drain') return this.#events.pushed(push);
    const ms = chooseInWindow(push.value.reconnect_ms, this.#options.random);
    this.#returnAt = this.#clock.now() + ms;
    this.#stopTimer();
    this.#stopTimer = this.#clock.after(ms, () => {
      this.drop(new ConfabError('connection_lost', 'the server asked to come back'), 1000);
    });
  }

  #ended(ended: Ended): void {
    if (this.#state.state === 'closed') return;
    const { closeCode, reason } = ended;
    this.#connection = null;
    this.#stopTimer();
    if (this.#isOnline && this.#clock.now() - this.#onlineSince >= stableMs) this.#failures = 0;
    this.#goOffline();
    this.#lastClose = closeCode >= 1000 && closeCode <= 4999 ? closeCode : null;
    if (closeCode === 4001) this.#options.tokens.expire();
    const why = this.#refusal ?? ended.error ?? undefined;
    this.#again(
      closeCode,
      why ?? new CloseError('connection_lost', closeCode, reason),
      new CloseError('closed', closeCode, reason, why),
    );
  }

  #goOffline(): void {
    this.#options.tokens.pause();
    if (!this.#isOnline) return;
    this.#isOnline = false;
    this.#events.offline();
  }

  #again(closeCode: number, cause: ConfabError, final = cause): void {
    const drainMs = this.#returnAt === null ? undefined : this.#returnAt - this.#clock.now();
    this.#returnAt = null;
    const plan = planReconnect(
      { closeCode, failures: this.#failures, retryMs: cause.retryMs, drainMs },
      this.#options.random,
    );
    if (!plan.again) return this.close(final);
    this.#failures++;
    const now = this.#clock.now();
    this.#notBefore = now + (drainMs ?? cause.retryMs);
    this.#change({ state: 'waiting', ms: plan.ms, cause });
    if (this.#state.state === 'waiting') this.#dialAt(now + plan.ms);
  }

  #dialAt(time: number): void {
    this.#stopTimer();
    this.#dialsAt = this.#isAway ? Infinity : time;
    if (this.#isAway) return;
    this.#stopTimer = this.#clock.after(time - this.#clock.now(), () => void this.#dial());
  }

  #leave(): void {
    if (this.#connection !== null) this.drop(pageLeft(), 1000);
    else if (this.#state.state === 'waiting') this.#dialAt(Infinity);
  }

  #networkIsBack(): void {
    this.#failures = 0;
    if (this.#connection !== null) {
      return this.drop(new ConfabError('connection_lost', 'the network was away'));
    }
    const at = Math.max(this.#clock.now(), this.#notBefore) + backoff(0, this.#options.random);
    if (this.#state.state === 'waiting' && at < this.#dialsAt) this.#dialAt(at);
  }

  #change(state: State): void {
    this.#state = state;
    this.#events.changed(state);
  }
}

function pageLeft(): ConfabError {
  return new ConfabError('connection_lost', 'the page was left');
}
