-- Ways into the past. Without them a past catalog, a page of the change feed and a board's history read every row there
-- ever was; with them they cost what they show, however many versions there are.

-- A board's rows in order: the row that holds in a version is the last one that came in by then.
CREATE UNIQUE INDEX vendor_boards_of_board ON vendor_boards (board_id, from_version);
CREATE UNIQUE INDEX curated_entries_of_board ON curated_entries (board_id, channel, from_version);

-- The rows that came in or went out with a version: what it changed. Also what a version's removal looks for, because
-- these columns refer to catalog_versions.
CREATE INDEX vendor_boards_by_from_version ON vendor_boards (from_version);
CREATE INDEX vendor_boards_by_to_version ON vendor_boards (to_version) WHERE to_version IS NOT NULL;
CREATE INDEX curated_entries_by_from_version ON curated_entries (from_version);
CREATE INDEX curated_entries_by_to_version ON curated_entries (to_version) WHERE to_version IS NOT NULL;
CREATE INDEX sync_runs_by_version ON sync_runs (version) WHERE version IS NOT NULL;

-- The fees whose terms begin or end between two days: what the calendar changes. Most fees have neither day.
CREATE INDEX vendor_fees_by_effective_from ON vendor_fees (effective_from) WHERE effective_from IS NOT NULL;
CREATE INDEX vendor_fees_by_effective_to ON vendor_fees (effective_to) WHERE effective_to IS NOT NULL;
CREATE INDEX curated_fees_by_effective_from ON curated_fees (effective_from) WHERE effective_from IS NOT NULL;
CREATE INDEX curated_fees_by_effective_to ON curated_fees (effective_to) WHERE effective_to IS NOT NULL;
