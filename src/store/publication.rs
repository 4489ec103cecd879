//! A new version of the catalog: rows, head and run in one transaction.

use std::sync::Arc;

use sqlx::SqliteConnection;
use tokio::sync::oneshot;

use super::StoreError;
use super::audit::record_deeds;
use super::catalog_versions::{load_newest_version, record_hash, record_head};
use super::curated_entries::{record_curated_entry, remove_curated_entry};
use super::lease::require_epoch;
use super::sync_runs::{record_decision, record_run_with};
use super::vendor_boards::record_vendor_boards;
use crate::domain::audit::Deed;
use crate::domain::rows::RowChanges;
use crate::domain::run::ProposedRun;
use crate::domain::version::{CatalogVersion, ContentHash, HeadDraft, VersionHead};
use crate::failpoint::failpoint;

/// What becomes a new version.
#[derive(Debug)]
pub struct Publication {
    /// The version it was made for; `None` when there was none.
    pub expected: Option<CatalogVersion>,
    /// The new version, which follows `expected`. Its `run_id` gives way to the number of `run`.
    pub head: HeadDraft,
    /// The hash of the new version's content.
    pub hash: UpcomingHash,
    /// What differs from `expected`.
    pub changes: Arc<RowChanges>,
    /// The sync run it comes of, recorded with it.
    pub run: ProposedRun,
    /// What somebody did that it comes of, recorded with it; empty for a sync, and for the calendar.
    pub deeds: Vec<Deed>,
}

impl Publication {
    /// The publication of `changes` as the version `head`, which follows the one before it; of no run, and nobody's
    /// deed.
    pub fn of(head: VersionHead, changes: RowChanges) -> Publication {
        Publication {
            expected: CatalogVersion::new(head.version.get() - 1),
            hash: UpcomingHash::known(head.content_hash),
            head: head.into(),
            changes: Arc::new(changes),
            run: ProposedRun::None,
            deeds: Vec::new(),
        }
    }
}

/// A content hash that may still be worked out while rows are written: in a large list, either takes as long.
#[derive(Debug)]
pub struct UpcomingHash(oneshot::Receiver<ContentHash>);

impl UpcomingHash {
    /// The hash that will be sent. Where none is, nothing is published.
    pub fn sent() -> (oneshot::Sender<ContentHash>, UpcomingHash) {
        let (sender, receiver) = oneshot::channel();
        (sender, UpcomingHash(receiver))
    }

    /// The hash `hash`.
    pub fn known(hash: ContentHash) -> UpcomingHash {
        let (sender, upcoming) = UpcomingHash::sent();
        // It cannot fail: the receiver is here.
        let _ = sender.send(hash);
        upcoming
    }

    async fn wait(self) -> Result<ContentHash, StoreError> {
        let hash = self.0.await;
        hash.map_err(|_| StoreError::Failed("the content hash could not be worked out".into()))
    }
}

/// Records the publication inside a transaction of the caller; returns the number of its run.
pub(super) async fn record_publication(
    connection: &mut SqliteConnection,
    publication: Publication,
) -> Result<Option<i64>, StoreError> {
    let Publication {
        expected,
        mut head,
        hash,
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
    record_hash(connection, version, hash.wait().await?).await?;
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
    changes: Arc<RowChanges>,
) -> Result<(), StoreError> {
    record_vendor_boards(connection, version, &changes).await?;
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
