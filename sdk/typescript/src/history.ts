// Walks a room's log from the newest event back to the oldest that is kept, page by page.
// Invariant: seqs fall strictly; what is published meanwhile is not in it.
import type { ChatEvent, HistoryPage, HistoryRange } from './wire.js';

const pageEvents = 100;

export async function* walkBack(
  fetch: (range: HistoryRange) => Promise<HistoryPage>,
  before?: number,
): AsyncGenerator<ChatEvent, void, void> {
  let at = before;
  for (;;) {
    const start = at === undefined ? {} : { before: at };
    const page = await fetch({ ...start, limit: pageEvents });
    yield* [...page.events].reverse();
    const oldest = page.events[0];
    if (page.end || oldest === undefined) return;
    at = oldest.seq;
  }
}
