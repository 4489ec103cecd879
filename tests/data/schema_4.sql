-- A database of schema 4, as an earlier programme left it: 12 invented boards, the documented fees imported, synced again.
PRAGMA application_id = 1347700291;
BEGIN TRANSACTION;
CREATE TABLE _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
);
INSERT INTO "_sqlx_migrations" VALUES(1,'catalog','2026-11-25 12:41:36',1,X'C5A94F7908D3BEDDDEC3A55083BB56947372461E566826D0E16D1AA89DD17A39301A7259DC33A70399A8C179462F1EDC',3479958);
INSERT INTO "_sqlx_migrations" VALUES(2,'history','2026-11-25 12:41:36',1,X'65DA19A33ABBD097134574924EC0C2D8233292AF2F040C0502EE43128842F8551DE597D477F282E2C204169307E24256',2778212);
INSERT INTO "_sqlx_migrations" VALUES(3,'webhooks','2026-11-25 12:41:36',1,X'79F7F08C9EEA3D13F2C991E84BD24B23E5F720E1333C263B554033BA1987EF665E15433EA3729C49176FF9BC5D27BD9D',1081359);
INSERT INTO "_sqlx_migrations" VALUES(4,'prune','2026-11-25 12:41:36',1,X'F9C83EA7DC0B3FB9B02EC249B73CC699B685064E45ED30D17FCF15241089D03347682BFA48CADE6779D31012CBCBE2E3',1622333);
CREATE TABLE catalog_versions (
    version       INTEGER PRIMARY KEY CHECK (version >= 1), -- without a gap
    created_at_ms INTEGER NOT NULL,
    as_of         TEXT    NOT NULL CHECK (length(as_of) = 10), -- the day whose terms its states and labels show
    content_hash  TEXT    NOT NULL CHECK (length(content_hash) = 64 AND content_hash NOT GLOB '*[^0-9a-f]*'), -- SHA-256 of the canonical content
    cause         TEXT    NOT NULL CHECK (cause IN ('sync', 'curation', 'approval', 'effective_date')),
    actor         TEXT, -- who caused it; NULL for a sync
    run_id        INTEGER REFERENCES sync_runs (run_id) -- the run that published it; NULL for other causes
, pruned_at_ms INTEGER) STRICT;
INSERT INTO "catalog_versions" VALUES(1,1795610496888,'2026-11-25','62927d0fa3e7c3c6d521bca31b880a1066bb0193943ac9be5128322c157a12b3','sync',NULL,1,NULL);
INSERT INTO "catalog_versions" VALUES(2,1795610496984,'2026-11-25','18ad77fcb6d4b1dd234f16f21074ac554af3ff659daf00bcb50930b01508989b','curation','terminal:unknown',NULL,NULL);
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
INSERT INTO "curated_entries" VALUES(1,'31','pass_through',2,NULL,'Bay Area Real Estate Information Services','BAREIS','CA','US',0,'none','No association fee through this vendor',0,1795610496975,NULL,'https://www.dmrmedia.org/mls-integrations/bareis',NULL);
INSERT INTO "curated_entries" VALUES(2,'33','direct',2,NULL,'Bay East AOR and Contra Costa AOR','BECCAR','CA','US',0,'none','There is currently no charge from the association for this service',0,1795610496975,NULL,'http://www.bayeast.net/faq/31',NULL);
INSERT INTO "curated_entries" VALUES(3,'16','direct',2,NULL,'Arizona Regional MLS','ARMLS','AZ','US',0,'charged',NULL,0,1795610496975,NULL,NULL,NULL);
INSERT INTO "curated_entries" VALUES(4,'144','direct',2,NULL,'MLS Property Information Network','MLS PIN','MA;RI;NH','US',0,'charged',NULL,0,1795610496975,NULL,NULL,NULL);
INSERT INTO "curated_entries" VALUES(5,'147','pass_through',2,NULL,'Northern Great Lakes REALTORS MLS','NGLRMLS','MI','US',0,'charged',NULL,0,1795610496975,NULL,NULL,NULL);
INSERT INTO "curated_entries" VALUES(6,'148','direct',2,NULL,'Northern Nevada Regional MLS','NNRMLS','NV','US',0,'charged',NULL,0,1795610496975,NULL,NULL,NULL);
INSERT INTO "curated_entries" VALUES(7,'149','pass_through',2,NULL,'NorthstarMLS','NorthstarMLS','MN;WI','US',0,'charged',NULL,0,1795610496975,NULL,NULL,NULL);
INSERT INTO "curated_entries" VALUES(8,'165','pass_through',2,NULL,'OneKey MLS','OneKey MLS','NY','US',0,'charged',NULL,0,1795610496975,NULL,NULL,NULL);
INSERT INTO "curated_entries" VALUES(9,'209','direct',2,NULL,'REcolorado','REcolorado','CO','US',0,'charged',NULL,0,1795610496975,NULL,NULL,NULL);
INSERT INTO "curated_entries" VALUES(10,'237','direct',2,NULL,'Stellar MLS','SMLS','FL;PR','US',0,'charged',NULL,0,1795610496975,NULL,NULL,NULL);
INSERT INTO "curated_entries" VALUES(11,'275','pass_through',2,NULL,'Western Regional Information Systems & Technology','WRIST','OH','US',0,'charged',NULL,0,1795610496975,NULL,NULL,NULL);
INSERT INTO "curated_entries" VALUES(12,'141','pass_through',2,NULL,'Midwest Real Estate Data','MRED','IL;WI','US',0,'unpublished','Varies (confirm with MLS)',0,1795610496975,NULL,'https://www.dmrmedia.org/mls-integrations/mlsni',NULL);
INSERT INTO "curated_entries" VALUES(13,'285','direct',2,NULL,'Greater Vancouver REALTORS (MLS Reciprocity)','GVR','BC','CA',0,'unpublished','The board charges each office a monthly fee',0,1795610496975,NULL,'http://members.rebgv.org/mlsr/',NULL);
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
INSERT INTO "curated_fees" VALUES(3,'direct',0,'broker_feed','Additional broker feed','150.00',NULL,'USD','monthly',NULL,'feed',5,NULL,NULL,NULL,NULL,NULL,NULL,'Five feeds free per brokerage, then 150 a month each',1795610496975,NULL,'https://armls.com/data-feeds-vendor-info',NULL);
INSERT INTO "curated_fees" VALUES(4,'direct',0,'broker_access','Broker data access','100.00',NULL,'USD','monthly',NULL,'broker',0,NULL,NULL,NULL,NULL,NULL,NULL,'Covers branch offices',1795610496975,NULL,'https://www.mlspin.com/resources/data-services',NULL);
INSERT INTO "curated_fees" VALUES(5,'pass_through',0,'setup','Set-up fee','100.00',NULL,'USD','one_time',NULL,'account',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795610496975,NULL,'https://www.dmrmedia.org/mls-integrations/northern-great-lakes-realtors-mls',NULL);
INSERT INTO "curated_fees" VALUES(5,'pass_through',1,'idx','IDX fee','20.00',NULL,'USD','monthly',NULL,'account',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795610496975,NULL,'https://www.dmrmedia.org/mls-integrations/northern-great-lakes-realtors-mls',NULL);
INSERT INTO "curated_fees" VALUES(6,'direct',0,'idx','IDX licence fee (bill to agent)','15.00',NULL,'USD','monthly',NULL,'agent',0,NULL,NULL,NULL,NULL,NULL,NULL,'The broker may have the agents billed, per IDX agreement',1795610496975,NULL,'https://members.nnrmls.com/for-brokers-agent-billing-option-for-idx/',NULL);
INSERT INTO "curated_fees" VALUES(7,'pass_through',0,'access','Monthly access (older schedule)',NULL,NULL,'USD','monthly',NULL,'feed',0,'volume','9:20.00;100:=200.00;*:=300.00',NULL,NULL,NULL,NULL,NULL,1795610496975,NULL,'http://www.northstarmls.com/business-partners/broker-reciprocity/',NULL);
INSERT INTO "curated_fees" VALUES(8,'pass_through',0,'platform','Platform fee','250.00',NULL,'USD','monthly',NULL,'account',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795610496975,NULL,'https://dev.onekeymlsny.com/business-partnerships/vendor-data-access/',NULL);
INSERT INTO "curated_fees" VALUES(8,'pass_through',1,'per_customer','Per-customer fee','20.00',NULL,'USD','monthly','quarterly','feed',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795610496975,NULL,'https://dev.onekeymlsny.com/business-partnerships/vendor-data-access/',NULL);
INSERT INTO "curated_fees" VALUES(9,'direct',0,'idx_setup','IDX content establishment fee','500.00',NULL,'USD','one_time',NULL,'account',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795610496975,NULL,'https://cdn.recolorado.com/files/data/Participant-Pricing-Schedule.pdf',NULL);
INSERT INTO "curated_fees" VALUES(9,'direct',1,'idx','IDX content','150.00',NULL,'USD','monthly',NULL,'account',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795610496975,NULL,'https://cdn.recolorado.com/files/data/Participant-Pricing-Schedule.pdf',NULL);
INSERT INTO "curated_fees" VALUES(10,'direct',0,'internal_use','Firm internal use feed','450.00',NULL,'USD','annual',NULL,'office',0,NULL,NULL,NULL,'7500.00',NULL,NULL,NULL,1795610496975,NULL,'https://www.stellarmls.com/data-delivery',NULL);
INSERT INTO "curated_fees" VALUES(11,'pass_through',0,'rets','RETS fee','150.00',NULL,'USD','annual',NULL,'account',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795610496975,NULL,'https://www.dmrmedia.org/mls-integrations/western-regional-information-systems-and-technology-inc',NULL);
CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    CHECK (key <> 'origin' OR value IN ('vendor', 'sandbox'))
) STRICT, WITHOUT ROWID;
INSERT INTO "meta" VALUES('origin','sandbox');
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
INSERT INTO "sync_runs" VALUES(1,'terminal',1795610496866,1795610496886,'published',NULL,NULL,1,12,12,0,0,0,'sandbox',1,'[]');
INSERT INTO "sync_runs" VALUES(2,'terminal',1795610497053,1795610497081,'unchanged',NULL,NULL,1,12,0,0,0,0,'sandbox',NULL,'[]');
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
INSERT INTO "vendor_boards" VALUES(1,'1001',1,NULL,1,'Quartz Water Association of REALTORS','QWAOR','ND','US','agents_and_brokers','automatic','https://sandbox.invalid/coverage/1001','charged',NULL,0,1795610496866,NULL,NULL,NULL,'unknown',NULL,0,NULL,NULL,NULL,NULL);
INSERT INTO "vendor_boards" VALUES(2,'1002',1,NULL,1,'Falcon Summit Association of REALTORS','FSAOR','NS','CA','brokers_only','none','https://sandbox.invalid/coverage/1002','charged',NULL,0,1795610496866,NULL,NULL,NULL,'unknown',NULL,0,NULL,NULL,NULL,NULL);
INSERT INTO "vendor_boards" VALUES(3,'1003',1,NULL,1,'Saffron Plains Board of REALTORS','SPBR','MS;LA;TX','US','unknown','manual','https://sandbox.invalid/coverage/1003','charged',NULL,0,1795610496866,NULL,NULL,NULL,'unknown',NULL,0,NULL,NULL,NULL,NULL);
INSERT INTO "vendor_boards" VALUES(4,'1004',1,NULL,1,'Étang-à-la-Brume Real Estate Board','ÉBREB','QC','CA','agents_and_brokers','unknown','https://sandbox.invalid/coverage/1004','charged',NULL,0,1795610496866,NULL,NULL,NULL,'unknown',NULL,0,NULL,NULL,NULL,NULL);
INSERT INTO "vendor_boards" VALUES(5,'1005',1,NULL,1,'Greater Laurel Marsh Board of REALTORS','GLMBR','AB;SK','CA','agents_and_brokers','none','https://sandbox.invalid/coverage/1005','charged',NULL,0,1795610496866,NULL,NULL,NULL,'unknown',NULL,0,NULL,NULL,NULL,NULL);
INSERT INTO "vendor_boards" VALUES(6,'1006',1,NULL,1,'Cobalt Vale Real Estate Board','CVREB','IN','US','agents_and_brokers','automatic','https://sandbox.invalid/coverage/1006','charged',NULL,0,1795610496866,NULL,NULL,NULL,'unknown',NULL,0,NULL,NULL,NULL,NULL);
INSERT INTO "vendor_boards" VALUES(7,'1007',1,NULL,1,'Thistle Marsh MLS','TMMLS','WI','US','agents_and_brokers','none','https://sandbox.invalid/coverage/1007','none',NULL,0,1795610496866,NULL,NULL,NULL,'unknown',NULL,0,NULL,NULL,NULL,NULL);
INSERT INTO "vendor_boards" VALUES(8,'1008',1,NULL,1,'Alder Mesa Multiple Listing Service','AMMLS','AR','US','agents_and_brokers','manual','https://sandbox.invalid/coverage/1008','none',NULL,0,1795610496866,NULL,NULL,NULL,'unknown',NULL,0,NULL,NULL,NULL,NULL);
INSERT INTO "vendor_boards" VALUES(9,'1009',1,NULL,1,'Plaine-des-Cèdres Real Estate Board','PCREB','QC','CA','brokers_only','manual','https://sandbox.invalid/coverage/1009','unpublished',NULL,0,1795610496866,NULL,NULL,NULL,'unknown',NULL,0,NULL,NULL,NULL,NULL);
INSERT INTO "vendor_boards" VALUES(10,'1010',1,NULL,1,'Feather Summit Area Association of REALTORS®','FSAOR','NV','US','unknown','manual','https://sandbox.invalid/coverage/1010','unknown',NULL,0,NULL,NULL,NULL,NULL,'unknown',NULL,0,NULL,NULL,NULL,NULL);
INSERT INTO "vendor_boards" VALUES(11,'1011',1,NULL,1,'Quartz Shores Regional Multiple Listing Service','QSRMLS','DE','US','unknown','none','https://sandbox.invalid/coverage/1011','unpublished','Varies; Depends on the office''s size; ask the board for a quotation.',0,1795610496866,NULL,NULL,NULL,'unknown',NULL,0,NULL,NULL,NULL,NULL);
INSERT INTO "vendor_boards" VALUES(12,'1012',1,NULL,1,'Greater Acorn Glen Board of REALTORS','GAGBR','TX','US','agents_and_brokers','none','https://sandbox.invalid/coverage/1012','unknown',NULL,0,NULL,NULL,NULL,NULL,'unknown',NULL,0,NULL,NULL,NULL,NULL);
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
INSERT INTO "vendor_fees" VALUES(1,'pass_through',0,'idx','IDX pass-through fee','25.00',NULL,'USD','monthly',NULL,'account',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795610496866,NULL,NULL,NULL);
INSERT INTO "vendor_fees" VALUES(1,'pass_through',1,'setup','Set-up fee','200.00',NULL,'USD','one_time',NULL,'account',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795610496866,NULL,NULL,NULL);
INSERT INTO "vendor_fees" VALUES(2,'pass_through',0,'idx','IDX pass-through fee','41.67',NULL,'CAD','monthly',NULL,'account',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795610496866,NULL,NULL,NULL);
INSERT INTO "vendor_fees" VALUES(3,'pass_through',0,'idx','IDX pass-through fee','50.00',NULL,'USD','annual',NULL,'account',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795610496866,NULL,NULL,NULL);
INSERT INTO "vendor_fees" VALUES(4,'pass_through',0,'idx','IDX pass-through fee','1.25',NULL,'CAD','monthly',NULL,'agent',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795610496866,NULL,NULL,NULL);
INSERT INTO "vendor_fees" VALUES(5,'pass_through',0,'idx','IDX pass-through fee','60.00',NULL,'CAD','quarterly',NULL,'account',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795610496866,NULL,NULL,NULL);
INSERT INTO "vendor_fees" VALUES(6,'pass_through',0,'idx','IDX pass-through fee','8.00',NULL,'USD','monthly',NULL,'office',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795610496866,NULL,NULL,NULL);
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
CREATE TABLE webhook_endpoints (
    name             TEXT    NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 64 AND name NOT GLOB '*[^a-z0-9_-]*'),
    first_seen_at_ms INTEGER NOT NULL,
    since_version    INTEGER NOT NULL CHECK (since_version >= 0),  -- the newest version at that time, of which it is not told; 0: there was none
    settled_version  INTEGER NOT NULL CHECK (settled_version >= 0) -- every version up to this one is delivered or given up; 0: none yet
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX vendor_boards_open ON vendor_boards (board_id) WHERE to_version IS NULL;
CREATE UNIQUE INDEX curated_entries_open ON curated_entries (board_id, channel) WHERE to_version IS NULL;
CREATE UNIQUE INDEX vendor_boards_of_board ON vendor_boards (board_id, from_version);
CREATE UNIQUE INDEX curated_entries_of_board ON curated_entries (board_id, channel, from_version);
CREATE INDEX vendor_boards_by_from_version ON vendor_boards (from_version);
CREATE INDEX vendor_boards_by_to_version ON vendor_boards (to_version) WHERE to_version IS NOT NULL;
CREATE INDEX curated_entries_by_from_version ON curated_entries (from_version);
CREATE INDEX curated_entries_by_to_version ON curated_entries (to_version) WHERE to_version IS NOT NULL;
CREATE INDEX sync_runs_by_version ON sync_runs (version) WHERE version IS NOT NULL;
CREATE INDEX vendor_fees_by_effective_from ON vendor_fees (effective_from) WHERE effective_from IS NOT NULL;
CREATE INDEX vendor_fees_by_effective_to ON vendor_fees (effective_to) WHERE effective_to IS NOT NULL;
CREATE INDEX curated_fees_by_effective_from ON curated_fees (effective_from) WHERE effective_from IS NOT NULL;
CREATE INDEX curated_fees_by_effective_to ON curated_fees (effective_to) WHERE effective_to IS NOT NULL;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('sync_runs',2);
COMMIT;
