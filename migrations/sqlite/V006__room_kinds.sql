-- What kind a room is of, its name says.
ALTER TABLE rooms ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE rooms ADD COLUMN read_only INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rooms ADD COLUMN slow_mode_s INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rooms ADD COLUMN made_by TEXT;  -- of those that somebody had to make
CREATE INDEX rooms_by_maker ON rooms (made_by) WHERE made_by IS NOT NULL;

-- Who is in a room what not everybody is: a member, above that, or banned or muted.
CREATE TABLE standings (
    room         INTEGER NOT NULL,
    user         TEXT    NOT NULL COLLATE BINARY,
    role         INTEGER NOT NULL,
    banned_until INTEGER NOT NULL,  -- milliseconds since 1970; 0: not
    muted_until  INTEGER NOT NULL,
    PRIMARY KEY (room, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX standings_by_user ON standings (user, room) WHERE role > 0;

-- What was done to rooms and to people in them. Retention does not touch it.
CREATE TABLE audit (
    n          INTEGER NOT NULL PRIMARY KEY,
    at         INTEGER NOT NULL,
    actor      TEXT    NOT NULL,
    actor_name TEXT    NOT NULL,
    room       TEXT    NOT NULL,
    seq        INTEGER NOT NULL,  -- of the event
    action     TEXT    NOT NULL,
    detail     TEXT    NOT NULL   -- as JSON
) STRICT;
CREATE INDEX audit_by_room ON audit (room, n);

-- Who moderates all public rooms.
ALTER TABLE accounts ADD COLUMN moderator INTEGER NOT NULL DEFAULT 0;

-- Up to where a user has read a room.
CREATE TABLE read_markers (
    user TEXT    NOT NULL COLLATE BINARY,
    room INTEGER NOT NULL,
    seq  INTEGER NOT NULL,
    PRIMARY KEY (user, room)
) STRICT, WITHOUT ROWID;

-- Whom a message names: one id in a line.
ALTER TABLE events ADD COLUMN mentions TEXT;
CREATE TABLE mentions (
    user TEXT    NOT NULL COLLATE BINARY,
    room INTEGER NOT NULL,
    seq  INTEGER NOT NULL,
    PRIMARY KEY (user, room, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX mentions_by_message ON mentions (room, seq);
