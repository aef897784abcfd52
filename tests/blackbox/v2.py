"""A client of protocol v2 for tests, on python3-websockets: commands, and pushes as they come."""
import json
import uuid

import websockets

from chat import run
from support import DEADLINE_S


USER_NOTICES = {"added", "read"}


def is_presence(frame):
    """Whether it is the push: who came and who went. The reply has the same name."""
    return "presence" in frame and "id" not in frame


class V2:
    """One WebSocket that speaks confab.v2. What is no reply waits in `pushes`, in its order; what
    all connections of a user are told, in `notices`, who came and went in `presences`."""

    def __init__(self, server, token=None, rooms=None, connect=True, headers=None, **options):
        options = {"ping_interval": None, "max_size": None, "max_queue": None,
                   "open_timeout": DEADLINE_S, "close_timeout": DEADLINE_S, **options}

        async def open_socket():
            return await websockets.connect(f"ws://127.0.0.1:{server.port}/ws",
                                            subprotocols=["confab.v2"], extra_headers=headers,
                                            **options)
        self.socket = run(open_socket())
        self.token = token
        self.pushes = []
        self.notices = []
        self.presences = []
        self._replies = {}
        self._next_id = 1
        self.hello = self.connect(token, rooms) if connect else None

    def connect(self, token=None, rooms=None, **more):
        arguments = dict(more)
        if token is not None:
            arguments["token"] = token
        if rooms is not None:
            arguments["rooms"] = rooms if isinstance(rooms, dict) else {r: None for r in rooms}
        return self.call("connect", **arguments)

    def send_text(self, text):
        run(self.socket.send(text))

    def begin(self, method, **arguments):
        """Sends the command; the id of its reply."""
        number = self._next_id
        self._next_id += 1
        self.send_text(json.dumps({"id": number, method: arguments}))
        return number

    def receive(self, seconds=None):
        """The next frame that is no notice and no presence."""
        while True:
            frame = json.loads(run(self.socket.recv(), seconds))
            if is_presence(frame):
                self.presences.append(frame["presence"])
            elif USER_NOTICES.intersection(frame):
                self.notices.append(frame)
            else:
                return frame

    def _next_of(self, kept):
        """The first in that list, when one has come; pushes before it are passed over."""
        while not kept:
            frame = json.loads(run(self.socket.recv(), None))
            assert "id" not in frame, f"a reply instead of a push: {frame}"
            if is_presence(frame):
                self.presences.append(frame["presence"])
            elif USER_NOTICES.intersection(frame):
                self.notices.append(frame)
        return kept.pop(0)

    def notice(self):
        """The next notice; pushes before it are passed over."""
        return self._next_of(self.notices)

    def presence_delta(self):
        """The same for the next push of who came and went."""
        return self._next_of(self.presences)

    def reply(self, number):
        """The whole frame that answers the command."""
        while number not in self._replies:
            frame = self.receive()
            if "id" in frame:
                self._replies[frame["id"]] = frame
            else:
                self.pushes.append(frame)
        return self._replies.pop(number)

    def call(self, method, **arguments):
        """What the reply says; an error is one of the test's."""
        frame = self.reply(self.begin(method, **arguments))
        assert method in frame, frame
        return frame[method]

    def error(self, method, **arguments):
        """The error that answers the command."""
        frame = self.reply(self.begin(method, **arguments))
        assert "error" in frame, frame
        return frame["error"]

    def publish(self, room, body, cid=None, **more):
        return self.call("publish", room=room, body=body, cid=cid or new_cid(), **more)

    def push(self):
        """The next push."""
        if self.pushes:
            return self.pushes.pop(0)
        frame = self.receive()
        assert "id" not in frame, f"a reply instead of a push: {frame}"
        return frame

    def event(self):
        frame = self.push()
        assert list(frame) == ["event"], frame
        return frame["event"]

    def caught_up(self):
        frame = self.push()
        assert list(frame) == ["caught_up"], frame
        return frame["caught_up"]

    def close(self):
        run(self.socket.close())

    def closed(self, seconds=None):
        """Waits for the end; the server's close code."""
        run(self.socket.wait_closed(), seconds)
        return self.socket.close_code


def new_cid():
    return str(uuid.uuid4())
