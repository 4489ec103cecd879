//! Past catalogs and the change feed: the rows of the store read another way. Writes nothing.
//!
//! A change of version N is a difference between the merged boards of N - 1 and of N, each shown for its version's day.
//! So a change is never stored: it follows from the rows, and cannot disagree with them.

mod cache;
mod change;

use std::sync::Arc;

use chrono::NaiveDate;
use tokio::sync::Semaphore;

use self::cache::{Capacity, CatalogCache};
use self::change::compare;
pub use self::change::{BoardChange, ChangedFee, Pictured, VersionChanges};
use crate::catalog::{Catalog, WrongHash, verify_hash};
use crate::domain::audit::AuditRecord;
use crate::domain::board::BoardId;
use crate::domain::merge::merge;
use crate::domain::version::CatalogVersion;
use crate::store::{Part, Step, Store, StoreError, Stretch};

/// Past catalogs that are rebuilt at a time: while it is, each is in memory twice and keeps a processor busy, and whoever
/// asks for a hundred versions at once is not to have a hundred of them there.
const MAX_REBUILDS: usize = 2;

/// Why nothing of the past could be read.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is stored of a version does not have the hash that was recorded for it.
    #[error(transparent)]
    WrongHash(#[from] WrongHash),
}

impl HistoryError {
    /// Whether the same may well succeed in a moment: too many read the past at once.
    pub fn is_busy(&self) -> bool {
        matches!(self, HistoryError::Store(StoreError::Busy(_)))
    }
}

/// Part of the change feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangesPage {
    /// The versions, oldest first; those without a change (none that concerns the board asked for) are left out.
    pub versions: Vec<VersionChanges>,
    /// The oldest version that is kept; `None` before the first. It shows what there is, not what was gone with it: a
    /// reader that has seen only earlier ones is to begin again from 0, with no boards.
    pub oldest_version: Option<CatalogVersion>,
    /// The newest version there is; `None` before the first.
    pub latest_version: Option<CatalogVersion>,
    /// The last version looked at: what to pass as `after` next. Never below the `after` asked for.
    pub reached: i64,
}

/// Past catalogs and the change feed. Share it as an [`Arc`]: it keeps the catalogs that were asked for last.
pub struct History {
    store: Store,
    catalogs: CatalogCache,
    rebuilds: Semaphore,
}

impl History {
    /// The history in `store`.
    pub fn new(store: Store) -> History {
        History {
            store,
            catalogs: CatalogCache::new(Capacity::DEFAULT),
            rebuilds: Semaphore::new(MAX_REBUILDS),
        }
    }

    /// At most `limit` records of the audit, the newest first; with `before`, only those with lower numbers.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn load_audit(
        &self,
        limit: u32,
        before: Option<i64>,
    ) -> Result<Vec<AuditRecord>, HistoryError> {
        Ok(self.store.list_audit(limit, before).await?)
    }

    /// The catalog of `version`, rebuilt from its rows; `None` when it never was, or is no longer kept.
    ///
    /// Costs one small query where it was asked for lately, and otherwise what loading the newest costs; several that
    /// ask at once load it once, and of different ones a few are loaded at a time.
    ///
    /// # Errors
    /// When the database fails, or its rows do not have the hash recorded for the version.
    pub async fn load_catalog(
        &self,
        version: CatalogVersion,
    ) -> Result<Option<Arc<Catalog>>, HistoryError> {
        // Asked every time: a version that is kept no longer is not to be answered from memory.
        if self.store.load_head_of(version).await?.is_none() {
            self.catalogs.forget(version);
            return Ok(None);
        }
        let slot = self.catalogs.slot(version);
        let loaded = slot.get_or_try_init(|| self.rebuild(version)).await;
        self.catalogs.trim();
        match loaded {
            Ok(catalog) => Ok(Some(Arc::clone(catalog))),
            Err(Unavailable::Pruned) => Ok(None),
            Err(Unavailable::Failed(error)) => Err(error),
        }
    }

    async fn rebuild(&self, version: CatalogVersion) -> Result<Arc<Catalog>, Unavailable> {
        let turn = self.rebuilds.acquire().await;
        let _turn = turn.expect("nobody closes this semaphore");
        let loaded = self.store.load_version(version).await;
        let loaded = loaded.map_err(|error| Unavailable::Failed(error.into()))?;
        let (head, rows) = loaded.ok_or(Unavailable::Pruned)?;
        off_the_async_threads(move || {
            let boards = rows.merge_all();
            verify_hash(&head, &boards).map_err(|wrong| Unavailable::Failed(wrong.into()))?;
            Ok(Arc::new(Catalog::build(head, boards)))
        })
        .await
    }

    /// The versions in which the board `id` changed, newest first: at most `limit`, and only those before `before` if
    /// given. `None` when no version ever had the board.
    ///
    /// The oldest version that is kept has the board as added, whatever came before it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load_board_history(
        &self,
        id: &BoardId,
        before: Option<CatalogVersion>,
        limit: usize,
    ) -> Result<Option<Vec<VersionChanges>>, HistoryError> {
        let limit = limit.max(1);
        let found = self.load_versions_before(id, before, limit).await?;
        if found.is_empty() {
            // Nothing before that version: of a board that is known, or of one that never was?
            let known =
                before.is_some() && !self.load_versions_before(id, None, 1).await?.is_empty();
            return Ok(known.then_some(found));
        }
        Ok(Some(found))
    }

    async fn load_versions_before(
        &self,
        id: &BoardId,
        before: Option<CatalogVersion>,
        limit: usize,
    ) -> Result<Vec<VersionChanges>, HistoryError> {
        let mut found = Vec::new();
        let mut before = before.map_or(i64::MAX, CatalogVersion::get);
        loop {
            let board = id.clone();
            let part = Part::Before { before, board };
            let wanted = limit - found.len();
            let stretch = self.store.load_stretch(part, wanted).await?;
            let mut versions = stretch_changes(&stretch, usize::MAX);
            versions.reverse();
            found.extend(versions);
            found.truncate(limit);
            let is_all = stretch
                .oldest
                .is_none_or(|oldest| stretch.after < oldest.get());
            if found.len() == limit || is_all {
                return Ok(found);
            }
            before = stretch.after + 1;
        }
    }

    /// The changes of the versions after `after`, oldest first: whole versions, until `limit` changes are reached; at
    /// least one version if there is any. With `board`, only that board's changes.
    ///
    /// Applied in order, from 0 and from nothing, the pictures `after` each change are the newest catalog.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load_changes(
        &self,
        after: i64,
        board: Option<&BoardId>,
        limit: usize,
    ) -> Result<ChangesPage, HistoryError> {
        let limit = limit.max(1);
        let mut page = ChangesPage {
            versions: Vec::new(),
            oldest_version: None,
            latest_version: None,
            reached: after.max(0),
        };
        let mut missing = limit;
        loop {
            let after = page.reached;
            let board = board.cloned();
            let part = Part::After { after, board };
            let stretch = self.store.load_stretch(part, missing).await?;
            page.oldest_version = stretch.oldest;
            page.latest_version = stretch.newest;
            let through = stretch.through;
            let versions = off_the_async_threads(move || stretch_changes(&stretch, missing)).await;
            let found: usize = versions.iter().map(|version| version.changes.len()).sum();
            page.versions.extend(versions);
            missing = missing.saturating_sub(found);
            match page.versions.last() {
                Some(last) if missing == 0 => {
                    page.reached = last.head.version.get();
                    return Ok(page);
                }
                _ => page.reached = through,
            }
            if page
                .latest_version
                .is_none_or(|latest| page.reached >= latest.get())
            {
                return Ok(page);
            }
        }
    }
}

/// Why a catalog was not rebuilt.
enum Unavailable {
    /// It was given up between two looks at the database.
    Pruned,
    Failed(HistoryError),
}

/// The changes of a stretch, oldest first: whole versions, until `limit` changes are reached. Versions without a change
/// are left out.
fn stretch_changes(stretch: &Stretch, limit: usize) -> Vec<VersionChanges> {
    let mut versions: Vec<VersionChanges> = Vec::new();
    let mut found = 0;
    for step in &stretch.steps {
        let changes = step_changes(stretch, step);
        if changes.is_empty() {
            continue;
        }
        found += changes.len();
        versions.push(VersionChanges {
            head: step.head.clone(),
            changes,
        });
        if found >= limit {
            break;
        }
    }
    versions
}

fn step_changes(stretch: &Stretch, step: &Step) -> Vec<BoardChange> {
    let number = step.head.version.get();
    let picture = |id: &BoardId, number: i64, as_of: NaiveDate| {
        let board = Arc::new(merge(stretch.sources(id, number))?);
        Some(Pictured { board, as_of })
    };
    let changes = step.boards.iter().flat_map(|id| {
        let before = step
            .as_of_before
            .and_then(|as_of| picture(id, number - 1, as_of));
        compare(before, picture(id, number, step.head.as_of))
    });
    changes.collect()
}

/// Runs work for the processor alone where no request waits behind it.
async fn off_the_async_threads<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}
