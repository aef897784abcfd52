-- The log of the rooms. One row names the life of this file.
CREATE TABLE log_life (
    id    INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    epoch TEXT    NOT NULL
) STRICT;
INSERT INTO log_life (id, epoch) VALUES (1, lower(hex(randomblob(8))));

-- A room is here from its first event on.
CREATE TABLE rooms (
    id         INTEGER NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL UNIQUE COLLATE BINARY,
    head       INTEGER NOT NULL,  -- seq of the newest event
    oldest     INTEGER NOT NULL,  -- seq of the oldest event that is kept; head + 1: none is
    created_at INTEGER NOT NULL   -- milliseconds since 1970, as every time of the log
) STRICT;

-- Grows at its end only. No foreign key to rooms: the one writer knows them.
CREATE TABLE events (
    n           INTEGER NOT NULL PRIMARY KEY,
    room        INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    kind        INTEGER NOT NULL,
    id          BLOB    NOT NULL,
    sender      TEXT    NOT NULL,
    sender_name TEXT    NOT NULL,
    cid         BLOB,
    at          INTEGER NOT NULL,
    target      INTEGER,
    body        TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX events_by_seq ON events (room, seq);
-- The cid first: clients make them of the time, so this index grows at its end as well.
CREATE UNIQUE INDEX events_by_cid ON events (cid, room, sender) WHERE cid IS NOT NULL;
