// How far rooms have been read, as the server is told; so that it may be said with every message.
//
// Limits: of one room one command is under way, and one waits; that says the highest `seq` of all
// the calls meanwhile, and its answer is theirs.
// Invariant: each call is answered by a command that says its `seq` or a higher one.

interface Mark {
  readonly underWay: Promise<number>;
  highest: number; // of the calls since
  next: Promise<number> | null;
}

export class ReadMarks {
  readonly #send: (room: string, seq: number) => Promise<number>;
  readonly #marks = new Map<string, Mark>();

  constructor(send: (room: string, seq: number) => Promise<number>) {
    this.#send = send;
  }

  /** Resolves to the position that the server has now. */
  read(room: string, seq: number): Promise<number> {
    const mark = this.#marks.get(room);
    if (mark === undefined) return this.#start(room, seq);
    mark.highest = Math.max(mark.highest, seq);
    const start = () => this.#start(room, mark.highest);
    mark.next ??= mark.underWay.then(start, start);
    return mark.next;
  }

  #start(room: string, seq: number): Promise<number> {
    const mark: Mark = { underWay: this.#send(room, seq), highest: 0, next: null };
    this.#marks.set(room, mark);
    const done = () => {
      if (mark.next === null) this.#marks.delete(room);
    };
    mark.underWay.then(done, done);
    return mark.underWay;
  }
}
