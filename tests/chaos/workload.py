"""Who says what in a chaos run, and the end of it: all have everything, and the server is asked."""
import asyncio
import json
import sqlite3
import uuid

from connection import LOST, Refused
from history import CHANGES, Stored, change_of, hash_of, plain_of, stored, text_of_change
from pause import pause

PADDING = ["", " ", "\N{GRINNING FACE}", "\u0416\u044b", "\n\t", '"\\', "x" * 200, "y" * 3000]
KINDS = {1: "message", 2: "edit", 3: "delete", 4: "reaction", 5: "reaction", 6: "room",
         7: "member", 8: "moderation"}
TOGETHER = 4  # commands that a writer sends without waiting for the first


class Calm(Exception):
    """It did not become calm in time."""


async def write(member, rooms, stop):
    """Says things in these rooms until told to stop, then waits for what is under way."""
    said = {room: [] for room in rooms}
    number = 0
    while not stop.is_set():
        room = member.random.choice(rooms)
        if room in member.outside:
            await member.knock(room)
            await pause(member.random.uniform(0, 0.2))
            continue
        if member.random.random() < 0.2:
            await member.type(room)
        batch = []
        for _ in range(member.random.randint(1, TOGETHER)):
            number += 1
            batch.append(asyncio.ensure_future(_say_something(member, room, said[room], number)))
        seqs = [seq for seq in await asyncio.gather(*batch) if seq]
        if seqs and member.random.random() < 0.3:
            await member.read_head(room, max(seqs))
        await pause(member.random.uniform(0, 0.03))


async def _say_something(member, room, said, number):
    text = f"{member.name} {number} {member.random.choice(PADDING)}"
    dice = member.random.random()
    if said and dice < 0.1:
        return await member.say("edit", room, text, member.random.choice(said))
    if said and dice < 0.2:
        reaction = f"{member.name}-{number}"
        return await member.say("react", room, reaction, member.random.choice(said))
    target = member.random.choice(said) if said and dice < 0.3 else None
    seq = await member.say("publish", room, text, target)
    if seq:
        said.append(seq)
    return seq


async def wander(member, rooms, stop):
    """Goes out of rooms and comes back, loses its connection, reads slowly."""
    while not stop.is_set():
        await pause(member.random.uniform(0.05, 0.6))
        dice = member.random.random()
        try:
            if dice < 0.25:
                member.cut()
            elif dice < 0.3:
                member.stay_away(member.random.uniform(1, 3))
            elif dice < 0.4:
                member.read_slowly(member.random.uniform(0.1, 1.0))
            elif member.online.is_set():
                room = member.random.choice(rooms)
                if room in member.outside:
                    await member.knock(room)
                    continue
                await member.leave(room)
                await pause(member.random.uniform(0, 0.2))
                await member.join(room, with_position=member.random.random() < 0.8)
        except (*LOST, Refused):
            pass


async def become_calm(members, rooms, kept_out, seconds):
    """Until everybody is in all rooms and has their last event; or is not let in, as `kept_out`
    says, (room, user) of each."""
    end = asyncio.get_running_loop().time() + seconds
    while True:
        behind = [await _what_is_missing(member, rooms, kept_out) for member in members]
        behind = [each for each in behind if each]
        if not behind:
            return
        if asyncio.get_running_loop().time() > end:
            raise Calm(f"INV10: {behind[:5]}")
        await pause(0.1)


async def _what_is_missing(member, rooms, kept_out):
    if not member.online.is_set():
        return f"{member.name} is offline"
    for room in rooms:
        try:
            is_in = await member.join(room, with_position=True)
            if (room, member.user) in kept_out:
                if is_in or room not in member.outside:
                    return f"{member.name} was let into {room}"
                continue
            head = (await member._call("history", room=room, limit=1))["head"]
        except (*LOST, Refused) as problem:
            return f"{member.name} in {room}: {problem!r}"
        if member.rooms[room] is None or member.rooms[room][1] != head:
            return f"{member.name} stands at {room}/{member.rooms[room]}, the head is {head}"
    return None


async def tell_all(member, rooms):
    """{room: [Stored, …]} by history."""
    told = {}
    for room in rooms:
        told[room], after = [], 0
        while True:
            page = await member._call("history", room=room, after=after, limit=100, events=True)
            told[room] += [stored(event) for event in page["events"]]
            if page["end"]:
                break
            after = page["to"]
    return told


def read_file(path):
    """The same by the file."""
    file = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        told = {}
        for room, *row in file.execute(
                "SELECT r.name, e.seq, e.sender, e.at, e.kind, e.target, e.body, e.cid "
                "FROM events e JOIN rooms r ON r.id = e.room ORDER BY r.name, e.seq"):
            told.setdefault(room, []).append(_stored_row(*row))
        return told
    finally:
        file.close()


def _stored_row(seq, sender, at, kind, target, body, cid):
    name, change = KINDS[kind], None
    if name in CHANGES:
        said = json.loads(body)
        change = change_of(name, said)
        body = text_of_change(str(uuid.UUID(bytes=cid)) if cid else None, said)
    return Stored(seq, hash_of(sender, name, target, body), sender, at, change,
                  plain_of(sender, name, body))
