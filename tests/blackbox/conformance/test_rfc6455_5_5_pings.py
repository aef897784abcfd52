"""RFC 6455 sections 5.5.2 and 5.5.3: Ping and Pong."""
import os

import pytest

from case import Case, chopped, parametrize, says
from wire import Ws, binary, close, ping, pong, text

PAYLOADS = {"nothing": b"", "a byte": b"x", "text": "Hallo, Wörld".encode(),
            "bytes that are not UTF-8": b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff",
            "125 bytes": b"\xfe" * 125, "random bytes": os.urandom(60),
            "what looks like a frame": ping(b"inner")}
PINGS = [Case(name, (ping(payload),), (says("pong", payload),))
         for name, payload in PAYLOADS.items()]


@parametrize([*PINGS, *chopped(PINGS, 1)])
def test_5_5_3_a_pong_has_the_payload_of_its_ping(echo_server, case):
    case.run(echo_server)


PONGS = [
    *(Case(f"with {name}", (pong(payload),), ()) for name, payload in PAYLOADS.items()),
    Case("before a ping", (pong(b"unsolicited"), ping(b"p")), (says("pong", b"p"),)),
    Case("before a text", (pong(b"unsolicited") + text("t"),), (says("text", "t"),)),
    Case("a hundred", (pong(b"x") * 100,), ()),
]


@parametrize([*PONGS, *chopped(PONGS, 1)])
def test_5_5_3_a_pong_that_nobody_asked_for_is_ignored(echo_server, case):
    case.run(echo_server)


TEN = tuple(b"payload-%d" % number for number in range(10))
SEVERAL = [
    Case("ten, one after the other", tuple(map(ping, TEN)), tuple(says("pong", p) for p in TEN)),
    Case("ten in one write", (b"".join(map(ping, TEN)),), tuple(says("pong", p) for p in TEN)),
    Case("two around a text", (ping(b"1") + text("t") + ping(b"2"),),
         (says("pong", b"1"), says("text", "t"), says("pong", b"2"))),
    Case("between messages", (b"".join(text(f"{n}") + ping(b"%d" % n) for n in range(5)),),
         tuple(event for n in range(5) for event in (says("text", f"{n}"),
                                                     says("pong", b"%d" % n)))),
    Case("before a close", (ping(b"p") + close(1000),),
         (says("pong", b"p"), ("close", 1000))),
]


# 5.5.3 lets a server answer only the newest of several pings. While the connection takes what is
# sent there is no reason to, and clients that count their pongs exist.
@parametrize([*SEVERAL, *chopped(SEVERAL, 1)])
def test_5_5_2_every_ping_is_answered_in_its_place(echo_server, case):
    case.run(echo_server)


@pytest.mark.parametrize("size", [1, 1000, 100_000])
def test_5_5_2_a_ping_behind_a_message_is_answered_behind_it(echo_server, size):
    with Ws(echo_server) as ws:
        for number in range(10):
            ws.send(binary(b"x" * size) + ping(b"%d" % number))
            assert ws.read_event() == says("binary", b"x" * size)
            assert ws.read_event() == says("pong", b"%d" % number)
        ws.close_cleanly()
