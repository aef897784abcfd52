"""RFC 6455 section 10.4, and what messages may cost: up to 16 MiB in up to 131,072 fragments."""
import os

import pytest

from case import Case, closes, parametrize, says
from wire import BINARY, TEXT, Ws, binary, fragments, frame, head, more, ping, text

KIBIBYTE, MEBIBYTE = 1 << 10, 1 << 20
MESSAGE_BYTES_MAX, FRAGMENTS_MAX = 16 * MEBIBYTE, 131_072
KINDS = {"text": TEXT, "binary": BINARY}


def payload_of(kind, size):
    """Wide characters as text, noise as binary."""
    if kind == "binary":
        return (os.urandom(KIBIBYTE) * (size // KIBIBYTE + 1))[:size]
    return ("ä€😀xyz" * (size // 12 + 1)).encode()[:size // 12 * 12] + b"." * (size % 12)


def exchange(server, kind, payload, *, fragment=None, chop=0):
    """Sends one message, whole or in fragments; it must come back, and a ping behind it."""
    with Ws(server) as ws:
        if fragment is None:
            ws.send(frame(KINDS[kind], payload), chop)
        else:
            ws.send(fragments(KINDS[kind], payload, fragment), chop)
        ws.send(ping(b"behind"))
        event, echoed = ws.read_event()
        assert event == kind
        assert len(echoed) == len(payload)
        assert echoed == payload
        assert ws.read_event() == says("pong", b"behind")
        ws.close_cleanly()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [64 * KIBIBYTE, 256 * KIBIBYTE, MEBIBYTE, 4 * MEBIBYTE,
                                  8 * MEBIBYTE, MESSAGE_BYTES_MAX])
def test_10_4_large_messages_in_one_frame(echo_server, kind, size):
    exchange(echo_server, kind, payload_of(kind, size))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fragment", [64, 256, KIBIBYTE, 4 * KIBIBYTE, 16 * KIBIBYTE,
                                      64 * KIBIBYTE, 256 * KIBIBYTE, MEBIBYTE, 4 * MEBIBYTE])
def test_5_4_four_mebibytes_in_fragments(echo_server, kind, fragment):
    exchange(echo_server, kind, payload_of(kind, 4 * MEBIBYTE), fragment=fragment)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("chop", [64, 128, 256, 512, KIBIBYTE, 2 * KIBIBYTE, 64 * KIBIBYTE])
def test_10_4_a_mebibyte_in_small_writes(echo_server, kind, chop):
    exchange(echo_server, kind, payload_of(kind, MEBIBYTE), chop=chop)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fragment", [1, 7, 1300, 65535, 65536])
def test_5_4_64_kibibytes_in_fragments(echo_server, kind, fragment):
    exchange(echo_server, kind, payload_of(kind, 64 * KIBIBYTE), fragment=fragment)


@pytest.mark.parametrize("kind", KINDS)
def test_10_4_the_largest_message_in_the_most_fragments(echo_server, kind):
    exchange(echo_server, kind, payload_of(kind, MESSAGE_BYTES_MAX),
             fragment=MESSAGE_BYTES_MAX // FRAGMENTS_MAX)


@parametrize([
    Case("one frame", (head(BINARY, MESSAGE_BYTES_MAX + 1),), (closes(1009),)),
    Case("a byte in the second frame",
         (binary(bytes(MESSAGE_BYTES_MAX), fin=False), more(b"x", fin=True)), (closes(1009),)),
    Case("an empty frame more is nothing more", (binary(b"x" * 1000, fin=False), more(fin=True)),
         (says("binary", b"x" * 1000),)),
])
def test_10_4_one_byte_over_the_limit_is_refused(echo_server, case):
    case.run(echo_server)


def test_10_4_one_fragment_over_the_limit_is_refused(echo_server):
    many = text("x", fin=False) + more("", mask=b"\0\0\0\0") * (FRAGMENTS_MAX - 1)
    with Ws(echo_server) as ws:
        ws.send(many)
        ws.send(ping(b"still good"))
        assert ws.read_event() == says("pong", b"still good")
        ws.send(more("y", fin=True))
        assert ws.read_event() == closes(1008)
        ws.answer_close(1008)


# One after the other, each answered before the next: nothing may depend on a full buffer.
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [0, 16, 64, 256, KIBIBYTE, 4 * KIBIBYTE])
def test_5_6_a_thousand_messages_come_back_one_by_one(echo_server, kind, size):
    payload = payload_of(kind, size)
    message, expected = frame(KINDS[kind], payload), says(kind, payload)
    with Ws(echo_server) as ws:
        for _ in range(1000):
            ws.send(message)
            assert ws.read_event() == expected
        ws.close_cleanly()


# All sent before the first is read: what waits for the client waits in order.
@pytest.mark.parametrize("size", [0, 16, 256, 4 * KIBIBYTE])
def test_5_6_a_thousand_messages_in_one_go_come_back_in_order(echo_server, size):
    with Ws(echo_server) as ws:
        ws.send(b"".join(binary(b"%06d" % number + b"x" * size) for number in range(1000)))
        for number in range(1000):
            assert ws.read_event() == says("binary", b"%06d" % number + b"x" * size)
        ws.close_cleanly()


@pytest.mark.parametrize("glued", [1, 10])
def test_4_2_2_frames_right_behind_the_handshake_count(echo_server, glued):
    frames = b"".join(text(f"number {number}") for number in range(glued))
    with Ws(echo_server, glued=frames) as ws:
        for number in range(glued):
            assert ws.read_event() == says("text", f"number {number}")
        ws.close_cleanly()
