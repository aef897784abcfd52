"""HTTP and bytes over a plain TCP connection, for everything a proper client would not send."""
import select
import socket
from dataclasses import dataclass

from support import DEADLINE_S


@dataclass
class RawResponse:
    status: int
    version: str
    fields: list
    body: bytes

    def header(self, name):
        """The value of a field; a field that comes twice is a fault."""
        values = [value for key, value in self.fields if key.lower() == name.lower()]
        assert len(values) <= 1, f"{name} twice: {values}"
        return values[0] if values else None


class RawConnection:
    def __init__(self, server, receive_buffer=None, source=None):
        """`source`: another address of this machine to come from, such as 127.0.0.2."""
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if source is not None:
            self.socket.bind((source, 0))
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(DEADLINE_S)
        self.socket.connect(("127.0.0.1", server.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data.encode("latin-1") if isinstance(data, str) else data)

    def send_if_open(self, data):
        """Sends to a peer that may have closed meanwhile."""
        try:
            self.send(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def send_bytewise(self, data):
        for i in range(len(data)):
            self.send(data[i:i + 1])

    def _fill(self):
        data = self.socket.recv(65536)
        self._buffer += data
        return bool(data)

    def readable(self, seconds):
        """Whether something, or the end, arrives within this time."""
        return bool(self._buffer) or bool(select.select([self.socket], [], [], seconds)[0])

    def read_exactly(self, count):
        while len(self._buffer) < count:
            if not self._fill():
                raise EOFError(f"the server closed after {self._buffer!r}")
        data, self._buffer = self._buffer[:count], self._buffer[count:]
        return data

    def read_until(self, mark):
        while mark not in self._buffer:
            if not self._fill():
                raise EOFError(f"the server closed after {self._buffer!r}")
        return self.read_exactly(self._buffer.index(mark) + len(mark))

    def read_response(self, to_head=False):
        """One response. `to_head`: the answer to HEAD, which has no body."""
        lines = self.read_until(b"\r\n\r\n").decode("latin-1").split("\r\n")[:-2]
        version, status, _ = lines[0].split(" ", 2)
        assert version in ("HTTP/1.1", "HTTP/1.0")
        fields = []
        for line in lines[1:]:
            name, value = line.split(":", 1)
            assert name == name.strip() and name
            fields.append((name, value.strip()))
        response = RawResponse(int(status), version, fields, b"")
        length = response.header("Content-Length")
        bodiless = to_head or response.status // 100 == 1 or response.status in (204, 304)
        if not bodiless:
            assert length is not None, f"no Content-Length: {lines}"
            response.body = self.read_exactly(int(length))
        return response

    def ended(self):
        """Reads to the end of the connection; what came before it."""
        rest = self._buffer
        self._buffer = b""
        try:
            while data := self.socket.recv(65536):
                rest += data
        except ConnectionResetError:
            pass
        return rest

    def expect_end(self):
        rest = self.ended()
        assert rest == b"", f"more came: {rest[:200]!r}"


def exchange(server, data):
    """Sends the bytes on a fresh connection and reads one response; the connection, too."""
    connection = RawConnection(server)
    connection.send_if_open(data)
    return connection.read_response(), connection


def get(path="/health", **fields):
    """A plain GET request as bytes."""
    return request("GET", path, **fields)


def request(method, path, body=b"", **fields):
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    if body:
        fields.setdefault("Content_Length", str(len(body)))
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body
