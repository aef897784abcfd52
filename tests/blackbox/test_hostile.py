"""Clients that mean harm. The server stays up, loses nothing of what others say, and forgets them.

What is asserted are counts, memory and correctness, never how long something takes.
"""
import contextlib
import random
import struct
import zlib

import psutil
import pytest

import support
from raw_http import get
from raw_ws import BINARY, CONTINUATION, PING, TEXT, frame
from support import SLOW, call, eventually, mint_tokens, unique_room
from swarm import Pair, Peer, Swarm, WsPeer

MIB = 1024 * 1024
SANITIZED = SLOW > 1
LONG_S = 120 * SLOW

# Limits that only stand in the way because all clients here share one address and few users.
LIFTED = {f"limits.{name}": "1000000" for name in (
    "connections_per_address", "connections_per_user", "connects_per_second", "connects_burst",
    "address_connects_per_second", "address_connects_burst", "messages_per_second",
    "messages_burst", "user_messages_per_second", "user_messages_burst",
    "address_messages_per_second", "address_messages_burst", "pings_per_second", "pings_burst")}


def fewer(count):
    """As many as told, a fifth of it where every step costs several times as much."""
    return count // 5 if SANITIZED else count


class Stage:
    """A server, a pair of bystanders, and a swarm in which the attackers live."""

    def __init__(self, server):
        self.server = server
        self.process = psutil.Process(server.popen.pid)
        self.tokens = mint_tokens(server, 12)
        self.swarm = Swarm(server)
        self.pair = Pair(self.swarm, self.tokens[:2], "bystanders")
        self.others = 2  # WebSockets that stay when the attackers are gone
        call(server, "GET", "/metrics")
        self.descriptors = self.process.num_fds()
        self.memory = self.process.memory_info().rss

    def many(self, count, make, at_once=500):
        """`count` connections, made by make(number); the bystanders are served meanwhile."""
        made = []
        while len(made) < count:
            some = min(at_once, count - len(made))
            made += [make(len(made) + i) for i in range(some)]
            self.swarm.until(lambda: all(peer.connected for peer in made), "all are connected",
                             LONG_S)
        return made

    def open_many(self, count, make, **options):
        peers = self.many(count, make, **options)
        self.swarm.until(lambda: all(peer.open for peer in peers), "all WebSockets are open",
                         LONG_S)
        return peers

    def member(self, number, room, **options):
        return WsPeer(self.swarm, self.tokens[2 + number % (len(self.tokens) - 2)], room, **options)

    def gather(self, peers):
        """Waits until the room knows all of them; what they heard until then is forgotten."""
        for number, peer in enumerate(peers):
            peer.say(f"here {number}")
        self.swarm.until(lambda: all(f"here {number}" in peer.heard
                                     for number, peer in enumerate(peers)), "all are in the room")
        peers[0].say("begin")
        self.swarm.until(lambda: all(peer.heard[-1] == "begin" for peer in peers), "all begin")
        for peer in peers:
            peer.heard.clear()

    def connections(self, kind):
        return self.server.metric("confab_connections", kind=kind)

    def is_unharmed(self):
        assert call(self.server, "GET", "/health").status == 200
        self.pair.talk()

    def assert_memory_below(self, mib):
        """What the server holds more than at the start. Sanitizers keep what was freed."""
        grown = self.process.memory_info().rss - self.memory
        assert grown < (mib + 400 * SANITIZED) * MIB, f"{grown / MIB:.1f} MiB more"

    def all_is_calm(self):
        """The attackers go; nothing of them is left."""
        for peer in list(self.swarm.peers.values()):
            if peer not in self.pair.peers:
                peer.end(reset=True)
        self.swarm.until(lambda: self.connections("websocket") == self.others, "WebSockets end",
                         LONG_S)
        # One is the question itself.
        self.swarm.until(lambda: self.connections("http") == 1, "connections end", LONG_S)
        self.is_unharmed()
        eventually(lambda: self.process.num_fds() <= self.descriptors + 4, "descriptors return")
        self.assert_memory_below(24)
        self.swarm.close()
        eventually(lambda: self.connections("websocket") == 0, "the bystanders are gone")
        self.server.counts(0, "confab_rooms")


@pytest.fixture
def stage(start_server):
    """stage(key=value): a server with these settings, and the bystanders. Calm in the end."""
    @contextlib.contextmanager
    def start(**settings):
        lifted = {"auth.throttle": "false", **LIFTED}
        made = Stage(start_server(settings={**lifted, **{
            name.replace("__", "."): str(value) for name, value in settings.items()}}))
        try:
            yield made
            made.all_is_calm()
        finally:
            made.swarm.close()
    return start


def all_ended(peers):
    return lambda: all(peer.ended for peer in peers)


def statuses(peers):
    return {peer.status for peer in peers}


def test_slow_headers(stage):
    """2,000 clients send a header byte by byte; each is told 408, however busy it was."""
    with stage(http__header_timeout_ms=int(3000 * SLOW)) as scene:
        slow = scene.many(fewer(2000), lambda _: Peer(scene.swarm, b"GET /health HTTP/1.1\r\n"))
        drip = iter(b"X-Slow: " + b"z" * 8000)

        def all_are_told():
            byte = bytes([next(drip)])
            for peer in slow:
                if not peer.input:
                    peer.send(byte)
            scene.pair.talk(1)
            return all_ended(slow)()
        scene.swarm.until(all_are_told, "the server ends them", LONG_S)
        assert statuses(slow) == {408}
        scene.server.counts(len(slow), "confab_refusals_total", reason="timeout")
        scene.assert_memory_below(24)


def test_connections_that_say_nothing(stage):
    """5,000 of them: none costs much, all are ended by the server itself, without an answer."""
    with stage(http__header_timeout_ms=int(8000 * SLOW)) as scene:
        silent = scene.many(fewer(5000), lambda _: Peer(scene.swarm))
        eventually(lambda: scene.connections("http") == len(silent) + 1, "all are accepted")
        scene.is_unharmed()
        scene.assert_memory_below(32)
        scene.swarm.until(all_ended(silent), "the server ends them", LONG_S)
        assert not any(peer.input for peer in silent)


def test_websockets_that_say_nothing(stage):
    """5,000 that answer no ping are found to be gone; the bystanders answer and stay."""
    with stage(ws__ping_interval_ms=int(4000 * SLOW),
               ws__pong_timeout_ms=int(2000 * SLOW)) as scene:
        rooms = [unique_room() for _ in range(100)]
        silent = scene.open_many(fewer(5000), lambda number: scene.member(
            number, rooms[number % 100], polite=False))
        scene.is_unharmed()
        scene.assert_memory_below(40)
        scene.swarm.until(all_ended(silent), "the server ends them", LONG_S)
        gone = scene.server.metric("confab_websocket_closes_total", reason="ping_timeout")
        assert gone == len(silent)


def test_garbage(stage):
    """20 MB of noise, half of it as HTTP and half of it in WebSockets: every sender is refused."""
    noise = random.Random(1)
    with stage(ws__assembly_timeout_ms=1000, http__header_timeout_ms=int(5000 * SLOW)) as scene:
        for _ in range(20):
            plain = scene.many(5, lambda _: Peer(scene.swarm, noise.randbytes(100_000)))
            framed = scene.open_many(5, lambda number: scene.member(number, "noise"))
            for peer in framed:
                peer.send(noise.randbytes(100_000))
            scene.pair.talk(1)
            scene.swarm.until(all_ended(plain), "the server ends them", LONG_S)
            assert statuses(plain) <= {400, 408, 414, 431, None}, statuses(plain)
            scene.swarm.until(all_ended(framed), "the server ends them", LONG_S)
            codes = {peer.close_code for peer in framed}
            assert codes <= {1002, 1003, 1007, 1008, 1009, None}, codes
        scene.assert_memory_below(16)


def test_pings_that_nobody_reads_the_answers_of(stage):
    """100,000 pings cost the server one waiting pong; what it answers is in order."""
    with stage() as scene:
        rude = scene.open_many(1, lambda _: scene.member(0, "pings", receive_buffer=4096))[0]
        rude.read_on(False)
        for block in range(100):
            rude.send(b"".join(frame(PING, struct.pack("!I", block * 1000 + i) * 25)
                               for i in range(1000)))
            scene.swarm.serve(0)
        scene.is_unharmed()
        scene.assert_memory_below(8)
        rude.read_on()
        last = struct.pack("!I", 99_999) * 25
        scene.swarm.until(lambda: rude.ended or last in rude.pongs[-1:], "the last pong", LONG_S)
        assert rude.pongs == sorted(set(rude.pongs)), "out of order"


def test_stalled_readers(stage):
    """A fifth of a busy room reads nothing. Everybody else hears everything, once and in order."""
    messages, window, members = 500, 16, fewer(200)
    with stage() as scene:
        room = unique_room()
        readers = scene.open_many(members - members // 5, lambda number: scene.member(number, room))
        stalled = scene.open_many(members // 5, lambda number: scene.member(
            number, room, receive_buffer=4096))
        scene.gather(readers + stalled)
        for peer in stalled:
            peer.read_on(False)
        lines = [f"{number:06} " + "x" * 6000 for number in range(messages)]
        for number, text in enumerate(lines):
            readers[0].say(text)
            scene.swarm.until(lambda: min(len(peer.heard) for peer in readers) > number - window,
                              "the readers keep up", LONG_S)
            if number % 50 == 0:
                scene.pair.talk(1)
        scene.swarm.until(lambda: min(len(peer.heard) for peer in readers) == messages,
                          "the readers hear the rest", LONG_S)
        said = [text[:40] for text in lines]
        assert all(peer.heard == said for peer in readers)
        # 64 bytes for each, and what a room may hold altogether.
        scene.assert_memory_below(16 + len(stalled) * 64 / MIB)
        eventually(lambda: scene.server.metric("confab_websocket_closes_total", reason="too_slow")
                   == len(stalled), "the stalled are cut off")
        for peer in stalled:
            peer.read_on()
        scene.swarm.until(all_ended(stalled), "their end", LONG_S)
        for peer in stalled:
            assert len(peer.heard) < messages
            assert peer.heard == said[:len(peer.heard)], "a hole before the end"
            assert peer.close_code in (4009, None)


def open_count(peers):
    return sum(isinstance(peer, WsPeer) and peer.open for peer in peers)


@pytest.fixture
def tight(tmp_path, monkeypatch):
    """Servers that start with a limit of 200 descriptors."""
    script = tmp_path / "tight"
    script.write_text(f'#!/bin/sh\nulimit -n 200\nexec "{support.BINARY}" "$@"\n')
    script.chmod(0o700)
    monkeypatch.setattr(support, "BINARY", script)


def test_two_hundred_descriptors(tight, stage):
    """300 clients: those who are in stay, the others get 503 or the end; then there is room."""
    with stage() as scene:
        crowd = scene.many(300, lambda number: scene.member(number, unique_room()))
        scene.swarm.until(lambda: all(peer.open or peer.ended for peer in crowd), "all are told",
                          LONG_S)
        inside = open_count(crowd)
        assert 50 < inside < 200
        assert statuses(crowd) <= {101, 503, None}
        assert 503 in statuses(crowd)
        scene.pair.talk()
        for peer in crowd:
            if peer.open:
                peer.say("still here")
        scene.swarm.until(lambda: sum(len(peer.heard) for peer in crowd) == inside,
                          "everybody inside is served")
        for peer in crowd:
            peer.end(reset=True)
        eventually(lambda: call(scene.server, "GET", "/health").status == 200, "room again")
        scene.open_many(inside // 2, lambda number: scene.member(number, unique_room()))


def test_no_descriptors_left(stage):
    """accept() fails: who is in stays, the others wait in the backlog and get in later."""
    with stage() as scene:
        _, hard = psutil.Process().rlimit(psutil.RLIMIT_NOFILE)
        scene.process.rlimit(psutil.RLIMIT_NOFILE, (200, hard))
        crowd = scene.many(300, lambda number: scene.member(number, unique_room()))
        room_for = 200 - scene.descriptors + 4  # a few were open for a question only
        scene.swarm.until(lambda: open_count(crowd) >= room_for - 10, "as many as can be")
        scene.pair.talk()
        assert open_count(crowd) <= room_for
        for peer in [peer for peer in crowd if peer.open]:
            peer.end(reset=True)
        waiting = [peer for peer in crowd if not peer.ended]
        assert len(waiting) >= 300 - room_for
        scene.swarm.until(lambda: open_count(waiting) == len(waiting), "the others get in", LONG_S)
        scene.process.rlimit(psutil.RLIMIT_NOFILE, (hard, hard))


def test_reconnect_storm(stage):
    """5,000 connections are cut and come back at once, three times: all get in again."""
    with stage() as scene:
        count = fewer(5000)
        for _ in range(3):
            crowd = scene.open_many(count, lambda number: scene.member(number, f"s-{number % 100}"),
                                    at_once=count)
            eventually(lambda: scene.connections("websocket") == count + scene.others, "all are in")
            scene.is_unharmed()
            for peer in crowd:
                peer.end(reset=True)
        scene.assert_memory_below(40)


def test_a_million_fragments(stage):
    """15,625 messages of 64 fragments of one byte: each is put together and heard."""
    with stage() as scene:
        sender = scene.open_many(1, lambda _: scene.member(0, "fragments"))[0]
        count, window = fewer(15_625), 100
        for number in range(count):
            text = f"{number:064}".encode()
            frames = [frame(TEXT if i == 0 else CONTINUATION, text[i:i + 1], fin=i == 63)
                      for i in range(64)]
            sender.send(b"".join(frames))
            if number % 1000 == 0:
                scene.pair.talk(1)
            scene.swarm.until(lambda: len(sender.heard) > number - window, "they are heard", LONG_S)
        scene.swarm.until(lambda: len(sender.heard) == count, "the rest is heard", LONG_S)
        assert sender.heard == [f"{number:064}"[:40] for number in range(count)]
        scene.assert_memory_below(8)


@pytest.mark.parametrize("payload", [b"", b"x"])
def test_fragments_without_end(stage, payload):
    """A message that never ends is refused at its limit, with or without bytes in its pieces."""
    with stage(ws__fragments_max=65536) as scene:
        peers = scene.open_many(5, lambda number: scene.member(number, "endless"))
        piece = frame(CONTINUATION, payload, fin=False) * 1000
        for peer in peers:
            peer.send(frame(TEXT, payload, fin=False))
        for _ in range(200):
            for peer in peers:
                peer.send(piece)
            scene.swarm.serve(0)
        scene.swarm.until(all_ended(peers), "the server ends them", LONG_S)
        assert {peer.close_code for peer in peers} <= {1008, 1009}
        scene.assert_memory_below(8)


@pytest.mark.parametrize("begin, more, status", [
    (b"GET /health HTTP/1.1\r\nX-Long: ", b"z" * 1000, 431),
    (b"GET /health HTTP/1.1\r\n", b"X-Many: z\r\n" * 100, 431),
    (b"GET /", b"z" * 1000, 414),
    (b"POST /auth/login HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
     b"3e8\r\n" + b"z" * 1000 + b"\r\n", 413),
], ids=["field", "fields", "target", "body"])
def test_requests_without_end(stage, begin, more, status):
    with stage() as scene:
        peers = scene.many(100, lambda _: Peer(scene.swarm, begin))
        for _ in range(500):
            for peer in peers:
                if not peer.input:
                    peer.send(more)
            scene.swarm.serve(0)
        scene.swarm.until(all_ended(peers), "the server ends them", LONG_S)
        assert statuses(peers) == {status}
        scene.assert_memory_below(8)


@pytest.mark.parametrize("length, code", [
    (2**63, 1002), (2**63 - 1, 1009), (2**32, 1009), (2**31, 1009), (64 * 1024 + 1, 1009)])
def test_huge_frames(stage, length, code):
    """The length alone is enough to refuse it: nothing is allocated for what is only announced."""
    head = bytes([0x80 | BINARY, 0x80 | 127]) + struct.pack("!Q", length) + b"mask"
    with stage() as scene:
        peers = scene.open_many(200, lambda number: scene.member(number, "huge"))
        for peer in peers:
            peer.send(head)
        scene.swarm.until(all_ended(peers), "the server ends them", LONG_S)
        assert {peer.close_code for peer in peers} == {code}
        scene.assert_memory_below(8)


def test_deflate_bombs(stage):
    """64 MiB of zeros in 64 KiB: inflating stops at the limit of a message."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packer.compress(bytes(64 * MIB)) + packer.flush(zlib.Z_SYNC_FLUSH)
    bomb = bomb[:-4][:60_000]  # RFC 7692 section 7.2.1; smaller than a message may be
    with stage(server__deflate="true") as scene:
        peers = scene.open_many(50, lambda number: scene.member(
            number, "bombs", extension="permessage-deflate; client_max_window_bits"))
        if not any(b"permessage-deflate" in peer.answer for peer in peers):
            pytest.skip("this server does not compress")
        for peer in peers:
            peer.send(frame(TEXT, bomb, rsv=4))
        scene.swarm.until(all_ended(peers), "the server ends them", LONG_S)
        assert {peer.close_code for peer in peers} == {1009}
        scene.assert_memory_below(16)


def test_who_asks_and_never_reads(stage):
    """Requests are pipelined without end; the answers fill the socket, and then nobody reads on."""
    with stage(http__keep_alive_timeout_ms=60_000) as scene:
        rude = scene.many(50, lambda _: Peer(scene.swarm, reading=False, receive_buffer=4096))
        for _ in range(20):
            for peer in rude:
                peer.send(get("/") * 500)
            scene.swarm.serve(0)
        scene.is_unharmed()
        scene.assert_memory_below(16)
