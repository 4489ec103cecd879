//! What a database holds, told so that two of them can be compared.

use std::collections::BTreeMap;
use std::path::Path;

use ptf_cache::domain::run::{FailureClass, Outcome};
use ptf_cache::domain::version::CatalogVersion;
use ptf_cache::store::{Store, StoreSettings};

use crate::numbered::{Scene, load_picture};

use super::task::{COPY, retention};

/// Everything in the database but for the numbers of the vendor's lists, which go on from one scene to the next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// The first version that can be loaded.
    pub(super) oldest: i64,
    /// The newest version.
    pub(super) newest: i64,
    /// The edits in it.
    pub(super) edits: BTreeMap<u32, u32>,
    /// How many boards of it have a mark that something is held back.
    pub(super) marked: usize,
    /// How the runs ended that did not fail, oldest first.
    pub(super) outcomes: Vec<Outcome>,
    /// The classes and messages of those that failed; a panic has no class.
    pub(super) failures: Vec<(Option<FailureClass>, String)>,
    /// How many boards each run holds that waits for a decision.
    pub(super) waiting: Vec<usize>,
    /// How many rows only pruned versions are made of.
    pub(super) unswept: u64,
    /// The newest version in the copy, if there is one.
    pub(super) copied: Option<i64>,
}

impl State {
    /// Reads the database of `scene`, and checks all of it: the file is sound, and every version is of one whole list
    /// and has its recorded hash.
    pub(crate) async fn of(scene: &Scene) -> State {
        let store = scene.open().await;
        let mut state = State::read(&store).await;
        store.close().await;
        let copy = scene.path(COPY);
        if copy.exists() {
            let copy = open(&copy).await;
            state.copied = Some(State::read(&copy).await.newest);
            copy.close().await;
        }
        state
    }

    async fn read(store: &Store) -> State {
        let problems = store.check_integrity().await.unwrap();
        assert!(problems.is_empty(), "{problems:?}");
        let newest = store.load_head().await.unwrap().unwrap().version.get();
        let oldest = store.load_oldest_version().await.unwrap().unwrap().get();
        let mut state = State {
            oldest,
            newest,
            unswept: count_unswept(store).await,
            marked: count_marked(store, newest).await,
            ..State::default()
        };
        for number in oldest..=newest {
            state.edits = load_picture(store, number).await.edits;
        }
        state.read_runs(store).await;
        state
    }

    async fn read_runs(&mut self, store: &Store) {
        let mut runs = store.list_runs(1_000, None).await.unwrap();
        runs.reverse();
        for run in runs {
            let candidate = store.load_candidate(run.id.unwrap()).await.unwrap();
            let hash = candidate.as_ref().map(|candidate| candidate.hash);
            assert_eq!(hash, run.candidate, "{run:?}");
            self.waiting
                .extend(candidate.map(|candidate| candidate.boards.len()));
            match run.outcome {
                Outcome::Failed => {
                    let message = run.message.unwrap();
                    self.failures.push((run.failure_class, message));
                }
                outcome => self.outcomes.push(outcome),
            }
        }
    }

    /// The same, with what a run leaves that failed.
    pub(super) fn and_failed(&self, class: Option<FailureClass>, message: &str) -> State {
        let mut state = self.clone();
        state.failures.push((class, message.to_owned()));
        state
    }
}

async fn open(file: &Path) -> Store {
    let settings = StoreSettings {
        url: format!("sqlite://{}", file.display()),
        create: false,
    };
    Store::open(&settings).await.unwrap()
}

/// The rows that pruning would drop of versions that are dropped already.
pub(super) async fn count_unswept(store: &Store) -> u64 {
    let retention = retention();
    let planned = store.plan_pruning(&retention, chrono::Utc::now()).await;
    let pruning = planned.unwrap();
    match pruning.versions {
        0 => pruning.vendor_rows + pruning.curated_rows,
        _ => 0,
    }
}

async fn count_marked(store: &Store, version: i64) -> usize {
    let version = CatalogVersion::new(version).unwrap();
    let (_, rows) = store.load_version(version).await.unwrap().unwrap();
    let marked = rows.vendor.values().filter(|row| !row.held.is_empty());
    marked.count()
}
