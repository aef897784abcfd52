"""The client side of RFC 6455 and RFC 7692 on a plain socket: sends what it is told, right or
wrong, and is strict about every byte that the echo server sends."""
import base64
import hashlib
import os
import socket
import struct
import zlib

from support import DEADLINE_S

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
NAMES = {TEXT: "text", BINARY: "binary", CLOSE: "close", PING: "ping", PONG: "pong"}
RSV1, RSV2, RSV3 = 4, 2, 1
TAIL = b"\x00\x00\xff\xff"
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def as_bytes(payload):
    return payload.encode("utf-8", "surrogatepass") if isinstance(payload, str) else payload


def masked(payload, mask):
    """RFC 6455 section 5.3; numbers instead of a loop, for payloads of megabytes."""
    key = (mask * (len(payload) // 4 + 1))[:len(payload)]
    mixed = int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")
    return mixed.to_bytes(len(payload), "big")


def head(opcode, length, fin=True, rsv=0, mask=b"\x37\xfa\x21\x3d", form=None):
    """A frame header. `form` 126 or 127 is a longer length form than needed; mask None: none."""
    form = form or (length if length < 126 else 126 if length < 65536 else 127)
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    start = bytes([first, (0 if mask is None else 0x80) | form])
    if form == 126:
        start += struct.pack("!H", length)
    elif form == 127:
        start += struct.pack("!Q", length)
    return start + (mask or b"")


def frame(opcode, payload=b"", fin=True, rsv=0, mask=None, form=None, bare=False):
    """A whole client frame; `bare`: without a mask, which no client may send."""
    payload = as_bytes(payload)
    if bare:
        return head(opcode, len(payload), fin, rsv, None, form) + payload
    mask = mask or os.urandom(4)
    return head(opcode, len(payload), fin, rsv, mask, form) + masked(payload, mask)


def text(payload, **options):
    return frame(TEXT, payload, **options)


def binary(payload, **options):
    return frame(BINARY, payload, **options)


def more(payload=b"", fin=False, **options):
    """A continuation; the last one of a message has fin=True."""
    return frame(CONTINUATION, payload, fin=fin, **options)


def ping(payload=b"", **options):
    return frame(PING, payload, **options)


def pong(payload=b"", **options):
    return frame(PONG, payload, **options)


def close(code=None, reason=b"", **options):
    payload = b"" if code is None else struct.pack("!H", code) + as_bytes(reason)
    return frame(CLOSE, payload, **options)


def fragments(opcode, payload, size, rsv=0):
    """The message in frames of `size` bytes, as one string of bytes."""
    payload = as_bytes(payload)
    starts = range(0, len(payload), size) or [0]
    return b"".join(
        frame(CONTINUATION if at else opcode, payload[at:at + size], fin=at + size >= len(payload),
              rsv=0 if at else rsv) for at in starts)


def deflate(payload, level=6, bits=15, strategy=zlib.Z_DEFAULT_STRATEGY, memory=8):
    """RFC 7692 section 7.2.1, without context takeover."""
    compressor = zlib.compressobj(level, zlib.DEFLATED, -bits, memory, strategy)
    data = compressor.compress(as_bytes(payload)) + compressor.flush(zlib.Z_SYNC_FLUSH)
    assert data.endswith(TAIL)
    return data[:-len(TAIL)]


def inflate(data, bits):
    """RFC 7692 section 7.2.2, as a client does it whose window has 2^bits bytes."""
    decompressor = zlib.decompressobj(-bits)
    # In small steps: only then the window is all that distances can lead to.
    step = 0 if bits == 15 else 64
    stream = data + TAIL
    payload = bytearray()
    while stream:
        payload += decompressor.decompress(stream, step)
        stream = decompressor.unconsumed_tail
    payload += decompressor.flush()
    assert not decompressor.unused_data and not decompressor.eof
    return bytes(payload)


class Ws:
    """An open WebSocket to the echo server. `offer`: Sec-WebSocket-Extensions of the request."""

    def __init__(self, server, offer=None, glued=b"", handshake=True):
        self.socket = socket.create_connection(("127.0.0.1", server.port), DEADLINE_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray()
        self.window_bits = None  # of what the server compresses; None: nothing was agreed on
        if handshake:
            self.shake_hands(offer, glued)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def request(self, offer=None, glued=b""):
        """Sends an upgrade request; the answer: (status, fields with names in lower case)."""
        key = base64.b64encode(os.urandom(16))
        lines = ["GET / HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade",
                 "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key.decode()}"]
        offers = [offer] if isinstance(offer, (str, type(None))) else offer
        lines += [f"Sec-WebSocket-Extensions: {each}" for each in offers if each is not None]
        self.send("\r\n".join([*lines, "", ""]).encode("latin-1") + glued)
        while b"\r\n\r\n" not in self._buffer:
            assert self._fill(), "closed in the handshake"
        answer = self._take(self._buffer.index(b"\r\n\r\n") + 4).decode("latin-1")
        first, *rest = answer.split("\r\n")[:-2]
        fields = [line.split(": ", 1) for line in rest]
        names = [name.lower() for name, _ in fields]
        assert len(names) == len(set(names)), f"a field twice: {names}"
        status = int(first.split(" ")[1])
        if status == 101:
            accept = base64.b64encode(hashlib.sha1(key + _GUID).digest()).decode()
            assert dict(fields)["Sec-WebSocket-Accept"] == accept
        return status, {name.lower(): value for name, value in fields}

    def shake_hands(self, offer, glued=b""):
        status, fields = self.request(offer, glued)
        assert status == 101, status
        self.agreed = fields.get("sec-websocket-extensions")
        if self.agreed is not None:
            name, *parameters = [part.strip() for part in self.agreed.split(";")]
            assert name == "permessage-deflate"
            assert "server_no_context_takeover" in parameters
            assert "client_no_context_takeover" in parameters
            bits = [part.split("=")[1] for part in parameters
                    if part.startswith("server_max_window_bits=")]
            self.window_bits = int(bits[0]) if bits else 15

    def send(self, data, chop=0):
        """All of it, or as much as the server takes before it closes."""
        try:
            for at in range(0, len(data), chop or len(data) or 1):
                self.socket.sendall(data[at:at + chop] if chop else data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def _fill(self):
        data = self.socket.recv(1 << 18)
        self._buffer += data
        return bool(data)

    def _take(self, count):
        while len(self._buffer) < count:
            if not self._fill():
                raise EOFError(f"the server ended after {bytes(self._buffer[:200])!r}")
        data = bytes(memoryview(self._buffer)[:count])
        del self._buffer[:count]
        return data

    def read_frame(self):
        """(opcode, payload, compressed) of the next frame, by all rules for a server."""
        first, second = self._take(2)
        opcode, rsv = first & 0x0F, first >> 4 & 7
        assert opcode in NAMES, f"opcode {opcode}"
        assert first & 0x80, "the server does not fragment"
        assert second & 0x80 == 0, "a server must not mask"
        length = second
        if second == 126:
            length, = struct.unpack("!H", self._take(2))
            assert length > 125, "not the shortest form"
        elif second == 127:
            length, = struct.unpack("!Q", self._take(8))
            assert length > 65535, "not the shortest form"
        assert opcode < 8 or length <= 125
        compressed = rsv == RSV1 and opcode in (TEXT, BINARY) and self.window_bits is not None
        assert rsv == 0 or compressed, f"reserved bits {rsv}"
        return opcode, self._take(length), compressed

    def read_event(self):
        """The next thing as a pair that can be compared: its kind, and its payload or code."""
        opcode, payload, compressed = self.read_frame()
        if compressed:
            payload = inflate(payload, self.window_bits)
        if opcode == CLOSE:
            assert len(payload) != 1
            payload[2:].decode("utf-8")
            return "close", struct.unpack("!H", payload[:2])[0] if payload else None
        if opcode == TEXT:
            payload.decode("utf-8")
        return NAMES[opcode], payload

    def answer_close(self, code):
        """Completes the close handshake that the server began; the TCP connection must end."""
        self.send(close(code))
        self.expect_end()

    def expect_end(self):
        rest = bytes(self._buffer)
        try:
            while data := self.socket.recv(65536):
                rest += data
        except ConnectionResetError:
            pass
        assert rest == b"", f"more came: {rest[:200]!r}"

    def close_cleanly(self):
        """The close handshake from this side: nothing else may be on its way."""
        self.send(close(1000))
        event = self.read_event()
        assert event == ("close", 1000), event
        self.expect_end()
