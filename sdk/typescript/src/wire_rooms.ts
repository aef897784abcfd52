// The types of protocol v2 that are about kinds of rooms: who is a member, what a room allows, and
// who is kept from it. As on the wire, member for member; part of wire.ts.
//
// Users are named by their ids. Where a later server may know more words (roles, kinds, actions),
// the types let those through, so that they break nothing: pass over one that you do not know.
// Invariant: nothing here exists at run time.

/** Any other text as well: a later server may have more words than these. */
type Word<Known extends string> = Known | (string & {});

export type RoomKind = Word<'public' | 'private' | 'direct'>;

/** In a public room everybody is a `member`. `none` is what somebody becomes who has to go. */
export type Role = Word<'owner' | 'moderator' | 'member' | 'none'>;

/** What a room is like; in an event and in `configure`: only what changes. */
export interface RoomSettings {
  /** Of a private room, at most 80 code points. */
  readonly title?: string;
  /** Only moderators and owners say something. */
  readonly read_only?: boolean;
  /** A member says one thing in so many seconds; 0: as many as he likes. */
  readonly slow_mode_s?: number;
}

/** `user` has this role from now on. */
export interface MemberChange {
  readonly user: string;
  readonly role: Role;
}

/** What was done to `user`. */
export interface Moderation {
  readonly action: Word<'kick' | 'ban' | 'mute' | 'unban' | 'unmute'>;
  readonly user: string;
  /** For how many seconds, of a ban or mute. */
  readonly for_s?: number;
  readonly reason?: string;
}

/** The reply to `create` and `direct`. */
export interface CreateReply {
  /** The name that the server gave the room. */
  readonly room: string;
  /** True when it was there already. */
  readonly dup: boolean;
}

/** One of the rooms of this user. */
export interface RoomListing {
  readonly room: string;
  readonly kind: RoomKind;
  /** Missing or empty when it has none. */
  readonly title?: string;
  /** Of a direct room: whom this user talks to; the name, when he has an account on the server. */
  readonly with?: { readonly id: string; readonly name?: string };
  /** This user's. */
  readonly role: Role;
  readonly epoch: string;
  /** The newest `seq`. */
  readonly head: number;
  /** Up to where this user has read, as `mark_read` said; 0: nothing. */
  readonly read: number;
  /** Messages of others behind `read` that are not deleted; 100 are 100 or more. */
  readonly unread: number;
  /** Those of them that mention this user; 100 are 100 or more. */
  readonly mentions: number;
}

export interface Member {
  readonly id: string;
  /** Missing when this user has not been here yet. */
  readonly name?: string;
  readonly role: Role;
}

/** A page of the members of a room, in the order of their ids, and what the room is like. */
export interface MembersPage {
  readonly kind: RoomKind;
  /** This user's. */
  readonly role: Role;
  /** Missing or empty when it has none. */
  readonly title?: string;
  readonly read_only: boolean;
  readonly slow_mode_s: number;
  /** How many there are on all pages. */
  readonly count: number;
  readonly members: readonly Member[];
  /** Nobody comes behind this page. */
  readonly end: boolean;
}

export interface MembersRange {
  /** The user id behind which the page begins: that of the last one before. */
  readonly after?: string;
  /** 1 to 100; 50 when not given. */
  readonly limit?: number;
}

export interface CreateArguments {
  readonly cid: string;
  readonly title?: string;
}

/** A user of a room. With a `cid` the command may be repeated. */
export interface UserArguments {
  readonly room: string;
  readonly user: string;
  readonly cid?: string;
}

export interface KickArguments extends UserArguments {
  readonly reason?: string;
}

export interface BanArguments extends KickArguments {
  readonly for_s: number;
}

export interface SetRoleArguments extends UserArguments {
  readonly role: Role;
}

export interface ConfigureArguments extends RoomSettings {
  readonly room: string;
  readonly cid?: string;
}

/** This user has become a member of a room, or somebody has opened a direct room with him. */
export interface Added {
  readonly room: string;
  readonly role: Role;
}

/** This user has read up to `seq`, on this connection or another. */
export interface Read {
  readonly room: string;
  readonly seq: number;
}

/** This user had to leave a room with the event `seq`. */
export interface Removed {
  readonly room: string;
  readonly seq: number;
  readonly action: Word<'set_role' | 'kick' | 'ban'>;
}
