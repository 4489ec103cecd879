//! Table `catalog_versions`: the head of every catalog ever published.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sqlx::SqliteConnection;

use super::StoreError;
use super::place::Place;
use crate::domain::version::{CatalogVersion, ContentHash, HeadDraft, VersionHead};

const TABLE: &str = "catalog_versions";

#[derive(sqlx::FromRow)]
struct VersionRow {
    version: i64,
    created_at_ms: i64,
    as_of: String,
    content_hash: String,
    cause: String,
    actor: Option<String>,
    run_id: Option<i64>,
}

impl VersionRow {
    fn into_domain(self) -> Result<VersionHead, StoreError> {
        let place = Place {
            table: TABLE,
            row: Some(self.version),
            key: "version",
        };
        let version = CatalogVersion::new(self.version);
        Ok(VersionHead {
            version: version.ok_or_else(|| place.wrong("version", "is below 1"))?,
            created_at: place.time("created_at_ms", self.created_at_ms)?,
            as_of: place.day("as_of", &self.as_of)?,
            content_hash: place.parse("content_hash", &self.content_hash)?,
            cause: place.parse("cause", &self.cause)?,
            actor: self.actor,
            run_id: self.run_id,
        })
    }
}

/// Loads the newest head; `None` when nothing was ever published.
pub(super) async fn load_newest_head(
    connection: &mut SqliteConnection,
) -> Result<Option<VersionHead>, StoreError> {
    let row = sqlx::query_as::<_, VersionRow>(
        "SELECT version, created_at_ms, as_of, content_hash, cause, actor, run_id
         FROM catalog_versions
         ORDER BY version DESC
         LIMIT 1",
    )
    .fetch_optional(connection)
    .await?;
    row.map(VersionRow::into_domain).transpose()
}

/// Loads the head of `version`; `None` when it was never published, or was pruned.
pub(super) async fn load_head_of(
    connection: &mut SqliteConnection,
    version: CatalogVersion,
) -> Result<Option<VersionHead>, StoreError> {
    let row = sqlx::query_as::<_, VersionRow>(
        "SELECT version, created_at_ms, as_of, content_hash, cause, actor, run_id
         FROM catalog_versions
         WHERE version = ? AND pruned_at_ms IS NULL",
    )
    .bind(version.get())
    .fetch_optional(connection)
    .await?;
    row.map(VersionRow::into_domain).transpose()
}

/// Loads the head of the oldest version after `after`, kept or pruned; `None` when `after` is the newest.
pub(super) async fn load_head_after(
    connection: &mut SqliteConnection,
    after: i64,
) -> Result<Option<VersionHead>, StoreError> {
    let row = sqlx::query_as::<_, VersionRow>(
        "SELECT version, created_at_ms, as_of, content_hash, cause, actor, run_id
         FROM catalog_versions
         WHERE version > ?
         ORDER BY version
         LIMIT 1",
    )
    .bind(after)
    .fetch_optional(connection)
    .await?;
    row.map(VersionRow::into_domain).transpose()
}

/// Loads the heads of those of the versions `numbers` that are kept, oldest first.
pub(super) async fn load_heads(
    connection: &mut SqliteConnection,
    numbers: &BTreeSet<i64>,
) -> Result<Vec<VersionHead>, StoreError> {
    let rows = sqlx::query_as::<_, VersionRow>(
        "SELECT version, created_at_ms, as_of, content_hash, cause, actor, run_id
         FROM catalog_versions
         WHERE version IN (SELECT value FROM json_each(?)) AND pruned_at_ms IS NULL
         ORDER BY version",
    )
    .bind(serde_json::json!(numbers).to_string())
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(VersionRow::into_domain).collect()
}

/// Loads the head of the oldest version that is kept and not before `at_least`; the newest where that is beyond it.
/// `None` when nothing was ever published.
pub(super) async fn load_oldest_head(
    connection: &mut SqliteConnection,
    at_least: i64,
) -> Result<Option<VersionHead>, StoreError> {
    let row = sqlx::query_as::<_, VersionRow>(
        "SELECT version, created_at_ms, as_of, content_hash, cause, actor, run_id
         FROM catalog_versions
         WHERE pruned_at_ms IS NULL AND version >= MIN(?, (SELECT MAX(version) FROM catalog_versions))
         ORDER BY version
         LIMIT 1",
    )
    .bind(at_least)
    .fetch_optional(connection)
    .await?;
    row.map(VersionRow::into_domain).transpose()
}

/// Marks every version before `oldest_kept` that is still kept as pruned at `now`.
pub(super) async fn mark_pruned(
    connection: &mut SqliteConnection,
    oldest_kept: i64,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE catalog_versions
         SET pruned_at_ms = ?
         WHERE version < ? AND pruned_at_ms IS NULL",
    )
    .bind(now.timestamp_millis())
    .bind(oldest_kept)
    .execute(connection)
    .await?;
    Ok(())
}

/// Loads the number of the newest version.
pub(super) async fn load_newest_version(
    connection: &mut SqliteConnection,
) -> Result<Option<CatalogVersion>, StoreError> {
    let newest: Option<i64> = sqlx::query_scalar("SELECT MAX(version) FROM catalog_versions")
        .fetch_one(connection)
        .await?;
    Ok(newest.and_then(CatalogVersion::new))
}

/// Records a version, whose rows can refer to it from here on. Its content is to be told by [`record_hash`] in the same
/// transaction.
pub(super) async fn record_head(
    connection: &mut SqliteConnection,
    head: &HeadDraft,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO catalog_versions (version, created_at_ms, as_of, content_hash, cause, actor, run_id)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(head.version.get())
    .bind(head.created_at.timestamp_millis())
    .bind(head.as_of.to_string())
    .bind(ContentHash([0; 32]).to_string())
    .bind(head.cause.as_str())
    .bind(head.actor.as_deref())
    .bind(head.run_id)
    .execute(connection)
    .await?;
    Ok(())
}

/// Records the hash of a version's content.
pub(super) async fn record_hash(
    connection: &mut SqliteConnection,
    version: CatalogVersion,
    hash: ContentHash,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE catalog_versions SET content_hash = ? WHERE version = ?")
        .bind(hash.to_string())
        .bind(version.get())
        .execute(connection)
        .await?;
    Ok(())
}
