//! What is on record wherever there are boards. SQLite does not miss a table whose rows are gone: without these checks a
//! damaged file would pass for one in which nothing was ever published, and be published to.

use chrono::{DateTime, Utc};
use sqlx::SqliteConnection;

use super::sync_runs::load_confirming_run;
use super::{StoreError, catalog_versions};
use crate::domain::version::VersionHead;

/// Loads the newest head; `None` when nothing was ever published.
///
/// # Errors
/// [`StoreError::Damaged`] when there is none, and yet there are rows.
pub(super) async fn load_newest_head(
    connection: &mut SqliteConnection,
) -> Result<Option<VersionHead>, StoreError> {
    match catalog_versions::load_newest_head(connection).await? {
        None if has_rows(connection).await? => Err(StoreError::Damaged(
            "there are boards, and no version that they belong to".into(),
        )),
        head => Ok(head),
    }
}

/// Loads when the vendor's whole list was last seen; `None` when it never was.
///
/// # Errors
/// [`StoreError::Damaged`] when it never was, and yet there are rows of it.
pub(super) async fn load_checked_at(
    connection: &mut SqliteConnection,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    match load_confirming_run(connection).await? {
        None if has_vendor_rows(connection).await? => Err(StoreError::Damaged(
            "there are boards of the vendor, and no run that brought them".into(),
        )),
        run => Ok(run.map(|run| run.finished_at)),
    }
}

async fn has_rows(connection: &mut SqliteConnection) -> Result<bool, StoreError> {
    let found = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM vendor_boards) OR EXISTS (SELECT 1 FROM curated_entries)",
    )
    .fetch_one(connection)
    .await?;
    Ok(found)
}

async fn has_vendor_rows(connection: &mut SqliteConnection) -> Result<bool, StoreError> {
    let found = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM vendor_boards)")
        .fetch_one(connection)
        .await?;
    Ok(found)
}
