"""One client of protocol v2 that never gives up: it comes back with its positions, sends what was
not acknowledged again under the same cid, and pages through history when it missed too much.

Everything it says and hears goes into the history, in the order in which an application sees it.
"""
import asyncio
import base64
import json
import random
import uuid

import websockets

from history import hash_of, hash_of_event
from pause import pause

LOST = (websockets.ConnectionClosed, OSError, asyncio.TimeoutError, TimeoutError,
        websockets.InvalidHandshake, EOFError)
KINDS = {"publish": "message", "edit": "edit", "react": "reaction"}


class Refused(Exception):
    """An error of the server, as an answer to a command."""

    def __init__(self, error):
        super().__init__(error["code"])
        self.error = error


class Member:
    def __init__(self, name, token, world, history, seed):
        self.name, self.token, self.world, self.history = name, token, world, history
        payload = token.split(".")[1]
        self.user = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sub"]
        self.random = random.Random(seed)
        self.rooms = {}          # room: (epoch, seq), or None before it was entered
        self.conn = 0            # how many connections it has had
        self.online = asyncio.Event()
        self._socket = None
        self._replies = {}
        self._next_id = 1
        self._operations = 0
        self._paging = {}        # room: live events that wait for the pages before them
        self._pause = 0.0
        self._away = 0.0
        self._ending = False
        self._tasks = set()

    # Living

    async def live(self):
        """Until end(): connects, listens, and comes back."""
        while not self._ending:
            try:
                await self._one_connection()
            except LOST:
                pass
            except Refused as refused:
                if not refused.error["retryable"]:
                    raise
            self._lost()
            if not self._ending:
                await pause(self._away or self.random.uniform(0.02, 0.3))
                self._away = 0.0

    async def end(self):
        self._ending = True
        if self._socket:
            await self._socket.close()

    def cut(self):
        """Ends the connection without a word."""
        if self._socket and self._socket.transport:
            self._socket.transport.abort()

    def stay_away(self, seconds):
        """Ends the connection and comes back much later."""
        self._away = seconds
        self.cut()

    def read_slowly(self, seconds):
        """Takes nothing from the socket for so long; what comes has to wait in the server."""
        self._pause = seconds

    async def _one_connection(self):
        self._socket = await asyncio.wait_for(websockets.connect(
            self.world.ws_url, subprotocols=["confab.v2"], ping_interval=None, max_size=None,
            max_queue=4, open_timeout=None, close_timeout=1), self.world.patience)
        self.conn += 1
        listener = asyncio.ensure_future(self._listen(self._socket))
        try:
            rooms = {room: position and {"epoch": position[0], "seq": position[1]}
                     for room, position in self.rooms.items()}
            await self._call("connect", lambda answer: self._entered_all(answer["rooms"]),
                             token=self.token, rooms=rooms)
            self.online.set()
            await listener
        finally:
            listener.cancel()
            self._socket.transport.abort()

    def _lost(self):
        self.online.clear()
        self._paging.clear()
        for task in self._tasks:
            task.cancel()
        for reply, _ in self._replies.values():
            if not reply.done():
                reply.set_exception(ConnectionResetError("the connection ended"))
                reply.exception()  # whether or not somebody still waits for it
        self._replies.clear()

    async def _listen(self, socket):
        while True:
            if self._pause:
                await pause(self._pause)
                self._pause = 0.0
            frame = json.loads(await socket.recv())
            if "event" in frame:
                self._take_live(frame["event"])
            elif frame.get("id") in self._replies:
                reply, at_once = self._replies.pop(frame["id"])
                if "error" in frame:
                    reply.set_exception(Refused(frame["error"]))
                    continue
                answer = next(value for key, value in frame.items() if key != "id")
                # Before the next frame is looked at: what follows depends on it.
                at_once(answer)
                if not reply.done():
                    reply.set_result(answer)

    async def _call(self, method, at_once=lambda answer: None, **arguments):
        number, self._next_id = self._next_id, self._next_id + 1
        reply = asyncio.get_running_loop().create_future()
        self._replies[number] = (reply, at_once)
        await self._socket.send(json.dumps({"id": number, method: arguments}))
        return await asyncio.wait_for(reply, self.world.patience)

    # Rooms

    async def join(self, room, with_position):
        position = self.rooms.get(room) if with_position else None
        arguments = {"position": {"epoch": position[0], "seq": position[1]}} if position else {}
        self.rooms.setdefault(room, None)

        def entered(answer):
            if position is None:  # and not before: it may turn out to be in the room already
                self.rooms[room] = None
            self._entered(room, answer)
        try:
            await self._call("join", entered, room=room, **arguments)
        except Refused as refused:
            if refused.error["code"] != "already_joined" and not refused.error["retryable"]:
                raise

    async def leave(self, room):
        """Keeps its position, so that it can come back."""
        await self._call("leave", room=room)

    def _entered_all(self, rooms):
        for room, answer in rooms.items():
            self._entered(room, answer)

    def _entered(self, room, answer):
        position = self.rooms.get(room)
        if position is None or answer["resume"] == "diverged":
            why = "diverged" if position else "join"
            self.rooms[room] = (answer["epoch"], answer["head"])
            self.history.add(self.name, "start", room=room, after=answer["head"], why=why)
        elif answer["resume"] == "behind":
            self._paging[room] = []
            self._spawn(self._page_up_to(room, answer["head"]))

    def _spawn(self, work):
        async def until_lost():
            try:
                await work
            except (*LOST, Refused, asyncio.CancelledError):
                self.cut()  # it comes back from where it stands
        task = asyncio.ensure_future(until_lost())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _page_up_to(self, room, head):
        while self.rooms[room][1] < head:
            page = await self._call("history", room=room, after=self.rooms[room][1], limit=100,
                                    events=True)
            if not page["events"]:
                raise ConnectionResetError("history does not have what it is asked for")
            for event in page["events"]:
                if event["seq"] <= head:
                    self._use(event, "history")
        for event in self._paging.pop(room, []):
            self._use(event, "live")

    def _take_live(self, event):
        waiting = self._paging.get(event["room"])
        if waiting is not None:
            waiting.append(event)
        else:
            self._use(event, "live")

    def _use(self, event, via):
        room = event["room"]
        self.history.add(self.name, "event", room=room, seq=event["seq"], via=via,
                         conn=self.conn, hash=hash_of_event(event))
        if self.rooms.get(room):
            self.rooms[room] = (self.rooms[room][0], event["seq"])

    # Saying something

    async def say(self, method, room, text, target=None):
        """Until it is acknowledged or refused for good; its seq, or None."""
        self._operations += 1
        op, cid = f"{self.name}-{self._operations}", str(uuid.UUID(int=self.random.getrandbits(128),
                                                                    version=4))
        arguments = {"publish": lambda: {"body": text, **({"reply_to": target} if target else {})},
                     "edit": lambda: {"seq": target, "body": text},
                     "react": lambda: {"seq": target, "reaction": text}}[method]()
        self.history.add(self.name, "invoke", op=op, method=method, room=room, cid=cid,
                         conn=self.conn, hash=hash_of(self.user, KINDS[method], target, text))
        attempts = 0
        while not self._ending:
            await self.online.wait()
            attempts += 1
            try:
                answer = await self._call(method, room=room, cid=cid, **arguments)
                self.history.add(self.name, "ok", op=op, seq=answer["seq"], dup=answer["dup"],
                                 retried=attempts > 1)
                return answer["seq"]
            except Refused as refused:
                error = refused.error
                if error["retryable"] or error["code"] == "not_joined":
                    self.history.add(self.name, "again", op=op, code=error["code"])
                    await pause(min(error.get("retry_ms", 100), 300) / 1000)
                    continue
                self.history.add(self.name, "fail", op=op, code=error["code"])
                return None
            except LOST:
                await pause(0.02)
        return None

    async def read_head(self, room, at_least):
        """Asks history whether it knows of what was acknowledged. Whether there was an answer."""
        try:
            page = await self._call("history", room=room, limit=1, events=True)
            last = page["events"][-1]["seq"] if page["events"] else 0
            self.history.add(self.name, "read", room=room, at_least=at_least, last=last)
            return True
        except (*LOST, Refused):
            return False
