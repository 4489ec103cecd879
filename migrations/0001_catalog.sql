-- The catalog, and what became of it.
--
-- What the vendor said and what staff keep by hand are kept apart: they are merged when a catalog is built, never here.
-- Each row carries the catalog version it came in (from_version) and the one it went out (to_version), so that any past
-- catalog is a query and a past quote can be made again. A row is never changed but for its to_version.
--
-- Times (_ms) are milliseconds since 1970-01-01T00:00Z. Dates are YYYY-MM-DD. Amounts are decimal texts with the digits
-- of their currency: no float comes near money. Truth is 0 or 1. NULL is "not given" unless a column says otherwise.

PRAGMA application_id = 1347700291; -- "PTFC": a file without it is somebody else's

-- Sync runs, ended.
CREATE TABLE sync_runs (
    run_id         INTEGER PRIMARY KEY AUTOINCREMENT, -- rises in order of recording, never used twice
    started_by     TEXT    NOT NULL CHECK (started_by IN ('schedule', 'start', 'terminal', 'http')),
    started_at_ms  INTEGER NOT NULL,
    finished_at_ms INTEGER NOT NULL,
    outcome        TEXT    NOT NULL CHECK (outcome IN ('published', 'unchanged', 'held', 'quarantined', 'failed', 'skipped', 'rejected', 'approved')),
    failure_class  TEXT             CHECK (failure_class IN ('connect', 'tls', 'timeout', 'auth', 'rate_limited', 'status', 'redirect', 'content', 'parse', 'schema', 'paging', 'identity', 'size', 'empty', 'vendor_error', 'deadline', 'store')), -- NULL unless it failed
    message        TEXT, -- for people; never a secret or a body of the vendor
    pages          INTEGER NOT NULL CHECK (pages >= 0),    -- that the vendor sent
    boards         INTEGER NOT NULL CHECK (boards >= 0),   -- that the vendor sent
    added          INTEGER NOT NULL CHECK (added >= 0),    -- boards new, or back
    changed        INTEGER NOT NULL CHECK (changed >= 0),  -- boards that say something else
    removed        INTEGER NOT NULL CHECK (removed >= 0),  -- boards gone
    rejected       INTEGER NOT NULL CHECK (rejected >= 0), -- rows, or a board's fees, that were refused
    origin         TEXT             CHECK (origin IN ('vendor', 'sandbox')), -- NULL when no board came
    -- The version it published; NULL when it published none. Deferred, because run and version name each other.
    version        INTEGER          REFERENCES catalog_versions (version) DEFERRABLE INITIALLY DEFERRED,
    notices        TEXT    NOT NULL -- JSON: an array of texts
) STRICT;

-- Every catalog ever published.
CREATE TABLE catalog_versions (
    version       INTEGER PRIMARY KEY CHECK (version >= 1), -- without a gap
    created_at_ms INTEGER NOT NULL,
    as_of         TEXT    NOT NULL CHECK (length(as_of) = 10), -- the day whose terms its states and labels show
    content_hash  TEXT    NOT NULL CHECK (length(content_hash) = 64 AND content_hash NOT GLOB '*[^0-9a-f]*'), -- SHA-256 of the canonical content
    cause         TEXT    NOT NULL CHECK (cause IN ('sync', 'curation', 'approval', 'effective_date')),
    actor         TEXT, -- who caused it; NULL for a sync
    run_id        INTEGER REFERENCES sync_runs (run_id) -- the run that published it; NULL for other causes
) STRICT;

-- The vendor's word on each board. A board that is gone keeps its last word, with active = 0.
CREATE TABLE vendor_boards (
    row_id        INTEGER PRIMARY KEY,
    board_id      TEXT    NOT NULL, -- the vendor's, opaque
    from_version  INTEGER NOT NULL REFERENCES catalog_versions (version), -- the first version it belongs to
    to_version    INTEGER          REFERENCES catalog_versions (version), -- the first it no longer belongs to; NULL while it holds
    active        INTEGER NOT NULL CHECK (active IN (0, 1)),              -- whether the newest sync still had it
    name          TEXT    NOT NULL,
    abbreviation  TEXT,
    states        TEXT    NOT NULL, -- two-letter codes joined by ";"; empty when nobody has said
    country       TEXT    NOT NULL CHECK (length(country) = 2), -- ISO 3166-1 alpha-2
    eligibility   TEXT    NOT NULL CHECK (eligibility IN ('agents_and_brokers', 'brokers_only', 'unknown')),
    paperwork     TEXT    NOT NULL CHECK (paperwork IN ('manual', 'automatic', 'none', 'unknown')),
    coverage_url  TEXT, -- the vendor's page of the board

    pass_through_status         TEXT    NOT NULL CHECK (pass_through_status IN ('charged', 'none', 'unpublished', 'unknown')),
    pass_through_note           TEXT,             -- verbatim
    pass_through_partial        INTEGER NOT NULL CHECK (pass_through_partial IN (0, 1)), -- whether a fee is missing beside those there
    pass_through_observed_at_ms INTEGER,          -- when this was first seen; NULL: nobody has said anything
    pass_through_verified_on    TEXT,             -- date
    pass_through_source_url     TEXT,
    pass_through_internal_note  TEXT,             -- for staff only

    direct_status               TEXT    NOT NULL CHECK (direct_status IN ('charged', 'none', 'unpublished', 'unknown')),
    direct_note                 TEXT,
    direct_partial              INTEGER NOT NULL CHECK (direct_partial IN (0, 1)),
    direct_observed_at_ms       INTEGER,          -- NULL: nobody has said anything
    direct_verified_on          TEXT,
    direct_source_url           TEXT,
    direct_internal_note        TEXT,

    CHECK (to_version > from_version),
    CHECK (pass_through_partial = 0 OR pass_through_status = 'charged'),
    CHECK (direct_partial = 0 OR direct_status = 'charged')
) STRICT;

-- A board has one word that holds.
CREATE UNIQUE INDEX vendor_boards_open ON vendor_boards (board_id) WHERE to_version IS NULL;

-- The fees of vendor_boards, in order. They come and go with their row.
CREATE TABLE vendor_fees (
    parent_row     INTEGER NOT NULL REFERENCES vendor_boards (row_id),
    channel        TEXT    NOT NULL CHECK (channel IN ('pass_through', 'direct')),
    position       INTEGER NOT NULL CHECK (position >= 0), -- from 0, within the channel
    fee_key        TEXT    NOT NULL,
    label          TEXT    NOT NULL,
    amount         TEXT, -- per unit of the basis; NULL when there are tiers
    amount_max     TEXT, -- the high end of a range
    currency       TEXT    NOT NULL CHECK (length(currency) = 3), -- ISO 4217, of every amount of the row
    cadence        TEXT    NOT NULL CHECK (cadence IN ('one_time', 'monthly', 'quarterly', 'semiannual', 'annual')), -- the period the amount is stated for
    billed         TEXT             CHECK (billed IN ('one_time', 'monthly', 'quarterly', 'semiannual', 'annual')),  -- NULL: as stated
    basis          TEXT    NOT NULL CHECK (basis IN ('account', 'agent', 'office', 'broker', 'website', 'feed')),
    included       INTEGER NOT NULL CHECK (included >= 0), -- free units
    tier_mode      TEXT             CHECK (tier_mode IN ('volume', 'graduated')),
    tiers          TEXT, -- as in the curated CSV: "9:20.00;100:=200.00;*:=300.00"
    minimum        TEXT, -- per period of the cadence
    maximum        TEXT, -- per period of the cadence
    effective_from TEXT, -- first day; NULL: has always held
    effective_to   TEXT, -- first day no longer covered; NULL: no end known
    note           TEXT,
    observed_at_ms INTEGER NOT NULL, -- when these terms were first seen
    verified_on    TEXT, -- date on which staff last checked it; NULL: never
    source_url     TEXT, -- the page that says so
    internal_note  TEXT, -- for staff only
    PRIMARY KEY (parent_row, channel, position)
) STRICT, WITHOUT ROWID;

-- What staff keep by hand: one entry a board and channel.
CREATE TABLE curated_entries (
    row_id           INTEGER PRIMARY KEY,
    board_id         TEXT    NOT NULL, -- the vendor's
    channel          TEXT    NOT NULL CHECK (channel IN ('pass_through', 'direct')),
    from_version     INTEGER NOT NULL REFERENCES catalog_versions (version), -- the first version it belongs to
    to_version       INTEGER          REFERENCES catalog_versions (version), -- the first it no longer belongs to; NULL while it holds
    board_name       TEXT,
    abbreviation     TEXT,
    states           TEXT    NOT NULL, -- two-letter codes joined by ";"; empty when not given
    country          TEXT             CHECK (length(country) = 2), -- ISO 3166-1 alpha-2
    overrides_vendor INTEGER NOT NULL CHECK (overrides_vendor IN (0, 1)), -- whether it counts against the vendor's word
    status           TEXT    NOT NULL CHECK (status IN ('charged', 'none', 'unpublished', 'unknown')),
    note             TEXT,             -- verbatim
    partial          INTEGER NOT NULL CHECK (partial IN (0, 1)), -- whether a fee is missing beside those there
    observed_at_ms   INTEGER,          -- when it was first recorded; NULL: nobody has said anything
    verified_on      TEXT,             -- date on which staff last checked it; NULL: never
    source_url       TEXT,             -- the page that says so
    internal_note    TEXT,             -- for staff only
    CHECK (to_version > from_version),
    CHECK (partial = 0 OR status = 'charged')
) STRICT;

-- A board and channel have one entry that holds.
CREATE UNIQUE INDEX curated_entries_open ON curated_entries (board_id, channel) WHERE to_version IS NULL;

-- The fees of curated_entries, in order; the columns are those of vendor_fees, and mean the same.
CREATE TABLE curated_fees (
    parent_row     INTEGER NOT NULL REFERENCES curated_entries (row_id),
    channel        TEXT    NOT NULL CHECK (channel IN ('pass_through', 'direct')), -- the entry's, so that both tables are read alike
    position       INTEGER NOT NULL CHECK (position >= 0),
    fee_key        TEXT    NOT NULL,
    label          TEXT    NOT NULL,
    amount         TEXT,
    amount_max     TEXT,
    currency       TEXT    NOT NULL CHECK (length(currency) = 3),
    cadence        TEXT    NOT NULL CHECK (cadence IN ('one_time', 'monthly', 'quarterly', 'semiannual', 'annual')),
    billed         TEXT             CHECK (billed IN ('one_time', 'monthly', 'quarterly', 'semiannual', 'annual')),
    basis          TEXT    NOT NULL CHECK (basis IN ('account', 'agent', 'office', 'broker', 'website', 'feed')),
    included       INTEGER NOT NULL CHECK (included >= 0),
    tier_mode      TEXT             CHECK (tier_mode IN ('volume', 'graduated')),
    tiers          TEXT,
    minimum        TEXT,
    maximum        TEXT,
    effective_from TEXT,
    effective_to   TEXT,
    note           TEXT,
    observed_at_ms INTEGER NOT NULL,
    verified_on    TEXT,
    source_url     TEXT,
    internal_note  TEXT,
    PRIMARY KEY (parent_row, channel, position)
) STRICT, WITHOUT ROWID;

-- What is true of the database as a whole. "origin": where its boards come from, written once, with the first data.
CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    CHECK (key <> 'origin' OR value IN ('vendor', 'sandbox'))
) STRICT, WITHOUT ROWID;
