"""Listeners beside the main one: the settings file that asks for them, and ways to connect.

A Listener has what the clients of the other modules want of a server (ws_url, call), whatever it is
that lies below: TCP over IPv4 or IPv6, a Unix socket, TLS, a PROXY header in front.
"""
import ipaddress
import json
import re
import socket
import struct
from urllib.parse import urlencode, urlsplit

from chat import Chat
from raw_http import RawConnection
from support import DEADLINE_S, Answer, eventually

PROXY_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
LOCAL, PROXY = 0x20, 0x21


def proxy_header(source, port=50000, command=PROXY, vectors=b""):
    """A header of the PROXY protocol, version 2, for a client at this address."""
    address = ipaddress.ip_address(source)
    target = ipaddress.ip_address("127.0.0.1" if address.version == 4 else "::1")
    block = address.packed + target.packed + struct.pack("!HH", port, 443) + vectors
    family = 0x11 if address.version == 4 else 0x21
    return PROXY_SIGNATURE + bytes([command, family]) + struct.pack("!H", len(block)) + block


def settings_file(path, listeners, **sections):
    """Writes a settings file: listeners {name: {key: value}}, further sections {name: {...}}."""
    lines = []
    tables = dict(sections)
    tables.update({f"listeners.{name}": keys for name, keys in listeners.items()})
    for table, keys in tables.items():
        lines.append(f"[{table}]")
        lines += [f"{key} = {_toml(value)}" for key, value in keys.items()]
    path.write_text("\n".join(lines) + "\n")
    return path


def _toml(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else json.dumps(str(value))


def tls_listener(pair, address="127.0.0.1:0", **more):
    return {"address": address, "tls": True, "certificate_file": pair.certificate_file,
            "key_file": pair.key_file, **more}


class SocketConnection(RawConnection):
    """HTTP over a socket that is already connected."""

    def __init__(self, connected):  # noqa: the connecting constructor is not wanted
        self.socket = connected
        self._buffer = b""


class Listener:
    def __init__(self, server, name):
        self.server = server
        self.name = name
        self.url = server.wait_for_output(
            rf"listener {re.escape(name)} is ready at (\S+)").group(1)
        self.path = self.url[len("unix:"):] if self.url.startswith("unix:") else None
        parts = urlsplit(self.url)
        self.host = parts.hostname if self.path is None else None
        self.port = parts.port if self.path is None else None
        self.tls = None   # an ssl.SSLContext
        self.header = b""  # sent in front of everything, for instance a PROXY header

    def speaking(self, tls=None, header=b""):
        """The same listener, for a client with these habits."""
        other = object.__new__(Listener)
        other.__dict__.update(self.__dict__, tls=tls or self.tls, header=header)
        return other

    def plain_socket(self):
        """Connected, with the header sent, and no TLS on it yet."""
        if self.path is not None:
            connected = socket.socket(socket.AF_UNIX)
            connected.settimeout(DEADLINE_S)
            connected.connect(self.path)
        else:
            connected = socket.create_connection((self.host, self.port), timeout=DEADLINE_S)
        connected.sendall(self.header)
        return connected

    def socket(self):
        connected = self.plain_socket()
        if self.tls is None:
            return connected
        return self.tls.wrap_socket(connected, server_hostname="localhost",
                                    suppress_ragged_eofs=False)

    def raw(self):
        return SocketConnection(self.socket())

    def call(self, method, path, body=None, headers=None):
        """One request on a connection of its own; a dict as body goes as JSON."""
        fields = {"Host": "localhost", "Connection": "close", **(headers or {})}
        content = b""
        if body is not None:
            content = json.dumps(body).encode()
            fields.update({"Content-Type": "application/json", "Content-Length": len(content)})
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        with self.raw() as connection:
            connection.send(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + content)
            response = connection.read_response()
            fields = {name: value for name, value in response.fields}
            return Answer(response.status, fields, response.body)

    def ws_url(self, token=None, room=None, host=None):
        query = {k: v for k, v in (("token", token), ("room", room)) if v is not None}
        if self.path is not None:
            base = "ws://localhost"
        else:
            scheme = "wss" if self.url.startswith("https:") else "ws"
            base = f"{scheme}://{host or 'localhost'}:{self.port}"
        return f"{base}/ws" + ("?" + urlencode(query) if query else "")

    def chat(self, who, room=None, **options):
        """A chat client on this listener; the caller closes it."""
        options["sock"] = self.plain_socket()
        options["sock"].setblocking(False)
        if self.tls is not None:
            options.update(ssl=self.tls, server_hostname="localhost")
        return Chat(self, getattr(who, "token", who), room, **options)


def find_listeners(server, *names):
    """The listeners of a server by their names, once all are ready. The port of the main one, which
    has no name of ours, becomes server.port."""
    found = {name: Listener(server, name) for name in names}

    def main_port():
        for line in server.output.splitlines():
            match = re.search(r"http://127\.0\.0\.1:(\d+)", line)
            if match and not any(f"listener {name} is ready" in line for name in names):
                return int(match.group(1))
        return None
    server.port = eventually(main_port, "the main listener's line")
    return found
