//! The service's parts on a database of their own, as `serve` joins them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use chrono_tz::Tz;
use prometheus_client::registry::Registry;
use ptf_cache::catalog::CatalogHandle;
use ptf_cache::clock::{SharedClock, SystemClock};
use ptf_cache::domain::run::{Outcome, Trigger};
use ptf_cache::http::prepare;
use ptf_cache::publish::Publisher;
use ptf_cache::store::{Store, StoreSettings};
use ptf_cache::sync::{GuardSettings, Mode, SyncMetrics, Syncer};
use ptf_cache::upstream::{Client, UpstreamSettings};
use rust_decimal::Decimal;

use crate::invented;

/// A database, and what reads and writes it.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) publisher: Arc<Publisher>,
    syncer: Syncer,
}

/// The settings of the database `file`.
pub(crate) fn settings(file: &Path) -> StoreSettings {
    StoreSettings {
        url: format!("sqlite://{}", file.display()),
        create: true,
    }
}

impl World {
    /// The parts on the database `file`, synced from the vendor at `url`.
    pub(crate) async fn open(file: &Path, url: &str) -> World {
        let store = Store::open(&settings(file)).await.unwrap();
        let clock: SharedClock = Arc::new(SystemClock);
        let shown = Arc::new(CatalogHandle::new(prepare, TimeDelta::hours(26)));
        let publisher = Arc::new(Publisher::new(
            store.clone(),
            shown,
            Arc::clone(&clock),
            Tz::UTC,
        ));
        let upstream = UpstreamSettings {
            allow_sandbox: true,
            // The list comes in one answer.
            max_body_bytes: 256 << 20,
            ..UpstreamSettings::new(url.parse().unwrap(), "bench", "bench".to_owned().into())
        };
        let syncer = Syncer::new(
            Client::new(upstream, invented::mapping()).unwrap(),
            Arc::clone(&publisher),
            store.clone(),
            clock,
            ANYTHING_GOES,
            SyncMetrics::register(&mut Registry::default()),
        );
        World {
            store,
            publisher,
            syncer,
        }
    }

    /// How long a sync takes that ends with `outcome`, `changed` boards being new or other ones.
    pub(crate) async fn sync(&self, outcome: Outcome, changed: usize) -> Duration {
        let begun = Instant::now();
        let report = self
            .syncer
            .run_once(Trigger::Schedule, Mode::Publish, &|_| {})
            .await;
        let time = begun.elapsed();
        let run = &report.run;
        assert_eq!(run.outcome, outcome, "{:?}", run.message);
        assert!(run.id.is_some());
        assert_eq!((run.counts.added + run.counts.changed) as usize, changed);
        time
    }
}

/// A guard to which all boards may change at once.
const ANYTHING_GOES: GuardSettings = GuardSettings {
    max_removed_percent: 100,
    max_removed_min: 0,
    max_changed_percent: 100,
    max_held_percent: 100,
    max_ratio: Decimal::MAX,
    release_after_runs: 4,
};

/// How large a database is, with the log beside it.
pub(crate) fn size_of(file: &Path) -> u64 {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    [file.to_owned(), PathBuf::from(log)]
        .iter()
        .filter_map(|file| std::fs::metadata(file).ok())
        .map(|file| file.len())
        .sum()
}
