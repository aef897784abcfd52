"""RFC 6455 sections 5.6 and 8.1: text is UTF-8 by RFC 3629, refused at its first wrong byte."""
import pytest

from case import Case, closes, echo, parametrize, says
from wire import TEXT, Ws, head, masked, more, ping, text

VALID = {
    "ASCII": b"Hello", "kosme": "κόσμε".encode(), "mixed": "Hello-µ@ßöäüàá-UTF-8!!".encode(),
    "U+0000": b"\0", "U+007F": b"\x7f", "U+0080": b"\xc2\x80", "U+07FF": b"\xdf\xbf",
    "U+0800": b"\xe0\xa0\x80", "U+FFFF": b"\xef\xbf\xbf", "U+10000": b"\xf0\x90\x80\x80",
    "U+10FFFF": b"\xf4\x8f\xbf\xbf", "U+D7FF": b"\xed\x9f\xbf", "U+E000": b"\xee\x80\x80",
    "U+FFFD": b"\xef\xbf\xbd", "U+FFFE": b"\xef\xbf\xbe", "U+FEFF": b"\xef\xbb\xbf",
    **{f"U+{plane:X}FFFE and U+{plane:X}FFFF": (chr(plane << 16 | 0xFFFE) +
                                                chr(plane << 16 | 0xFFFF)).encode()
       for plane in range(1, 17)},
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈".encode(), "right to left": "שלום مرحبا".encode(),
    "combining": "e\u0301 n\u0303".encode(),
}

INVALID = {
    # Continuations without a start, starts without continuations.
    **{f"lonely {first:02x}": bytes([first]) for first in (0x80, 0x8f, 0x90, 0xbf)},
    "two continuations": b"\x80\xbf", "all continuations": bytes(range(0x80, 0xc0)),
    **{f"{first:02x} and a blank": bytes([first, 0x20])
       for first in (0xc2, 0xd0, 0xdf, 0xe0, 0xe1, 0xed, 0xef, 0xf0, 0xf1, 0xf4)},
    "three bytes, second is a start": b"\xe2\xe2\x82\xac",
    "three bytes, third is ASCII": b"\xe2\x82A",
    "four bytes, third is ASCII": b"\xf0\x9fA\x80", "four bytes, fourth is ASCII": b"\xf0\x9f\x98A",
    "one continuation too many": b"\xe2\x82\xac\x80",
    # Bytes that never occur.
    **{f"impossible {byte:02x}": bytes([byte]) for byte in (0xc0, 0xc1, 0xf5, 0xf8, 0xfc, 0xfe,
                                                            0xff)},
    "FE FE FF FF": b"\xfe\xfe\xff\xff",
    "five bytes": b"\xf8\x88\x80\x80\x80", "six bytes": b"\xfc\x84\x80\x80\x80\x80",
    # Overlong forms.
    "slash in two bytes": b"\xc0\xaf", "slash in three bytes": b"\xe0\x80\xaf",
    "slash in four bytes": b"\xf0\x80\x80\xaf", "slash in five bytes": b"\xf8\x80\x80\x80\xaf",
    "U+007F in two bytes": b"\xc1\xbf", "U+07FF in three bytes": b"\xe0\x9f\xbf",
    "U+FFFF in four bytes": b"\xf0\x8f\xbf\xbf", "NUL in two bytes": b"\xc0\x80",
    "NUL in three bytes": b"\xe0\x80\x80", "NUL in four bytes": b"\xf0\x80\x80\x80",
    # Surrogates, and what is over the end.
    **{f"surrogate U+{code:04X}": chr(code).encode("utf-8", "surrogatepass")
       for code in (0xD800, 0xDB7F, 0xDB80, 0xDBFF, 0xDC00, 0xDF80, 0xDFFF)},
    "pair of surrogates": b"\xed\xa0\x80\xed\xb0\x80", "U+110000": b"\xf4\x90\x80\x80",
    "U+1FFFFF": b"\xf7\xbf\xbf\xbf",
}
UNFINISHED = {"two of three bytes": b"\xe2\x82", "one of two bytes": b"\xc3",
              "one of four bytes": b"\xf0", "three of four bytes": b"\xf0\x9f\x98",
              "three of four bytes behind text": "κόσμε".encode() + b"\xf4\x8f\xbf"}
BEFORE = "κόσμε".encode()
AFTER = b"edited"


def first_wrong(data):
    """How many bytes it takes to know that this will never be UTF-8: RFC 3629 section 4."""
    left, low, high = 0, 0x80, 0xbf
    for at, byte in enumerate(data):
        if left:
            if not low <= byte <= high:
                return at + 1
            left, low, high = left - 1, 0x80, 0xbf
        elif byte >= 0x80:
            if not 0xc2 <= byte <= 0xf4:
                return at + 1
            left = 1 if byte < 0xe0 else 2 if byte < 0xf0 else 3
            low = {0xe0: 0xa0, 0xf0: 0x90}.get(byte, low)
            high = {0xed: 0x9f, 0xf4: 0x8f}.get(byte, high)
    raise AssertionError("this is the beginning of UTF-8")


@parametrize([*(echo(TEXT, data, name) for name, data in VALID.items()),
              *(echo(TEXT, BEFORE + data + AFTER, f"{name} in a text")
                for name, data in VALID.items())])
def test_8_1_text_that_is_utf8_comes_back(echo_server, case):
    case.run(echo_server)


@parametrize([Case(f"{name} in fragments of a byte",
                   (text(data[:1], fin=False), *(more(data[i:i + 1]) for i in range(1, len(data))),
                    more(fin=True)), (says("text", data),)) for name, data in VALID.items()])
def test_8_1_characters_may_be_cut_by_fragments(echo_server, case):
    case.run(echo_server)


@parametrize([*(Case(name, (text(data),), (closes(1007),)) for name, data in INVALID.items()),
              *(Case(f"{name} in a text", (text(BEFORE + data + AFTER),), (closes(1007),))
                for name, data in INVALID.items()),
              *(Case(f"{name} in pieces of a byte", (text(BEFORE + data + AFTER),),
                     (closes(1007),), chop=1) for name, data in INVALID.items()),
              *(Case(f"{name} behind a good text", (text("good") + text(data),),
                     (says("text", "good"), closes(1007))) for name, data in INVALID.items())])
def test_8_1_text_that_is_not_utf8_is_refused(echo_server, case):
    case.run(echo_server)


@parametrize([*(Case(name, (text(data),), (closes(1007),)) for name, data in UNFINISHED.items()),
              *(Case(f"{name}, empty last fragment", (text(data, fin=False), more(fin=True)),
                     (closes(1007),)) for name, data in UNFINISHED.items()),
              *(Case(f"{name}, the rest in the next message", (text(data) + text(b"\x80"),),
                     (closes(1007),)) for name, data in UNFINISHED.items())])
def test_8_1_text_must_not_end_inside_a_character(echo_server, case):
    case.run(echo_server)


@parametrize([echo(2, data, name) for name, data in {**INVALID, **UNFINISHED}.items()])
def test_5_6_binary_may_be_anything(echo_server, case):
    case.run(echo_server)


# 8.1 with 10.7: at once. The message is not finished: only the wrong byte can have told.
@pytest.mark.parametrize("name", INVALID)
def test_8_1_fragments_are_refused_at_the_first_wrong_byte_wherever_they_are_cut(echo_server, name):
    data = BEFORE + INVALID[name]
    data = data[:first_wrong(data)]
    for at in range(len(data) + 1):
        with Ws(echo_server) as ws:
            ws.send(text(data[:at], fin=False))
            if at < len(data):
                ws.send(more(data[at:]))
            assert ws.read_event() == closes(1007), f"cut at {at}"
            ws.answer_close(1007)


@pytest.mark.parametrize("name", INVALID)
def test_8_1_a_frame_is_refused_at_the_first_wrong_byte_before_its_end(echo_server, name):
    mask = b"\x11\x22\x33\x44"
    data = BEFORE + INVALID[name]
    data = data[:first_wrong(data)]
    with Ws(echo_server) as ws:
        ws.send(head(TEXT, 5000, mask=mask) + masked(data, mask), chop=1)
        assert ws.read_event() == closes(1007)
        ws.answer_close(1007)


# The counterpart: one byte less is no reason to close.
@pytest.mark.parametrize("name", INVALID)
def test_8_1_nothing_is_refused_before_its_first_wrong_byte(echo_server, name):
    data = BEFORE + INVALID[name]
    data = data[:first_wrong(data) - 1]
    with Ws(echo_server) as ws:
        ws.send(text(data, fin=False) + ping())
        assert ws.read_event() == says("pong")
        ws.send(more(fin=True))
        good = data.decode("utf-8", "ignore").encode() == data
        assert ws.read_event() == (says("text", data) if good else closes(1007))
