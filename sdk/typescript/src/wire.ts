// The types of protocol v2 as it is on the wire, member for member.
//
// To add a command of a later server: one line in `Methods`. `Client.call` then takes it, typed. If
// the library itself relies on the reply, its check goes into `replyChecks` (decode.ts).
//
// Limits: seqs and ids are whole numbers up to 2^53; times are Unix milliseconds.
// Invariant: nothing here exists at run time.
import type {
  Added, BanArguments, ConfigureArguments, CreateArguments, CreateReply, KickArguments,
  MemberChange, MembersPage, MembersRange, Moderation, Read, Removed, RoomListing, RoomSettings,
  SetRoleArguments, UserArguments,
} from './wire_rooms.js';

/** Up to where a room has been seen: `seq` of the log's life `epoch`. */
export interface Position {
  readonly epoch: string;
  readonly seq: number;
}

export interface User {
  readonly id: string;
  readonly name: string;
}

/** One entry of a room's log. The seqs of a room are 1, 2, 3, … without holes. */
interface LogEntry {
  readonly room: string;
  readonly seq: number;
  readonly id: string;
  readonly user: User;
  /** Missing when its author gave none, or spoke protocol v1. */
  readonly cid?: string;
  readonly ts: number;
}

export interface MessageEvent extends LogEntry {
  readonly kind: 'message';
  /** Empty when it was deleted before it came here. */
  readonly body: string;
  /** The `seq` of the message that it answers. */
  readonly reply_to?: number;
  /** The ids of the users that it names. */
  readonly mentions?: readonly string[];
}

/** The message `target` says `body` from now on. */
export interface EditEvent extends LogEntry {
  readonly kind: 'edit';
  readonly target: number;
  readonly body: string;
}

/** The message `target` is deleted. */
export interface DeleteEvent extends LogEntry {
  readonly kind: 'delete';
  readonly target: number;
}

/** Its user reacts to the message `target`, or takes that back. */
export interface ReactionEvent extends LogEntry {
  readonly kind: 'reaction';
  readonly target: number;
  readonly reaction: string;
  readonly added: boolean;
}

/** The room is another from now on: its user has changed what `settings` has. */
export interface SettingsEvent extends LogEntry {
  readonly kind: 'room';
  readonly settings: RoomSettings;
}

/** Somebody comes, goes, or gets another role: `member.user`. `user` is who did that. */
export interface MemberEvent extends LogEntry {
  readonly kind: 'member';
  readonly member: MemberChange;
}

/** Its user keeps `moderation.user` from something, or takes that back. */
export interface ModerationEvent extends LogEntry {
  readonly kind: 'moderation';
  readonly moderation: Moderation;
}

/**
 * What a room's log holds. A later server may have other kinds; they come through as they are, so
 * pass over an event whose `kind` you do not know.
 */
export type ChatEvent =
  | MessageEvent
  | EditEvent
  | DeleteEvent
  | ReactionEvent
  | SettingsEvent
  | MemberEvent
  | ModerationEvent;

export type Resume = 'ok' | 'behind' | 'diverged';

/** How a room stands for who enters it. */
export interface RoomState {
  readonly epoch: string;
  readonly head: number;
  readonly resume: Resume;
  /** The oldest `seq` that is still kept; told with `behind`. */
  readonly oldest?: number;
}

/** A room that cannot be entered (any more): `resume` says why, and nothing else is told. */
export interface RoomRefusal {
  readonly resume: 'forbidden' | 'gone';
}

export interface Limits {
  readonly message_bytes: number;
  readonly publish_per_s: number;
  readonly burst: number;
}

/** The reply to `connect`. */
export interface Hello {
  readonly conn: string;
  readonly user: User;
  readonly ping_s: number;
  readonly token_ttl_s: number;
  readonly limits: Limits;
  readonly rooms: Readonly<Record<string, RoomState | RoomRefusal>>;
}

/** To a publish, and to every other command that makes an event. */
export interface PublishReply {
  readonly seq: number;
  readonly id: string;
  readonly ts: number;
  /** True when an earlier attempt with the same `cid` had been stored already. */
  readonly dup: boolean;
}

export interface HistoryPage {
  readonly room: string;
  readonly epoch: string;
  readonly head: number;
  readonly oldest: number;
  readonly events: readonly ChatEvent[];
  /** Nothing more lies in this direction; with `around`: the page is the whole range. */
  readonly end: boolean;
}

/** At most one of `before`, `after` and `around`; none is the newest. `limit` is 1 to 100. */
export interface HistoryRange {
  readonly before?: number;
  readonly after?: number;
  readonly around?: number;
  readonly limit?: number;
}

export interface Presence {
  /** How many people are in the room. */
  readonly count: number;
  /** At most 100 of them, in no order. */
  readonly users: readonly User[];
}

/** What has changed since the one before: take out those who have left, then add who has come. */
export interface PresenceDelta {
  readonly room: string;
  /** How many people are in the room now. */
  readonly count: number;
  readonly joined: readonly User[];
  readonly left: readonly User[];
  /** Not everybody who came or went is named. */
  readonly more?: boolean;
}

/** Which message is changed. With a `cid` the command may be repeated. */
export interface ChangeArguments {
  readonly room: string;
  readonly seq: number;
  readonly cid?: string;
}

export interface ConnectArguments {
  readonly token: string;
  readonly rooms: Readonly<Record<string, Position | null>>;
  readonly last_close?: number;
}

export interface PublishArguments {
  readonly room: string;
  readonly cid: string;
  readonly body: string;
  readonly reply_to?: number;
  readonly mentions?: readonly string[];
}

/** Every command: its arguments and its reply. */
export interface Methods {
  connect: [ConnectArguments, Hello];
  refresh: [{ readonly token: string }, { readonly token_ttl_s: number }];
  join: [{ readonly room: string; readonly position?: Position }, RoomState | RoomRefusal];
  leave: [{ readonly room: string }, object];
  publish: [PublishArguments, PublishReply];
  edit: [ChangeArguments & { readonly body: string }, PublishReply];
  delete: [ChangeArguments, PublishReply];
  react: [ChangeArguments & { readonly reaction: string }, PublishReply];
  unreact: [ChangeArguments & { readonly reaction: string }, PublishReply];
  typing: [{ readonly room: string }, object];
  presence: [{ readonly room: string }, Presence];
  // The library reads events, never folded messages.
  history: [{ readonly room: string; readonly events: true } & HistoryRange, HistoryPage];
  create: [CreateArguments, CreateReply];
  direct: [{ readonly user: string }, CreateReply];
  rooms: [object, { readonly rooms: readonly RoomListing[] }];
  members: [{ readonly room: string } & MembersRange, MembersPage];
  mark_read: [{ readonly room: string; readonly seq: number }, { readonly seq: number }];
  set_role: [SetRoleArguments, PublishReply];
  configure: [ConfigureArguments, PublishReply];
  kick: [KickArguments, PublishReply];
  ban: [BanArguments, PublishReply];
  mute: [BanArguments, PublishReply];
  unban: [UserArguments, PublishReply];
  unmute: [UserArguments, PublishReply];
}

export type Method = keyof Methods;
export type Arguments<M extends Method> = Methods[M][0];
export type Reply<M extends Method> = Methods[M][1];

/** Every push: what comes without having been asked for. */
export interface Pushes {
  event: ChatEvent;
  caught_up: { readonly room: string; readonly seq: number };
  typing: { readonly room: string; readonly user: User };
  presence: PresenceDelta;
  lag: { readonly room: string; readonly from: number; readonly head: number };
  added: Added;
  read: Read;
  removed: Removed;
  drain: { readonly close_ms: number; readonly reconnect_ms: readonly [number, number] };
}

export type PushName = keyof Pushes;
export type Push = { [N in PushName]: { readonly name: N; readonly value: Pushes[N] } }[PushName];

/** The `error` of a reply. */
export interface WireError {
  readonly code: string;
  readonly retryable: boolean;
  readonly retry_ms?: number;
  readonly field?: string;
  readonly message?: string;
}
