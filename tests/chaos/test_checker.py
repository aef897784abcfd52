"""The checker itself: for each invariant a history that keeps it and one that breaks it."""
import pytest

import checker
from history import Stored

FINAL = {"lobby": [Stored(1, "a"), Stored(2, "b"), Stored(3, "c")]}
SPOKEN = {"lobby": [event._replace(plain=event.hash) for event in FINAL["lobby"]]}


def invoke(op, digest, room="lobby", client="w", conn=1):
    return {"client": client, "type": "invoke", "op": op, "room": room, "hash": digest,
            "conn": conn}


def ok(op, seq, retried=False, ts=0):
    return {"client": "w", "type": "ok", "op": op, "seq": seq, "dup": False, "retried": retried,
            "ts": ts}


def start(after=0, client="r", room="lobby"):
    return {"client": client, "type": "start", "room": room, "after": after, "why": "join"}


def event(seq, digest, client="r", room="lobby", ts=0):
    return {"client": client, "type": "event", "room": room, "seq": seq, "hash": digest,
            "via": "live", "ts": ts}


def read(at_least, last):
    return {"client": "w", "type": "read", "room": "lobby", "at_least": at_least, "last": last}


def heard(plain, conn=1):
    return {"client": "v1", "type": "heard", "room": "lobby", "conn": conn, "plain": plain}


def memory(mib):
    return {"client": "server", "type": "memory", "what": "VmRSS", "mib": mib, "limit": 100}


def calm(**left):
    return {"client": "server", "type": "calm", "left": {"connections": 0, **left}}


SAID = [invoke("w-1", "a"), invoke("w-2", "b"), invoke("w-3", "c")]
GOOD = [*SAID, ok("w-1", 1), ok("w-2", 2), start(), event(1, "a"), event(2, "b"), event(3, "c"),
        read(2, 2), read(2, 3), memory(100)]
ANSWERED = [*GOOD, ok("w-3", 3)]


def test_a_good_history_has_no_violation():
    assert checker.check(GOOD, FINAL) == []


def test_a_history_that_ends_in_calm_has_no_violation():
    refused = [invoke("w-4", "d"), {"client": "w", "type": "fail", "op": "w-4", "code": "x"}]
    assert checker.check([*ANSWERED, *refused, calm()], FINAL) == []


def test_a_client_of_v1_misses_what_is_said_between_two_connections():
    later = [heard("a"), heard("c", conn=2)]
    assert checker.check([*SAID, *later], SPOKEN) == []


def test_what_was_given_up_may_have_happened_or_not():
    given_up = [{"client": "w", "type": "unknown", "op": op, "code": "lost"}
                for op in ("w-3", "w-4")]
    assert checker.check([*GOOD, invoke("w-4", "d"), *given_up, calm()], FINAL) == []


def test_what_is_unknown_may_have_happened_or_not():
    assert checker.check([*GOOD, invoke("w-4", "d")], FINAL) == []


BROKEN = {
    "INV1 lost": ([*GOOD, invoke("w-4", "d"), ok("w-4", 4)], FINAL, "INV1"),
    "INV1 another": ([*SAID, invoke("w-4", "d"), ok("w-4", 2)], FINAL, "INV1"),
    "INV2 event": (GOOD, {"lobby": [*FINAL["lobby"], Stored(4, "b")]}, "INV2"),
    "INV2 seq": (GOOD, {"lobby": [*FINAL["lobby"][:2], *FINAL["lobby"][1:]]}, "INV2"),
    "INV2 rooms": (GOOD, {**FINAL, "kitchen": [Stored(1, "a")]}, "INV2"),
    "INV3 hole": (SAID, {"lobby": [Stored(1, "a"), Stored(3, "c")]}, "INV3"),
    "INV3 first": (SAID, {"lobby": [Stored(2, "b"), Stored(3, "c")]}, "INV3"),
    "INV4 other": ([*SAID, start(), event(1, "a"), event(2, "c"), event(3, "c")], FINAL, "INV4"),
    "INV4 more": ([*GOOD, event(4, "d")], FINAL, "INV4"),
    "INV4 not used": ([*GOOD, {**event(3, "x"), "type": "seen"}], FINAL, "INV4"),
    "INV4 time of an ack": ([*GOOD, ok("w-3", 3, ts=1)], FINAL, "INV4"),
    "INV4 time of an event": ([*GOOD, start(2, "q"), event(3, "c", "q", ts=1)], FINAL, "INV4"),
    "INV5 gap": ([*SAID, start(), event(1, "a"), event(3, "c")], FINAL, "INV5"),
    "INV5 twice": ([*GOOD, event(3, "c")], FINAL, "INV5"),
    "INV5 back": ([*SAID, start(1), event(3, "c"), event(2, "b"), event(3, "c")], FINAL, "INV5"),
    "INV5 outside": ([*SAID, event(1, "a")], FINAL, "INV5"),
    "INV5 diverged": ([*SAID, {**start(3), "why": "diverged"}], FINAL, "INV5"),
    "INV4 v1": ([*SAID, heard("z")], SPOKEN, "INV4"),
    "INV5 v1": ([*SAID, heard("a"), heard("c")], SPOKEN, "INV5"),
    "INV5 v1 twice": ([*SAID, heard("b"), heard("b"), heard("c")], SPOKEN, "INV5"),
    "INV10 v1": ([*SAID, heard("a"), heard("b")], SPOKEN, "INV10"),
    "INV6 elsewhere": ([*SAID, invoke("w-4", "d", "kitchen")],
                       {"lobby": [*FINAL["lobby"], Stored(4, "d")]}, "INV6"),
    "INV6 phantom": (SAID, {"lobby": [*FINAL["lobby"], Stored(4, "z")]}, "INV6"),
    "INV6 refused": ([*SAID, {"client": "w", "type": "fail", "op": "w-2", "code": "x"}], FINAL,
                     "INV6"),
    "INV7": ([*SAID, ok("w-1", 2), ok("w-2", 1)], FINAL, "INV7"),
    "INV8": ([*GOOD, read(3, 2)], FINAL, "INV8"),
    "INV10": ([*SAID, start(), event(1, "a")], FINAL, "INV10"),
    "INV10 nothing": ([*SAID, start()], FINAL, "INV10"),
    "INV12 memory": ([*GOOD, memory(101)], FINAL, "INV12"),
    "INV12 never answered": ([*GOOD, calm()], FINAL, "INV12"),
    "INV12 queue": ([*ANSWERED, calm(feed_bytes=1)], FINAL, "INV12"),
    "INV12 connections": ([*ANSWERED, calm(connections=1)], FINAL, "INV12"),
    "INV12 too few": ([*ANSWERED, calm(connections=-1)], FINAL, "INV12"),
}


@pytest.mark.parametrize("entries, final, expected", BROKEN.values(), ids=BROKEN)
def test_a_broken_history_is_caught(entries, final, expected):
    assert expected in {problem.split(":")[0] for problem in checker.check(entries, final)}


def test_order_is_asked_of_one_connection_and_first_attempts_only():
    again = [*SAID, ok("w-1", 2, retried=True), ok("w-2", 1)]
    assert checker.inv7_a_senders_order_is_kept(again, FINAL) == []
    moved = [invoke("w-1", "a"), invoke("w-2", "b", conn=2), ok("w-1", 2), ok("w-2", 1)]
    assert checker.inv7_a_senders_order_is_kept(moved, FINAL) == []
