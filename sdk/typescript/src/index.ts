// What an application imports.
export { Client, type ClientEvents, type ClientOptions, type JoinOptions } from './client.js';
export type { Clock, Random } from './clock.js';
export {
  CloseError,
  ConfabError,
  FrameError,
  OutboxFullError,
  type LocalCode,
} from './errors.js';
export type { State } from './link.js';
export type { PublishOptions, Room, RoomEvents } from './room.js';
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
  MessageEvent,
  Method,
  Methods,
  Position,
  Presence,
  PublishReply,
  ReactionEvent,
  Reply,
  RoomState,
  User,
} from './wire.js';
