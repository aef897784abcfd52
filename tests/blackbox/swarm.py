"""Many connections in one thread: raw sockets on one epoll, each behaving as its test wants it.

Nothing moves but in Swarm.until(), which serves everybody until a condition holds.
"""
import base64
import json
import select
import socket
import struct
import time

from raw_ws import CLOSE, PING, PONG, TEXT, RawWs, frame
from support import DEADLINE_S, path_with

KEPT_CHARACTERS = 40  # of each message that was heard
_LINGER_RESET = struct.pack("ii", 1, 0)


class Peer:
    """A TCP connection that sends what it is told and keeps what arrives."""

    def __init__(self, swarm, first=b"", reading=True, receive_buffer=None):
        self.swarm = swarm
        self.input = bytearray()
        self.out = bytearray(first)
        self.reading = reading
        self.ended = False  # by the server, or by us
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.connected = self.socket.connect_ex(("127.0.0.1", swarm.port)) == 0
        self.swarm.add(self)

    def send(self, data):
        if not self.ended:
            self.out += data
            self.flush()

    def read_on(self, reading=True):
        self.reading = reading
        self.swarm.watch(self)

    def flush(self):
        try:
            while self.connected and self.out:
                del self.out[:self.socket.send(self.out[:262144])]
        except BlockingIOError:
            pass
        except OSError:
            # What the server said before it closed may still be there to be read.
            self.out.clear()
            if not self.reading:
                return self.end()
        self.swarm.watch(self)

    def serve(self, events):
        """What epoll reported: the connection is there, room to send, bytes, or the end."""
        if events & select.EPOLLOUT:
            self.connected = True
            self.flush()
        if not self.ended and events & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
            self.receive()

    def receive(self):
        try:
            data = self.socket.recv(262144)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self.take(data)
        else:
            self.end()

    def take(self, data):
        self.input += data

    def end(self, reset=False):
        if self.ended:
            return
        self.ended = True
        self.swarm.remove(self)
        if reset:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET)
        self.socket.close()

    @property
    def status(self):
        """The status of the first HTTP answer, None while there is none."""
        return int(self.input[9:12]) if len(self.input) >= 12 else None


class WsPeer(Peer):
    """A WebSocket in a room; answers pings unless told otherwise."""

    def __init__(self, swarm, token, room, polite=True, extension=None, glued=b"", **options):
        key = base64.b64encode(b"0123456789abcdef")
        fields = {"Sec_WebSocket_Extensions": extension} if extension else {}
        opening = RawWs.handshake(path_with("/ws", token=token, room=room), key, **fields)
        self.polite = polite
        self.answer = None  # the header of the HTTP answer, once it is there
        self.heard = []     # the beginnings of the messages
        self.notices = 0
        self.pongs = []
        self.close_code = None
        super().__init__(swarm, opening + glued, **options)

    @property
    def open(self):
        return self.answer is not None and self.status == 101 and not self.ended

    @property
    def status(self):
        return int(self.answer[9:12]) if self.answer else None

    def say(self, text):
        self.send(frame(TEXT, text))

    def take(self, data):
        self.input += data
        if self.answer is None:
            end = self.input.find(b"\r\n\r\n")
            if end < 0:
                return
            self.answer = bytes(self.input[:end])
            del self.input[:end + 4]
        if self.status == 101:
            self.take_frames()

    def take_frames(self):
        at = 0
        while True:
            head = self.frame_at(at)
            if head is None:
                break
            start, end = head
            self.on_frame(self.input[at], bytes(self.input[start:end]))
            at = end
        del self.input[:at]

    def frame_at(self, at):
        """Begin and end of the payload of the frame at this place; None: it is not all here."""
        waiting = len(self.input) - at
        if waiting < 2:
            return None
        length, start = self.input[at + 1], at + 2
        assert length < 128, "a server must not mask"
        if length == 126 and waiting >= 4:
            length, start = struct.unpack_from("!H", self.input, at + 2)[0], at + 4
        elif length == 127 and waiting >= 10:
            length, start = struct.unpack_from("!Q", self.input, at + 2)[0], at + 10
        elif length > 125:
            return None
        return (start, start + length) if len(self.input) >= start + length else None

    def on_frame(self, first, payload):
        assert self.close_code is None, f"a frame after the Close: {payload[:80]!r}"
        assert first & 0xF0 == 0x80, "neither fragments nor reserved bits were asked for"
        opcode = first & 0x0F
        if opcode == TEXT and payload.startswith(b"system:"):
            self.notices += 1
        elif opcode == TEXT:
            self.heard.append(json.loads(payload)["message"][:KEPT_CHARACTERS])
        elif opcode == PONG:
            self.pongs.append(payload)
        elif opcode == CLOSE:
            self.close_code = struct.unpack_from("!H", payload)[0] if payload else 1005
            self.send(frame(CLOSE, payload[:2]))
        elif opcode == PING and self.polite:
            self.send(frame(PONG, payload))


class Swarm:
    def __init__(self, server):
        self.port = server.port
        self.peers = {}
        self._epoll = select.epoll()
        self._interest = {}

    def add(self, peer):
        descriptor = peer.socket.fileno()
        self.peers[descriptor] = peer
        self._interest[descriptor] = 0
        self._epoll.register(descriptor, 0)
        peer.flush()

    def remove(self, peer):
        descriptor = peer.socket.fileno()
        self._epoll.unregister(descriptor)
        del self.peers[descriptor], self._interest[descriptor]

    def watch(self, peer):
        if peer.ended:
            return
        wanted = select.EPOLLIN if peer.reading else 0
        if peer.out or not peer.connected:
            wanted |= select.EPOLLOUT
        descriptor = peer.socket.fileno()
        if self._interest[descriptor] != wanted:
            self._interest[descriptor] = wanted
            self._epoll.modify(descriptor, wanted)

    def serve(self, seconds=0.02):
        for descriptor, events in self._epoll.poll(seconds, 1024):
            if descriptor in self.peers:
                self.peers[descriptor].serve(events)

    def until(self, condition, what, seconds=None):
        """Serves everybody until the condition holds, and returns its value."""
        end = time.monotonic() + (seconds or DEADLINE_S)
        while not (value := condition()):
            assert time.monotonic() < end, f"waited in vain for: {what}"
            self.serve()
        return value

    def close(self):
        for peer in list(self.peers.values()):
            peer.end(reset=True)
        self._epoll.close()


class Pair:
    """Two bystanders in a room of their own, who must hear all that either of them says, once."""

    def __init__(self, swarm, tokens, room):
        self.swarm = swarm
        self.said = []
        self.peers = [WsPeer(swarm, token, room) for token in tokens]
        # The answer 101 comes a moment before the room knows, the notice of having joined after it.
        swarm.until(lambda: all(peer.notices for peer in self.peers), "the bystanders are in")
        self.talk(1)

    def talk(self, count=5):
        for _ in range(count):
            self.said.append(f"line {len(self.said)}")
            self.peers[len(self.said) % 2].say(self.said[-1])
            self.swarm.until(self.has_heard, "the bystanders hear each other")
        assert all(peer.open for peer in self.peers)

    def has_heard(self):
        for peer in self.peers:
            assert peer.heard == self.said[:len(peer.heard)], "not what was said"
        return all(len(peer.heard) == len(self.said) for peer in self.peers)
