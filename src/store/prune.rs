//! Pruning: versions that nobody is to make again, and the rows that no other version is made of.
//!
//! First the versions are marked, in one transaction: from then on they cannot be loaded. Their rows go afterwards, in
//! batches, so that nobody who publishes waits for long; what a killed process leaves behind goes the next time.

use std::num::NonZeroU32;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{SqliteConnection, SqlitePool};

use super::catalog_versions::{load_oldest_head, mark_pruned};
use super::transaction::{read, write};
use super::webhook_endpoints::load_first_settled;
use super::{NEWEST, Store, StoreError};
use crate::domain::delivery::EndpointName;
use crate::domain::version::{CatalogVersion, VersionHead};
use crate::failpoint::failpoint;

/// Rows deleted in one transaction; with their fees some milliseconds.
const BATCH_ROWS: u32 = 500;

/// Which past catalogs stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// A version stays that was the newest at some moment of the last so many days, so that each quote of these days
    /// can be made again. The newest always stays.
    pub keep_days: NonZeroU32,
    /// The endpoints that are told of every version. What one of them is still to be told of stays, however old, with
    /// the version before it: the changes are told from both.
    pub owed_to: Vec<EndpointName>,
}

impl Retention {
    /// The most days that can be asked for: a hundred years.
    pub const MAX_DAYS: u32 = 36_500;

    /// The moment since which, at `now`, every version stays.
    fn since(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let days = self.keep_days.get().min(Retention::MAX_DAYS);
        now - TimeDelta::days(i64::from(days))
    }
}

/// What pruning drops, or would drop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pruning {
    /// The oldest version that stays; `None` when nothing was ever published.
    pub oldest_kept: Option<VersionHead>,
    /// How many versions go: those before it that were still kept.
    pub versions: u64,
    /// How many of the vendor's rows go, because they went out with `oldest_kept` or before.
    pub vendor_rows: u64,
    /// How many rows of the curated list go.
    pub curated_rows: u64,
}

impl Pruning {
    /// Whether nothing goes.
    pub fn is_empty(&self) -> bool {
        self.versions == 0 && self.vendor_rows == 0 && self.curated_rows == 0
    }
}

impl Store {
    /// Works out what [`prune`](Self::prune) would drop at `now`, and drops nothing.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn plan_pruning(
        &self,
        retention: &Retention,
        now: DateTime<Utc>,
    ) -> Result<Pruning, StoreError> {
        let retention = retention.clone();
        read(&self.readers, move |connection| {
            Box::pin(async move { plan_pruning(connection, &retention, now).await })
        })
        .await
    }

    /// Drops the versions that `retention` does not keep at `now`, for good, and returns what went.
    ///
    /// Others may read and publish meanwhile; a version that is being read is read to its end.
    ///
    /// # Errors
    /// When the database could not be written. The versions are then all there, or all gone; what is left of them goes
    /// the next time.
    pub async fn prune(
        &self,
        retention: &Retention,
        now: DateTime<Utc>,
    ) -> Result<Pruning, StoreError> {
        let retention = retention.clone();
        let pruning = write(&self.writer, move |connection| {
            Box::pin(async move { mark_versions(connection, &retention, now).await })
        })
        .await?;
        failpoint!("prune::marked");
        if let Some(oldest_kept) = &pruning.oldest_kept {
            sweep(&self.writer, oldest_kept).await?;
        }
        Ok(pruning)
    }

    /// Loads the number of the oldest version that can be loaded; `None` when nothing was ever published.
    ///
    /// What this version changed is known only if it is the first; what later ones changed, always.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn load_oldest_version(&self) -> Result<Option<CatalogVersion>, StoreError> {
        let head = read(&self.readers, |connection| {
            Box::pin(load_oldest_head(connection, 0))
        })
        .await?;
        Ok(head.map(|head| head.version))
    }
}

/// Works out what `retention` drops.
async fn plan_pruning(
    connection: &mut SqliteConnection,
    retention: &Retention,
    now: DateTime<Utc>,
) -> Result<Pruning, StoreError> {
    let oldest_kept = load_oldest_kept(connection, retention, now).await?;
    let oldest = number_of(oldest_kept.as_ref());
    let count = async |connection: &mut SqliteConnection, statement: &'static str| {
        let counted: i64 = sqlx::query_scalar(statement)
            .bind(oldest)
            .fetch_one(connection)
            .await?;
        Ok::<_, StoreError>(counted.unsigned_abs())
    };
    Ok(Pruning {
        versions: count(
            connection,
            "SELECT COUNT(*) FROM catalog_versions WHERE version < ? AND pruned_at_ms IS NULL",
        )
        .await?,
        vendor_rows: count(connection, VENDOR_ROWS.count).await?,
        curated_rows: count(connection, CURATED_ROWS.count).await?,
        oldest_kept,
    })
}

/// Loads the oldest version that `retention` keeps: the one before the first that is younger, which was in force when
/// the time to be kept began.
///
/// Judged by the first younger one, because a clock that was wrong for a while must not make what came before look old.
async fn load_oldest_kept(
    connection: &mut SqliteConnection,
    retention: &Retention,
    now: DateTime<Utc>,
) -> Result<Option<VersionHead>, StoreError> {
    let first_younger: Option<i64> = sqlx::query_scalar(
        "SELECT MIN(version)
         FROM catalog_versions
         WHERE created_at_ms > ? AND pruned_at_ms IS NULL",
    )
    .bind(retention.since(now).timestamp_millis())
    .fetch_one(&mut *connection)
    .await?;
    let in_force = first_younger.map_or(NEWEST, |version| version - 1);
    let settled = load_first_settled(connection, &retention.owed_to).await?;
    load_oldest_head(connection, in_force.min(settled.unwrap_or(NEWEST))).await
}

/// Marks the versions that `retention` does not keep, in a transaction of the caller; what they were made of stays for
/// [`sweep`].
async fn mark_versions(
    connection: &mut SqliteConnection,
    retention: &Retention,
    now: DateTime<Utc>,
) -> Result<Pruning, StoreError> {
    let pruning = plan_pruning(connection, retention, now).await?;
    mark_pruned(connection, number_of(pruning.oldest_kept.as_ref()), now).await?;
    failpoint!("prune::before_mark");
    Ok(pruning)
}

/// Deletes every row that went out with `oldest_kept` or before, and gives its space back to the disk.
async fn sweep(writer: &SqlitePool, oldest_kept: &VersionHead) -> Result<(), StoreError> {
    let oldest = oldest_kept.version.get();
    for rows in [&VENDOR_ROWS, &CURATED_ROWS] {
        while write(writer, move |connection| {
            Box::pin(rows.delete_batch(connection, oldest))
        })
        .await?
        {
            failpoint!("prune::swept");
        }
    }
    while write(writer, |connection| Box::pin(give_back_space(connection))).await? {}
    Ok(())
}

fn number_of(head: Option<&VersionHead>) -> i64 {
    head.map_or(0, |head| head.version.get())
}

/// The statements for one of the two kinds of rows.
struct RowTable {
    count: &'static str,
    delete_fees: &'static str,
    delete_rows: &'static str,
}

/// The rows of the next batch, the same ones each time it is asked. Read in the order of an index, so that no batch
/// costs more than the one before.
#[rustfmt::skip] // a clause a line
macro_rules! first_rows {
    ($rows:literal) => {
        concat!(
            "SELECT row_id FROM ", $rows, " ",
            "WHERE to_version <= ?1 ",
            "ORDER BY to_version, row_id ",
            "LIMIT ?2",
        )
    };
}

#[rustfmt::skip] // a clause a line
macro_rules! row_table {
    ($rows:literal with $fees:literal) => {
        RowTable {
            count: concat!("SELECT COUNT(*) FROM ", $rows, " WHERE to_version <= ?"),
            delete_fees: concat!(
                "DELETE FROM ", $fees, " ",
                "WHERE parent_row IN (", first_rows!($rows), ")",
            ),
            delete_rows: concat!(
                "DELETE FROM ", $rows, " ",
                "WHERE row_id IN (", first_rows!($rows), ")",
            ),
        }
    };
}

static VENDOR_ROWS: RowTable = row_table!("vendor_boards" with "vendor_fees");
static CURATED_ROWS: RowTable = row_table!("curated_entries" with "curated_fees");

impl RowTable {
    /// Deletes some rows that went out with `oldest` or before, with their fees; returns whether there were any.
    async fn delete_batch(
        &self,
        connection: &mut SqliteConnection,
        oldest: i64,
    ) -> Result<bool, StoreError> {
        let mut deleted = 0;
        for statement in [self.delete_fees, self.delete_rows] {
            let done = sqlx::query(statement)
                .bind(oldest)
                .bind(BATCH_ROWS)
                .execute(&mut *connection)
                .await?;
            deleted = done.rows_affected();
        }
        Ok(deleted > 0)
    }
}

/// Shortens the file by some of the pages that nothing is kept in; returns whether there may be more.
///
/// A file whose pages cannot be moved (it was made before they could) stays as long as it is and is filled again.
async fn give_back_space(connection: &mut SqliteConnection) -> Result<bool, StoreError> {
    let before = count_free_pages(connection).await?;
    // 4 MB at once, so that nobody who publishes waits for long.
    sqlx::query("PRAGMA incremental_vacuum(1000)")
        .execute(&mut *connection)
        .await?;
    let after = count_free_pages(connection).await?;
    Ok(0 < after && after < before)
}

async fn count_free_pages(connection: &mut SqliteConnection) -> Result<i64, StoreError> {
    let pages = sqlx::query_scalar("PRAGMA freelist_count");
    Ok(pages.fetch_one(connection).await?)
}
