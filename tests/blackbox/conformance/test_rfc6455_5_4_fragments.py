"""RFC 6455 section 5.4: messages in fragments, and control frames in between."""
from case import Case, chopped, closes, parametrize, says
from wire import BINARY, TEXT, binary, close, fragments, more, ping, pong, text

WHOLE = "fragment1fragment2"
A, B = "fragment1", "fragment2"
CUT = "Ünïcödé 中文 😀".encode()

GOOD = [
    Case("two fragments", (text(A, fin=False), more(B, fin=True)), (says("text", WHOLE),)),
    Case("two fragments in one write", (text(A, fin=False) + more(B, fin=True),),
         (says("text", WHOLE),)),
    Case("binary", (binary(A, fin=False), more(B, fin=True)), (says("binary", WHOLE),)),
    Case("three empty fragments", (text("", fin=False), more(), more(fin=True)),
         (says("text"),)),
    Case("empty around the middle", (text("", fin=False), more("x"), more(fin=True)),
         (says("text", "x"),)),
    Case("empty last", (text("x", fin=False), more(fin=True)), (says("text", "x"),)),
    Case("empty first", (text("", fin=False), more("x", fin=True)), (says("text", "x"),)),
    Case("empty binary", (binary("", fin=False), more(fin=True)), (says("binary"),)),
    Case("two messages", (text("a", fin=False) + more("b", fin=True) + binary(b"c", fin=False) +
                          more(b"d", fin=True),), (says("text", "ab"), says("binary", b"cd"))),
    Case("whole, fragments, whole", (text("a") + text("b", fin=False) + more("c", fin=True) +
                                     text("d"),),
         (says("text", "a"), says("text", "bc"), says("text", "d"))),
    Case("a hundred of a byte", (fragments(TEXT, "x" * 100, 1),), (says("text", "x" * 100),)),
    Case("of growing size", (text("", fin=False) + b"".join(more("y" * n) for n in range(200)) +
                             more(fin=True),), (says("text", "y" * sum(range(200))),)),
    Case("across the length forms", (binary(b"a" * 125, fin=False), more(b"b" * 126),
                                     more(b"c" * 65535), more(b"d" * 65536), more(fin=True)),
         (says("binary", b"a" * 125 + b"b" * 126 + b"c" * 65535 + b"d" * 65536),)),
]


@parametrize([*GOOD, *chopped([case for case in GOOD if sum(map(len, case.send)) < 2000], 1)])
def test_5_4_fragments_become_one_message(echo_server, case):
    case.run(echo_server)


@parametrize([Case(f"{kind} at byte {at}", (start, more(CUT[at:], fin=True)), (says(kind, CUT),))
              for at in range(len(CUT) + 1)
              for kind, start in (("text", text(CUT[:at], fin=False)),
                                  ("binary", binary(CUT[:at], fin=False)))])
def test_5_4_messages_may_be_cut_anywhere(echo_server, case):
    case.run(echo_server)


@parametrize([Case(f"{size} bytes each", (fragments(BINARY, bytes(range(256)), size),),
                   (says("binary", bytes(range(256))),)) for size in range(1, 40)])
def test_5_4_fragments_may_have_any_size(echo_server, case):
    case.run(echo_server)


BETWEEN = [
    Case("ping", (text(A, fin=False), ping(b"p"), more(B, fin=True)),
         (says("pong", b"p"), says("text", WHOLE))),
    Case("ping in one write", (text(A, fin=False) + ping(b"p") + more(B, fin=True),),
         (says("pong", b"p"), says("text", WHOLE))),
    Case("empty ping", (text(A, fin=False), ping(), more(B, fin=True)),
         (says("pong"), says("text", WHOLE))),
    Case("pong", (text(A, fin=False), pong(b"p"), more(B, fin=True)), (says("text", WHOLE),)),
    Case("longest ping", (text(A, fin=False), ping(b"p" * 125), more(B, fin=True)),
         (says("pong", b"p" * 125), says("text", WHOLE))),
    Case("pings in several places",
         (text("1", fin=False), more("2"), ping(b"one"), more("3"), more("4"), ping(b"two"),
          more("5", fin=True)),
         (says("pong", b"one"), says("pong", b"two"), says("text", "12345"))),
    Case("pings in several places in one write",
         (text("1", fin=False) + more("2") + ping(b"one") + more("3") + more("4") + ping(b"two") +
          more("5", fin=True),),
         (says("pong", b"one"), says("pong", b"two"), says("text", "12345"))),
    Case("ping inside a character", (text(b"\xf0\x9f", fin=False), ping(b"\xff"),
                                     more(b"\x98\x80", fin=True)),
         (says("pong", b"\xff"), says("text", "😀"))),
    Case("ping before and after", (ping(b"a") + text(A, fin=False) + more(B, fin=True) +
                                   ping(b"b"),),
         (says("pong", b"a"), says("text", WHOLE), says("pong", b"b"))),
    Case("close", (text(A, fin=False), close(1000), more(B, fin=True)), (closes(1000),)),
    Case("close in one write", (text(A, fin=False) + close(1001) + more(B, fin=True),),
         (closes(1001),)),
]


@parametrize([*BETWEEN, *chopped(BETWEEN, 1)])
def test_5_4_control_frames_may_come_between_fragments(echo_server, case):
    case.run(echo_server)


BAD = [
    Case("continuation of nothing", (more(A, fin=True),), (closes(1002),)),
    Case("continuation of nothing without FIN", (more(A),), (closes(1002),)),
    Case("empty continuation of nothing", (more(fin=True),), (closes(1002),)),
    Case("continuation, then a message", (more(A, fin=True) + text(B),), (closes(1002),)),
    Case("continuation without FIN, then a message", (more(A) + text(B),), (closes(1002),)),
    Case("continuation after a whole message", (text(A), more(B, fin=True)),
         (says("text", A), closes(1002))),
    Case("continuation after the last fragment",
         (text("a", fin=False), more("b", fin=True), more("c", fin=True)),
         (says("text", "ab"), closes(1002))),
    Case("continuations again and again",
         ((more("a") + text("b", fin=False) + more("c", fin=True)) * 2,), (closes(1002),)),
    Case("text inside a text", (text(A, fin=False), text(B)), (closes(1002),)),
    Case("text inside a text without FIN", (text(A, fin=False), text(B, fin=False)),
         (closes(1002),)),
    Case("binary inside a text", (text(A, fin=False), binary(B)), (closes(1002),)),
    Case("text inside a binary", (binary(A, fin=False), text(B)), (closes(1002),)),
    Case("text after an empty start", (text("", fin=False), text(B)), (closes(1002),)),
    Case("ping, then text inside a text", (text(A, fin=False), ping(b"p"), text(B)),
         (says("pong", b"p"), closes(1002))),
]


@parametrize([*BAD, *chopped(BAD, 1)])
def test_5_4_fragments_out_of_order_are_refused(echo_server, case):
    case.run(echo_server)
