//! Table `webhook_deliveries`: what became of telling an endpoint of a version.

use chrono::{DateTime, Utc};
use sqlx::SqliteConnection;

use super::StoreError;
use super::place::Place;
use crate::domain::delivery::{Delivery, DeliveryFailure, DeliveryState, EndpointName};
use crate::domain::version::CatalogVersion;

const TABLE: &str = "webhook_deliveries";

#[derive(sqlx::FromRow)]
struct DeliveryRow {
    version: i64,
    attempts: u32,
    first_attempt_at_ms: i64,
    last_attempt_at_ms: i64,
    failure_class: Option<String>,
    failure_status: Option<u16>,
    next_attempt_at_ms: Option<i64>,
    delivered_at_ms: Option<i64>,
    given_up_at_ms: Option<i64>,
}

impl DeliveryRow {
    fn into_domain(self, endpoint: &str) -> Result<Delivery, StoreError> {
        let place = Place {
            table: TABLE,
            row: Some(self.version),
            key: endpoint,
        };
        let class = self.failure_class.as_deref();
        let class = class
            .map(|word| place.parse("failure_class", word))
            .transpose()?;
        Ok(Delivery {
            version: CatalogVersion::new(self.version)
                .ok_or_else(|| place.wrong("version", "is below 1"))?,
            attempts: self.attempts,
            first_attempt_at: place.time("first_attempt_at_ms", self.first_attempt_at_ms)?,
            last_attempt_at: place.time("last_attempt_at_ms", self.last_attempt_at_ms)?,
            failure: class.map(|class| DeliveryFailure {
                class,
                status: self.failure_status,
            }),
            state: self.state(place)?,
        })
    }

    fn state(&self, place: Place<'_>) -> Result<DeliveryState, StoreError> {
        match (
            self.next_attempt_at_ms,
            self.delivered_at_ms,
            self.given_up_at_ms,
        ) {
            (Some(ms), None, None) => Ok(DeliveryState::Pending {
                next_attempt_at: place.time("next_attempt_at_ms", ms)?,
            }),
            (None, Some(ms), None) => Ok(DeliveryState::Delivered {
                at: place.time("delivered_at_ms", ms)?,
            }),
            (None, None, Some(ms)) => Ok(DeliveryState::GivenUp {
                at: place.time("given_up_at_ms", ms)?,
            }),
            _ => Err(place.wrong(
                "next_attempt_at_ms",
                "is not the only one of three that is set",
            )),
        }
    }
}

/// Loads the record of one delivery; `None` before its first attempt.
pub(super) async fn load_delivery(
    connection: &mut SqliteConnection,
    endpoint: &EndpointName,
    version: CatalogVersion,
) -> Result<Option<Delivery>, StoreError> {
    let row = sqlx::query_as::<_, DeliveryRow>(
        "SELECT version, attempts, first_attempt_at_ms, last_attempt_at_ms, failure_class, failure_status,
            next_attempt_at_ms, delivered_at_ms, given_up_at_ms
         FROM webhook_deliveries
         WHERE endpoint = ? AND version = ?",
    )
    .bind(endpoint.as_str())
    .bind(version.get())
    .fetch_optional(connection)
    .await?;
    row.map(|row| row.into_domain(endpoint.as_str()))
        .transpose()
}

/// Records one more attempt, which counts as lost at `lost_at`.
pub(super) async fn record_attempt(
    connection: &mut SqliteConnection,
    endpoint: &EndpointName,
    version: CatalogVersion,
    now: DateTime<Utc>,
    lost_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO webhook_deliveries (endpoint, version, attempts, first_attempt_at_ms, last_attempt_at_ms,
            next_attempt_at_ms)
         VALUES (?, ?, 1, ?, ?, ?)
         ON CONFLICT (endpoint, version) DO UPDATE
         SET attempts = attempts + 1, last_attempt_at_ms = excluded.last_attempt_at_ms,
            next_attempt_at_ms = excluded.next_attempt_at_ms, failure_class = NULL, failure_status = NULL,
            delivered_at_ms = NULL, given_up_at_ms = NULL",
    )
    .bind(endpoint.as_str())
    .bind(version.get())
    .bind(now.timestamp_millis())
    .bind(now.timestamp_millis())
    .bind(lost_at.timestamp_millis())
    .execute(connection)
    .await?;
    Ok(())
}

/// Records how an attempt ended; `false` when there is no such delivery pending.
pub(super) async fn record_end(
    connection: &mut SqliteConnection,
    endpoint: &EndpointName,
    delivery: &Delivery,
) -> Result<bool, StoreError> {
    let (next, delivered, given_up) = match delivery.state {
        DeliveryState::Pending { next_attempt_at } => (Some(next_attempt_at), None, None),
        DeliveryState::Delivered { at } => (None, Some(at), None),
        DeliveryState::GivenUp { at } => (None, None, Some(at)),
    };
    let ms = |time: Option<DateTime<Utc>>| time.map(|time| time.timestamp_millis());
    let done = sqlx::query(
        "UPDATE webhook_deliveries
         SET failure_class = ?, failure_status = ?, next_attempt_at_ms = ?, delivered_at_ms = ?, given_up_at_ms = ?
         WHERE endpoint = ? AND version = ? AND next_attempt_at_ms IS NOT NULL",
    )
    .bind(delivery.failure.map(|failure| failure.class.as_str()))
    .bind(delivery.failure.and_then(|failure| failure.status))
    .bind(ms(next))
    .bind(ms(delivered))
    .bind(ms(given_up))
    .bind(endpoint.as_str())
    .bind(delivery.version.get())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Makes what is pending due at `now`.
pub(super) async fn record_due(
    connection: &mut SqliteConnection,
    endpoint: &EndpointName,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE webhook_deliveries
         SET next_attempt_at_ms = ?
         WHERE endpoint = ? AND next_attempt_at_ms IS NOT NULL",
    )
    .bind(now.timestamp_millis())
    .bind(endpoint.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

/// Loads the first version that was given up and has none after it that was delivered; `None` when there is none.
pub(super) async fn load_first_given_up(
    connection: &mut SqliteConnection,
    endpoint: &EndpointName,
) -> Result<Option<CatalogVersion>, StoreError> {
    let first: Option<i64> = sqlx::query_scalar(
        "SELECT MIN(version)
         FROM webhook_deliveries
         WHERE endpoint = ?1 AND given_up_at_ms IS NOT NULL
             AND version > COALESCE(
                 (SELECT MAX(version) FROM webhook_deliveries WHERE endpoint = ?1 AND delivered_at_ms IS NOT NULL), 0)",
    )
    .bind(endpoint.as_str())
    .fetch_one(connection)
    .await?;
    Ok(first.and_then(CatalogVersion::new))
}

/// Forgets the deliveries of every version up to `last`.
pub(super) async fn remove_deliveries(
    connection: &mut SqliteConnection,
    endpoint: &EndpointName,
    last: i64,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM webhook_deliveries WHERE endpoint = ? AND version <= ?")
        .bind(endpoint.as_str())
        .bind(last)
        .execute(connection)
        .await?;
    Ok(())
}
