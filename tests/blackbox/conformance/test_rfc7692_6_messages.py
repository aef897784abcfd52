"""RFC 7692 sections 6 and 7.2: compressed messages, their frames, their blocks, their limits."""
import random
import zlib

import pytest

from case import Case, chopped, closes, parametrize, says
from wire import (BINARY, CONTINUATION, PING, PONG, TAIL, TEXT, Ws, binary, close, deflate,
                  fragments, frame, head, more, ping, text)

OFFER = "permessage-deflate; client_max_window_bits"
MEBIBYTE = 1 << 20
HELLO = bytes.fromhex("f248cdc9c90700")  # section 7.2.3.1
EURO = "€ und Ümläute, € und Ümläute".encode()


def case(name, send, expect):
    return Case(name, tuple(send), tuple(expect), offer=OFFER)


def packed(opcode, data, **options):
    return frame(opcode, data, rsv=4, **options)


SAMPLES = [
    case("7.2.3.1 one block", [packed(TEXT, HELLO)], [says("text", "Hello")]),
    case("7.2.3.1 in two fragments",
         [packed(TEXT, HELLO[:3], fin=False), more(HELLO[3:], fin=True)], [says("text", "Hello")]),
    case("7.2.3.3 stored block", [packed(TEXT, bytes.fromhex("000500faff48656c6c6f00"))],
         [says("text", "Hello")]),
    case("7.2.3.4 BFINAL", [packed(TEXT, bytes.fromhex("f348cdc9c9070000"))],
         [says("text", "Hello")]),
    case("7.2.3.5 two blocks", [packed(TEXT, bytes.fromhex("f248050000 00ffffcac9c90700"))],
         [says("text", "Hello")]),
    case("7.2.3.6 nothing", [packed(TEXT, b"\0")], [says("text")]),
    case("nothing as zlib writes it", [packed(BINARY, deflate(b""))], [says("binary")]),
    case("7.2.3.6 empty last fragment",
         [packed(TEXT, HELLO[:-1] + b"\0\0\0\xff\xff", fin=False), more(b"\0", fin=True)],
         [says("text", "Hello")]),
    case("empty first fragment", [packed(TEXT, b"", fin=False), more(HELLO, fin=True)],
         [says("text", "Hello")]),
    case("a byte in each fragment", [fragments(TEXT, HELLO, 1, rsv=4)], [says("text", "Hello")]),
    case("two messages in one write", [packed(TEXT, HELLO) + packed(BINARY, HELLO)],
         [says("text", "Hello"), says("binary", "Hello")]),
    case("between plain ones", [text("a") + packed(TEXT, HELLO) + text("b", fin=False) +
                                more("c", fin=True)],
         [says("text", "a"), says("text", "Hello"), says("text", "bc")]),
    case("control frames between fragments",
         [packed(TEXT, HELLO[:2], fin=False) + ping(b"p"), more(HELLO[2:4]) + ping(b"q"),
          more(HELLO[4:], fin=True)],
         [says("pong", b"p"), says("pong", b"q"), says("text", "Hello")]),
    case("close between fragments", [packed(TEXT, HELLO[:2], fin=False) + close(1001)],
         [closes(1001)]),
    case("blocks behind BFINAL",
         [packed(TEXT, bytes.fromhex("f348cdc9c90700") * 2 + b"\0")], [says("text", "HelloHello")]),
]


@parametrize([*SAMPLES, *chopped(SAMPLES, 1)])
def test_7_2_compressed_messages_are_inflated(deflate_server, case):
    case.run(deflate_server)


@parametrize([
    *(case(f"bits {rsv:03b} on a text", [frame(TEXT, HELLO, rsv=rsv)], [closes(1002)])
      for rsv in (1, 2, 3, 5, 6, 7)),
    *(case(f"opcode {opcode}", [packed(opcode, b"")], [closes(1002)])
      for opcode in (PING, PONG, 8, 3, 11)),
    case("continuation of a compressed message",
         [packed(TEXT, HELLO[:3], fin=False), packed(CONTINUATION, HELLO[3:])], [closes(1002)]),
    case("middle of a compressed message",
         [packed(TEXT, HELLO[:3], fin=False), packed(CONTINUATION, HELLO[3:5], fin=False)],
         [closes(1002)]),
    case("continuation of a plain message",
         [text("a", fin=False), packed(CONTINUATION, HELLO)], [closes(1002)]),
    case("new message inside another", [text("a", fin=False), packed(TEXT, HELLO)],
         [closes(1002)]),
    case("ping inside a message", [packed(TEXT, HELLO[:3], fin=False), packed(PING, b"")],
         [closes(1002)]),
])
def test_6_1_rsv1_is_only_for_the_first_frame_of_a_message(deflate_server, case):
    case.run(deflate_server)


NOT_DEFLATE = {
    "text": b"plain text that nobody compressed", "nothing at all": b"",
    "reserved block type": b"\x06", "reserved block type in the end": HELLO[:-1] + b"\x06",
    "wrong length of a stored block": bytes.fromhex("0005000500aaaaaaaaaa00"),
    "zlib header": zlib.compress(b"Hello"), "cut": HELLO[:4],
    "cut before the last byte": HELLO[:-1],
    "tail left on": HELLO + TAIL, "another byte": HELLO + b"x",
    "BFINAL without its octet": bytes.fromhex("f348cdc9c90700"),
    "garbage behind BFINAL": bytes.fromhex("f348cdc9c90700") + b"\x06\x06",
    "tail as data of a stored block": bytes.fromhex("000400fbff"),
    "distance too far": bytes.fromhex("f200110000"),
    "noise": random.Random(1).randbytes(500),
}


@parametrize([*(case(name, [packed(TEXT, data)], [closes(1007)])
                for name, data in NOT_DEFLATE.items()),
              *(case(f"{name} in fragments", [fragments(BINARY, data, 3, rsv=4)], [closes(1007)])
                for name, data in NOT_DEFLATE.items()),
              case("7.2.3.2 window of the message before",
                   [packed(TEXT, HELLO), packed(TEXT, bytes.fromhex("f200110000"))],
                   [says("text", "Hello"), closes(1007)])])
def test_7_2_2_what_cannot_be_inflated_is_refused(deflate_server, case):
    case.run(deflate_server)


@parametrize([*(case(f"{bad.hex()} as text", [packed(TEXT, deflate(bad))], [closes(1007)])
                for bad in (b"\xff", b"cut \xe2\x82", b"\xed\xa0\x80", b"\xc0\xaf",
                            b"\xf4\x90\x80\x80", EURO + b"\x80" + EURO)),
              *(case(f"{bad.hex()} as binary", [packed(BINARY, deflate(bad))],
                     [says("binary", bad)]) for bad in (b"\xff", b"cut \xe2\x82")),
              *(case(f"cut at {at}", [packed(TEXT, deflate(EURO)[:at], fin=False),
                                      more(deflate(EURO)[at:], fin=True)], [says("text", EURO)])
                for at in range(len(deflate(EURO)) + 1))])
def test_8_1_text_must_be_utf8_when_it_is_inflated(deflate_server, case):
    case.run(deflate_server)


# Row by row: how a client may compress is its own affair.
@pytest.mark.parametrize("level", [0, 1, 6, 9])
@pytest.mark.parametrize("bits", [9, 11, 15])
@pytest.mark.parametrize("strategy", [zlib.Z_DEFAULT_STRATEGY, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE,
                                      zlib.Z_FIXED], ids=["default", "huffman", "rle", "fixed"])
def test_7_2_1_every_way_to_compress_is_understood(deflate_server, level, bits, strategy):
    with Ws(deflate_server, OFFER) as ws:
        for size in (0, 1, 100, 5000, 70_000):
            message = (b'{"n":%d,"text":"Hello, world"}' % size * (size // 20 + 1))[:size]
            ws.send(packed(TEXT, deflate(message, level, bits, strategy)))
            assert ws.read_event() == says("text", message)
        ws.close_cleanly()


@pytest.mark.parametrize("flush", [zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH, zlib.Z_PARTIAL_FLUSH],
                         ids=["sync", "full", "partial"])
def test_7_2_1_flushes_may_come_anywhere(deflate_server, flush):
    message = b"something that is said again and again; " * 50
    compressor = zlib.compressobj(6, zlib.DEFLATED, -15)
    data = b"".join(compressor.compress(message[at:at + 37]) + compressor.flush(flush)
                    for at in range(0, len(message), 37))
    data += compressor.flush(zlib.Z_SYNC_FLUSH)
    data = data[:-4] if data.endswith(TAIL) else data + b"\0"
    with Ws(deflate_server, OFFER) as ws:
        for size in (len(data), 100, 7, 1):
            ws.send(fragments(TEXT, data, size, rsv=4))
            assert ws.read_event() == says("text", message)
        ws.close_cleanly()


@pytest.mark.parametrize("size", [16 * MEBIBYTE - 1, 16 * MEBIBYTE])
def test_7_2_2_the_limit_is_that_of_the_inflated_message(deflate_server, size):
    with Ws(deflate_server, OFFER) as ws:
        ws.send(packed(BINARY, deflate(bytes(size))))
        assert ws.read_event() == says("binary", bytes(size))
        ws.close_cleanly()


# 1 KiB of it would be a MiB: nothing beyond the limit is ever inflated.
@parametrize([
    case("a byte over the limit", [packed(BINARY, deflate(bytes(16 * MEBIBYTE + 1)))],
         [closes(1009)]),
    case("64 MiB", [packed(BINARY, deflate(bytes(64 * MEBIBYTE), 9))], [closes(1009)]),
    case("64 MiB of text", [packed(TEXT, deflate(b"x" * (64 * MEBIBYTE), 9))], [closes(1009)]),
    case("compressed length over all bounds", [head(TEXT, 32 * MEBIBYTE, rsv=4)], [closes(1009)]),
])
def test_10_4_bombs_stop_at_the_limit(deflate_server, case):
    case.run(deflate_server)


def test_6_what_cannot_become_shorter_is_sent_as_it_is(deflate_server):
    noise = random.Random(2).randbytes(10_000)
    with Ws(deflate_server, OFFER) as ws:
        ws.send(binary(noise))
        assert ws.read_frame() == (BINARY, noise, False)
        ws.send(text("short"))
        assert ws.read_frame() == (TEXT, b"short", False)
        ws.close_cleanly()


def test_6_what_becomes_shorter_is_compressed(deflate_server):
    with Ws(deflate_server, OFFER) as ws:
        ws.send(text("x" * 10_000))
        opcode, data, compressed = ws.read_frame()
        assert (opcode, compressed) == (TEXT, True)
        assert len(data) < 100
        assert not data.endswith(TAIL)
        ws.close_cleanly()
