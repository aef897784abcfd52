"""A client of a chaos run that speaks protocol v1. It has no positions and no acknowledgements,
so it is owed less: all messages of its room, in their order, while a connection lasts.

It is in a public room, where nobody takes it out.
"""
import json

import websockets

from connection import LOST, Connection, Refused
from history import hash_of
from pause import pause, until

UNAUTHORIZED = 401


class V1Client(Connection):
    subprotocols = None

    def __init__(self, *arguments, room):
        super().__init__(*arguments)
        self.room = room
        self.heard = None  # the last message, as Stored.plain says it
        self._echo = None  # the same of its own
        self._operations = 0
        self.history.add(self.name, "user", user=self.user)

    @property
    def url(self):
        return f"{self.world.ws_url}?room={self.room}&token={self.token}"

    async def chat(self, stop):
        """Until told to stop; then until it hears what it says."""
        while not stop.is_set():
            await pause(self.random.uniform(0, 0.1))
            if self.random.random() < 0.03:
                self.cut()
            elif self.online.is_set():
                await self._say()
        while not await self._hears_itself():
            self.cut()

    async def reach(self, last):
        return await until(lambda: self.heard == last, self.world.patience)

    async def _hears_itself(self):
        await self.online.wait()
        said = await self._say()
        return await until(lambda: self._echo == said, self.world.patience)

    async def _say(self):
        self._operations += 1
        op, text = f"{self.name}-{self._operations}", f"{self.name} {self._operations}"
        said = hash_of(self.user, "message", None, text)
        self.history.add(self.name, "invoke", op=op, method="v1", room=self.room, cid=None,
                         conn=self.conn, hash=said)
        try:
            await self._socket.send(text)
        except LOST:
            pass
        self.history.add(self.name, "unknown", op=op, code="v1")
        return said

    async def _connected(self):
        try:
            return await super()._connected()
        except websockets.InvalidStatusCode as refusal:
            if refusal.status_code != UNAUTHORIZED:
                raise
            raise Refused({"code": "token_expired", "retryable": False}) from refusal

    async def _come_in(self):
        """Who is connected is in the room."""

    async def _take_frames(self, socket):
        async for frame in socket:
            if frame.startswith("system:"):
                continue
            message = json.loads(frame)
            self.heard = hash_of(message["user_id"], "message", None, message["message"])
            if message["user_id"] == self.user:
                self._echo = self.heard
            self.history.add(self.name, "heard", room=self.room, conn=self.conn, plain=self.heard)
