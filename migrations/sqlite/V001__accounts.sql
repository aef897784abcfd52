-- Registered people. The e-mail is stored in its canonical form: the program lowers it, never the
-- database, so that both engines agree on what is the same address.
CREATE TABLE accounts (
    id            TEXT    NOT NULL PRIMARY KEY,
    email         TEXT    NOT NULL UNIQUE COLLATE BINARY,
    full_name     TEXT    NOT NULL,
    age           INTEGER NOT NULL,
    date_of_birth TEXT    NOT NULL,
    gender        TEXT    NOT NULL,
    phone_number  TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    disabled      INTEGER NOT NULL CHECK (disabled IN (0, 1)),
    created_at    INTEGER NOT NULL  -- seconds since 1970, as every time
) STRICT;
