// Walks the members of a room, page by page, in the order of their ids.
// Invariant: nobody comes twice; who comes or goes meanwhile may be in it or not.
import type { Member, MembersPage, MembersRange } from './wire_rooms.js';

const pageMembers = 100;

export async function* allMembers(
  fetch: (range: MembersRange) => Promise<MembersPage>,
): AsyncGenerator<Member, void, void> {
  let range: MembersRange = { limit: pageMembers };
  for (;;) {
    const page = await fetch(range);
    yield* page.members;
    const last = page.members.at(-1);
    if (page.end || last === undefined) return;
    range = { after: last.id, limit: pageMembers };
  }
}
