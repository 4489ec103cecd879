-- Webhooks: which version each endpoint has been told of.
--
-- There is no table of messages to send. The outbox is catalog_versions itself: its row is written in the transaction
-- that publishes a version, so a version that is published is owed to every endpoint from that commit on, and one that
-- is not published is owed to nobody. An endpoint needs no more than a place in that row of versions. Copies of it, one
-- an endpoint and version, could only disagree with it; and publishing would have to know the endpoints.
--
-- Times (_ms) are milliseconds since 1970-01-01T00:00Z.

-- The endpoints ever seen. One that is no longer configured keeps its place: taken out by mistake, it loses nothing.
CREATE TABLE webhook_endpoints (
    name             TEXT    NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 64 AND name NOT GLOB '*[^a-z0-9_-]*'),
    first_seen_at_ms INTEGER NOT NULL,
    since_version    INTEGER NOT NULL CHECK (since_version >= 0),  -- the newest version at that time, of which it is not told; 0: there was none
    settled_version  INTEGER NOT NULL CHECK (settled_version >= 0) -- every version up to this one is delivered or given up; 0: none yet
) STRICT, WITHOUT ROWID;

-- What became of telling an endpoint of a version, from the first attempt on; of each endpoint the newest thousand.
CREATE TABLE webhook_deliveries (
    endpoint            TEXT    NOT NULL REFERENCES webhook_endpoints (name),
    version             INTEGER NOT NULL CHECK (version >= 1), -- a number, no reference: the record may outlive the version
    attempts            INTEGER NOT NULL CHECK (attempts >= 1), -- begun
    first_attempt_at_ms INTEGER NOT NULL,
    last_attempt_at_ms  INTEGER NOT NULL,
    failure_class       TEXT             CHECK (failure_class IN ('address', 'connect', 'tls', 'timeout', 'redirect', 'status', 'payload')), -- of the last attempt; NULL: it did not fail, or has not ended
    failure_status      INTEGER          CHECK (failure_status BETWEEN 100 AND 999), -- HTTP; NULL: no answer
    next_attempt_at_ms  INTEGER, -- NULL once it is settled; while an attempt is under way, when that counts as lost
    delivered_at_ms     INTEGER, -- NULL unless it was
    given_up_at_ms      INTEGER, -- NULL unless it was
    PRIMARY KEY (endpoint, version),
    CHECK (failure_status IS NULL OR failure_class IS NOT NULL),
    CHECK ((next_attempt_at_ms IS NOT NULL) + (delivered_at_ms IS NOT NULL) + (given_up_at_ms IS NOT NULL) = 1)
) STRICT, WITHOUT ROWID;
