//! The one way to a new version of the catalog, and the way a stored one gets in front of readers.
//!
//! Sync and curation both bring [`RowChanges`] against the version they looked at. [`Publisher::publish`] checks that
//! version's hash, merges, writes everything in one transaction that fails if the version has been overtaken, builds
//! the catalog and swaps it. A catalog is shown to readers only once the vendor's whole list has been seen at least once: a curated list
//! alone would be a drop-down with most boards missing.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use tokio::sync::Mutex;
use tracing::info;

use crate::catalog::{Catalog, CatalogHandle, Snapshot, content_hash};
use crate::clock::SharedClock;
use crate::domain::board::Board;
use crate::domain::rows::{RowChanges, SourceRows};
use crate::domain::run::SyncRun;
use crate::domain::version::{CatalogVersion, Cause, ContentHash, VersionHead};
use crate::store::{Publication, Store, StoreError};

/// What a proposal was worked out against: one version and its rows.
#[derive(Debug, Clone, Default)]
pub struct Base {
    /// The version; `None` before the first.
    pub head: Option<VersionHead>,
    /// Its rows.
    pub rows: SourceRows,
}

impl Base {
    /// The version's number; `None` before the first.
    pub fn version(&self) -> Option<CatalogVersion> {
        self.head.as_ref().map(|head| head.version)
    }
}

/// Differences somebody wants published.
#[derive(Debug)]
pub struct Proposal {
    /// What differs from the base; empty only where nothing but the day does.
    pub changes: RowChanges,
    /// Why.
    pub cause: Cause,
    /// Who asks for it; `None` for a sync.
    pub actor: Option<String>,
    /// The run to record in the same transaction; `None` for other causes.
    pub run: Option<SyncRun>,
}

/// Why nothing was published, or nothing can be shown.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The database failed, or the base has been overtaken ([`StoreError::Conflict`]).
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is stored does not have the hash that was recorded for it.
    #[error(
        "version {version} in the database has the hash {found}, not the recorded {recorded}: the file was changed \
         or damaged; restore it from a backup"
    )]
    WrongHash {
        /// The version.
        version: CatalogVersion,
        /// The hash recorded when it was published.
        recorded: String,
        /// The hash of what is there now.
        found: String,
    },
}

/// Publishes versions, and shows the newest to readers.
pub struct Publisher {
    store: Store,
    catalog: Arc<CatalogHandle>,
    clock: SharedClock,
    zone: Tz,
    /// Held while a version is written or read and then shown, so that an older one never replaces a newer.
    turn: Mutex<()>,
}

impl Publisher {
    /// A publisher of the database `store` that shows what it publishes through `catalog`; a day ends at midnight in
    /// `zone`.
    pub fn new(
        store: Store,
        catalog: Arc<CatalogHandle>,
        clock: SharedClock,
        zone: Tz,
    ) -> Publisher {
        Publisher {
            store,
            catalog,
            clock,
            zone,
            turn: Mutex::new(()),
        }
    }

    /// The newest version and its rows, to work a proposal out against.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load_base(&self) -> Result<Base, PublishError> {
        let (head, rows) = self.store.load_current().await?;
        Ok(Base { head, rows })
    }

    /// Publishes `proposal` as the version after `base`, durably, and shows it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the base has been overtaken: look again and propose anew.
    /// [`PublishError::WrongHash`] when the base is not what was published: a damaged row does not become a version of
    /// its own. Nothing is published after an error.
    pub async fn publish(
        &self,
        base: Base,
        proposal: Proposal,
    ) -> Result<VersionHead, PublishError> {
        let Proposal {
            changes,
            cause,
            actor,
            run,
        } = proposal;
        let _turn = self.turn.lock().await;
        let (expected, base_day) = (base.version(), base.head.as_ref().map(|head| head.as_of));
        let merging =
            off_thread(move || merge_proposal(base, &changes).map(|done| (done, changes)));
        let ((boards, content_hash), changes) = merging.await?;
        // One moment, so that a version published around midnight is not of two days.
        let created_at = self.clock.now();
        let today = created_at.with_timezone(&self.zone).date_naive();
        let mut head = VersionHead {
            version: CatalogVersion::after(expected),
            created_at,
            // A clock that was set back does not take terms back.
            as_of: base_day.map_or(today, |day| day.max(today)),
            content_hash,
            cause,
            actor,
            run_id: None,
        };
        let publication = Publication {
            expected,
            head: &head,
            changes: &changes,
            run: run.as_ref(),
        };
        head.run_id = self.store.publish(&publication).await?;
        if let Some(checked_at) = self.store.load_checked_at().await? {
            self.show(head.clone(), boards, checked_at).await;
        }
        Ok(head)
    }

    /// Publishes a version with the cause `effective_date` where terms of fees have begun or ended since the newest
    /// version's day, so that states, labels and entity tags follow the calendar without a sync.
    ///
    /// Looks at the shown catalog alone where nothing is due: it costs no query.
    ///
    /// # Errors
    /// As [`publish`](Self::publish); being overtaken is none: what overtook has the new day.
    pub async fn publish_due_terms(&self) -> Result<Option<VersionHead>, PublishError> {
        let today = self.clock.today(self.zone);
        let due = |shown: &Snapshot| {
            shown
                .catalog
                .next_terms_on()
                .is_some_and(|day| day <= today)
        };
        if !self.catalog.get().is_some_and(|shown| due(&shown)) {
            return Ok(None);
        }
        let proposal = Proposal {
            changes: RowChanges::default(),
            cause: Cause::EffectiveDate,
            actor: None,
            run: None,
        };
        let base = self.load_base().await?;
        // What was shown may have been overtaken by one that has the new day, or not the terms.
        if !has_due_terms(&base, today) {
            return Ok(None);
        }
        match self.publish(base, proposal).await {
            Ok(head) => {
                info!(catalog.version = head.version.get(), as_of = %head.as_of, "terms of fees began or ended");
                Ok(Some(head))
            }
            Err(PublishError::Store(StoreError::Conflict { .. })) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Shows what the database holds: the newest version, or a newer check of the vendor.
    ///
    /// Costs two small queries where nothing is new. Before the first successful sync it shows nothing.
    ///
    /// # Errors
    /// When the database fails, or the version's content does not have its recorded hash.
    pub async fn refresh(&self) -> Result<(), PublishError> {
        let _turn = self.turn.lock().await;
        let (Some(head), Some(checked_at)) = (
            self.store.load_head().await?,
            self.store.load_checked_at().await?,
        ) else {
            return Ok(());
        };
        match self.catalog.get() {
            Some(shown) if shown.catalog.head() == &head => {
                if shown.freshness.checked_at != checked_at {
                    self.catalog.confirm(checked_at);
                }
                Ok(())
            }
            _ => self.show_stored(checked_at).await,
        }
    }

    async fn show_stored(&self, checked_at: DateTime<Utc>) -> Result<(), PublishError> {
        let (Some(head), rows) = self.store.load_current().await? else {
            return Ok(());
        };
        let merging = off_thread(move || {
            let boards = rows.merge_all();
            verify_hash(&head, &boards).map(|()| (head, boards))
        });
        let (head, boards) = merging.await?;
        self.show(head, boards, checked_at).await;
        Ok(())
    }

    async fn show(&self, head: VersionHead, boards: Vec<Board>, checked_at: DateTime<Utc>) {
        let catalog = Arc::clone(&self.catalog);
        off_thread(move || catalog.publish(Catalog::build(head, boards), checked_at)).await;
    }
}

/// Does work for the processor alone off the async threads.
async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

/// The boards of `base` with `changes`, and their hash.
fn merge_proposal(
    base: Base,
    changes: &RowChanges,
) -> Result<(Vec<Board>, ContentHash), PublishError> {
    if let Some(head) = &base.head {
        verify_hash(head, &base.rows.merge_all())?;
    }
    let boards = base.rows.with(changes).merge_all();
    let hash = content_hash(&boards);
    Ok((boards, hash))
}

/// Whether terms begin or end after the base's day and by `today`.
fn has_due_terms(base: &Base, today: NaiveDate) -> bool {
    let Some(head) = &base.head else {
        return false;
    };
    let boards = base.rows.merge_all();
    let mut edges = boards.iter().flat_map(Board::term_edges);
    edges.any(|day| head.as_of < day && day <= today)
}

/// Checks that `boards`, in order of id, are what was published as `head`.
///
/// # Errors
/// [`PublishError::WrongHash`] when they are not.
pub fn verify_hash(head: &VersionHead, boards: &[Board]) -> Result<(), PublishError> {
    let found = content_hash(boards);
    if found == head.content_hash {
        return Ok(());
    }
    Err(PublishError::WrongHash {
        version: head.version,
        recorded: head.content_hash.to_string(),
        found: found.to_string(),
    })
}
