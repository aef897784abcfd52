"""One client of protocol v2 that never gives up: it comes back with its positions, also to rooms
that it was taken out of, and pages through history when it missed too much.

Everything it hears goes into the history, in the order in which an application sees it.
"""
import asyncio
import json
import time

from connection import LOST, Connection, Refused
from history import hash_of_event
from pause import pause

# Answers to who is not let into a room; the last two are what `connect` says.
KEPT_OUT = {"banned", "no_such_room", "forbidden", "gone"}
# What a user is told in no matter which rooms he is.
OF_USER = {"added", "read"}


class Member(Connection):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.rooms = {}       # room: (epoch, seq), or None before it was entered
        self.outside = set()  # the rooms of which it was told that it is not in them
        self._paging = {}     # room: live events that wait for the pages before them
        self.history.add(self.name, "user", user=self.user)

    async def _come_in(self):
        rooms = {room: position and {"epoch": position[0], "seq": position[1]}
                 for room, position in self.rooms.items()}
        asked = time.monotonic()

        def let_in(answer):
            for room, state in answer["rooms"].items():
                self._entered(room, state, asked)
        await self._call("connect", let_in, token=self.token, rooms=rooms)

    def _lost(self):
        self._paging.clear()
        super()._lost()

    async def _take_frames(self, socket):
        while True:
            if self._pause:
                await pause(self._pause)
                self._pause = 0.0
            frame = json.loads(await socket.recv())
            if "event" in frame:
                self._take_live(frame["event"])
            elif "lag" in frame:
                self._fetch(frame["lag"]["room"], frame["lag"]["head"])
            elif "removed" in frame:
                self._removed(**frame["removed"])
            elif "added" in frame:
                self._added(frame["added"]["room"])
            elif frame.get("id") in self._replies:
                reply, at_once = self._replies.pop(frame["id"])
                if "error" in frame:
                    if not reply.done():
                        reply.set_exception(Refused(frame["error"]))
                    continue
                answer = next(value for key, value in frame.items() if key != "id")
                # Before the next frame is looked at: what follows depends on it.
                at_once(answer)
                if not reply.done():
                    reply.set_result(answer)
            elif "id" not in frame:
                self._hint(frame)

    # Rooms

    async def join(self, room, with_position):
        """Whether it was let in."""
        position = self.rooms.get(room) if with_position else None
        arguments = {"position": {"epoch": position[0], "seq": position[1]}} if position else {}
        self.rooms.setdefault(room, None)
        asked = time.monotonic()

        def entered(answer):
            if position is None:  # and not before: it may turn out to be in the room already
                self.rooms[room] = None
            self._entered(room, answer, asked)
        try:
            await self._call("join", entered, room=room, **arguments)
        except Refused as refused:
            code = refused.error["code"]
            if code in KEPT_OUT:
                self.denied(room, code, "join")
                return False
            if code == "already_joined":
                self.outside.discard(room)
                return True
            if not refused.error["retryable"]:
                raise
            return False
        return True

    async def leave(self, room):
        """Keeps its position, so that it can come back."""
        await self._call("leave", room=room)

    def denied(self, room, code, what):
        self.outside.add(room)
        self.history.add(self.name, "denied", room=room, code=code, what=what)

    def _removed(self, room, seq, action):
        self._paging.pop(room, None)
        self.outside.add(room)
        self.history.add(self.name, "removed", room=room, seq=seq, action=action, conn=self.conn)

    def _added(self, room):
        if room in self.outside:
            self._spawn(self.join(room, with_position=True))

    def _hint(self, frame):
        """A push that is no event, as when somebody types. What it says is of no interest here."""
        for what, told in frame.items():
            if what not in OF_USER and isinstance(told, dict) and "room" in told:
                self.history.add(self.name, "hint", room=told["room"], what=what, conn=self.conn)

    def _entered(self, room, answer, asked):
        if answer["resume"] in KEPT_OUT:
            return self.denied(room, answer["resume"], "connect")
        self.outside.discard(room)
        self.history.add(self.name, "enter", room=room, head=answer["head"], conn=self.conn,
                         latest=self.world.latest_time(asked))
        position = self.rooms.get(room)
        if position is None or answer["resume"] == "diverged":
            why = "diverged" if position else "join"
            self.rooms[room] = (answer["epoch"], answer["head"])
            self.history.add(self.name, "start", room=room, after=answer["head"], why=why)
        elif answer["resume"] == "behind":
            self._fetch(room, answer["head"])

    def _fetch(self, room, head):
        """What is missing up to `head` comes from history, what has waited for pages among it."""
        waiting = self._paging[room] = []
        self._spawn(self._page_up_to(room, head, waiting))

    def _spawn(self, work):
        async def until_lost():
            try:
                await work
            except (*LOST, Refused, asyncio.CancelledError):
                self.cut()  # it comes back from where it stands
        task = asyncio.ensure_future(until_lost())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _page_up_to(self, room, head, waiting):
        def use(page):
            for event in page["events"]:
                if event["seq"] > head or self._paging.get(room) is not waiting:
                    self.note("seen", event, "history")
                else:
                    self._use(event, "history")
        while self.rooms[room][1] < head:
            page = await self._call("history", use, room=room, after=self.rooms[room][1],
                                    limit=100, events=True)
            if self._paging.get(room) is not waiting:
                return  # it was taken out of the room, or another has more to fetch
            if not page["events"]:
                raise ConnectionResetError("history does not have what it is asked for")
        if self._paging.get(room) is waiting:
            for event in self._paging.pop(room):
                self._use(event, "live")

    def _take_live(self, event):
        waiting = self._paging.get(event["room"])
        if waiting is not None:
            waiting.append(event)
            self.note("seen", event, "live")
        else:
            self._use(event, "live")

    def _use(self, event, via):
        room = event["room"]
        self.note("event", event, via)
        if self.rooms.get(room):
            self.rooms[room] = (self.rooms[room][0], event["seq"])

    def note(self, kind, event, via):
        self.history.add(self.name, kind, room=event["room"], seq=event["seq"], via=via,
                         conn=self.conn, ts=event["ts"], hash=hash_of_event(event))
