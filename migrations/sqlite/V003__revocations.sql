-- A server asks every few seconds which sessions have ended of late; most rows have not.
CREATE INDEX refresh_families_by_revocation ON refresh_families (revoked_at, id)
    WHERE revoked_at IS NOT NULL;
