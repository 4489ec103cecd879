-- The lease of syncs: of all processes on this database, its holder alone may sync.
--
-- Whoever takes it raises the epoch, and a publication or a run that names an older epoch is refused in its own
-- transaction: a process that was stopped for an hour in mid-run, or whose clock is wrong, can do no harm when it goes
-- on. The term only says for how long others wait for a holder that may be dead.
--
-- Times (_ms) are milliseconds since 1970-01-01T00:00Z.

CREATE TABLE leases (
    name          TEXT    NOT NULL PRIMARY KEY CHECK (name IN ('sync')),
    epoch         INTEGER NOT NULL CHECK (epoch >= 1), -- how often it was taken; never falls
    holder        TEXT    NOT NULL,                    -- who took it last, for people
    lives         INTEGER NOT NULL CHECK (lives IN (0, 1)), -- 1: the holder locks the file beside the database while it lives
    taken_at_ms   INTEGER NOT NULL,
    expires_at_ms INTEGER                              -- when it may be taken from its holder; NULL: given back
) STRICT, WITHOUT ROWID;
