"""A WebSocket client that may break the rules of RFC 6455 and checks that the server does not."""
import base64
import hashlib
import os
import socket
import struct

from raw_http import RawConnection
from support import path_with

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def frame(opcode, payload=b"", fin=True, rsv=0, masked=True, length_form=None):
    """An encoded client frame. length_form 126 or 127 forces a longer form than needed."""
    if isinstance(payload, str):
        payload = payload.encode("utf-8", "surrogatepass")
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    length = len(payload)
    form = length_form or (length if length < 126 else 126 if length < 65536 else 127)
    head = bytes([first, (0x80 if masked else 0) | form])
    if form == 126:
        head += struct.pack("!H", length)
    elif form == 127:
        head += struct.pack("!Q", length)
    if not masked:
        return head + payload
    mask = os.urandom(4)
    key = (mask * (length // 4 + 1))[:length]
    mixed = int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")
    return head + mask + mixed.to_bytes(length, "big")


def close_payload(code, reason=b""):
    return struct.pack("!H", code) + reason


class RawWs(RawConnection):
    """Sends what it is told, byte for byte. Reading is strict about what the server sends."""

    def __init__(self, server, token, room=None, glued=b"", receive_buffer=None):
        super().__init__(server, receive_buffer=receive_buffer)
        key = base64.b64encode(os.urandom(16))
        query = {"token": token} | ({"room": room} if room else {})
        self.send(self.handshake(path_with("/ws", **query), key) + glued)
        response = self.read_response()
        assert response.status == 101, f"{response.status} {response.body!r}"
        accept = base64.b64encode(hashlib.sha1(key + _GUID).digest()).decode()
        assert response.header("Sec-WebSocket-Accept") == accept
        assert response.header("Sec-WebSocket-Extensions") is None
        assert response.header("Sec-WebSocket-Protocol") is None

    @staticmethod
    def handshake(path, key=b"AQIDBAUGBwgJCgsMDQ4PEA==", **changes):
        """The opening request; a change replaces a header field, None leaves it out."""
        fields = {"Host": "localhost", "Upgrade": "websocket", "Connection": "Upgrade",
                  "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key.decode()}
        fields.update({name.replace("_", "-"): value for name, value in changes.items()})
        lines = [f"{name}: {value}" for name, value in fields.items() if value is not None]
        return "\r\n".join([f"GET {path} HTTP/1.1", *lines, "", ""]).encode()

    def send_frame(self, opcode, payload=b"", **options):
        self.send(frame(opcode, payload, **options))

    def text(self, body):
        self.send_frame(TEXT, body)

    def read_frame(self):
        """(opcode, payload) of the next frame."""
        first, second = self.read_exactly(2)
        assert first & 0x70 == 0, "reserved bits set by the server"
        assert first & 0x80, "the server does not fragment"
        assert second & 0x80 == 0, "a server must not mask"
        length = second
        if length == 126:
            length, = struct.unpack("!H", self.read_exactly(2))
            assert length > 125, "not the shortest form"
        elif length == 127:
            length, = struct.unpack("!Q", self.read_exactly(8))
            assert length > 65535, "not the shortest form"
        opcode = first & 0x0F
        assert opcode < 8 or length <= 125
        return opcode, self.read_exactly(length)

    def read_text(self):
        opcode, payload = self.read_frame()
        assert opcode == TEXT, f"opcode {opcode}: {payload!r}"
        return payload.decode("utf-8")

    def skip_to(self, opcode):
        """The payload of the next frame of that kind; others are thrown away."""
        while True:
            kind, payload = self.read_frame()
            if kind == opcode:
                return payload
            assert kind != CLOSE, f"closed: {payload!r}"

    def close_code(self, answer=True):
        """Reads on to the Close frame and answers it; its code (None: empty). Nothing follows."""
        while True:
            opcode, payload = self.read_frame()
            if opcode == CLOSE:
                break
        assert len(payload) != 1
        payload[2:].decode("utf-8")
        if answer:
            self.send_if_open(frame(CLOSE, payload[:2]))
        self.expect_end()
        return struct.unpack("!H", payload[:2])[0] if payload else None

    def reset(self):
        """Ends with RST instead of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()
