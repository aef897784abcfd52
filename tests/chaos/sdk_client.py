"""A client of a chaos run that stands on the SDK, in a Node process (sdk_client.mjs), and the relay
that it connects to: the server has another port after each start, and a cut is made here.

It is in the public rooms, where nobody takes it out.
"""
import asyncio
import json
import pathlib
import subprocess
import time

from connection import claims_of
from history import hash_of, hash_of_event

HERE = pathlib.Path(__file__).parent
SDK = HERE.parents[1] / "sdk/typescript"
LINE_BYTES_MAX = 1 << 20


def unavailable():
    """Why there is no such client; None: there is one."""
    if not (SDK / "dist/index.js").exists() or not (SDK / "node_modules/ws").exists():
        return "the SDK is not built (make sdk)"
    try:
        version = subprocess.run(["node", "--version"], capture_output=True, check=True, text=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        return "there is no Node"
    return None if int(version.stdout[1:].split(".")[0]) >= 20 else "it needs Node 20"


class Relay:
    """Passes bytes on between one port and whichever the server has at the moment."""

    def __init__(self, world):
        self._world = world
        self._writers = set()
        self.port = None

    async def start(self):
        server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]

    async def _relay(self, reader, writer):
        self._writers.add(writer)
        there = None
        try:
            from_there, there = await asyncio.open_connection("127.0.0.1",
                                                              self._world.server.port)
            await asyncio.wait([asyncio.ensure_future(self._pass(reader, there)),
                                asyncio.ensure_future(self._pass(from_there, writer))],
                               return_when=asyncio.FIRST_COMPLETED)
        except OSError:
            pass  # the server is down
        finally:
            self._writers.discard(writer)
            for each in (writer, there):
                if each:
                    each.close()

    async def _pass(self, reader, writer):
        try:
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass

    def cut(self):
        for writer in self._writers:
            writer.transport.abort()


class SdkClient:
    def __init__(self, name, token, world, history, seed):
        self.name, self.token, self.world, self.history = name, token, world, history
        self.user = claims_of(token)["sub"]
        self.heard = {}  # room: the seq of the last event
        self._seed = seed
        self._relay = Relay(world)
        self._idle = asyncio.Event()
        self._changed = asyncio.Event()
        self._ending = False
        self._process = None
        self._rooms = set()

    async def live(self, rooms):
        """Until end()."""
        self._rooms = set(rooms)
        await self._relay.start()
        self.history.add(self.name, "user", user=self.user)
        told = {"url": f"ws://127.0.0.1:{self._relay.port}/ws", "name": self.name, "rooms": rooms,
                "seed": self._seed, "replyTimeoutMs": round(self.world.patience * 1000)}
        self._process = await asyncio.create_subprocess_exec(
            "node", str(HERE / "sdk_client.mjs"), json.dumps(told), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, limit=LINE_BYTES_MAX)
        complaints = asyncio.ensure_future(self._process.stderr.read())
        while line := await self._process.stdout.readline():
            said = json.loads(line)
            await getattr(self, "_" + said.pop("type"))(**said)
            self._changed.set()
        code = await self._process.wait()
        if code or not self._ending:
            self._complain(f"it ended with {code}: {(await complaints).decode()[-2000:]}")

    async def come(self):
        """Until it is in its rooms."""
        while not (self._rooms and self.heard.keys() >= self._rooms):
            self._changed.clear()
            await self._changed.wait()

    def cut(self):
        self._relay.cut()

    async def stop(self):
        """It says nothing more; until all that it said is answered."""
        self._do(stop=True)
        await self._idle.wait()

    async def reach(self, heads):
        """Until it has heard the last event of each of its rooms."""
        while any(self.heard[room] < heads[room] for room in self.heard):
            self._changed.clear()
            await self._changed.wait()

    async def end(self):
        self._ending = True
        if self._process and self._process.returncode is None:
            self._do(end=True)
        self.cut()

    def _do(self, **what):
        self._process.stdin.write(json.dumps(what).encode() + b"\n")

    def _complain(self, what):
        self.world.problems.append(f"INV10: {self.name}: {what}")

    # What it tells

    async def _token(self, reason):
        if reason != "connect":
            self.history.add(self.name, "token", code=reason)
            self.token, = await asyncio.to_thread(self.world.mint, "--user-id", self.user)
        self._do(token=self.token)

    async def _joined(self, room, after):
        self.heard[room] = after
        self.history.add(self.name, "enter", room=room, head=after, conn=0,
                         latest=self.world.latest_time(time.monotonic()))
        self.history.add(self.name, "start", room=room, after=after, why="join")

    async def _invoke(self, op, room, body, cid, replyTo=None):
        self.history.add(self.name, "invoke", op=op, method="publish", room=room, cid=cid, conn=0,
                         hash=hash_of(self.user, "message", replyTo, body))

    async def _ok(self, op, **reply):
        # It keeps the order of what it is given, whatever it has to repeat.
        self.history.add(self.name, "ok", op=op, retried=False, **reply)

    async def _event(self, item):
        room, seq = item["room"], item["seq"]
        self.heard[room] = seq
        self.history.add(self.name, "event", room=room, seq=seq, via="sdk", conn=0, ts=item["ts"],
                         hash=hash_of_event(item))

    async def _gap(self, item):
        self._complain(f"it was told of a gap that there is not: {item}")

    async def _reset(self, item):
        self._complain(f"it was told of a new life of a room: {item}")

    async def _failed(self, what):
        self._complain(what)

    async def _idle_now(self):
        self._idle.set()
