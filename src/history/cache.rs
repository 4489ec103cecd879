//! The past catalogs that were asked for last.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::OnceCell;

use crate::catalog::Catalog;
use crate::domain::version::CatalogVersion;

/// A place for one catalog: the first that needs it loads it, and whoever comes meanwhile waits for that.
pub(super) type Slot = Arc<OnceCell<Arc<Catalog>>>;

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Capacity {
    /// Catalogs.
    pub(super) catalogs: usize,
    /// Boards in all of them together; the catalog used last is kept however many it has.
    pub(super) boards: usize,
}

impl Capacity {
    /// Room for the few versions that people look at in turn; very large catalogs are kept one or two at a time.
    pub(super) const DEFAULT: Capacity = Capacity {
        catalogs: 8,
        boards: 40_000,
    };
}

/// Catalogs by version, the one used last in front. No lock is held while one is loaded.
pub(super) struct CatalogCache {
    capacity: Capacity,
    slots: Mutex<VecDeque<(CatalogVersion, Slot)>>,
}

impl CatalogCache {
    pub(super) fn new(capacity: Capacity) -> CatalogCache {
        CatalogCache {
            capacity,
            slots: Mutex::default(),
        }
    }

    /// The place of `version`, filled or not; it counts as used.
    pub(super) fn slot(&self, version: CatalogVersion) -> Slot {
        let mut slots = self.lock();
        let known = slots.iter().position(|(known, _)| *known == version);
        let known = known.and_then(|position| slots.remove(position));
        let slot = known.map(|(_, slot)| slot).unwrap_or_default();
        slots.push_front((version, Arc::clone(&slot)));
        slots.truncate(self.capacity.catalogs.max(1));
        slot
    }

    /// Drops what is more than fits. To be called when a catalog has been loaded: only then is its size known.
    pub(super) fn trim(&self) {
        let mut slots = self.lock();
        let mut boards = 0;
        let mut position = 0;
        slots.retain(|(_, slot)| {
            boards += slot.get().map_or(0, |catalog| catalog.boards().len());
            position += 1;
            position == 1 || boards <= self.capacity.boards
        });
    }

    /// Forgets `version`.
    pub(super) fn forget(&self, version: CatalogVersion) {
        self.lock().retain(|(known, _)| *known != version);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(CatalogVersion, Slot)>> {
        self.slots.lock().expect("no holder of this lock panics")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::content_hash;
    use crate::domain::board::*;
    use crate::domain::version::{Cause, VersionHead};
    use chrono::DateTime;

    fn version(number: i64) -> CatalogVersion {
        CatalogVersion::new(number).unwrap()
    }

    fn catalog(number: i64, boards: usize) -> Arc<Catalog> {
        let board = |id: usize| Board {
            facts: BoardFacts {
                id: BoardId::parse(&id.to_string()).unwrap(),
                name: format!("Board {id}"),
                abbreviation: None,
                states: vec![Code::CA],
                country: Code::US,
                eligibility: Eligibility::Unknown,
                paperwork: Paperwork::Unknown,
                coverage_url: None,
            }
            .into(),
            active: true,
            held: vec![],
            pass_through: ChannelFees::NOTHING_RECORDED.into(),
            direct: ChannelFees::NOTHING_RECORDED.into(),
        };
        let head = VersionHead {
            version: version(number),
            created_at: DateTime::UNIX_EPOCH,
            as_of: DateTime::UNIX_EPOCH.date_naive(),
            content_hash: content_hash([] as [Board; 0]),
            cause: Cause::Sync,
            actor: None,
            run_id: None,
        };
        Arc::new(Catalog::build(head, (0..boards).map(board).collect()))
    }

    fn fill(cache: &CatalogCache, number: i64, boards: usize) {
        let slot = cache.slot(version(number));
        let _full_already = slot.set(catalog(number, boards));
        cache.trim();
    }

    fn kept(cache: &CatalogCache) -> Vec<i64> {
        let slots = cache.lock();
        slots.iter().map(|(version, _)| version.get()).collect()
    }

    #[test]
    fn the_catalogs_used_last_are_kept() {
        let cache = CatalogCache::new(Capacity {
            catalogs: 2,
            boards: 100,
        });
        fill(&cache, 1, 1);
        fill(&cache, 2, 1);
        assert!(cache.slot(version(1)).get().is_some());
        fill(&cache, 3, 1);
        assert_eq!(kept(&cache), [3, 1]);
        assert!(cache.slot(version(2)).get().is_none());
    }

    #[test]
    fn large_catalogs_leave_room_for_few_but_the_last_one_always_stays() {
        let cache = CatalogCache::new(Capacity {
            catalogs: 8,
            boards: 10,
        });
        fill(&cache, 1, 4);
        fill(&cache, 2, 4);
        assert_eq!(kept(&cache), [2, 1]);
        fill(&cache, 3, 4);
        assert_eq!(kept(&cache), [3, 2]);
        fill(&cache, 4, 40);
        assert_eq!(kept(&cache), [4]);
    }

    #[test]
    fn a_forgotten_catalog_is_loaded_anew() {
        let cache = CatalogCache::new(Capacity::DEFAULT);
        fill(&cache, 1, 1);
        cache.forget(version(1));
        assert!(cache.slot(version(1)).get().is_none());
    }
}
