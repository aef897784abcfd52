// What an application imports.
export { Client } from './client.js';
export type { Clock, Random } from './clock.js';
export {
  CloseError,
  ConfabError,
  FrameError,
  OutboxFullError,
  RefusedError,
  RemovedError,
  type LocalCode,
} from './errors.js';
export type { State } from './link.js';
export type { PresenceChange } from './live_presence.js';
export type { OnNetwork } from './network.js';
export type {
  BanOptions,
  ClientEvents,
  ClientOptions,
  CreateOptions,
  JoinOptions,
  KickOptions,
  PublishOptions,
  RoomOptions,
} from './options.js';
export type { Room, RoomEvents } from './room.js';
export type { Gap, Reset, RoomItem } from './room_stream.js';
export type { Socket, SocketClass } from './socket.js';
export type { GetToken, TokenReason } from './tokens.js';
export type {
  Arguments,
  ChangeArguments,
  ChatEvent,
  DeleteEvent,
  EditEvent,
  Hello,
  HistoryPage,
  HistoryRange,
  Limits,
  MemberEvent,
  MessageEvent,
  Method,
  Methods,
  ModerationEvent,
  Position,
  Presence,
  PresenceDelta,
  PublishReply,
  ReactionEvent,
  Reply,
  RoomState,
  SettingsEvent,
  User,
} from './wire.js';
export type {
  Added,
  BanArguments,
  ConfigureArguments,
  CreateArguments,
  CreateReply,
  KickArguments,
  Member,
  MemberChange,
  MembersPage,
  MembersRange,
  Moderation,
  Read,
  Removed,
  Role,
  RoomKind,
  RoomListing,
  RoomSettings,
  SetRoleArguments,
  UserArguments,
} from './wire_rooms.js';
