"""RFC 6455 sections 5.5.1 and 7: the close handshake, its codes and its reasons."""
import pytest

from case import Case, chopped, closes, parametrize, says
from wire import CLOSE, Ws, binary, close, frame, more, ping, pong, text

# 7.4.1, and what the registry has got since; 7.4.2: the ranges of libraries and applications.
GOOD_CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3001,
              3999, 4000, 4001, 4999]
BAD_CODES = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999, 5000, 5001, 9999,
             32768, 65535]
BAD_REASONS = {"one byte": b"\xff", "overlong": b"\xc0\xaf", "surrogate": b"\xed\xa0\x80",
               "over U+10FFFF": b"\xf4\x90\x80\x80", "cut": b"bye \xe2\x82",
               "lonely continuation": b"bye \x80",
               "in the middle": b"Hello\xce\xba\xed\xa0\x80 more"}

HANDSHAKES = [
    Case("without a code", (close(),), (closes(None),)),
    *(Case(f"code {code}", (close(code),), (closes(code),)) for code in GOOD_CODES),
    *(Case(f"code {code} with a reason", (close(code, "good bye, 中 😀"),), (closes(code),))
      for code in GOOD_CODES),
    Case("longest reason", (close(1000, "x" * 123),), (closes(1000),)),
    Case("longest reason of wide characters", (close(1000, "€" * 41),), (closes(1000),)),
    Case("a zero in the reason", (close(1000, b"a\0b"),), (closes(1000),)),
]


@parametrize([*HANDSHAKES, *chopped(HANDSHAKES[:3] + HANDSHAKES[-3:], 1)])
def test_5_5_1_a_close_is_answered_with_its_code(echo_server, case):
    case.run(echo_server)


@parametrize([
    *(Case(f"code {code}", (close(code),), (closes(1002),)) for code in BAD_CODES),
    *(Case(f"code {code} with a reason", (close(code, "reason"),), (closes(1002),))
      for code in BAD_CODES),
    *(Case(f"code {code} after a message", (text("a") + close(code),),
           (says("text", "a"), closes(1002))) for code in (1005, 1006, 1015)),
])
def test_7_4_codes_that_must_not_be_sent_are_refused(echo_server, case):
    case.run(echo_server)


ONE_BYTE = [Case(f"{byte:#04x}", (frame(CLOSE, bytes([byte])),), (closes(1002),))
            for byte in (0, 3, 0x61, 0xe8, 0xff)]


@parametrize([*ONE_BYTE, *chopped(ONE_BYTE[:1], 1)])
def test_5_5_1_a_payload_of_one_byte_is_refused(echo_server, case):
    case.run(echo_server)


REASONS = [Case(name, (close(1000, reason),), (closes(1007),))
           for name, reason in BAD_REASONS.items()]


@parametrize([*REASONS, *chopped(REASONS, 1)])
def test_5_5_1_a_reason_must_be_utf8(echo_server, case):
    case.run(echo_server)


# 5.5.1: nothing may follow a Close, and what does is not listened to.
AFTER = [
    Case("text", (close(1000) + text("late"),), (closes(1000),)),
    Case("text in a write of its own", (close(1000), text("late")), (closes(1000),)),
    Case("ping", (close(1000) + ping(b"late"),), (closes(1000),)),
    Case("ping in a write of its own", (close(1000), ping(b"late")), (closes(1000),)),
    Case("another close", (close(1000) + close(1001),), (closes(1000),)),
    Case("a fault", (close(1000) + frame(3, b"x"),), (closes(1000),)),
    Case("garbage", (close(3000) + b"\xff" * 100,), (closes(3000),)),
    Case("a megabyte", (close(1000) + binary(b"x" * (1 << 20)),), (closes(1000),)),
]


@parametrize([*AFTER, *chopped(AFTER[:-1], 1)])
def test_5_5_1_nothing_counts_after_a_close(echo_server, case):
    case.run(echo_server)


# 7.1.7: the same after a fault of the peer.
FAULTS = {"reserved opcode": (frame(3), 1002), "reserved bit": (text("x", rsv=1), 1002),
          "not UTF-8": (text(b"\xff"), 1007), "bad code": (close(1005), 1002),
          "not masked": (frame(1, "x", bare=True), 1002),
          "continuation of nothing": (more("x"), 1002)}


@parametrize([Case(f"{what}, then {then}", (fault + follows,), (closes(code),))
              for what, (fault, code) in FAULTS.items()
              for then, follows in {"text": text("late"), "ping": ping(), "close": close(1000),
                                    "another fault": frame(4), "a megabyte":
                                    binary(b"x" * (1 << 20))}.items()])
def test_7_1_7_nothing_counts_after_a_fault(echo_server, case):
    case.run(echo_server)


# What was said before the Close arrives before the answer to it.
BEFORE = [
    Case("text", (text("a") + close(1000),), (says("text", "a"), closes(1000))),
    Case("text and pong", (text("a") + pong() + close(),), (says("text", "a"), closes(None))),
    Case("ten texts", (b"".join(text(f"{n}") for n in range(10)) + close(1001),),
         (*(says("text", f"{n}") for n in range(10)), closes(1001))),
    Case("256 KiB", (binary(b"x" * 262144) + close(1000) + ping(),),
         (says("binary", b"x" * 262144), closes(1000))),
    Case("unfinished message", (text("a", fin=False) + close(1000),), (closes(1000),)),
    Case("unfinished character", (text(b"\xe2\x82", fin=False) + close(1000),), (closes(1000),)),
]


@parametrize([*BEFORE, *chopped([BEFORE[0], BEFORE[1], BEFORE[4]], 1)])
def test_7_1_what_came_before_a_close_is_answered_before_it(echo_server, case):
    case.run(echo_server)


# 7.1.1: the server is the first to close the TCP connection, also when the client does nothing.
@pytest.mark.parametrize("code", [1000, 1001, 4000, None])
def test_7_1_1_the_server_closes_the_connection(echo_server, code):
    with Ws(echo_server) as ws:
        ws.send(close(code))
        assert ws.read_event() == closes(code)
        ws.expect_end()


@pytest.mark.parametrize("sent", [b"", text("x")[:1], text("x")[:4], text("x", fin=False)],
                         ids=["idle", "in a header", "in a mask", "in a message"])
def test_7_1_4_a_connection_that_just_ends_harms_nobody(echo_server, sent):
    with Ws(echo_server) as bystander:
        with Ws(echo_server) as ws:
            ws.send(sent)
        bystander.send(text("still there"))
        assert bystander.read_event() == says("text", "still there")
        bystander.close_cleanly()
