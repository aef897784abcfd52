// Frames of the server, checked: what comes out of here has the types that it says.
//
// A frame is one JSON object: a reply (it has an `id`), or a push. Members that are not known are
// ignored, and so are pushes that are not known.
// Invariant: whatever the text is, the outcome is a Frame or a FrameError.
import { FrameError } from './errors.js';
import type { Method, Push, PushName, Pushes, WireError } from './wire.js';

export type Frame =
  | {
      readonly type: 'reply';
      readonly id: number;
      readonly method: string;
      readonly value: unknown;
    }
  | { readonly type: 'error'; readonly id: number | null; readonly error: WireError }
  | ({ readonly type: 'push' } & Push)
  | { readonly type: 'unknown' };

type Members = Record<string, unknown>;
type Check = (value: unknown) => boolean;

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText: Check = (value) => typeof value === 'string';
const isFlag: Check = (value) => typeof value === 'boolean';
const isTime: Check = (value) => Number.isInteger(value);
const isCount: Check = (value) =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 2 ** 53;
const isId: Check = (value) => isCount(value) && value !== 0;
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || value === null || check(value);
const object =
  (members: Record<string, Check>): Check =>
  (value) =>
    isObject(value) && Object.entries(members).every(([name, check]) => check(value[name]));
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

const isUser = object({ id: isText, name: isText });
const isPlace = object({ room: isText, seq: isId, kind: isText });
const isEntry = object({ id: isText, user: isUser, cid: maybe(isText), ts: isTime });
const contents: { readonly [kind: string]: Check } = {
  message: object({ body: isText, reply_to: maybe(isCount), mentions: maybe(list(isText)) }),
  edit: object({ target: isId, body: isText }),
  delete: object({ target: isId }),
  reaction: object({ target: isId, reaction: isText, added: isFlag }),
  room: object({
    settings: object({
      title: maybe(isText),
      read_only: maybe(isFlag),
      slow_mode_s: maybe(isCount),
    }),
  }),
  member: object({ member: object({ user: isText, role: isText }) }),
  moderation: object({
    moderation: object({
      action: isText,
      user: isText,
      for_s: maybe(isCount),
      reason: maybe(isText),
    }),
  }),
};
const isEvent: Check = (value) => {
  if (!isPlace(value)) return false;
  const kind = (value as Members).kind as string;
  return !Object.hasOwn(contents, kind) || (isEntry(value) && contents[kind]!(value));
};

const isEnteredRoom = object({
  epoch: isText,
  head: isCount,
  resume: (value) => value === 'ok' || value === 'behind' || value === 'diverged',
  oldest: maybe(isCount),
});
const isListing = object({
  room: isText,
  kind: isText,
  title: maybe(isText),
  with: maybe(object({ id: isText, name: maybe(isText) })),
  role: isText,
  epoch: isText,
  head: isCount,
  read: isCount,
  unread: isCount,
  mentions: isCount,
});
const isMember = object({ id: isText, name: maybe(isText), role: isText });
const isCreated = object({ room: isText, dup: isFlag });
const isStored = object({ seq: isId, id: isText, ts: isTime, dup: isFlag });
const isRefusal = object({ resume: (value) => value === 'forbidden' || value === 'gone' });
const isRoomState: Check = (value) => isEnteredRoom(value) || isRefusal(value);

// Of the replies that the library relies on; of others it is enough that they are an object.
const replyChecks: { readonly [M in Method]?: Check } = {
  connect: object({
    conn: isText,
    user: isUser,
    ping_s: isCount,
    token_ttl_s: isCount,
    limits: object({ message_bytes: isCount, publish_per_s: isCount, burst: isCount }),
    rooms: (value) => isObject(value) && Object.values(value).every(isRoomState),
  }),
  refresh: object({ token_ttl_s: isCount }),
  join: isRoomState,
  leave: isObject,
  publish: isStored,
  edit: isStored,
  delete: isStored,
  react: isStored,
  unreact: isStored,
  presence: object({ count: isCount, users: list(isUser) }),
  history: object({
    room: isText,
    epoch: isText,
    head: isCount,
    oldest: isCount,
    events: list(isEvent),
    end: isFlag,
  }),
  create: isCreated,
  direct: isCreated,
  rooms: object({ rooms: list(isListing) }),
  members: object({
    kind: isText,
    role: isText,
    title: maybe(isText),
    read_only: isFlag,
    slow_mode_s: isCount,
    count: isCount,
    members: list(isMember),
    end: isFlag,
  }),
  mark_read: object({ seq: isCount }),
  set_role: isStored,
  configure: isStored,
  kick: isStored,
  ban: isStored,
  mute: isStored,
  unban: isStored,
  unmute: isStored,
};

const pushChecks: Record<PushName, Check> = {
  event: isEvent,
  caught_up: object({ room: isText, seq: isCount }),
  typing: object({ room: isText, user: isUser }),
  presence: object({
    room: isText,
    count: isCount,
    joined: list(isUser),
    left: list(isUser),
    more: maybe(isFlag),
  }),
  lag: object({ room: isText, from: isCount, head: isCount }),
  added: object({ room: isText, role: isText }),
  read: object({ room: isText, seq: isCount }),
  removed: object({ room: isText, seq: isCount, action: isText }),
  drain: object({
    close_ms: isCount,
    reconnect_ms: (value) => list(isCount)(value) && (value as unknown[]).length === 2,
  }),
};

const isError = object({
  code: isText,
  retryable: isFlag,
  retry_ms: maybe(isCount),
  field: maybe(isText),
  message: maybe(isText),
});

const has = <T extends object>(table: T, name: string): name is keyof T & string =>
  Object.hasOwn(table, name);

function parse(text: unknown): Members {
  if (typeof text !== 'string') throw new FrameError('a frame that is no text', '');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new FrameError('a frame that is no JSON', text);
  }
  if (!isObject(value)) throw new FrameError('a frame that is no object', text);
  return value;
}

/** `methodOf` tells which command has this id. Throws a FrameError. */
export function decodeFrame(text: unknown, methodOf: (id: number) => string | undefined): Frame {
  const frame = parse(text);
  const wrong = (what: string) => new FrameError(what, text as string);
  const hasId = frame.id !== undefined && frame.id !== null;
  if (hasId && !isId(frame.id)) throw wrong('an id that is no whole number');
  if (frame.error !== undefined) {
    if (!isError(frame.error)) throw wrong('an error without its members');
    const id = hasId ? (frame.id as number) : null;
    return { type: 'error', id, error: frame.error as WireError };
  }
  if (hasId) {
    const id = frame.id as number;
    const method = methodOf(id);
    if (method === undefined) throw wrong('a reply to no command');
    const value = frame[method];
    const check = (has(replyChecks, method) && replyChecks[method]) || isObject;
    if (!check(value)) throw wrong(`a reply that is none to ${method}`);
    return { type: 'reply', id, method, value };
  }
  for (const name of Object.keys(frame)) {
    if (!has(pushChecks, name)) continue;
    if (!pushChecks[name](frame[name])) throw wrong(`a malformed ${name}`);
    return { type: 'push', name, value: frame[name] as Pushes[PushName] } as Frame;
  }
  return { type: 'unknown' };
}
