"""INV9: who was taken out of a room is sent nothing that happened behind that until he is let in
again, and nothing that he says meanwhile is stored. Who may be in a room, and from which event to
which, is told by the events that are stored at the end, whatever anybody heard of them.
"""
from bisect import bisect_right
from collections import defaultdict
from typing import NamedTuple

PRIVATE_ANSWERS = {"no_such_room", "gone"}
# A kick may meet somebody on his way into the room, which is then `gone` for him.
PUBLIC_ANSWERS = {"banned", "forbidden", *PRIVATE_ANSWERS}


def is_private(room):
    return room.startswith("~")


class Standing(NamedTuple):
    """From event `seq` of a room on."""
    seq: int
    is_member: bool
    banned_until: int  # milliseconds by the server's clock; 0: he is not

    def may_be_there(self, ts):
        return self.is_member and ts >= self.banned_until


class Standings:
    """Of all users in all rooms, by the events of the end."""

    def __init__(self, final):
        self._of = {}
        self._banned = defaultdict(set)         # room: whoever has been banned there
        self._removals = defaultdict(dict)  # (room, user): {seq: action}
        for room, events in final.items():
            for event in events:
                if event.change:
                    self._apply(room, event)

    def _apply(self, room, event):
        change, action = event.change, event.change["action"]
        user = event.user if action == "create" else change.get("user")
        if user is None:
            return
        steps = self._of.setdefault((room, user), [Standing(0, not is_private(room), 0)])
        _, member, until = steps[-1]
        takes_out = (action in ("kick", "ban")
                     or is_private(room) and change.get("role") == "none")
        if takes_out:
            self._removals[room, user][event.seq] = action
            member = member and not is_private(room)
        elif action in ("create", "set_role"):
            member, until = True, 0
        if action == "ban":
            self._forget_past_bans(room, event)
            until = event.ts + 1000 * change["for_s"]
        elif action == "unban":
            until = 0
        steps.append(Standing(event.seq, member, until))

    def _forget_past_bans(self, room, ban):
        """Those that are over when another begins are over for good, if the clock is set back."""
        for user in self._banned[room]:
            steps = self._of[room, user]
            if 0 < steps[-1].banned_until <= ban.ts:
                steps.append(Standing(ban.seq, steps[-1].is_member, 0))
        self._banned[room].add(ban.change["user"])

    def at(self, room, user, seq):
        """What he was behind that event."""
        steps = self._of.get((room, user), [Standing(0, not is_private(room), 0)])
        return steps[bisect_right(steps, seq, key=lambda step: step.seq) - 1]

    def removals(self, room, user):
        """{seq: action}"""
        return self._removals.get((room, user), {})

    def removal_behind(self, room, user, seq):
        """The first one; None: there is none."""
        return next((each for each in self.removals(room, user) if each > seq), None)

    def was_ever_there(self, room, user):
        steps = self._of.get((room, user), [Standing(0, not is_private(room), 0)])
        return any(step.is_member for step in steps)


class _Listener:
    """What one client may be sent of one room, as it goes on."""

    def __init__(self, name, room, user, standings):
        self.name, self.room, self.user, self.standings = name, room, user, standings
        self.conn, self.last, self.is_told = None, None, False

    def take(self, entry):
        """The violations of one entry."""
        return getattr(self, "_" + entry["type"])(entry)

    def _enter(self, entry):
        self.conn, self.is_told = entry["conn"], False
        # The first removal that it must not hear behind.
        self.last = self.standings.removal_behind(self.room, self.user, entry["head"])
        standing = self.standings.at(self.room, self.user, entry["head"])
        if not standing.may_be_there(entry["latest"]):
            yield (f"{self.name} was let into {self.room} at {entry['head']}, of which event "
                   f"{standing.seq} had taken him out")

    def _seen(self, entry):
        place = f"{self.room}/{entry['seq']} ({entry['via']})"
        if entry["conn"] != self.conn:
            yield f"{self.name} was sent {place} without having been let in"
        elif self.last is not None and entry["seq"] > self.last:
            yield f"{self.name} was sent {place} behind its removal by {self.last}"
        elif self.is_told and entry["via"] == "live":
            yield f"{self.name} was sent {place} after it was told that it was removed"

    _event = _seen

    def _hint(self, entry):
        if self.is_told and entry["conn"] == self.conn:
            yield f"{self.name} was told of {entry['what']} in {self.room} after it was removed"

    def _removed(self, entry):
        self.is_told = True
        if self.standings.removals(self.room, self.user).get(entry["seq"]) != entry["action"]:
            yield (f"{self.name} was told of a removal by {self.room}/{entry['seq']}, which is "
                   "none")

    def _denied(self, entry):
        if entry["code"] not in (PRIVATE_ANSWERS if is_private(self.room) else PUBLIC_ANSWERS):
            yield f"{self.name} was told {entry['code']} of {self.room}"

    def _told(self, entry):
        if not self.standings.was_ever_there(self.room, self.user):
            yield f"{self.name}, who never was in {self.room}, was told its {entry['what']}"


def inv9_who_was_removed_hears_and_says_nothing(entries, final):
    standings, listeners, problems = Standings(final), {}, []
    users = {entry["client"]: entry["user"] for entry in entries if entry["type"] == "user"}
    for entry in entries:
        user = users.get(entry["client"])
        if user is None or not hasattr(_Listener, "_" + entry["type"]):
            continue
        key = (entry["client"], entry["room"])
        if key not in listeners:
            listeners[key] = _Listener(*key, user, standings)
        problems += listeners[key].take(entry)
    for room, events in final.items():
        for event in events:
            is_first = event.change and event.change["action"] == "create"
            before = standings.at(room, event.user, event.seq - 1)
            if not is_first and not before.may_be_there(event.ts):
                problems.append(f"{room}/{event.seq} is of {event.user}, whom event {before.seq} "
                                "had taken out")
    return [f"INV9: {problem}" for problem in problems]
