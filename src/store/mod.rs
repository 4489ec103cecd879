//! SQLite: what the vendor said and what staff keep by hand, by catalog version; the heads of the versions; sync runs.
//!
//! All SQL is here, a file a table, and no type of the database library leaves. The face is a dozen coarse operations in
//! domain types, so that another engine can stand behind the same ones.
//!
//! | file | what it is |
//! | --- | --- |
//! | `connect` | from a URL to connections: checks, migrations, pools |
//! | `obstacle` | why a file cannot be opened |
//! | `transaction` | reading one picture, writing all or nothing |
//! | `publication` | a new version in one transaction |
//! | `access_tokens`, `audit`, `catalog_versions`, `vendor_boards`, `curated_entries`, `fees`, `sync_runs`, `candidates`, `lease`, `webhook_endpoints`, `webhook_deliveries`, `meta` | a table each (`fees`: three alike; `candidates` with its boards) |
//! | `outbox` | which version each endpoint has been told of |
//! | `history` | a version's rows; stretches of versions with what they changed |
//! | `vendor_word`, `channel`, `held_values` | columns that tables share, or that hold more than one value |
//! | `place`, `window` | where a wrong value stands; which rows to read |
//! | `json_rows`, `many`, `vendor_batches` | rows of many columns at once; many rows in one statement; those of the vendor |
//! | `prune` | dropping old versions |
//! | `remains` | what must be on record wherever there are boards |
//! | `sign_of_life` | whether the holder of the lease still lives |
//! | `upkeep` | backup, integrity |

mod access_tokens;
mod audit;
mod candidates;
mod catalog_versions;
mod channel;
mod connect;
mod curated_entries;
mod error;
mod fees;
mod held_values;
mod history;
mod json_rows;
mod lease;
mod many;
mod meta;
mod obstacle;
mod outbox;
mod place;
mod prune;
mod publication;
mod remains;
mod sign_of_life;
mod sync_runs;
#[cfg(test)]
mod tests;
mod transaction;
mod upkeep;
mod vendor_batches;
mod vendor_boards;
mod vendor_word;
mod webhook_deliveries;
mod webhook_endpoints;
mod window;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::SqlitePool;

pub use self::error::StoreError;
pub use self::history::{Part, Step, Stretch};
use self::history::{load_rows, load_stretch};
pub use self::lease::{HeldLease, Taking};
pub use self::prune::{Pruning, Retention};
use self::publication::record_publication;
pub use self::publication::{Publication, UpcomingHash};
use self::remains::{load_checked_at, load_newest_head};
use self::transaction::{read, write};
use crate::domain::audit::Deed;
use crate::domain::board::BoardId;
use crate::domain::candidate::{Candidate, CandidateBoard, Decision};
use crate::domain::lease::LeaseEpoch;
use crate::domain::rows::SourceRows;
use crate::domain::run::SyncRun;
use crate::domain::version::{CatalogVersion, Origin, VersionHead};
use crate::failpoint::failpoint;

/// The oldest SQLite that is opened: earlier ones can lose a committed write when the write-ahead log is reset
/// (<https://www.sqlite.org/wal.html>).
pub const MINIMUM_SQLITE_VERSION: &str = "3.51.3";

/// How long a write waits for another one; the contract promises an answer by then.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Newer than every version: rows that hold in it are those without an end.
const NEWEST: i64 = i64::MAX;

/// Which database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreSettings {
    /// `sqlite://FILE`, without parameters; the path is taken as written.
    pub url: String,
    /// Whether to create the file when it is missing, rather than fail with [`StoreError::Missing`].
    pub create: bool,
}

/// An open database; clones share it. Times are kept to the millisecond.
#[derive(Debug, Clone)]
pub struct Store {
    path: Arc<Path>,
    sqlite_version: Arc<str>,
    readers: SqlitePool,
    writer: SqlitePool,
}

impl Store {
    /// Opens the database, created and migrated where needed.
    ///
    /// # Errors
    /// When the file is missing and not to be created, cannot be read and written, or was written by a newer programme
    /// or by another: then it is left untouched.
    pub async fn open(settings: &StoreSettings) -> Result<Store, StoreError> {
        let path: PathBuf = connect::path_of(&settings.url)?;
        let sqlite_version = connect::check_sqlite_version().await?;
        let (readers, writer) = connect::connect(settings, &path).await?;
        Ok(Store {
            path: path.into(),
            sqlite_version: sqlite_version.into(),
            readers,
            writer,
        })
    }

    /// Waits for what is under way, and closes the file. Whatever is asked afterwards fails.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// The version of the SQLite library: `3.51.3`.
    pub fn sqlite_version(&self) -> &str {
        &self.sqlite_version
    }

    /// Loads the newest version's head; `None` when nothing was ever published.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn load_head(&self) -> Result<Option<VersionHead>, StoreError> {
        read(&self.readers, |connection| {
            Box::pin(load_newest_head(connection))
        })
        .await
    }

    /// Loads the head of `version`; `None` when it was never published, or was pruned.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn load_head_of(
        &self,
        version: CatalogVersion,
    ) -> Result<Option<VersionHead>, StoreError> {
        read(&self.readers, |connection| {
            Box::pin(catalog_versions::load_head_of(connection, version))
        })
        .await
    }

    /// Loads `version`, head and rows of one moment; `None` when it was never published, or was pruned.
    ///
    /// Five queries, however many boards and versions there are.
    ///
    /// # Errors
    /// When the database cannot be read, or holds a row that makes no sense, which is named.
    pub async fn load_version(
        &self,
        version: CatalogVersion,
    ) -> Result<Option<(VersionHead, SourceRows)>, StoreError> {
        read(&self.readers, move |connection| {
            Box::pin(async move {
                let Some(head) = catalog_versions::load_head_of(connection, version).await? else {
                    return Ok(None);
                };
                Ok(Some((head, load_rows(connection, version.get()).await?)))
            })
        })
        .await
    }

    /// Loads the newest version, head and rows of one moment.
    ///
    /// # Errors
    /// As [`Store::load_version`].
    pub async fn load_current(&self) -> Result<(Option<VersionHead>, SourceRows), StoreError> {
        read(&self.readers, |connection| {
            Box::pin(async move {
                let head = load_newest_head(connection).await?;
                Ok((head, load_rows(connection, NEWEST).await?))
            })
        })
        .await
    }

    /// Loads some versions in a row, with everything it takes to say what they changed.
    ///
    /// The stretch ends with the version that brings the last of `rows` changed rows. It may end earlier, so that none
    /// is too large; it always has a version if there is one. Costs what it returns, however many versions there are.
    ///
    /// # Errors
    /// As [`Store::load_version`].
    pub async fn load_stretch(&self, part: Part, rows: usize) -> Result<Stretch, StoreError> {
        read(&self.readers, |connection| {
            Box::pin(load_stretch(connection, part, rows))
        })
        .await
    }

    /// Publishes a new version, all of it or nothing, and returns the number of its run if it had one.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the newest version is another than expected; [`StoreError::LeaseLost`] when
    /// somebody else has taken the lease that its run is fenced with; [`StoreError::Busy`],
    /// [`StoreError::Full`] and [`StoreError::Io`] when it could not be written; [`StoreError::Inconsistent`] when the
    /// changes make no sense; [`StoreError::NothingToDecide`] when the candidate to be approved is no longer there.
    pub async fn publish(&self, publication: Publication) -> Result<Option<i64>, StoreError> {
        write(&self.writer, |connection| {
            Box::pin(record_publication(connection, publication))
        })
        .await
    }

    /// Records a run that published nothing, and returns its number.
    ///
    /// # Errors
    /// When it could not be written.
    pub async fn record_run(&self, run: &SyncRun) -> Result<i64, StoreError> {
        self.record_run_with(run, None).await
    }

    /// Records a run that published nothing, with the `candidate` it leaves to be decided about, and returns its number.
    ///
    /// # Errors
    /// When it could not be written.
    pub async fn record_run_with(
        &self,
        run: &SyncRun,
        candidate: Option<&Candidate>,
    ) -> Result<i64, StoreError> {
        self.record_run_in(None, run, candidate).await
    }

    /// As [`Store::record_run_with`], for a run under the lease of `fence`.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when somebody else has taken the lease since; otherwise when it could not be written.
    pub async fn record_run_under(
        &self,
        fence: LeaseEpoch,
        run: &SyncRun,
        candidate: Option<&Candidate>,
    ) -> Result<i64, StoreError> {
        self.record_run_in(Some(fence), run, candidate).await
    }

    async fn record_run_in(
        &self,
        fence: Option<LeaseEpoch>,
        run: &SyncRun,
        candidate: Option<&Candidate>,
    ) -> Result<i64, StoreError> {
        let (run, candidate) = (run.clone(), candidate.cloned());
        write(&self.writer, move |connection| {
            Box::pin(async move {
                if let Some(epoch) = fence {
                    lease::require_epoch(connection, epoch).await?;
                }
                let id = sync_runs::record_run_with(connection, &run, candidate.as_ref()).await?;
                failpoint!("run::before_commit");
                Ok(id)
            })
        })
        .await
    }

    /// Records that somebody rejected what the run `id` did not publish, which is dropped, and the `deed`.
    ///
    /// # Errors
    /// [`StoreError::NothingToDecide`] when there is nothing, or no longer; otherwise when it could not be written.
    pub async fn reject_candidate(
        &self,
        id: i64,
        decision: &Decision,
        deed: Deed,
    ) -> Result<(), StoreError> {
        let decision = decision.clone();
        write(&self.writer, move |connection| {
            Box::pin(async move {
                sync_runs::record_decision(connection, id, None, &decision).await?;
                audit::record_deeds(connection, [deed]).await?;
                failpoint!("reject::before_commit");
                Ok(())
            })
        })
        .await
    }

    /// Loads what the run `id` did not publish; `None` when there is nothing to decide about, or no longer.
    ///
    /// # Errors
    /// When the database cannot be read, or holds a row that makes no sense, which is named.
    pub async fn load_candidate(&self, id: i64) -> Result<Option<Candidate>, StoreError> {
        read(&self.readers, move |connection| {
            Box::pin(candidates::load_candidate(connection, id))
        })
        .await
    }

    /// Loads the values that the newest sync held back, by board.
    ///
    /// # Errors
    /// As [`Store::load_candidate`].
    pub async fn load_held_back(&self) -> Result<BTreeMap<BoardId, CandidateBoard>, StoreError> {
        read(&self.readers, |connection| {
            Box::pin(candidates::load_held_back(connection))
        })
        .await
    }

    /// Loads at most `limit` runs, newest first; with `before`, only those with lower numbers.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_runs(
        &self,
        limit: u32,
        before: Option<i64>,
    ) -> Result<Vec<SyncRun>, StoreError> {
        let before = before.unwrap_or(i64::MAX);
        read(&self.readers, |connection| {
            Box::pin(sync_runs::load_runs(connection, limit, before))
        })
        .await
    }

    /// Loads one run; `None` when no run has that number.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn load_run(&self, id: i64) -> Result<Option<SyncRun>, StoreError> {
        read(&self.readers, |connection| {
            Box::pin(sync_runs::load_run(connection, id))
        })
        .await
    }

    /// Loads the run recorded last that was not skipped, however it ended; `None` before the first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn load_last_run(&self) -> Result<Option<SyncRun>, StoreError> {
        read(&self.readers, |connection| {
            Box::pin(sync_runs::load_last_run(connection))
        })
        .await
    }

    /// Loads the run recorded last that saw a list of the vendor's, whatever became of that: one that was neither skipped
    /// nor failed. `None` before the first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn load_last_judged_run(&self) -> Result<Option<SyncRun>, StoreError> {
        read(&self.readers, |connection| {
            Box::pin(sync_runs::load_last_judged_run(connection))
        })
        .await
    }

    /// Loads when the catalog was last known to be what the vendor says: the end of the newest run that confirms it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn load_checked_at(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        read(&self.readers, |connection| {
            Box::pin(load_checked_at(connection))
        })
        .await
    }

    /// Loads where the boards come from; `None` until the first data arrived.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn load_origin(&self) -> Result<Option<Origin>, StoreError> {
        read(&self.readers, |connection| {
            Box::pin(meta::load_origin(connection))
        })
        .await
    }

    /// Says where the boards come from: the first to say so counts, for good.
    ///
    /// # Errors
    /// [`StoreError::OtherOrigin`] when the database keeps data of the other one.
    pub async fn claim_origin(&self, origin: Origin) -> Result<(), StoreError> {
        write(&self.writer, move |connection| {
            Box::pin(meta::claim_origin(connection, origin))
        })
        .await
    }

    /// Writes a consistent copy of the database into `file`, while others read and write.
    ///
    /// # Errors
    /// [`StoreError::FileExists`] when there is such a file; otherwise when it could not be written, and nothing is left.
    pub async fn backup(&self, file: &Path) -> Result<(), StoreError> {
        upkeep::back_up(&connect::options(&self.path), file).await
    }

    /// Checks the whole file and what its rows refer to: what is wrong, a line each; empty when it is sound.
    ///
    /// # Errors
    /// When the database cannot be read at all.
    pub async fn check_integrity(&self) -> Result<Vec<String>, StoreError> {
        read(&self.readers, |connection| {
            Box::pin(upkeep::check_integrity(connection))
        })
        .await
    }
}
