//! The API over a database, with a vendor that cannot be reached.

use std::sync::Arc;

use ptf_cache::access::Register;
use ptf_cache::catalog::CatalogHandle;
use ptf_cache::clock::SharedClock;
use ptf_cache::curation::Curation;
use ptf_cache::history::History;
use ptf_cache::http::{Admission, Api, Streams};
use ptf_cache::publish::Publisher;
use ptf_cache::store::Store;
use ptf_cache::sync::{GuardSettings, OnDemand, Reviewer, SyncMetrics, Syncer};
use ptf_cache::upstream::{Client, Mapping, UpstreamSettings};
use tokio_util::sync::CancellationToken;

/// The API of what `catalog` shows and `store` keeps: everybody may read.
pub(crate) async fn api_of(
    catalog: Arc<CatalogHandle>,
    store: Store,
    clock: SharedClock,
    zone: chrono_tz::Tz,
) -> Api {
    let guard = GuardSettings {
        max_removed_percent: 5,
        max_removed_min: 5,
        max_changed_percent: 20,
        max_held_percent: 5,
        max_ratio: rust_decimal::Decimal::from(5),
        release_after_runs: 4,
    };
    let publisher = Publisher::new(store.clone(), catalog.clone(), clock.clone(), zone);
    let publisher = Arc::new(publisher);
    let curation = Curation::new(publisher.clone(), clock.clone());
    let reviewer = Reviewer::new(publisher.clone(), store.clone(), clock.clone(), guard);
    let stop = CancellationToken::new();
    let syncer = Syncer::new(
        unreachable_vendor(),
        publisher,
        store.clone(),
        clock.clone(),
        guard,
        SyncMetrics::register(&mut prometheus_client::registry::Registry::default()),
    );
    let register = Register::open(store.clone(), clock.clone()).await.unwrap();
    Api {
        catalog,
        history: Arc::new(History::new(store)),
        streams: Streams::until(stop.clone()),
        clock,
        quote_zone: zone,
        curation: Arc::new(curation),
        reviewer: Arc::new(reviewer),
        on_demand: Arc::new(OnDemand::new(Arc::new(syncer), stop)),
        outlook: Arc::default(),
        admission: Arc::new(Admission::public(register)),
        cors_origins: Vec::new(),
    }
}

/// A client of a vendor at a port that nobody listens on.
fn unreachable_vendor() -> Client {
    let base_url = "http://127.0.0.1:1/".parse().unwrap();
    let settings = UpstreamSettings {
        retry_base: std::time::Duration::from_millis(1),
        ..UpstreamSettings::new(base_url, "user", "password".into())
    };
    let mapping = Mapping::from_config("ihomefinder", &serde_json::json!({})).unwrap();
    Client::new(settings, mapping).unwrap()
}
