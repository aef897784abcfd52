"""INV9 by hand: r is taken out of two rooms and let in again. What keeps it, and what breaks it."""
import pytest

import checker
from history import Stored

PLANS, LOBBY = "~plans", "lobby"
USERS = [{"client": name, "type": "user", "user": f"u-{name}"} for name in "orwe"]


def change(seq, action, user=None, ts=0, **more):
    subject = {"user": f"u-{user}"} if user else {}
    return Stored(seq, f"change {seq}", "u-o", ts, {"action": action, **subject, **more})


def said(seq, digest, client="w", ts=0):
    return Stored(seq, digest, f"u-{client}", ts)


FINAL = {
    PLANS: [change(1, "create"), change(2, "set_role", "w", role="member"),
            change(3, "set_role", "r", role="moderator"), said(4, "a", "r"), change(5, "kick", "r"),
            said(6, "b"), change(7, "set_role", "r", role="member"), said(8, "c", "r"),
            change(9, "set_role", "r", role="none"), said(10, "d")],
    LOBBY: [said(1, "e", ts=1000), change(2, "ban", "r", ts=2000, for_s=5), said(3, "f", ts=3000),
            said(4, "g", "r", ts=7000), change(5, "ban", "r", ts=8000, for_s=5),
            said(6, "h", ts=9000), change(7, "unban", "r", ts=9500), said(8, "i", "r", ts=9700),
            change(9, "kick", "r", ts=9800), said(10, "j", ts=9900)],
}
HASHES = {(room, event.seq): event.hash for room, events in FINAL.items() for event in events}


def enter(head, room=PLANS, client="r", conn=1, latest=0):
    return {"client": client, "type": "enter", "room": room, "head": head, "conn": conn,
            "latest": latest}


def heard(seq, room=PLANS, client="r", conn=1, via="live", kind="event"):
    return {"client": client, "type": kind, "room": room, "seq": seq, "conn": conn, "via": via,
            "ts": 0, "hash": HASHES.get((room, seq))}


def removed(seq, action, room=PLANS):
    return {"client": "r", "type": "removed", "room": room, "seq": seq, "action": action,
            "conn": 1}


def hint(conn=1):
    return {"client": "r", "type": "hint", "room": PLANS, "what": "typing", "conn": conn}


def denied(code, room=PLANS, client="r"):
    return {"client": client, "type": "denied", "room": room, "code": code, "what": "join"}


def told(client, room=PLANS):
    return {"client": client, "type": "told", "room": room, "what": "members"}


def violations(entries, final=None):
    return checker.inv9_who_was_removed_hears_and_says_nothing([*USERS, *entries], final or FINAL)


KEPT = {
    "up to the removal": [enter(3), heard(4), heard(5), removed(5, "kick"), denied("no_such_room")],
    "not even that": [enter(3), removed(5, "kick")],
    "an old page comes late": [enter(4), removed(5, "kick"), heard(4, via="history", kind="seen")],
    "let in again": [enter(4), heard(5), removed(5, "kick"), enter(7), heard(6), heard(8)],
    "let in again elsewhere": [enter(4), enter(8, conn=2), heard(5, conn=2), heard(6, conn=2)],
    "somebody types": [enter(3), hint(), removed(5, "kick"), enter(7), hint()],
    "nobody told it": [enter(4), denied("gone"), denied("no_such_room")],
    "banned": [enter(1, LOBBY), heard(2, LOBBY), removed(2, "ban", LOBBY), denied("banned", LOBBY),
               denied("forbidden", LOBBY)],
    "the ban is over": [enter(3, LOBBY, latest=7000), heard(4, LOBBY), heard(5, LOBBY)],
    "the ban is taken back": [enter(7, LOBBY, latest=9600), heard(8, LOBBY)],
    "kicked, and back at once": [enter(8, LOBBY, latest=9750), heard(9, LOBBY),
                                 enter(9, LOBBY, latest=9850), heard(10, LOBBY)],
    "a stranger": [denied("gone", client="e"), denied("no_such_room", client="e"),
                   enter(3, LOBBY, "e"), heard(4, LOBBY, "e"), told("e", LOBBY)],
    "a member": [told("r"), enter(2, client="w"), *(heard(n, client="w") for n in range(3, 11))],
}
BROKEN = {
    "live behind the removal": [enter(4), heard(5), heard(6)],
    "live behind it, before it is told": [enter(4), heard(6), removed(5, "kick")],
    "still there when let in again": [enter(4), heard(7), heard(8)],
    "replayed while outside": [enter(6), heard(6, via="history")],
    "let in while outside": [enter(5)],
    "let in at the end": [enter(10, conn=3)],
    "a page behind the removal": [enter(4), heard(6, via="history", kind="seen")],
    "live after it was told": [enter(3), removed(5, "kick"), heard(4)],
    "somebody types after it was told": [enter(3), removed(5, "kick"), hint()],
    "on a connection that never came in": [enter(4), heard(5, conn=2)],
    "never in": [heard(4)],
    "told what did not happen": [enter(3), removed(4, "kick")],
    "told something else": [enter(3), removed(5, "ban")],
    "told why": [denied("banned")],
    "let in while banned": [enter(3, LOBBY, latest=6999)],
    "let in before the ban is taken back": [enter(6, LOBBY, latest=9600)],
    "hears on while banned": [enter(1, LOBBY), heard(2, LOBBY), heard(3, LOBBY)],
    "a stranger is let in": [enter(3, client="e")],
    "a stranger hears": [heard(4, client="e")],
    "a stranger is told": [told("e")],
    "a stranger is refused in another way": [denied("banned", client="e")],
}
STORED = {
    "while outside": (PLANS, [*FINAL[PLANS][:5], said(6, "x", "r")]),
    "at the end": (PLANS, [*FINAL[PLANS], said(11, "x", "r")]),
    "a stranger": (PLANS, [*FINAL[PLANS], said(11, "x", "e")]),
    "while banned": (LOBBY, [*FINAL[LOBBY][:2], said(3, "x", "r", ts=6999)]),
    "what he does, too": (PLANS, [*FINAL[PLANS][:5], Stored(6, "x", "u-r", 0, {
        "action": "set_role", "user": "u-r", "role": "owner"})]),
}


@pytest.mark.parametrize("entries", KEPT.values(), ids=KEPT)
def test_who_hears_what_he_may_is_no_violation(entries):
    assert violations(entries) == []


@pytest.mark.parametrize("entries", BROKEN.values(), ids=BROKEN)
def test_who_hears_more_is_caught(entries):
    found = violations(entries)
    assert found and all(each.startswith("INV9: ") for each in found)


@pytest.mark.parametrize("room, events", STORED.values(), ids=STORED)
def test_what_is_stored_of_who_is_outside_is_caught(room, events):
    assert len(violations([], {room: events})) == 1


SET_BACK = {
    "another ban began": {"lobby": [
        change(1, "ban", "r", ts=10000, for_s=1), change(2, "ban", "e", ts=11000, for_s=1),
        said(3, "x", "r", ts=5000)]},
    "he was let in again": {"~plans": [
        change(1, "create"), change(2, "ban", "r", ts=10000, for_s=1),
        change(3, "set_role", "r", ts=11000, role="member"), said(4, "x", "r", ts=5000)]},
}


@pytest.mark.parametrize("final", SET_BACK.values(), ids=SET_BACK)
def test_a_ban_that_was_over_when_the_clock_is_set_back_may_be_over_for_good(final):
    assert violations([], final) == []


def test_the_checker_asks_for_it():
    entries = [*USERS, *BROKEN["live behind the removal"]]
    assert "INV9" in {each.split(":")[0] for each in checker.check(entries, FINAL)}


def at_the_end(client, seq, room=PLANS):
    return [*USERS, {"client": client, "type": "start", "room": room, "after": seq, "why": "join"}]


def test_who_is_outside_at_the_end_need_not_have_the_end():
    assert checker.inv10_all_caught_up(at_the_end("r", 9), FINAL) == []
    assert checker.inv10_all_caught_up(at_the_end("w", 9), FINAL)
    assert checker.inv10_all_caught_up(at_the_end("r", 9, LOBBY), FINAL)
