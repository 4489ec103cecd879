//! Tables `webhook_endpoints` and `webhook_deliveries`: which version each endpoint has been told of.
//!
//! The outbox is `catalog_versions`, written where a version is published. Here an endpoint only has its place in it.

use chrono::{DateTime, Utc};
use sqlx::SqliteConnection;

use super::catalog_versions::load_head_after;
use super::transaction::{read, write};
use super::webhook_deliveries::{
    load_delivery, load_first_given_up, record_attempt, record_due, record_end, remove_deliveries,
};
use super::webhook_endpoints::{load_endpoints, load_settled, record_settled, register_endpoint};
use super::{Store, StoreError};
use crate::domain::delivery::{
    Delivery, DeliveryState, EndpointName, EndpointProgress, OwedVersion,
};
use crate::domain::version::CatalogVersion;

/// Versions of which an endpoint keeps the records.
const KEPT_DELIVERIES: i64 = 1_000;

impl Store {
    /// Gives each endpoint that was never seen its place: after the newest version. The others keep theirs.
    ///
    /// # Errors
    /// When it could not be written.
    pub async fn register_endpoints(
        &self,
        names: &[EndpointName],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let names = names.to_vec();
        write(&self.writer, move |connection| {
            Box::pin(async move {
                for name in &names {
                    register_endpoint(connection, name, now).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Loads the oldest version that an endpoint is owed; `None` when there is none, or no such endpoint.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn load_owed_version(
        &self,
        endpoint: &EndpointName,
    ) -> Result<Option<OwedVersion>, StoreError> {
        let endpoint = endpoint.clone();
        read(&self.readers, |connection| {
            Box::pin(async move { load_owed_version(connection, &endpoint).await })
        })
        .await
    }

    /// Records that an attempt to deliver what an endpoint is owed begins, and returns the delivery with it; `None` when
    /// it is not owed any longer as `owed` says: somebody else has begun an attempt, or settled it.
    ///
    /// An attempt whose end is not recorded by `lost_at` counts as lost: its process was killed.
    ///
    /// # Errors
    /// When it could not be written.
    pub async fn begin_delivery(
        &self,
        endpoint: &EndpointName,
        owed: &OwedVersion,
        now: DateTime<Utc>,
        lost_at: DateTime<Utc>,
    ) -> Result<Option<Delivery>, StoreError> {
        let (endpoint, owed) = (endpoint.clone(), owed.clone());
        write(&self.writer, move |connection| {
            Box::pin(async move {
                if load_owed_version(connection, &endpoint).await?.as_ref() != Some(&owed) {
                    return Ok(None);
                }
                let version = owed.head.version;
                record_attempt(connection, &endpoint, version, now, lost_at).await?;
                load_delivery(connection, &endpoint, version).await
            })
        })
        .await
    }

    /// Records how an attempt ended. One that was taken out of its hands in the meantime changes nothing.
    ///
    /// # Errors
    /// When it could not be written: the attempt then counts as lost.
    pub async fn end_delivery(
        &self,
        endpoint: &EndpointName,
        delivery: &Delivery,
    ) -> Result<(), StoreError> {
        let (endpoint, delivery) = (endpoint.clone(), *delivery);
        write(&self.writer, move |connection| {
            Box::pin(async move { end_delivery(connection, &endpoint, &delivery).await })
        })
        .await
    }

    /// Loads how far every endpoint ever seen has got, by name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_endpoints(&self) -> Result<Vec<EndpointProgress>, StoreError> {
        read(&self.readers, |connection| {
            Box::pin(load_endpoints(connection))
        })
        .await
    }

    /// Makes what an endpoint is owed due at `now`, and takes up again what was given up since its last delivery;
    /// returns the first version of that, `None` where there was none. Versions it has accepted are not sent again.
    ///
    /// # Errors
    /// When it could not be written.
    pub async fn hurry_endpoint(
        &self,
        endpoint: &EndpointName,
        now: DateTime<Utc>,
    ) -> Result<Option<CatalogVersion>, StoreError> {
        let endpoint = endpoint.clone();
        write(&self.writer, move |connection| {
            Box::pin(async move { hurry_endpoint(connection, &endpoint, now).await })
        })
        .await
    }

    /// Makes `from` the next version an endpoint is owed, and forgets what became of the others.
    ///
    /// # Errors
    /// When it could not be written.
    pub async fn move_endpoint(
        &self,
        endpoint: &EndpointName,
        from: CatalogVersion,
    ) -> Result<(), StoreError> {
        let endpoint = endpoint.clone();
        write(&self.writer, move |connection| {
            Box::pin(async move { move_endpoint(connection, &endpoint, from.get()).await })
        })
        .await
    }
}

async fn load_owed_version(
    connection: &mut SqliteConnection,
    endpoint: &EndpointName,
) -> Result<Option<OwedVersion>, StoreError> {
    let Some(settled) = load_settled(connection, endpoint).await? else {
        return Ok(None);
    };
    // A version that is pruned while it is owed is told of all the same, as one whose changes are not known any more.
    let Some(head) = load_head_after(connection, settled).await? else {
        return Ok(None);
    };
    let delivery = load_delivery(connection, endpoint, head.version).await?;
    Ok(Some(OwedVersion { head, delivery }))
}

async fn end_delivery(
    connection: &mut SqliteConnection,
    endpoint: &EndpointName,
    delivery: &Delivery,
) -> Result<(), StoreError> {
    let is_recorded = record_end(connection, endpoint, delivery).await?;
    // Otherwise the endpoint was moved away from it, or another process has settled it: its place is not up to this
    // attempt.
    if is_recorded && !matches!(delivery.state, DeliveryState::Pending { .. }) {
        let version = delivery.version.get();
        record_settled(connection, endpoint, version).await?;
        remove_deliveries(connection, endpoint, version - KEPT_DELIVERIES).await?;
    }
    Ok(())
}

async fn hurry_endpoint(
    connection: &mut SqliteConnection,
    endpoint: &EndpointName,
    now: DateTime<Utc>,
) -> Result<Option<CatalogVersion>, StoreError> {
    let given_up = load_first_given_up(connection, endpoint).await?;
    match given_up {
        Some(first) => move_endpoint(connection, endpoint, first.get()).await?,
        None => record_due(connection, endpoint, now).await?,
    }
    Ok(given_up)
}

async fn move_endpoint(
    connection: &mut SqliteConnection,
    endpoint: &EndpointName,
    from: i64,
) -> Result<(), StoreError> {
    remove_deliveries(connection, endpoint, i64::MAX).await?;
    record_settled(connection, endpoint, from - 1).await
}
