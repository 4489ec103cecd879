//! A database with versions, and deliveries from it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use ptf_cache::clock::{FixedClock, SharedClock, SystemClock};
use ptf_cache::domain::delivery::{Delivery, EndpointProgress};
use ptf_cache::domain::rows::RowChanges;
use ptf_cache::domain::version::{CatalogVersion, Cause, ContentHash, VersionHead};
use ptf_cache::store::{Publication, Store, StoreSettings};
use ptf_cache::webhooks::{Backoff, ChangesFuture, ChangesOf, Endpoint, Webhooks};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::receiver::Receiver;

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// As the standard one, a thousand times as fast.
pub(crate) const FAST: Backoff = Backoff {
    first: Duration::from_millis(5),
    longest: Duration::from_millis(40),
    give_up_after: Duration::from_secs(3_600),
};

/// A database, empty at first.
pub(crate) struct World {
    _folder: tempfile::TempDir,
    pub(crate) store: Store,
    newest: AtomicI64,
}

impl World {
    pub(crate) async fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        let settings = StoreSettings {
            url: format!("sqlite://{}", folder.path().join("test.db").display()),
            create: true,
        };
        World {
            store: Store::open(&settings).await.unwrap(),
            newest: AtomicI64::new(0),
            _folder: folder,
        }
    }

    /// Publishes so many versions more.
    pub(crate) async fn publish(&self, versions: i64) {
        for _ in 0..versions {
            let newest = self.newest.fetch_add(1, Ordering::SeqCst);
            let expected = CatalogVersion::new(newest);
            let head = VersionHead {
                version: CatalogVersion::after(expected),
                created_at: now(),
                as_of: now().date_naive(),
                content_hash: ContentHash([0; 32]),
                cause: Cause::Curation,
                actor: None,
                run_id: None,
            };
            let publication = Publication::of(head, RowChanges::default());
            self.store.publish(publication).await.unwrap();
        }
    }

    /// Deliveries to `endpoints`, which are seen from here on.
    pub(crate) async fn webhooks(
        &self,
        clock: SharedClock,
        endpoints: Vec<Endpoint>,
        backoff: Backoff,
    ) -> Webhooks {
        let store = self.store.clone();
        let webhooks = Webhooks::new(store, clock, endpoints, Box::new(Numbers), backoff);
        webhooks.register().await.unwrap();
        webhooks
    }

    /// Fast deliveries by the machine's clock, which go on until the guard is dropped.
    pub(crate) async fn deliver(&self, endpoints: Vec<Endpoint>) -> DropGuard {
        let webhooks = self.webhooks(Arc::new(SystemClock), endpoints, FAST).await;
        let stop = CancellationToken::new();
        tokio::spawn(webhooks.run(stop.clone()));
        stop.drop_guard()
    }

    pub(crate) async fn progress(&self, name: &str) -> EndpointProgress {
        let endpoints = self.store.list_endpoints().await.unwrap();
        let named = |endpoint: &EndpointProgress| endpoint.name.as_str() == name;
        endpoints.into_iter().find(named).unwrap()
    }

    pub(crate) async fn last(&self, name: &str) -> Delivery {
        self.progress(name).await.last.unwrap()
    }
}

/// The changes of version N are `[N]`.
struct Numbers;

impl ChangesOf for Numbers {
    fn load_changes(&self, version: CatalogVersion) -> ChangesFuture<'_> {
        Box::pin(async move { Ok(Some(serde_json::json!([version.get()]))) })
    }
}

/// An endpoint on this machine, where `receiver` is.
pub(crate) fn endpoint(name: &str, receiver: &Receiver) -> Endpoint {
    endpoint_at(name, &receiver.url(), SECRET)
}

pub(crate) fn endpoint_at(name: &str, url: &str, secrets: &str) -> Endpoint {
    let (name, url) = (name.parse().unwrap(), url.parse().unwrap());
    Endpoint::new(name, url, &secrets.into(), true).unwrap()
}

/// When the tests' clocks that stand still begin.
pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-23T06:00:00Z".parse().unwrap()
}

pub(crate) fn standing_clock() -> Arc<FixedClock> {
    Arc::new(FixedClock::at(now()))
}
