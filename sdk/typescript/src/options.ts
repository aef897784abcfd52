// What an application tells a client and its rooms, and what it hears of the client.
// Invariant: nothing here exists at run time.
import type { Clock, Random } from './clock.js';
import type { State } from './link.js';
import type { OnNetwork } from './network.js';
import type { SocketClass } from './socket.js';
import type { GetToken } from './tokens.js';
import type { Position } from './wire.js';
import type { Added, Read, Removed } from './wire_rooms.js';

export interface ClientOptions {
  /** Such as wss://chat.example/ws */
  readonly url: string;
  /** An access token. Called again when the one in use runs out. */
  readonly getToken: GetToken;
  /** The WebSocket class; the global one when not given. Node 20 has none: pass that of `ws`. */
  readonly webSocket?: SocketClass;
  /** Publishes that may wait for their acknowledgement: 1000. */
  readonly outboxMax?: number;
  /** Events of a room that may wait for a slow consumer before they are fetched again: 1000. */
  readonly roomBufferMax?: number;
  /** After so long without a reply a connection is given up: 20 s. */
  readonly replyTimeoutMs?: number;
  /** Where the platform has no events of its own that tell of its network, as browsers have. */
  readonly onNetwork?: OnNetwork;
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface JoinOptions {
  /** Go on from here, with what was missed; without it, from now. */
  readonly position?: Position;
}

export interface CreateOptions {
  /** At most 80 code points. */
  readonly title?: string;
  /** A UUID: who does not know whether the room was made asks again with the same. */
  readonly cid?: string;
}

export interface PublishOptions {
  /** The `seq` of the message that this answers. */
  readonly replyTo?: number;
  /** The UUID of this publish, when the application keeps its own list of what is not sent yet. */
  readonly cid?: string;
  /** The ids of the users that the message names, at most 20. */
  readonly mentions?: readonly string[];
}

/** What a room can be made to be. What is not given stays as it is. */
export interface RoomOptions {
  /** Of a private room, at most 80 code points. */
  readonly title?: string;
  /** Only moderators and owners say something. */
  readonly readOnly?: boolean;
  /** A member says one thing in so many seconds, at most 21,600; 0: as many as he likes. */
  readonly slowModeS?: number;
}

export interface KickOptions {
  /** For everybody in the room to read, at most 200 code points. */
  readonly reason?: string;
}

export interface BanOptions extends KickOptions {
  /** For so many seconds. */
  readonly forS: number;
}

export interface ClientEvents {
  connecting: Extract<State, { state: 'connecting' }>;
  online: Extract<State, { state: 'online' }>;
  waiting: Extract<State, { state: 'waiting' }>;
  closed: Extract<State, { state: 'closed' }>;
  /** This user has become a member of a room, or somebody has opened a direct room with him. */
  added: Added;
  /** This user has read up to here, on this connection or another. */
  read: Read;
  /** This user had to leave a room. If it was joined, it has ended with a RemovedError. */
  removed: Removed;
}
