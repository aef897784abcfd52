// Commands as frames.
//
// Limits: `bytesMax` of UTF-8 (the server's limits.message_bytes; it closes with 1009 above).
// Invariant: a frame that leaves here is well-formed Unicode. Half a surrogate pair would make the
// server refuse the frame without saying which command it was.
import { ConfabError } from './errors.js';
import type { Arguments, Method } from './wire.js';

// JSON.stringify writes a lone surrogate, and nothing else, as an escape of d800 to dfff. An even
// number of backslashes before the u is text.
const loneSurrogate = /(?<!\\)(?:\\\\)*\\u[dD][89a-fA-F]/;

export function encodeCommand<M extends Method>(
  id: number,
  method: M,
  args: Arguments<M>,
  bytesMax = Infinity,
): string {
  const text = JSON.stringify({ id, [method]: args });
  if (loneSurrogate.test(text)) {
    throw new ConfabError('frame_not_unicode', 'a string has half a surrogate pair in it');
  }
  if (text.length * 3 > bytesMax && new TextEncoder().encode(text).length > bytesMax) {
    throw new ConfabError('frame_too_long', `a frame may have ${bytesMax} bytes`);
  }
  return text;
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the members that are undefined, as it is on the wire. */
export function defined<T extends object>(members: T): Defined<T> {
  const given = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Defined<T>;
}
