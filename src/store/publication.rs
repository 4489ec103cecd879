//! A new version of the catalog: rows, head and run in one transaction.

use sqlx::SqliteConnection;

use super::audit::record_deeds;
use super::catalog_versions::{load_newest_version, record_head};
use super::curated_entries::{record_curated_entry, remove_curated_entry};
use super::lease::require_epoch;
use super::sync_runs::{record_decision, record_run_with};
use super::vendor_boards::record_vendor_boards;
use super::{Publication, StoreError};
use crate::domain::audit::Deed;
use crate::domain::rows::RowChanges;
use crate::domain::run::ProposedRun;
use crate::domain::version::{CatalogVersion, VersionHead};
use crate::failpoint::failpoint;

/// What [`Publication`] borrows, owned: the transaction outlives a caller that goes away.
pub(super) struct OwnedPublication {
    expected: Option<CatalogVersion>,
    head: VersionHead,
    changes: RowChanges,
    run: ProposedRun,
    deeds: Vec<Deed>,
}

impl From<&Publication<'_>> for OwnedPublication {
    fn from(publication: &Publication<'_>) -> OwnedPublication {
        OwnedPublication {
            expected: publication.expected,
            head: publication.head.clone(),
            changes: publication.changes.clone(),
            run: publication.run.clone(),
            deeds: publication.deeds.to_vec(),
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
        deeds,
    } = publication;
    failpoint!("publish::begun");
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
    let run_id = settle_run(connection, version, run).await?;
    head.run_id = run_id.or(head.run_id);
    failpoint!("publish::run_recorded");
    record_head(connection, &head).await?;
    failpoint!("publish::head_recorded");
    record_changes(connection, version, changes).await?;
    record_deeds(connection, deeds).await?;
    failpoint!("publish::before_commit");
    Ok(run_id)
}

/// Records the run, or the decision about it, and returns its number.
async fn settle_run(
    connection: &mut SqliteConnection,
    version: CatalogVersion,
    run: ProposedRun,
) -> Result<Option<i64>, StoreError> {
    match run {
        ProposedRun::None => Ok(None),
        ProposedRun::Ending {
            mut run,
            held_back,
            fence,
        } => {
            if let Some(epoch) = fence {
                require_epoch(connection, epoch).await?;
            }
            run.version = Some(version);
            let id = record_run_with(connection, &run, held_back.as_ref()).await?;
            Ok(Some(id))
        }
        ProposedRun::Approved { id, decision } => {
            record_decision(connection, id, Some(version), &decision).await?;
            Ok(Some(id))
        }
    }
}

async fn record_changes(
    connection: &mut SqliteConnection,
    version: CatalogVersion,
    changes: RowChanges,
) -> Result<(), StoreError> {
    record_vendor_boards(connection, version, changes.vendor).await?;
    for entry in &changes.curated {
        record_curated_entry(connection, version, entry).await?;
        failpoint!("publish::curated_row");
    }
    for id in &changes.curated_removed {
        remove_curated_entry(connection, version, id).await?;
        failpoint!("publish::curated_removed");
    }
    Ok(())
}
