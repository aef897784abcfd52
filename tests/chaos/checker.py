"""Checks a history against the end: what a room holds when all is calm, by its file or by history.

`final` is {room: [Stored, …]} in the order of seq. Every check gives a list of violations, which
name client, room and seq. All are linear. INV9 has a file of its own, standing.py.
"""
from collections import defaultdict

from standing import Standings, inv9_who_was_removed_hears_and_says_nothing


def acknowledged(entries):
    """(invoke, ok) of everything that was acknowledged."""
    invoked = {}
    for entry in entries:
        if entry["type"] == "invoke":
            invoked[entry["op"]] = entry
        elif entry["type"] == "ok":
            yield invoked[entry["op"]], entry


def by_place(final):
    return {(room, event.seq): event.hash for room, events in final.items() for event in events}


def inv1_nothing_acknowledged_is_lost(entries, final):
    stored = by_place(final)
    problems = []
    for invoke, ok in acknowledged(entries):
        place = (invoke["room"], ok["seq"])
        if place not in stored:
            problems.append(f"INV1: {invoke['op']} was acknowledged as {place} and is lost")
        elif stored[place] != invoke["hash"]:
            problems.append(f"INV1: {invoke['op']} was acknowledged as {place}, where something "
                            "else is")
    return problems


def inv2_nothing_is_there_twice(entries, final):
    problems, digests = [], {}
    for room, events in final.items():
        seqs = set()
        for seq, digest, *_ in events:
            if seq in seqs:
                problems.append(f"INV2: {room}/{seq} is there twice")
            elif digest in digests:
                problems.append(f"INV2: {room}/{seq} is {digests[digest]} once more")
            seqs.add(seq)
            digests.setdefault(digest, f"{room}/{seq}")
    return problems


def inv3_seqs_have_no_holes(entries, final):
    problems = []
    for room, events in final.items():
        for expected, (seq, *_) in enumerate(events, 1):
            if seq != expected:
                problems.append(f"INV3: {room}: {expected} is missing before {seq}")
                break
    return problems


def inv4_all_saw_the_same(entries, final):
    stored = by_place(final)
    problems = []
    for entry in entries:
        if entry["type"] not in ("event", "seen"):
            continue
        place = (entry["room"], entry["seq"])
        if stored.get(place) != entry["hash"]:
            problems.append(f"INV4: {entry['client']} saw {place} ({entry['via']}) as "
                            f"{entry['hash']}, the end says {stored.get(place)}")
    return problems + _told_with_another_time(entries)


def _told_with_another_time(entries):
    """An event happened once, whatever the clock did: acks, pushes and history give one time."""
    told = [(ok["op"], (invoke["room"], ok["seq"]), ok["ts"])
            for invoke, ok in acknowledged(entries) if "ts" in ok]
    told += [(entry["client"], (entry["room"], entry["seq"]), entry["ts"])
             for entry in entries if entry["type"] in ("event", "seen")]
    problems, times = [], {}
    for who, place, ts in told:
        if times.setdefault(place, ts) != ts:
            problems.append(f"INV4: {who} was told that {place} was at {ts}, another that it was "
                            f"at {times[place]}")
    return problems


def inv5_no_gap_and_no_repetition(entries, final):
    problems, at = [], {}
    for entry in entries:
        if entry["type"] == "start":
            # No fault that there is makes another epoch.
            if entry["why"] == "diverged":
                problems.append(f"INV5: {entry['client']} was told that {entry['room']} diverged")
            at[entry["client"], entry["room"]] = entry["after"]
        elif entry["type"] == "event":
            key = (entry["client"], entry["room"])
            if key not in at:
                problems.append(f"INV5: {entry['client']} heard {entry['room']} from outside")
            elif entry["seq"] != at[key] + 1:
                problems.append(f"INV5: {entry['client']} was sent {entry['room']}/{entry['seq']} "
                                f"({entry['via']}) behind {at[key]}")
            at[key] = entry["seq"]
    return problems


def inv5_v1_is_sent_all_messages_in_order(entries, final):
    """Of each connection; the last one has the last message."""
    messages = {room: [event.plain for event in events if event.plain]
                for room, events in final.items()}
    places = {(room, plain): n for room in messages for n, plain in enumerate(messages[room])}
    problems, at = [], {}
    for entry in entries:
        if entry["type"] != "heard":
            continue
        client, room, conn = entry["client"], entry["room"], entry["conn"]
        place = places.get((room, entry["plain"]))
        if place is None:
            problems.append(f"INV4: {client} heard something in {room} that is not there")
            continue
        before = at.get((client, room))
        if before and before[0] == conn and place != before[1] + 1:
            problems.append(f"INV5: {client} was sent message {place} of {room} behind {before[1]}")
        at[client, room] = (conn, place)
    return problems + [f"INV10: {client} stands at message {place} of {room}"
                       for (client, room), (_, place) in at.items()
                       if place != len(messages[room]) - 1]


def inv6_nothing_appears_that_nobody_said(entries, final):
    said = {entry["op"]: (entry["room"], entry["hash"])
            for entry in entries if entry["type"] == "invoke"}
    invoked = set(said.values())
    refused = {said[entry["op"]] for entry in entries if entry["type"] == "fail"}
    problems = []
    for room, events in final.items():
        for seq, digest, *_ in events:
            if (room, digest) not in invoked:
                problems.append(f"INV6: {room}/{seq} was said by nobody there")
            elif (room, digest) in refused:
                problems.append(f"INV6: {room}/{seq} was refused and is there")
    return problems


def inv7_a_senders_order_is_kept(entries, final):
    """Of what one connection sent to a room one after another and at the first attempt."""
    seqs = {ok["op"]: ok["seq"] for _, ok in acknowledged(entries) if not ok["retried"]}
    last, problems = {}, []
    for entry in entries:
        if entry["type"] != "invoke" or entry["op"] not in seqs:
            continue
        key = (entry["client"], entry["conn"], entry["room"])
        seq = seqs[entry["op"]]
        if key in last and last[key][1] >= seq:
            problems.append(f"INV7: {entry['op']} is {entry['room']}/{seq}, before "
                            f"{last[key][0]}, which was sent earlier")
        last[key] = (entry["op"], seq)
    return problems


def inv8_who_was_acknowledged_reads_it(entries, final):
    return [f"INV8: {entry['client']} read {entry['room']} up to {entry['last']} after an "
            f"acknowledgement of {entry['at_least']}"
            for entry in entries
            if entry["type"] == "read" and entry["last"] < entry["at_least"]]


def inv10_all_caught_up(entries, final):
    """At the end everybody who may be in a room, and ever was, has its last event."""
    at, problems, standings = defaultdict(int), [], Standings(final)
    users = {entry["client"]: entry["user"] for entry in entries if entry["type"] == "user"}
    for entry in entries:
        if entry["type"] == "start":
            at[entry["client"], entry["room"]] = entry["after"]
        elif entry["type"] == "event":
            at[entry["client"], entry["room"]] = entry["seq"]
    for (client, room), seq in at.items():
        head, ts = (final[room][-1].seq, final[room][-1].ts) if final.get(room) else (0, 0)
        is_there = standings.at(room, users.get(client), head).may_be_there(ts)
        if is_there and seq != head:
            problems.append(f"INV10: {client} stands at {room}/{seq}, the room at {head}")
    return problems


def inv12_the_server_stays_within_its_bounds(entries, final):
    """Its memory has a limit; when all is calm everybody was answered, and nothing waits."""
    problems, open_operations = [], {}
    for entry in entries:
        if entry["type"] == "invoke":
            open_operations[entry["op"]] = entry["room"]
        elif entry["type"] in ("ok", "fail", "unknown"):
            open_operations.pop(entry["op"], None)
        elif entry["type"] == "memory" and entry["mib"] > entry["limit"]:
            problems.append(f"INV12: {entry['mib']:.0f} MiB of memory ({entry['what']}), more than "
                            f"{entry['limit']}")
        elif entry["type"] == "calm":
            problems += [f"INV12: {op} in {room} was never answered"
                         for op, room in open_operations.items()]
            problems += [f"INV12: {name} is {count} when all is calm"
                         for name, count in entry["left"].items() if count]
    return problems


CHECKS = [inv1_nothing_acknowledged_is_lost, inv2_nothing_is_there_twice, inv3_seqs_have_no_holes,
          inv4_all_saw_the_same, inv5_no_gap_and_no_repetition,
          inv5_v1_is_sent_all_messages_in_order, inv6_nothing_appears_that_nobody_said,
          inv7_a_senders_order_is_kept,
          inv8_who_was_acknowledged_reads_it, inv9_who_was_removed_hears_and_says_nothing,
          inv10_all_caught_up,
          inv12_the_server_stays_within_its_bounds]


def check(entries, final):
    """All violations of all invariants; that it did not crash (INV12 too) the world has seen."""
    return [problem for each in CHECKS for problem in each(entries, final)]
