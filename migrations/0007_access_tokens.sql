-- Access tokens: who may do what.
--
-- The secret is nowhere: it has 256 random bits, so its SHA-256 tells nobody anything. A token is never changed but for
-- being revoked, and never removed: the audit names it.
--
-- Times (_ms) are milliseconds since 1970-01-01T00:00Z.

CREATE TABLE access_tokens (
    token_id      TEXT    NOT NULL PRIMARY KEY CHECK (length(token_id) = 8 AND token_id NOT GLOB '*[^0-9A-Za-z]*'), -- the token's public part
    hash          TEXT    NOT NULL CHECK (length(hash) = 64 AND hash NOT GLOB '*[^0-9a-f]*'), -- SHA-256 of the whole token
    name          TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 64), -- whom or what it is for
    role          TEXT    NOT NULL CHECK (role IN ('reader', 'curator', 'operator')), -- each may do what those before it may
    created_at_ms INTEGER NOT NULL,
    created_by    TEXT    NOT NULL,
    expires_at_ms INTEGER NOT NULL, -- the first moment at which it is no longer good
    revoked_at_ms INTEGER, -- NULL while it is not
    revoked_by    TEXT,
    CHECK ((revoked_at_ms IS NULL) = (revoked_by IS NULL))
) STRICT, WITHOUT ROWID;
