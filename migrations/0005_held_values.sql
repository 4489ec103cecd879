-- Values held back and runs in quarantine: what the vendor said and nobody believed yet.
--
-- A value held back is a mark on the row that still says the old one: a past catalog shows it as it was shown then. The
-- new word itself belongs to no version. It is kept as the candidate of the run that found it, in the vendor's columns,
-- so that exactly it can be approved.

ALTER TABLE vendor_boards ADD COLUMN held TEXT; -- JSON: an array of {part, reason, since_ms}; NULL: nothing is held back

ALTER TABLE sync_runs ADD COLUMN held INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0); -- boards of which a part is held back
ALTER TABLE sync_runs ADD COLUMN decided_at_ms INTEGER; -- when somebody approved or rejected it; NULL: nobody has
ALTER TABLE sync_runs ADD COLUMN decided_by    TEXT;    -- who did

-- What runs found and did not publish: all of it where a run is in quarantine, the values held back where it is held.
CREATE TABLE candidates (
    run_id INTEGER PRIMARY KEY REFERENCES sync_runs (run_id),
    -- SHA-256 of the differences, before and after, that approving it would make; what it is approved by
    hash   TEXT NOT NULL CHECK (length(hash) = 64 AND hash NOT GLOB '*[^0-9a-f]*')
) STRICT;

-- The boards of a candidate, as the vendor describes them; the columns are those of vendor_boards, and mean the same.
CREATE TABLE candidate_boards (
    row_id        INTEGER PRIMARY KEY,
    run_id        INTEGER NOT NULL REFERENCES candidates (run_id),
    repeats       INTEGER NOT NULL CHECK (repeats >= 0), -- runs in a row that found just this; 0: not counted
    board_id      TEXT    NOT NULL,
    active        INTEGER NOT NULL CHECK (active IN (0, 1)),
    name          TEXT    NOT NULL,
    abbreviation  TEXT,
    states        TEXT    NOT NULL,
    country       TEXT    NOT NULL CHECK (length(country) = 2),
    eligibility   TEXT    NOT NULL CHECK (eligibility IN ('agents_and_brokers', 'brokers_only', 'unknown')),
    paperwork     TEXT    NOT NULL CHECK (paperwork IN ('manual', 'automatic', 'none', 'unknown')),
    coverage_url  TEXT,

    pass_through_status         TEXT    NOT NULL CHECK (pass_through_status IN ('charged', 'none', 'unpublished', 'unknown')),
    pass_through_note           TEXT,
    pass_through_partial        INTEGER NOT NULL CHECK (pass_through_partial IN (0, 1)),
    pass_through_observed_at_ms INTEGER,
    pass_through_verified_on    TEXT,
    pass_through_source_url     TEXT,
    pass_through_internal_note  TEXT,

    direct_status               TEXT    NOT NULL CHECK (direct_status IN ('charged', 'none', 'unpublished', 'unknown')),
    direct_note                 TEXT,
    direct_partial              INTEGER NOT NULL CHECK (direct_partial IN (0, 1)),
    direct_observed_at_ms       INTEGER,
    direct_verified_on          TEXT,
    direct_source_url           TEXT,
    direct_internal_note        TEXT,

    CHECK (pass_through_partial = 0 OR pass_through_status = 'charged'),
    CHECK (direct_partial = 0 OR direct_status = 'charged')
) STRICT;

-- A candidate has a board once.
CREATE UNIQUE INDEX candidate_boards_of_run ON candidate_boards (run_id, board_id);

-- The fees of candidate_boards, in order; the columns are those of vendor_fees, and mean the same.
CREATE TABLE candidate_fees (
    parent_row     INTEGER NOT NULL REFERENCES candidate_boards (row_id),
    channel        TEXT    NOT NULL CHECK (channel IN ('pass_through', 'direct')),
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
