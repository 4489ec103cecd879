//! The handle: the newest catalog and how fresh it is, swapped whole.

use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwapOption;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

use super::{Catalog, Prepared, QuoteFrame};
use crate::domain::version::CatalogVersion;

/// Renders what can be rendered beforehand: the HTTP room knows the shapes, the catalog only keeps the bytes. What was
/// prepared of the catalog before tells what callers ask for; it is `None` for the first.
pub type Prepare = fn(&Catalog, Option<&Prepared>) -> Prepared;

/// How fresh a catalog is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// When the vendor's whole list was last seen.
    pub checked_at: DateTime<Utc>,
    /// How long a check is good for.
    pub max_age: TimeDelta,
}

impl Freshness {
    /// The first moment at which the catalog is stale.
    pub fn stale_after(self) -> DateTime<Utc> {
        self.checked_at + self.max_age
    }

    /// Whether the vendor was last checked too long ago.
    ///
    /// A check that lies further ahead than it is good for was told by a clock that was wrong: nobody knows how old it
    /// is, and it counts as too old.
    pub fn is_stale(self, now: DateTime<Utc>) -> bool {
        self.left_ms(now.timestamp_millis()) == 0
    }

    /// How long ago the vendor was checked; none at all where the clock was set back since.
    pub fn age(self, now: DateTime<Utc>) -> TimeDelta {
        (now - self.checked_at).max(TimeDelta::zero())
    }

    /// For how many milliseconds the catalog is not stale yet, at the moment `now_ms` after 1970.
    pub fn left_ms(self, now_ms: i64) -> i64 {
        let (checked_at, max_age) = (
            self.checked_at.timestamp_millis(),
            self.max_age.num_milliseconds(),
        );
        match checked_at > now_ms + max_age {
            true => 0,
            false => (checked_at + max_age - now_ms).max(0),
        }
    }
}

/// What a reader takes: one catalog with what belongs to it.
pub struct Snapshot {
    /// The boards.
    pub catalog: Arc<Catalog>,
    /// The answers rendered from it.
    pub prepared: Arc<Prepared>,
    /// When the vendor was last checked.
    pub freshness: Freshness,
    /// What every quote of it says, made for who first asks.
    pub quote_frame: OnceLock<QuoteFrame>,
}

impl Snapshot {
    /// `catalog` with what was `prepared` of it, as fresh as `freshness` says.
    pub fn new(catalog: Arc<Catalog>, prepared: Arc<Prepared>, freshness: Freshness) -> Snapshot {
        Snapshot {
            catalog,
            prepared,
            freshness,
            quote_frame: OnceLock::new(),
        }
    }
}

/// A catalog with its answers, still to be shown.
pub struct PreparedCatalog {
    catalog: Catalog,
    prepared: Prepared,
}

impl PreparedCatalog {
    /// The same, once the number of the run is known that it comes of: no answer says it.
    pub fn of_run(mut self, run_id: Option<i64>) -> PreparedCatalog {
        self.catalog.set_run(run_id);
        self
    }
}

/// The place the newest [`Snapshot`] is read from. Reading takes no lock; swapping never waits for readers.
pub struct CatalogHandle {
    current: ArcSwapOption<Snapshot>,
    newest: watch::Sender<Option<CatalogVersion>>,
    prepare: Prepare,
    max_age: TimeDelta,
}

impl CatalogHandle {
    /// An empty handle: reads find nothing until the first [`publish`](Self::publish).
    ///
    /// A check of the vendor is good for `max_age`.
    pub fn new(prepare: Prepare, max_age: TimeDelta) -> CatalogHandle {
        CatalogHandle {
            current: ArcSwapOption::empty(),
            newest: watch::Sender::new(None),
            prepare,
            max_age,
        }
    }

    /// The newest snapshot; `None` before the first sync has succeeded.
    pub fn get(&self) -> Option<Arc<Snapshot>> {
        self.current.load_full()
    }

    /// What `read` makes of the newest snapshot; `None` before the first sync has succeeded.
    ///
    /// Cheaper than [`get`](Self::get) by the counting of who holds the snapshot, and for that only for what is done
    /// at once.
    pub fn read<T>(&self, read: impl FnOnce(&Arc<Snapshot>) -> T) -> Option<T> {
        self.current.load().as_ref().map(read)
    }

    /// Tells of every catalog that is shown, by its version; `None` before the first.
    ///
    /// Only the newest is told: who was not looking for a while finds that several versions have passed. By the time a
    /// version is told, [`get`](Self::get) gives it, or a newer one.
    pub fn subscribe(&self) -> watch::Receiver<Option<CatalogVersion>> {
        self.newest.subscribe()
    }

    /// Renders `catalog` and makes it the one that is read.
    pub fn publish(&self, catalog: Catalog, checked_at: DateTime<Utc>) {
        self.show(self.prepare(catalog), checked_at);
    }

    /// Renders `catalog`, to be shown.
    pub fn prepare(&self, catalog: Catalog) -> PreparedCatalog {
        let before = self.get();
        let before = before.as_ref().map(|snapshot| &*snapshot.prepared);
        let prepared = (self.prepare)(&catalog, before);
        PreparedCatalog { catalog, prepared }
    }

    /// Makes a catalog the one that is read.
    pub fn show(&self, ready: PreparedCatalog, checked_at: DateTime<Utc>) {
        let PreparedCatalog { catalog, prepared } = ready;
        let prepared = Arc::new(prepared);
        let version = catalog.head().version;
        let freshness = Freshness {
            checked_at,
            max_age: self.max_age,
        };
        let snapshot = Snapshot::new(Arc::new(catalog), prepared, freshness);
        self.current.store(Some(Arc::new(snapshot)));
        self.newest.send_replace(Some(version));
    }

    /// Notes that the vendor was checked again and says the same. Does nothing before the first catalog.
    pub fn confirm(&self, checked_at: DateTime<Utc>) {
        if let Some(current) = self.get() {
            let (catalog, prepared) = (&current.catalog, &current.prepared);
            let freshness = Freshness {
                checked_at,
                max_age: self.max_age,
            };
            let snapshot = Snapshot::new(Arc::clone(catalog), Arc::clone(prepared), freshness);
            self.current.store(Some(Arc::new(snapshot)));
        }
    }
}
