-- Which events change which message: edits and the deletion.
CREATE TABLE changes (
    room   INTEGER NOT NULL,
    target INTEGER NOT NULL,  -- seq of the message
    seq    INTEGER NOT NULL,  -- of the event
    kind   INTEGER NOT NULL,
    PRIMARY KEY (room, target, seq)
) STRICT, WITHOUT ROWID;

-- The reactions that were given and not taken back.
CREATE TABLE reactions (
    room     INTEGER NOT NULL,
    target   INTEGER NOT NULL,
    reaction TEXT    NOT NULL COLLATE BINARY,
    sender   TEXT    NOT NULL COLLATE BINARY,
    seq      INTEGER NOT NULL,  -- of the event that gave it
    PRIMARY KEY (room, target, reaction, sender)
) STRICT, WITHOUT ROWID;
