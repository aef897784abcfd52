// The stream of one room: puts what comes live, what is replayed and what is fetched from history
// into one sequence. No I/O: the sink fetches, and takes what is next.
//
// Limits: `bufferMax` events wait, plus a page. What comes when it is full throws the buffer away;
// all of that is fetched again when it is wanted. So a consumer may be as slow as it likes.
// Invariants: (1) the sink gets each seq once, rising by one, unless told of a gap or a reset
// first. (2) the position is that of the last item the sink took. (3) one page at a time is being
// fetched.
import type { ChatEvent, HistoryPage, Position, RoomState } from './wire.js';

/** Events `from` to `to` are not kept by the server any more. */
export interface Gap {
  readonly kind: 'gap';
  readonly room: string;
  readonly from: number;
  readonly to: number;
}

/** The room's log began a new life. Forget what you know of the room; events go on after `seq`. */
export interface Reset {
  readonly kind: 'reset';
  readonly room: string;
  readonly epoch: string;
  readonly seq: number;
}

export type RoomItem = ChatEvent | Gap | Reset;

export interface RoomSink {
  /** Whether the application wants an item now. */
  ready(): boolean;
  take(item: RoomItem): void;
  /** All that was there on entering has been taken. */
  caughtUp(seq: number): void;
  /** Asks for the page of history after this seq. */
  fetch(after: number): void;
  /** The server contradicts itself. */
  confused(what: string): void;
}

export class RoomStream {
  readonly #room: string;
  readonly #sink: RoomSink;
  readonly #bufferMax: number;
  readonly #buffer = new Map<number, ChatEvent>();
  #epoch: string | null;
  #seq: number;
  #reset: Reset | null = null; // not taken yet
  #oldest = 0; // what is kept begins here, as far as is known
  #highest = 0; // of the events that have come
  #target = 0; // up to here events have to be fetched
  #fetchedAfter = 0;
  #isEntered = false;
  #isFetching = false;
  #isCatchingUp = false;
  #isReplayed = false; // nothing more of what was missed comes by itself
  #isAdvancing = false;

  constructor(room: string, sink: RoomSink, position: Position | null, bufferMax: number) {
    this.#room = room;
    this.#sink = sink;
    this.#bufferMax = bufferMax;
    this.#epoch = position?.epoch ?? null;
    this.#seq = position?.seq ?? 0;
  }

  get position(): Position | null {
    return this.#epoch === null ? null : { epoch: this.#epoch, seq: this.#seq };
  }

  entered(state: RoomState): void {
    const isFirst = this.#epoch === null;
    this.#isEntered = true;
    this.#isCatchingUp = true;
    this.#isReplayed = state.resume !== 'ok';
    if (isFirst || state.resume === 'diverged') {
      this.#begin(state.epoch, state.head, !isFirst);
    } else if (state.resume === 'behind') {
      this.#target = state.head;
      this.#oldest = Math.max(this.#oldest, state.oldest ?? 0);
    }
    this.advance();
  }

  /** The connection is gone, and with it what was asked for; what is in the buffer comes again. */
  interrupted(): void {
    this.#isEntered = this.#isFetching = this.#isCatchingUp = false;
    this.#buffer.clear();
    this.#target = this.#highest = 0;
  }

  event(event: ChatEvent): void {
    if (!this.#isEntered || event.seq <= this.#seq) return;
    this.#highest = Math.max(this.#highest, event.seq);
    if (this.#buffer.size >= this.#bufferMax) {
      this.#buffer.clear();
      this.#target = Math.max(this.#target, this.#highest);
    } else {
      this.#buffer.set(event.seq, event);
    }
    this.advance();
  }

  /** Events up to `head` are not pushed any more; `from` is the first that may be missing. */
  lag(from: number, head: number): void {
    if (!this.#isEntered || head < from || head <= this.#seq) return;
    this.#target = Math.max(this.#target, head);
    this.#isCatchingUp = true;
    this.advance();
  }

  replayed(): void {
    this.#isReplayed = true;
    this.advance();
  }

  page(page: HistoryPage): void {
    this.#isFetching = false;
    if (page.epoch !== this.#epoch) {
      this.#begin(page.epoch, page.head, true);
      return this.advance();
    }
    for (const event of page.events) {
      this.#highest = Math.max(this.#highest, event.seq);
      if (event.seq > this.#seq) this.#buffer.set(event.seq, event);
    }
    this.#oldest = Math.max(this.#oldest, page.oldest, page.events[0]?.seq ?? 0);
    const next = this.#fetchedAfter + 1;
    if (page.events.every((event) => event.seq < next) && this.#oldest <= next) {
      return this.#sink.confused('a page of history without what was asked for');
    }
    this.advance();
  }

  /** Hands over what is next, for as long as the sink wants it; then fetches what is missing. */
  advance(): void {
    if (this.#isAdvancing) return;
    this.#isAdvancing = true;
    while (this.#sink.ready() && this.#takeNext());
    this.#isAdvancing = false;
    if (!this.#isEntered || !this.#sink.ready()) return;
    if (this.#isMissing()) {
      if (this.#isFetching) return;
      this.#isFetching = true;
      this.#fetchedAfter = this.#seq;
      this.#sink.fetch(this.#seq);
    } else if (this.#isCatchingUp && this.#isReplayed && this.#buffer.size === 0) {
      this.#isCatchingUp = false;
      this.#sink.caughtUp(this.#seq);
    }
  }

  #takeNext(): boolean {
    if (this.#reset !== null) {
      const reset = this.#reset;
      this.#reset = null;
      this.#sink.take(reset);
      return true;
    }
    if (this.#isEntered && this.#oldest > this.#seq + 1) {
      const gap: Gap = { kind: 'gap', room: this.#room, from: this.#seq + 1, to: this.#oldest - 1 };
      this.#seq = gap.to;
      for (const seq of this.#buffer.keys()) if (seq <= this.#seq) this.#buffer.delete(seq);
      this.#sink.take(gap);
      return true;
    }
    const event = this.#buffer.get(this.#seq + 1);
    if (event === undefined) return false;
    this.#buffer.delete(event.seq);
    this.#seq = event.seq;
    this.#sink.take(event);
    return true;
  }

  #isMissing(): boolean {
    if (this.#buffer.has(this.#seq + 1)) return false;
    return this.#seq < this.#target || this.#buffer.size > 0;
  }

  #begin(epoch: string, head: number, isReset: boolean): void {
    this.#buffer.clear();
    this.#epoch = epoch;
    this.#seq = head;
    this.#oldest = this.#target = this.#highest = 0;
    if (isReset) this.#reset = { kind: 'reset', room: this.#room, epoch, seq: head };
  }
}
