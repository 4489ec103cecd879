//! What a process that opens a database would show, found out in this process: hundreds of files a minute.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use chrono::TimeDelta;
use chrono_tz::Tz;
use ptf_cache::catalog::{Catalog, CatalogHandle, content_hash};
use ptf_cache::clock::{SharedClock, SystemClock};
use ptf_cache::domain::board::Board;
use ptf_cache::domain::version::{CatalogVersion, ContentHash, VersionHead};
use ptf_cache::http::prepare;
use ptf_cache::publish::Publisher;
use ptf_cache::store::{Store, StoreSettings};

/// The hash of each version that was published.
pub(crate) type Hashes = BTreeMap<CatalogVersion, ContentHash>;

/// One process that has the database open.
pub(crate) struct Opened {
    pub(crate) store: Store,
    pub(crate) publisher: Arc<Publisher>,
    pub(crate) clock: SharedClock,
    handle: Arc<CatalogHandle>,
}

impl Opened {
    /// Opens the database at `path`, which exists.
    pub(crate) async fn at(path: &Path) -> anyhow::Result<Opened> {
        let settings = StoreSettings {
            url: format!("sqlite://{}", path.display()),
            create: false,
        };
        let store = Store::open(&settings).await?;
        let handle = Arc::new(CatalogHandle::new(prepare, TimeDelta::hours(26)));
        let clock: SharedClock = Arc::new(SystemClock);
        let publisher = Publisher::new(store.clone(), handle.clone(), clock.clone(), Tz::UTC);
        Ok(Opened {
            store,
            publisher: Arc::new(publisher),
            clock,
            handle,
        })
    }

    /// What it shows after looking into the database; `None` where that holds nothing to be shown.
    pub(crate) async fn show(&self) -> anyhow::Result<Option<VersionHead>> {
        self.publisher.refresh().await?;
        let shown = self.handle.get();
        Ok(shown.map(|shown| head_with_own_hash(&shown.catalog)))
    }

    /// Every version that can be loaded, with its hash.
    pub(crate) async fn hashes(&self) -> anyhow::Result<Hashes> {
        let mut hashes = Hashes::new();
        let mut next = CatalogVersion::FIRST;
        while let Some((head, rows)) = self.store.load_version(next).await? {
            assert_eq!(head.content_hash, content_hash(rows.merge_all()), "{next}");
            hashes.insert(next, head.content_hash);
            next = CatalogVersion::after(Some(next));
        }
        Ok(hashes)
    }
}

/// The head of `catalog`, with the hash that its boards have, whatever was recorded.
pub(crate) fn head_with_own_hash(catalog: &Catalog) -> VersionHead {
    let mut boards: Vec<&Board> = catalog.boards().iter().map(Arc::as_ref).collect();
    boards.sort_by(|one, other| one.facts.id.cmp(&other.facts.id));
    VersionHead {
        content_hash: content_hash(boards),
        ..catalog.head().clone()
    }
}
