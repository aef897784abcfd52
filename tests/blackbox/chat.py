"""A chat client for tests that read like a conversation.

The WebSocket is python3-websockets', on an event loop in a thread of its own; the tests themselves
stay free of async.
"""
import asyncio
import json
import threading

import websockets

from support import DEADLINE_S

_loop = None
_guard = threading.Lock()


def run(coroutine, seconds=None):
    """Runs a coroutine on the background loop and returns its result."""
    global _loop
    with _guard:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, daemon=True).start()
    limit = seconds or DEADLINE_S
    future = asyncio.run_coroutine_threadsafe(asyncio.wait_for(coroutine, limit), _loop)
    return future.result(limit + 5)


def refusal_of(server, token=None, room=None, headers=None):
    """The HTTP status with which the server refuses to open this WebSocket."""
    async def attempt():
        try:
            socket = await websockets.connect(server.ws_url(token, room), extra_headers=headers)
        except websockets.InvalidStatusCode as refused:
            return refused.status_code
        await socket.close()
        return 101
    return run(attempt())


class Chat:
    """One WebSocket in one room."""

    def __init__(self, server, token, room=None, in_header=False, **options):
        options = {"ping_interval": None, "max_size": None, "max_queue": None,
                   "open_timeout": DEADLINE_S, "close_timeout": DEADLINE_S, **options}
        url = server.ws_url(None if in_header else token, room)
        if in_header:
            options["extra_headers"] = {"Authorization": f"Bearer {token}"}

        async def connect():
            return await websockets.connect(url, **options)
        self.socket = run(connect())

    def send(self, text):
        run(self.socket.send(text))

    def receive(self, seconds=None):
        """The next frame, as it came."""
        return run(self.socket.recv(), seconds)

    def message(self):
        """The next frame, which must be somebody's message."""
        frame = self.receive()
        assert not frame.startswith("system:"), f"a notice instead of a message: {frame}"
        return json.loads(frame)

    def hears(self, body):
        """The next frame must be this message."""
        message = self.message()
        assert message["message"] == body
        return message

    def notice(self):
        """The text of the next frame, which must be a notice."""
        frame = self.receive()
        assert frame.startswith("system:"), f"a message instead of a notice: {frame}"
        return json.loads(frame[len("system:"):])["message"]

    def joined(self, name):
        assert self.notice() == f"{name} has joined the chat."
        return self

    def left(self, name):
        assert self.notice() == f"{name} has left the chat."
        return self

    def close(self, code=1000):
        run(self.socket.close(code))

    def closed(self, seconds=None):
        """Waits for the end; the server's close code, 1006 for none."""
        run(self.socket.wait_closed(), seconds)
        return self.socket.close_code

    def stays_open(self, seconds):
        """True when the connection is still there after this time."""
        try:
            run(self.socket.wait_closed(), seconds)
        except (asyncio.TimeoutError, TimeoutError):
            return True
        return False

    def cut(self):
        """Ends the TCP connection with a reset, without a word."""
        async def abort():
            self.socket.transport.abort()
        run(abort())
