-- Versions that are no longer kept.
--
-- A pruned version keeps its head: runs and rows name it, and a copy of it in a backup can still be checked against its
-- hash. What goes are the rows that only pruned versions are made of, so that it cannot be loaded again. Versions are
-- pruned from the first one on, without a gap, and never the newest.

ALTER TABLE catalog_versions ADD COLUMN pruned_at_ms INTEGER; -- when it was given up; NULL: it is kept
