//! Past catalogs and the change feed: the rows of the store read another way. Writes nothing.
//!
//! A change of version N is a difference between the merged boards of N - 1 and of N, each shown for its version's day.
//! So a change is never stored: it follows from the rows, and cannot disagree with them.

mod change;

use std::sync::Arc;

pub use change::{BoardChange, ChangedFee, Pictured, VersionChanges};

use crate::catalog::{Catalog, content_hash};
use crate::domain::board::BoardId;
use crate::domain::rows::SourceRows;
use crate::domain::version::{CatalogVersion, VersionHead};
use crate::store::{Store, StoreError};

/// Why nothing of the past could be read.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is stored of a version does not have the hash that was recorded for it.
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

/// Part of the change feed.
#[derive(Debug, Clone)]
pub struct ChangesPage {
    /// The versions, oldest first; those without a change (none that concerns the board asked for) are left out.
    pub versions: Vec<VersionChanges>,
    /// The newest version there is; `None` before the first.
    pub latest_version: Option<CatalogVersion>,
    /// The last version looked at: what to pass as `after` next. Never below the `after` asked for.
    pub reached: i64,
}

/// Past catalogs and the change feed. Share it as an [`Arc`].
pub struct History {
    store: Store,
}

impl History {
    /// The history in `store`.
    pub fn new(store: Store) -> History {
        History { store }
    }

    /// The catalog of `version`, rebuilt from its rows; `None` when it never was, or is no longer kept.
    ///
    /// # Errors
    /// When the database fails, or its rows do not have the hash recorded for the version.
    pub async fn load_catalog(
        &self,
        version: CatalogVersion,
    ) -> Result<Option<Arc<Catalog>>, HistoryError> {
        let Some(head) = self.store.load_head_of(version).await? else {
            return Ok(None);
        };
        let rows = self.store.load_rows(Some(version)).await?;
        build_catalog(head, &rows).map(Some)
    }

    /// The versions in which the board `id` changed, newest first: at most `limit`, and only those before `before` if
    /// given. `None` when no version has the board.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load_board_history(
        &self,
        id: &BoardId,
        before: Option<CatalogVersion>,
        limit: usize,
    ) -> Result<Option<Vec<VersionChanges>>, HistoryError> {
        let page = self.load_changes(0, Some(id), usize::MAX).await?;
        if page.versions.is_empty() {
            return Ok(None);
        }
        let versions = page.versions.into_iter().rev();
        let wanted =
            versions.filter(|version| before.is_none_or(|before| version.head.version < before));
        Ok(Some(wanted.take(limit).collect()))
    }

    /// The changes of the versions after `after`, oldest first: whole versions, until `limit` changes are reached; at
    /// least one version if there is any. With `board`, only that board's changes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load_changes(
        &self,
        after: i64,
        board: Option<&BoardId>,
        limit: usize,
    ) -> Result<ChangesPage, HistoryError> {
        let latest_version = self.store.load_head().await?.map(|head| head.version);
        let mut page = ChangesPage {
            versions: Vec::new(),
            latest_version,
            reached: after.max(0),
        };
        let latest = latest_version.map_or(0, CatalogVersion::get);
        let mut found = 0;
        while page.reached < latest && found < limit {
            page.reached += 1;
            let Some(changes) = self.load_version_changes(page.reached, board).await? else {
                continue;
            };
            found += changes.changes.len();
            if !changes.changes.is_empty() {
                page.versions.push(changes);
            }
        }
        Ok(page)
    }

    async fn load_version_changes(
        &self,
        number: i64,
        board: Option<&BoardId>,
    ) -> Result<Option<VersionChanges>, HistoryError> {
        let Some((head, new)) = self.load_version(number).await? else {
            return Ok(None);
        };
        let old = self.load_version(number - 1).await?;
        let mut ids = new.board_ids();
        ids.extend(old.iter().flat_map(|(_, rows)| rows.board_ids()));
        let picture = |rows: &SourceRows, id: &BoardId, head: &VersionHead| {
            rows.merge_board(id).map(|board| Pictured {
                board: Arc::new(board),
                as_of: head.as_of,
            })
        };
        let changes = ids
            .iter()
            .filter(|id| board.is_none_or(|board| board == *id))
            .flat_map(|id| {
                let before = old
                    .as_ref()
                    .and_then(|(head, rows)| picture(rows, id, head));
                change::compare(before, picture(&new, id, &head))
            })
            .collect();
        Ok(Some(VersionChanges { head, changes }))
    }

    async fn load_version(
        &self,
        number: i64,
    ) -> Result<Option<(VersionHead, SourceRows)>, HistoryError> {
        let Some(version) = CatalogVersion::new(number) else {
            return Ok(None);
        };
        let Some(head) = self.store.load_head_of(version).await? else {
            return Ok(None);
        };
        Ok(Some((head, self.store.load_rows(Some(version)).await?)))
    }
}

fn build_catalog(head: VersionHead, rows: &SourceRows) -> Result<Arc<Catalog>, HistoryError> {
    let boards = rows.merge_all();
    let found = content_hash(&boards);
    if found != head.content_hash {
        return Err(HistoryError::WrongHash {
            version: head.version,
            recorded: head.content_hash.to_string(),
            found: found.to_string(),
        });
    }
    Ok(Arc::new(Catalog::build(head, boards)))
}
