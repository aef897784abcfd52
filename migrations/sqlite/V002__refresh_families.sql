-- One family per login, and the chain of its refresh tokens. A user may come from another issuer,
-- so user_id refers to nothing.
CREATE TABLE refresh_families (
    id         TEXT    NOT NULL PRIMARY KEY,
    user_id    TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;
CREATE INDEX refresh_families_by_user ON refresh_families (user_id);
CREATE INDEX refresh_families_by_end ON refresh_families (expires_at);

CREATE TABLE refresh_tokens (
    hash      BLOB    NOT NULL PRIMARY KEY,  -- SHA-256; the token itself is never stored
    family_id TEXT    NOT NULL REFERENCES refresh_families (id) ON DELETE CASCADE,
    issued_at INTEGER NOT NULL,
    used_at   INTEGER,
    successor BLOB,  -- hash of the token it was exchanged for
    CHECK ((used_at IS NULL) = (successor IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family_id);
-- At most one token of a family is current.
CREATE UNIQUE INDEX refresh_tokens_current ON refresh_tokens (family_id) WHERE used_at IS NULL;
