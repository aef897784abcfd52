"""RFC 7692 section 7.1 at work: messages of all sizes and kinds under every set of parameters."""
import functools
import random

import pytest

from case import says
from wire import BINARY, TEXT, Ws, deflate, fragments, frame

SIZES = [16, 64, 256, 257, 512, 513, 1024, 4096, 8192, 16384, 16385, 32768, 65536, 131072]
FRAGMENTED = [(131072, 256), (131072, 1024), (131072, 4096), (131072, 32768), (4096, 100)]
WORDS = "the a room of and message fan-out in hello to server is ümläut € 中文 it".split()


@functools.lru_cache(maxsize=None)
def payload_of(kind, size):
    """The same for every run; text where the kind is text."""
    chance = random.Random(size)
    if kind == "noise":
        return chance.randbytes(size)
    if kind == "zeros":
        return bytes(size)
    if kind == "far repeats":  # the longest distances that the size allows
        start = chance.randbytes(min(size // 4, 200))
        return start + b"-" * (size - 2 * len(start)) + start
    parts, length = [], 0
    while length < size:
        part = chance.choice(WORDS) + " " if kind == "prose" else (
            '{"id":%d,"user":"u%d","text":"%s"}\n' % (len(parts), chance.randrange(50),
                                                      chance.choice(WORDS)))
        parts.append(part)
        length += len(part.encode())
    data = "".join(parts).encode()[:size].decode("utf-8", "ignore").encode()
    return data + b"." * (size - len(data))


KINDS = {"prose": TEXT, "JSON": TEXT, "noise": BINARY, "zeros": BINARY, "far repeats": BINARY}
NAMES = {TEXT: "text", BINARY: "binary"}


def exchange(ws, kind, size, bits=15, fragment=None):
    """One message there and back. What the server compresses fits the window that was agreed on:
    inflating it fails otherwise."""
    payload = payload_of(kind, size)
    data = deflate(payload, bits=bits)
    ws.send(frame(KINDS[kind], data, rsv=4) if fragment is None else
            fragments(KINDS[kind], data, fragment, rsv=4))
    event = ws.read_event()
    assert (event[0], len(event[1])) == (NAMES[KINDS[kind]], size)
    assert event == says(NAMES[KINDS[kind]], payload)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", SIZES)
def test_7_2_messages_of_every_size_and_kind(deflate_server, kind, size):
    with Ws(deflate_server, "permessage-deflate; client_max_window_bits") as ws:
        for _ in range(5):  # a window that was kept would show in the second
            exchange(ws, kind, size)
        ws.close_cleanly()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size, fragment", FRAGMENTED)
def test_6_1_compressed_messages_in_fragments(deflate_server, kind, size, fragment):
    with Ws(deflate_server, "permessage-deflate; client_max_window_bits") as ws:
        for _ in range(3):
            exchange(ws, kind, size, fragment=fragment)
        ws.close_cleanly()


PARAMETERS = ["", "server_no_context_takeover", "client_no_context_takeover",
              "server_no_context_takeover; client_no_context_takeover",
              *(f"server_max_window_bits={bits}" for bits in range(8, 16)),
              "client_max_window_bits",
              *(f"client_max_window_bits={bits}" for bits in range(8, 16)),
              *(f"server_max_window_bits={bits}; client_max_window_bits={bits}"
                for bits in range(8, 16)),
              "server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; "
              "client_max_window_bits=9"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("parameters", PARAMETERS, ids=lambda text: text or "none")
def test_7_1_every_parameter_with_every_kind(deflate_server, parameters, kind):
    offer = "permessage-deflate" + (f"; {parameters}" if parameters else "")
    with Ws(deflate_server, offer) as ws:
        for size in SIZES:
            exchange(ws, kind, size)
            exchange(ws, kind, size, bits=9)  # a client may use less than it could
        ws.close_cleanly()


# 7.1.2.1: a window shorter than a message could be too short for what refers to its beginning.
@pytest.mark.parametrize("bits", range(8, 16))
def test_7_1_2_1_what_may_not_fit_the_window_is_not_compressed(deflate_server, bits):
    with Ws(deflate_server, f"permessage-deflate; server_max_window_bits={bits}") as ws:
        for size, expected in ((1 << bits, True), ((1 << bits) + 1, bits == 15)):
            ws.send(frame(BINARY, bytes(size)))
            opcode, _, compressed = ws.read_frame()
            assert (opcode, compressed) == (BINARY, expected), size
        ws.close_cleanly()


def test_connections_do_not_share_anything(deflate_server):
    offers = ["permessage-deflate", "permessage-deflate; server_max_window_bits=9", None,
              "permessage-deflate; client_max_window_bits"]
    opened = [Ws(deflate_server, offer) for offer in offers]
    for size in (300, 3000, 30_000):
        for ws, kind in zip(opened, ("prose", "JSON", "noise", "zeros")):
            payload = payload_of(kind, size)
            plain = ws.window_bits is None
            data = payload if plain else deflate(payload)
            ws.send(frame(KINDS[kind], data[:10], fin=False, rsv=0 if plain else 4))
            ws.rest = data[10:]
        for ws, kind in zip(opened, ("prose", "JSON", "noise", "zeros")):
            ws.send(frame(0, ws.rest))
            assert ws.read_event() == says(NAMES[KINDS[kind]], payload_of(kind, size))
    for ws in opened:
        ws.close_cleanly()
        ws.socket.close()
