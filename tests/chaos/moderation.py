"""Who is let into the rooms of a chaos run, and taken out of them, while it goes on.

The owner makes the private rooms and decides who is in them; a moderator of the server does it in
the public ones; an intruder, who never was in a private room, tries to get something of it.
"""
import asyncio

from pause import pause
from speaker import Speaker

SHORT_BANS, LONG_BAN = [1, 1, 2], 7200  # seconds; no clock jumps so far that a long one is over
OUT_AT_ONCE = 3                         # of so many people one at most is outside of a room
PROTESTS = 3                            # of who is taken out


class Authority(Speaker):
    """Who may take others out of some rooms, and let them in."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self._out = {}     # (room, person): how he was taken out
        self.kept = set()  # (room, user) of whom is to stay outside at the end

    async def found(self, titles, people):
        """Private rooms, with these people in them; their names."""
        rooms = [await self.create(title) for title in titles]
        for room in rooms:
            for person in people:
                await self.change("set_role", room, person.user, role="member")
        return rooms

    async def moderate(self, rooms, people, stop):
        while not stop.is_set():
            await pause(self.random.uniform(0.02, 0.3))
            room, person = self.random.choice(rooms), self.random.choice(people)
            out = [who for place, who in self._out if place == room]
            if len(out) > len(people) // OUT_AT_ONCE:
                person = self.random.choice(out)
            if person in out:
                await self._let_in(room, person)
            else:
                await self._take_out(room, person)

    async def settle(self, rooms, people):
        """In the end one person stays outside of each room, and all others are let in. A ban that
        was over may be in force again, if the clock was set back."""
        for room in rooms:
            stays = self.random.choice(people)
            self.kept.add((room, stays.user))
            await self.change("ban", room, stays.user, for_s=LONG_BAN)
            for person in people:
                if person is not stays:
                    await self.change("unban", room, person.user)
                while (room, person) in self._out and person is not stays:
                    await self._let_in(room, person)

    async def _take_out(self, room, person):
        private = room.startswith("~")
        how = self.random.choice(["kick", "ban", "set_role"] if private else ["kick", "ban", "ban"])
        what = {"kick": lambda: {"reason": f"{self.name} says so"},
                "ban": lambda: {"for_s": self.random.choice([*SHORT_BANS, LONG_BAN])},
                "set_role": lambda: {"role": "none"}}[how]()
        # Whether or not it came about: letting him in does no harm.
        if private or how == "ban":
            self._out[room, person] = how
        # What he says at the same moment comes before that, behind it, or not at all.
        words = [f"{person.name} protests against {self._operations} of {self.name}: {number}"
                 for number in range(PROTESTS) if person.online.is_set()]
        await asyncio.gather(
            self.change(how, room, person.user, patience=0.7, **what),
            *(person.say("publish", room, text, insists=False) for text in words))

    async def _let_in(self, room, person):
        """A ban is taken back; or it is left to end by itself, until which nobody gets a role."""
        if self._out[room, person] == "ban" and self.random.random() < 0.6:
            await self.change("unban", room, person.user)
            if not room.startswith("~"):
                del self._out[room, person]
        if room.startswith("~"):
            role = self.random.choice(["member", "member", "moderator"])
            if await self.change("set_role", room, person.user, role=role):
                del self._out[room, person]


async def intrude(intruder, rooms, stop):
    while not stop.is_set():
        await pause(intruder.random.uniform(0.05, 0.3))
        if intruder.online.is_set():
            await intruder.knock(intruder.random.choice(rooms))
