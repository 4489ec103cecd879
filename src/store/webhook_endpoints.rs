//! Table `webhook_endpoints`: the place of each endpoint in the row of versions.

use chrono::{DateTime, Utc};
use sqlx::SqliteConnection;

use super::StoreError;
use super::place::Place;
use super::webhook_deliveries::load_delivery;
use crate::domain::delivery::{EndpointName, EndpointProgress};
use crate::domain::version::CatalogVersion;

const TABLE: &str = "webhook_endpoints";

/// Gives an endpoint a place after the newest version, unless it has one.
pub(super) async fn register_endpoint(
    connection: &mut SqliteConnection,
    name: &EndpointName,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO webhook_endpoints (name, first_seen_at_ms, since_version, settled_version)
         SELECT ?, ?, newest, newest
         FROM (SELECT COALESCE(MAX(version), 0) AS newest FROM catalog_versions)
         WHERE TRUE
         ON CONFLICT (name) DO NOTHING",
    )
    .bind(name.as_str())
    .bind(now.timestamp_millis())
    .execute(connection)
    .await?;
    Ok(())
}

/// Loads an endpoint's place, the newest version that is settled, 0 for none; `None` when there is no such endpoint.
pub(super) async fn load_settled(
    connection: &mut SqliteConnection,
    endpoint: &EndpointName,
) -> Result<Option<i64>, StoreError> {
    let settled =
        sqlx::query_scalar("SELECT settled_version FROM webhook_endpoints WHERE name = ?")
            .bind(endpoint.as_str())
            .fetch_optional(connection)
            .await?;
    Ok(settled)
}

/// Loads how far the endpoint among `names` has got that is furthest behind; `None` when none of them was ever seen.
pub(super) async fn load_first_settled(
    connection: &mut SqliteConnection,
    names: &[EndpointName],
) -> Result<Option<i64>, StoreError> {
    let names: Vec<&str> = names.iter().map(EndpointName::as_str).collect();
    let settled = sqlx::query_scalar(
        "SELECT MIN(settled_version)
         FROM webhook_endpoints
         WHERE name IN (SELECT value FROM json_each(?))",
    )
    .bind(serde_json::json!(names).to_string())
    .fetch_one(connection)
    .await?;
    Ok(settled)
}

/// Moves an endpoint's place: every version up to `settled` counts as settled; 0 is none.
pub(super) async fn record_settled(
    connection: &mut SqliteConnection,
    endpoint: &EndpointName,
    settled: i64,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE webhook_endpoints SET settled_version = ? WHERE name = ?")
        .bind(settled)
        .bind(endpoint.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct EndpointRow {
    name: String,
    since_version: i64,
    settled_version: i64,
    pending: i64,
    last_version: Option<i64>,
    given_up_version: Option<i64>,
}

/// Loads how far every endpoint has got, by name.
pub(super) async fn load_endpoints(
    connection: &mut SqliteConnection,
) -> Result<Vec<EndpointProgress>, StoreError> {
    let rows = sqlx::query_as::<_, EndpointRow>(
        "SELECT name, since_version, settled_version,
            (SELECT COUNT(*) FROM catalog_versions WHERE version > settled_version) AS pending,
            (SELECT version FROM webhook_deliveries WHERE endpoint = name
             ORDER BY last_attempt_at_ms DESC, version DESC LIMIT 1) AS last_version,
            (SELECT MAX(version) FROM webhook_deliveries WHERE endpoint = name AND given_up_at_ms IS NOT NULL)
                AS given_up_version
         FROM webhook_endpoints
         ORDER BY name",
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut endpoints = Vec::with_capacity(rows.len());
    for row in rows {
        endpoints.push(row.into_progress(connection).await?);
    }
    Ok(endpoints)
}

impl EndpointRow {
    async fn into_progress(
        self,
        connection: &mut SqliteConnection,
    ) -> Result<EndpointProgress, StoreError> {
        let place = Place {
            table: TABLE,
            row: None,
            key: &self.name,
        };
        let name: EndpointName = place.parse("name", &self.name)?;
        let last = match self.last_version.and_then(CatalogVersion::new) {
            Some(version) => load_delivery(connection, &name, version).await?,
            None => None,
        };
        Ok(EndpointProgress {
            since: version_of(place, "since_version", self.since_version)?,
            settled: version_of(place, "settled_version", self.settled_version)?,
            pending: self.pending.unsigned_abs(),
            last,
            given_up: self.given_up_version.and_then(CatalogVersion::new),
            name,
        })
    }
}

/// A version, with 0 for none.
fn version_of(
    place: Place<'_>,
    column: &'static str,
    number: i64,
) -> Result<Option<CatalogVersion>, StoreError> {
    match number {
        0 => Ok(None),
        _ => CatalogVersion::new(number)
            .map(Some)
            .ok_or_else(|| place.wrong(column, "is below 0")),
    }
}
