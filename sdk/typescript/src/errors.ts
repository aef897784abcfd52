// The errors of the library. Each is a ConfabError with a stable `code`; the codes of the server
// (docs/protocol-v2.md) come through as they are, those made here are in `LocalCode`.
//
// Invariant: `retryable` is true only when the same call makes sense after `retryMs`.
import type { RoomRefusal, WireError } from './wire.js';
import type { Removed } from './wire_rooms.js';

/** Codes that no server sends. */
export type LocalCode =
  | 'closed' // the client is closed, by close() or for good by the server
  | 'connection_lost' // before the reply came; whether the command was carried out is unknown
  | 'no_reply' // for so long that the connection was given up
  | 'malformed_frame' // the server sent what protocol v2 does not know
  | 'outbox_full' // too many publishes are waiting
  | 'frame_too_long' // longer than the server reads
  | 'frame_not_unicode' // half a surrogate pair in a string
  | 'no_token' // getToken failed
  | 'left' // the room has been left
  | 'removed' // this user had to leave the room
  | 'forbidden' // the server does not let this user into the room any more
  | 'gone'; // there is no such room any more, or not for this user

export interface ErrorDetails {
  readonly retryable?: boolean;
  readonly retryMs?: number;
  readonly field?: string | undefined;
  readonly cause?: unknown;
}

export class ConfabError extends Error {
  readonly code: LocalCode | (string & {});
  readonly retryable: boolean;
  /** When to try again, if `retryable`. */
  readonly retryMs: number;
  /** The argument at fault, if it is one. */
  readonly field: string | undefined;

  constructor(code: LocalCode | (string & {}), message: string, details: ErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.name = new.target.name;
    this.code = code;
    this.retryable = details.retryable ?? false;
    this.retryMs = details.retryMs ?? 0;
    this.field = details.field;
  }

  static fromWire(error: WireError): ConfabError {
    return new ConfabError(error.code, error.message || error.code, {
      retryable: error.retryable,
      retryMs: error.retry_ms ?? 0,
      field: error.field,
    });
  }
}

/** A connection ended. `closeCode` is the WebSocket's, 1006 when there was none. */
export class CloseError extends ConfabError {
  readonly closeCode: number;
  readonly reason: string;

  constructor(
    code: 'closed' | 'connection_lost',
    closeCode: number,
    reason: string,
    cause?: unknown,
  ) {
    const why = reason === '' ? '' : `: ${reason}`;
    super(code, `closed with ${closeCode}${why}`, cause === undefined ? {} : { cause });
    this.closeCode = closeCode;
    this.reason = reason;
  }
}

/** The outbox holds as many publishes as it may; this one was not taken. */
export class OutboxFullError extends ConfabError {
  constructor(readonly limit: number) {
    super('outbox_full', `${limit} publishes are waiting, and no more can`);
  }
}

/** A frame of the server is none of protocol v2. `frame` is its beginning. */
export class FrameError extends ConfabError {
  readonly frame: string;

  constructor(what: string, frame: string) {
    super('malformed_frame', what);
    this.frame = frame.slice(0, 200);
  }
}

/** This user had to leave the room, with the event `seq`. What was done is the `action`. */
export class RemovedError extends ConfabError {
  readonly room: string;
  readonly seq: number;
  readonly action: Removed['action'];

  constructor({ room, seq, action }: Removed) {
    super('removed', `removed from the room: ${action}`);
    this.room = room;
    this.seq = seq;
    this.action = action;
  }
}

/** A new connection was not let into the room: banned (`forbidden`), or not a member (`gone`). */
export class RefusedError extends ConfabError {
  constructor(
    readonly room: string,
    { resume }: RoomRefusal,
  ) {
    super(resume, `the room is ${resume}`, { field: 'room' });
  }
}
