//! A new version of the catalog: rows, head and run in one transaction.

use sqlx::SqliteConnection;

use super::catalog_versions::{load_newest_version, record_head};
use super::curated_entries::{record_curated_entry, remove_curated_entry};
use super::lease::require_epoch;
use super::sync_runs::record_run;
use super::vendor_boards::record_vendor_board;
use super::{Publication, StoreError};
use crate::domain::lease::LeaseEpoch;
use crate::domain::rows::RowChanges;
use crate::domain::run::SyncRun;
use crate::domain::version::{CatalogVersion, VersionHead};

/// What [`Publication`] borrows, owned: the transaction outlives a caller that goes away.
pub(super) struct OwnedPublication {
    expected: Option<CatalogVersion>,
    head: VersionHead,
    changes: RowChanges,
    run: Option<SyncRun>,
    fence: Option<LeaseEpoch>,
}

impl From<&Publication<'_>> for OwnedPublication {
    fn from(publication: &Publication<'_>) -> OwnedPublication {
        OwnedPublication {
            expected: publication.expected,
            head: publication.head.clone(),
            changes: publication.changes.clone(),
            run: publication.run.cloned(),
            fence: publication.fence,
        }
    }
}

/// Records the publication inside a transaction of the caller; returns the number of its run.
pub(super) async fn record_publication(
    connection: &mut SqliteConnection,
    publication: OwnedPublication,
) -> Result<Option<i64>, StoreError> {
    let OwnedPublication {
        expected,
        mut head,
        changes,
        run,
        fence,
    } = publication;
    if let Some(epoch) = fence {
        require_epoch(connection, epoch).await?;
    }
    let found = load_newest_version(connection).await?;
    if found != expected {
        return Err(StoreError::Conflict { expected, found });
    }
    let version = head.version;
    if version != CatalogVersion::after(found) {
        return Err(StoreError::NotNext {
            version,
            current: found,
        });
    }
    let mut run_id = None;
    if let Some(mut run) = run {
        run.version = Some(version);
        run_id = Some(record_run(connection, &run).await?);
        head.run_id = run_id;
    }
    record_head(connection, &head).await?;
    record_changes(connection, version, &changes).await?;
    Ok(run_id)
}

async fn record_changes(
    connection: &mut SqliteConnection,
    version: CatalogVersion,
    changes: &RowChanges,
) -> Result<(), StoreError> {
    for row in &changes.vendor {
        record_vendor_board(connection, version, row).await?;
    }
    for entry in &changes.curated {
        record_curated_entry(connection, version, entry).await?;
    }
    for id in &changes.curated_removed {
        remove_curated_entry(connection, version, id).await?;
    }
    Ok(())
}
