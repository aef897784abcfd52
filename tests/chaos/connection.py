"""A user whose connection, of protocol v2 mostly, is made again whenever it ends."""
import asyncio
import base64
import json
import random

import websockets

from pause import pause

LOST = (websockets.ConnectionClosed, OSError, asyncio.TimeoutError, TimeoutError,
        websockets.InvalidHandshake, EOFError)
# A token that the server's clock has left behind, or has not come to yet.
OUT_OF_TIME = {"token_expired", "token_not_yet_valid"}


class Refused(Exception):
    """An error of the server, as an answer to a command."""

    def __init__(self, error):
        super().__init__(error["code"])
        self.error = error


def claims_of(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


class Connection:
    subprotocols = ["confab.v2"]

    def __init__(self, name, token, world, history, seed, is_moderator=False):
        self.name, self.token, self.world, self.history = name, token, world, history
        self.user = claims_of(token)["sub"]
        self.random = random.Random(seed)
        self.conn = 0            # how many connections it has had
        self.arrivals = 0        # how often it was let in
        self.given_up = 0        # how often nobody answered a ping
        self.in_vain = 0         # how often nobody answered when it came back
        self.online = asyncio.Event()
        self._socket = None
        self._replies = {}
        self._next_id = 1
        self._pause = 0.0
        self._away = 0.0
        self._ending = False
        self._tasks = set()
        self._rights = ["--moderator"] if is_moderator else []

    @property
    def url(self):
        return self.world.ws_url

    async def live(self):
        """Until end(): connects, listens, and comes back."""
        while not self._ending:
            try:
                await self._one_connection()
            except LOST:
                pass
            except Refused as refused:
                if self.world.clock and refused.error["code"] in OUT_OF_TIME:
                    await self._sign_in(refused.error["code"])
                elif not refused.error["retryable"]:
                    raise
            self._lost()
            if not self._ending:
                await pause(self._away or self.random.uniform(0.02, 0.3))
                self._away = 0.0

    async def _sign_in(self, code):
        self.history.add(self.name, "token", code=code)
        self.token, = await asyncio.to_thread(self.world.mint, "--user-id", self.user,
                                              *self._rights)

    async def end(self):
        self._ending = True
        if self._socket:
            await self._socket.close()

    def cut(self):
        """Ends the connection without a word; what is said before the next one waits for that."""
        if self._socket and self._socket.transport:
            self._socket.transport.abort()
            self.online.clear()

    def stay_away(self, seconds):
        """Ends the connection and comes back much later."""
        self._away = seconds
        self.cut()

    def read_slowly(self, seconds):
        """Takes nothing from the socket for so long; what comes has to wait in the server."""
        self._pause = seconds

    async def _one_connection(self):
        self._socket = await self._connected()
        self.conn += 1
        listener = asyncio.ensure_future(self._listen(self._socket))
        watcher = asyncio.ensure_future(self._watch(self._socket))
        try:
            await self._come_in()
            self.arrivals += 1
            self.online.set()
            await listener
        finally:
            listener.cancel()
            watcher.cancel()
            self._socket.transport.abort()

    async def _connected(self):
        try:
            return await asyncio.wait_for(websockets.connect(
                self.url, subprotocols=self.subprotocols, ping_interval=None, max_size=None,
                max_queue=4, open_timeout=None, close_timeout=0.2), self.world.patience)
        except asyncio.TimeoutError:
            self.in_vain += 1
            raise

    async def _watch(self, socket):
        """Asks the server whether it is there, and ends the connection when it does not answer."""
        try:
            while True:
                await pause(self.world.patience / 2)
                await asyncio.wait_for(await socket.ping(), self.world.patience)
        except asyncio.TimeoutError:
            self.given_up += 1
            socket.transport.abort()
        except LOST:
            pass

    def _lost(self):
        self.online.clear()
        for task in self._tasks:
            task.cancel()
        self._fail_replies()

    def _fail_replies(self):
        for reply, _ in self._replies.values():
            if not reply.done():
                reply.set_exception(ConnectionResetError("the connection ended"))
                reply.exception()  # whether or not somebody still waits for it
        self._replies.clear()

    async def _listen(self, socket):
        try:
            await self._take_frames(socket)
        finally:
            self._fail_replies()  # connect, too: it would wait as long as it has patience

    async def _call(self, method, at_once=lambda answer: None, **arguments):
        number, self._next_id = self._next_id, self._next_id + 1
        reply = asyncio.get_running_loop().create_future()
        self._replies[number] = (reply, at_once)
        await self._socket.send(json.dumps({"id": number, method: arguments}))
        return await asyncio.wait_for(reply, self.world.patience)

    # What is done with a connection

    async def _come_in(self):
        """The first command."""
        raise NotImplementedError

    async def _take_frames(self, socket):
        """All that comes, until it ends."""
        raise NotImplementedError
