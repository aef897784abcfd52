"""RFC 6455 to the letter: what the server refuses, and with which close code."""
import json
import os

import pytest

from raw_http import RawConnection
from raw_ws import (BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, RawWs, close_payload, frame)
from support import call, new_user, path_with, unique_room

MESSAGE_BYTES_MAX = 64 * 1024


@pytest.fixture(scope="module")
def user(server):
    return new_user(server, "Alice")


@pytest.fixture
def ws(server, user):
    """A raw WebSocket alone in a room, its own join notice read."""
    with RawWs(server, user.token, unique_room()) as raw:
        assert raw.read_text().startswith("system:")
        yield raw


def body_of(text):
    return json.loads(text)["message"]


def raw_head(opcode, length, masked=True):
    """A frame header that promises this many bytes in the longest form; no payload follows."""
    second = 127 | (0x80 if masked else 0)
    return bytes([0x80 | opcode, second]) + length.to_bytes(8, "big") + b"\1\2\3\4"


@pytest.mark.parametrize("offers, status", [
    (["chat"], 101), (["chat, superchat"], 101), (["chat", "superchat"], 101),
    (["chat", "super chat"], 400), (["chat", "chat"], 400), (["chat", ""], 400),
    ([f"p{number}" for number in range(16)], 101), ([f"p{number}" for number in range(17)], 400)])
def test_offers_of_subprotocols_are_read_from_all_fields(server, user, offers, status):
    """RFC 6455 section 11.3.4."""
    head, rest = RawWs.handshake(path_with("/ws", token=user.token)).split(b"\r\n", 1)
    fields = "".join(f"Sec-WebSocket-Protocol: {offer}\r\n" for offer in offers).encode()
    with RawConnection(server) as connection:
        connection.send(head + b"\r\n" + fields + rest)
        assert connection.read_response().status == status


def test_text_comes_back(ws):
    ws.text("hello")
    assert body_of(ws.read_text()) == "hello"


@pytest.mark.parametrize("size", [1, 125, 126, 127, 65535, 65536])
def test_every_length_form_is_understood(ws, size):
    ws.text("x" * size)
    assert body_of(ws.read_text()) == "x" * size


def test_the_longest_message_passes_and_one_more_byte_does_not(ws):
    ws.text("x" * MESSAGE_BYTES_MAX)
    assert len(body_of(ws.read_text())) == MESSAGE_BYTES_MAX
    ws.send_if_open(frame(TEXT, "x" * (MESSAGE_BYTES_MAX + 1)))
    assert ws.close_code() == 1009


def test_fragments_count_together_against_the_limit(ws):
    ws.send_frame(TEXT, "x" * 40000, fin=False)
    ws.send_if_open(frame(CONTINUATION, "x" * 40000))
    assert ws.close_code() == 1009


@pytest.mark.parametrize("length", [MESSAGE_BYTES_MAX + 1, 2 ** 32, 2 ** 63 - 1])
def test_a_length_over_the_limit_is_refused_before_it_arrives(ws, length):
    ws.send(raw_head(TEXT, length))
    assert ws.close_code() == 1009


@pytest.mark.parametrize("length", [2 ** 63, 2 ** 63 + 1, 2 ** 64 - 1])
def test_the_top_bit_of_a_length_must_be_clear(ws, length):
    ws.send(raw_head(TEXT, length))
    assert ws.close_code() == 1002


@pytest.mark.parametrize("size, form", [(5, 126), (125, 126), (5, 127), (65535, 127)])
def test_a_length_must_have_its_shortest_form(ws, size, form):
    ws.send_if_open(frame(TEXT, "x" * size, length_form=form))
    assert ws.close_code() == 1002


@pytest.mark.parametrize("opcode", [TEXT, PING, CLOSE])
def test_an_unmasked_frame_is_refused(ws, opcode):
    ws.send_frame(opcode, b"", masked=False)
    assert ws.close_code() == 1002


@pytest.mark.parametrize("rsv", range(1, 8))
def test_reserved_bits_are_refused(ws, rsv):
    ws.send_frame(TEXT, "hello", rsv=rsv)
    assert ws.close_code() == 1002


@pytest.mark.parametrize("opcode", [3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
def test_reserved_opcodes_are_refused(ws, opcode):
    ws.send_frame(opcode, "hello")
    assert ws.close_code() == 1002


def test_binary_is_refused(ws):
    ws.send_frame(BINARY, b"hello")
    assert ws.close_code() == 1003


@pytest.mark.parametrize("bad", [
    b"\xff", b"caf\xe9", b"\xc0\xaf", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80",
    b"\xf5\x80\x80\x80", b"\x80", b"ok\xe4\xb8", b"\xf0\x9f\x98",
])
def test_bad_utf8_is_refused(ws, bad):
    ws.send_frame(TEXT, bad)
    assert ws.close_code() == 1007


def test_bad_utf8_is_refused_before_the_message_ends(ws):
    ws.send_frame(TEXT, b"\xce\xba\xe1\xbd\xb9\xf4\x90", fin=False)
    assert ws.close_code() == 1007


def test_a_character_may_be_split_over_fragments(ws):
    whole = "κόσμε 中文 😀".encode()
    for at in range(1, len(whole)):
        ws.send_frame(TEXT, whole[:at], fin=False)
        ws.send_frame(CONTINUATION, whole[at:])
        assert body_of(ws.read_text()) == whole.decode()


def test_a_ping_between_fragments_is_answered_at_once(ws):
    ws.send_frame(TEXT, "one ", fin=False)
    ws.send_frame(PING, b"still there?")
    assert ws.read_frame() == (PONG, b"still there?")
    ws.send_frame(CONTINUATION, "two ", fin=False)
    ws.send_frame(PONG, b"nobody asked")
    ws.send_frame(CONTINUATION, "three")
    assert body_of(ws.read_text()) == "one two three"


def test_a_continuation_of_nothing_is_refused(ws):
    ws.send_frame(CONTINUATION, "hello")
    assert ws.close_code() == 1002


def test_a_new_message_inside_another_is_refused(ws):
    ws.send_frame(TEXT, "one", fin=False)
    ws.send_frame(TEXT, "two")
    assert ws.close_code() == 1002


def test_too_many_fragments_are_refused(ws):
    ws.send(frame(TEXT, "x", fin=False))
    ws.send_if_open(frame(CONTINUATION, "x", fin=False) * 1000)
    assert ws.close_code() in (1002, 1008, 1009)


@pytest.mark.parametrize("opcode", [PING, PONG, CLOSE])
def test_control_frames_are_short_and_whole(server, user, opcode):
    for broken in (frame(opcode, b"\x03\xe8" + b"x" * 124), frame(opcode, b"", fin=False)):
        with RawWs(server, user.token, unique_room()) as raw:
            raw.send_if_open(broken)
            assert raw.close_code() == 1002


def test_a_ping_is_answered_with_its_payload(ws):
    for payload in (b"", b"x", os.urandom(125)):
        ws.send_frame(PING, payload)
        assert ws.read_frame() == (PONG, payload)


@pytest.mark.parametrize("code", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 3000, 3999, 4999])
def test_a_close_is_echoed(ws, code):
    ws.send_frame(CLOSE, close_payload(code, "good bye, 中".encode()))
    assert ws.close_code() == code


def test_a_close_without_a_code_is_answered(ws):
    ws.send_frame(CLOSE)
    assert ws.close_code() in (None, 1000)


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000,
                                  65535])
def test_bad_close_codes_are_refused(ws, code):
    ws.send_frame(CLOSE, close_payload(code))
    assert ws.close_code() == 1002


def test_a_close_of_one_byte_is_refused(ws):
    ws.send_frame(CLOSE, b"\x03")
    assert ws.close_code() == 1002


def test_a_close_reason_must_be_utf8(ws):
    ws.send_frame(CLOSE, close_payload(1000, b"\xff"))
    assert ws.close_code() == 1007


def test_nothing_counts_after_a_close(server, user, chat):
    room = unique_room()
    watcher = chat(server, user, room).joined("Alice")
    with RawWs(server, user.token, room) as raw:
        raw.send_if_open(frame(CLOSE, close_payload(1000)) + frame(TEXT, "too late"))
        assert raw.close_code() == 1000
    watcher.send("next")
    watcher.hears("next")


def test_byte_by_byte_is_the_same(server, user):
    query = path_with("/ws", token=user.token, room=unique_room())
    with RawConnection(server) as connection:
        connection.send_bytewise(RawWs.handshake(query))
        assert connection.read_response().status == 101
        ws = object.__new__(RawWs)
        ws.__dict__ = connection.__dict__
        ws.read_text()
        ws.send_bytewise(frame(TEXT, "one ", fin=False) + frame(PING, b"p") +
                         frame(CONTINUATION, "zwölf 中") + frame(TEXT, "x" * 300))
        assert ws.read_frame() == (PONG, b"p")
        assert body_of(ws.read_text()) == "one zwölf 中"
        assert body_of(ws.read_text()) == "x" * 300


@pytest.mark.parametrize("glued", [1, 3, 50])
def test_frames_glued_to_the_handshake_count(server, user, glued):
    frames = b"".join(frame(TEXT, f"line {number}") for number in range(glued))
    with RawWs(server, user.token, unique_room(), glued=frames) as raw:
        raw.read_text()
        for number in range(glued):
            assert body_of(raw.read_text()) == f"line {number}"


def test_half_a_frame_glued_to_the_handshake_counts(server, user):
    whole = frame(TEXT, "x" * 200)
    with RawWs(server, user.token, unique_room(), glued=whole[:100]) as raw:
        raw.read_text()
        raw.send(whole[100:])
        assert body_of(raw.read_text()) == "x" * 200


def test_many_frames_in_one_packet_count(ws):
    ws.send(b"".join(frame(TEXT, f"line {number}") for number in range(500)))
    for number in range(500):
        assert body_of(ws.read_text()) == f"line {number}"


def test_resets_leave_nothing_behind(start_server):
    fresh = start_server()
    account = new_user(fresh)
    for sent in (b"", frame(TEXT, "half")[:4], frame(TEXT, "x", fin=False)):
        raw = RawWs(fresh, account.token, unique_room())
        raw.send(sent)
        raw.reset()
    fresh.counts(0, "confab_connections", kind="websocket")


def test_an_unfinished_message_is_given_up(start_server):
    hasty = start_server(settings={"ws.assembly_timeout_ms": "300"})
    account = new_user(hasty)
    with RawWs(hasty, account.token) as raw:
        raw.send_frame(TEXT, "to be continued", fin=False)
        raw.close_code()


def test_a_peer_that_answers_pings_stays_and_a_dead_one_goes(start_server):
    quick = start_server(settings={"ws.ping_interval_ms": "300", "ws.pong_timeout_ms": "300"})
    account = new_user(quick)
    with RawWs(quick, account.token) as alive:
        for _ in range(5):
            alive.send_frame(PONG, alive.skip_to(PING))
        alive.skip_to(PING)
        alive.ended()


def test_a_close_that_nobody_answers_ends_anyway(start_server):
    quick = start_server(settings={"ws.close_timeout_ms": "300"})
    account = new_user(quick)
    with RawWs(quick, account.token) as raw:
        raw.send_frame(BINARY, b"x")
        assert raw.close_code(answer=False) == 1003


@pytest.mark.parametrize("changes, status", [
    ({"Upgrade": None}, 426), ({"Upgrade": "h2c"}, 426),
    ({"Sec_WebSocket_Version": "8"}, 426), ({"Sec_WebSocket_Version": None}, (400, 426)),
    ({"Connection": "keep-alive"}, (400, 426)), ({"Sec_WebSocket_Key": None}, 400),
    ({"Sec_WebSocket_Key": "short"}, 400), ({"Sec_WebSocket_Key": "A" * 24}, 400),
    ({"Sec_WebSocket_Key": "!QIDBAUGBwgJCgsMDQ4PEA=="}, 400),
])
def test_a_bad_upgrade_is_refused(server, user, changes, status):
    with RawConnection(server) as connection:
        connection.send(RawWs.handshake(path_with("/ws", token=user.token), **changes))
        response = connection.read_response()
    expected = status if isinstance(status, tuple) else (status,)
    assert response.status in expected
    if response.status == 426:
        assert response.header("Sec-WebSocket-Version") == "13"
        assert response.header("Upgrade").lower() == "websocket"


@pytest.mark.parametrize("changes", [
    {"Upgrade": "WebSocket"}, {"Connection": "keep-alive, Upgrade"}, {"Connection": "UPGRADE"},
    {"Origin": "http://localhost"}, {"Sec_WebSocket_Extensions": "permessage-deflate"},
    {"Sec_WebSocket_Extensions": "x; y=1, permessage-deflate; client_max_window_bits"},
])
def test_a_good_upgrade_passes_in_any_spelling(server, user, changes):
    with RawConnection(server) as connection:
        connection.send(RawWs.handshake(path_with("/ws", token=user.token), **changes))
        response = connection.read_response()
    assert response.status == 101
    assert response.header("Sec-WebSocket-Extensions") is None


def test_only_get_opens_a_websocket(server, user):
    for method in ("POST", "PUT", "DELETE"):
        answer = call(server, method, path_with("/ws", token=user.token))
        answer.problem(405, "method_not_allowed")
        assert "GET" in answer.headers["Allow"]
