"""A log with many rooms, written into the database by SQL alone, without a server."""
import sqlite3
import struct
import time
from typing import NamedTuple

DATABASE = "confab.db"
BODY = "The quick brown fox jumps over the lazy dog. " * 3
BODY_CHARACTERS = 128
SENDER = "00000000-0000-4000-8000-000000000000"
MESSAGE = 1  # the kind of event
EVENTS_PER_MILLISECOND = 10


class Fill(NamedTuple):
    rooms: int   # bench-0, bench-1, ...: those of the load client
    events: int  # in each


def uuid_of(number, milliseconds):
    """Version 7, as servers and clients make them: each greater than the one before."""
    return struct.pack(">QQ", milliseconds << 16 | 7 << 12, 1 << 63 | number)


def rows_of(what, start):
    """The rooms take turns, as if all of them had talked at the same time."""
    body = BODY[:BODY_CHARACTERS]
    for seq in range(1, what.events + 1):
        for room in range(1, what.rooms + 1):
            number = 2 * ((seq - 1) * what.rooms + room)
            at = start + number // 2 // EVENTS_PER_MILLISECOND
            yield (room, seq, MESSAGE, uuid_of(number, at), SENDER, "User_00000000",
                   uuid_of(number + 1, at), at, body)


def fill(path, what):
    """The file has the schema and no room yet."""
    now = int(time.time() * 1000)
    start = now - what.rooms * what.events // EVENTS_PER_MILLISECOND - 1
    database = sqlite3.connect(path)
    database.execute("PRAGMA synchronous = OFF")
    database.execute("PRAGMA cache_size = -262144")
    with database:
        database.executemany(
            "INSERT INTO rooms (id, name, head, oldest, created_at) VALUES (?, ?, ?, 1, ?)",
            ((room + 1, f"bench-{room}", what.events, start) for room in range(what.rooms)))
        database.executemany(
            "INSERT INTO events (room, seq, kind, id, sender, sender_name, cid, at, body) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows_of(what, start))
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def epoch_of(path):
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    (epoch,) = database.execute("SELECT epoch FROM log_life").fetchone()
    database.close()
    return epoch
