-- The audit: who changed what by hand, when, before and after. What a sync changes is in its run.
--
-- A record is written in the transaction that makes the change, and never touched again. Each has the hash of the one
-- before it, and audit_end the number and hash of the last, so that one that was altered, put in or taken out is
-- found, whoever did it with whatever tool.
--
-- Times (_ms) are milliseconds since 1970-01-01T00:00Z.

CREATE TABLE audit (
    record_id  INTEGER PRIMARY KEY CHECK (record_id >= 1), -- 1, 2, 3, without a gap
    at_ms      INTEGER NOT NULL,
    actor      TEXT    NOT NULL, -- for people: "terminal:ann", "token:a1B2c3D4 (quoting tool)"
    token_id   TEXT,             -- of the token that was shown; NULL at the terminal
    request_id TEXT,             -- NULL at the terminal
    action     TEXT    NOT NULL CHECK (action IN ('entry_added', 'entry_changed', 'entry_removed', 'run_started', 'run_approved', 'run_rejected', 'token_created', 'token_revoked')),
    subject    TEXT    NOT NULL, -- "12/pass_through", the number of a run, the id of a token
    "before"   TEXT,             -- JSON; NULL where it was not there
    "after"    TEXT,             -- JSON; NULL where it is gone
    version    INTEGER CHECK (version >= 1), -- of the catalog that came of it; NULL where none did
    previous   TEXT    NOT NULL CHECK (length(previous) = 64 AND previous NOT GLOB '*[^0-9a-f]*'), -- hash of the record before; zeros for the first
    hash       TEXT    NOT NULL CHECK (length(hash) = 64 AND hash NOT GLOB '*[^0-9a-f]*')          -- SHA-256 of all of this but itself
) STRICT;

-- The last record; no row before the first.
CREATE TABLE audit_end (
    only      INTEGER PRIMARY KEY CHECK (only = 1),
    record_id INTEGER NOT NULL CHECK (record_id >= 1),
    hash      TEXT    NOT NULL CHECK (length(hash) = 64 AND hash NOT GLOB '*[^0-9a-f]*')
) STRICT;

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit is never changed');
END;

CREATE TRIGGER audit_is_never_shortened BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit is never shortened');
END;

CREATE TRIGGER audit_is_never_replaced BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE record_id = NEW.record_id)
BEGIN
    SELECT RAISE(ABORT, 'the audit is never changed');
END;
