"""A reader that does not read is cut off; nobody else loses anything, and memory stays bounded."""
import json

import psutil
import pytest

from raw_ws import CLOSE, PING, TEXT, RawWs, frame
from support import LIFTED, SLOW, eventually, new_user, unique_room

BODY = "x" * 60_000
MESSAGES = 170  # 10 MB: more than the kernel's buffers hold on both sides
READERS_MEMORY_MAX = 64 * 1024 * 1024 * max(1, SLOW)


def line(number):
    return f"{number:04} {BODY}"


def after_notices(listener):
    """The notices that come next, and the message after them."""
    frames = [listener.receive()]
    while frames[-1].startswith("system:"):
        frames.append(listener.receive())
    return frames


def flood(sender, listeners):
    """Everybody who listens hears every line, in order. Returns the notices of the last one."""
    heard = []
    for number in range(MESSAGES):
        sender.send(line(number))
        for listener in listeners:
            notices = after_notices(listener)
            assert json.loads(notices.pop())["message"] == line(number)
            heard.extend(notices if listener is listeners[-1] else [])
    return heard


def what_arrived(raw):
    """The numbers of the messages that reached a raw client, and its Close payload, if any."""
    numbers = []
    try:
        while True:
            opcode, payload = raw.read_frame()
            if opcode == CLOSE:
                raw.expect_end()
                return numbers, payload
            if opcode == TEXT and not payload.startswith(b"system:"):
                numbers.append(int(json.loads(payload)["message"][:4]))
    except (EOFError, ConnectionResetError):
        return numbers, None


@pytest.fixture
def crowd(start_server, chat):
    fresh = start_server(settings=LIFTED)
    room = unique_room()
    names = ("Sender", "Reader", "Slow")
    users = {name: new_user(fresh, name) for name in names}
    sender = chat(fresh, users["Sender"], room)
    reader = chat(fresh, users["Reader"], room)
    return fresh, room, users["Slow"], sender, reader


def closed_as_too_slow(server):
    return server.metric("confab_websocket_closes_total", reason="too_slow")


def test_who_does_not_read_is_cut_off_and_the_others_lose_nothing(crowd):
    server, room, slow_user, sender, reader = crowd
    slow = RawWs(server, slow_user.token, room, receive_buffer=4096)
    before = psutil.Process(server.popen.pid).memory_info().rss
    notices = flood(sender, [sender, reader])
    eventually(lambda: closed_as_too_slow(server) == 1, "the slow reader is cut off")
    grown = psutil.Process(server.popen.pid).memory_info().rss - before
    assert grown < READERS_MEMORY_MAX, f"{grown} bytes more"
    numbers, close = what_arrived(slow)
    assert numbers == list(range(len(numbers))), "no hole before the end"
    assert len(numbers) < MESSAGES
    assert close is None or close[:2] == (4009).to_bytes(2, "big")
    sender.send("the last word")
    notices += after_notices(reader)
    assert [notice for notice in notices if "Slow has left the chat." in notice]


def test_many_slow_readers_cost_a_bounded_amount(crowd):
    server, room, slow_user, sender, reader = crowd
    slow = [RawWs(server, slow_user.token, room, receive_buffer=4096) for _ in range(20)]
    before = psutil.Process(server.popen.pid).memory_info().rss
    flood(sender, [sender, reader])
    eventually(lambda: closed_as_too_slow(server) == len(slow), "all slow readers are cut off")
    grown = psutil.Process(server.popen.pid).memory_info().rss - before
    assert grown < READERS_MEMORY_MAX, f"{grown} bytes more"
    for raw in slow:
        raw.close()


def test_a_full_loop_costs_the_room_that_holds_most_and_not_who_pauses_elsewhere(start_server,
                                                                                 chat):
    total = 1024 * 1024
    fresh = start_server(settings={**LIFTED, "server.loops": "1",
                                   "feed.room_bytes_max": str(total),
                                   "feed.total_bytes_max": str(total)})
    user = new_user(fresh, "Sender")
    held = lambda: fresh.metric("confab_feed_bytes")
    crowded, other = unique_room(), unique_room()
    sender = chat(fresh, user, crowded)
    stalled = RawWs(fresh, new_user(fresh, "Stalled").token, crowded, receive_buffer=4096)
    for _ in range(MESSAGES):
        if held() > 800_000:
            break
        sender.send(line(0))
        after_notices(sender)
    assert 800_000 < held() < total, "or the kernel took everything"
    elsewhere = chat(fresh, user, other)
    pausing = RawWs(fresh, new_user(fresh, "Pausing").token, other, receive_buffer=4096)
    count = 10
    for number in range(count):
        elsewhere.send(line(number))
        after_notices(elsewhere)
    assert held() < total
    numbers = []
    while len(numbers) < count:
        opcode, payload = pausing.read_frame()
        assert opcode == TEXT, payload
        if not payload.startswith(b"system:"):
            numbers.append(int(json.loads(payload)["message"][:4]))
    assert numbers == list(range(count))
    what_arrived(stalled)
    eventually(lambda: closed_as_too_slow(fresh) == 1, "the stalled reader is cut off")


def test_who_stops_reading_in_a_quiet_room_is_cut_off_in_time(start_server, chat):
    """Less than the outbox holds, but nothing of it moves: the stall limit ends the connection."""
    fresh = start_server(settings={**LIFTED, "ws.outbox_stall_timeout_ms": "1000",
                                   "ws.outbox_bytes_max": str(64 * 1024 * 1024),
                                   "ws.outbox_frames_max": "100000"})
    room = unique_room()
    sender = chat(fresh, new_user(fresh, "Sender"), room)
    slow = RawWs(fresh, new_user(fresh, "Slow").token, room, receive_buffer=4096)
    flood(sender, [sender])
    eventually(lambda: closed_as_too_slow(fresh) == 1, "the stalled reader is cut off")
    numbers, _ = what_arrived(slow)
    assert numbers == list(range(len(numbers)))


def test_pings_without_end_from_who_does_not_read_cost_nothing(crowd):
    """Only the newest pong waits, however many pings came."""
    server, room, slow_user, sender, _ = crowd
    rude = RawWs(server, slow_user.token, room, receive_buffer=4096)
    rude.socket.settimeout(0.2)
    before = psutil.Process(server.popen.pid).memory_info().rss
    block = frame(PING, b"x" * 125) * 500
    try:
        for _ in range(200):
            rude.socket.sendall(block)
    except (TimeoutError, OSError):
        pass  # the server reads no faster than it can answer, or has given up
    grown = psutil.Process(server.popen.pid).memory_info().rss - before
    assert grown < READERS_MEMORY_MAX, f"{grown} bytes more"
    sender.send("unharmed")
    assert json.loads(after_notices(sender)[-1])["message"] == "unharmed"
    rude.close()
