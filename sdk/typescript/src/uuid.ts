// UUIDs of version 7 (RFC 9562): 48 bits of time, a 12-bit counter, 62 bits of chance.
//
// Invariant: those of one maker rise strictly, also when the clock stands still or goes back; so
// two are never the same even when `random` is a constant.
import type { Random } from './clock.js';

const counterMax = 0xfff;

export function uuidMaker(now: () => number, random: Random): () => string {
  let time = 0;
  let counter = 0;
  const digits = (count: number) => {
    let text = '';
    for (let i = 0; i < count; i++) text += Math.floor(random() * 16).toString(16);
    return text;
  };
  return () => {
    const current = Math.floor(now());
    if (current > time) {
      time = current;
      counter = 0;
    } else if (++counter > counterMax) {
      time++;
      counter = 0;
    }
    const stamp = time.toString(16).padStart(12, '0');
    const variant = (8 + Math.floor(random() * 4)).toString(16);
    return (
      `${stamp.slice(0, 8)}-${stamp.slice(8)}-7${counter.toString(16).padStart(3, '0')}` +
      `-${variant}${digits(3)}-${digits(12)}`
    );
  };
}
