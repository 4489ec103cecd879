//! What the vendor knows while it runs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use super::board::SandboxBoard;
use super::fault::Fault;

/// The boards, the faults in force, and a count of the requests.
#[derive(Debug)]
pub(super) struct Vendor {
    boards: RwLock<Arc<[SandboxBoard]>>,
    faults: RwLock<Arc<[Fault]>>,
    requests: AtomicU64,
}

const NOT_POISONED: &str = "no holder of this lock panics";

impl Vendor {
    pub(super) fn new(boards: Vec<SandboxBoard>, faults: Vec<Fault>) -> Vendor {
        Vendor {
            boards: RwLock::new(boards.into()),
            faults: RwLock::new(faults.into()),
            requests: AtomicU64::new(0),
        }
    }

    pub(super) fn boards(&self) -> Arc<[SandboxBoard]> {
        Arc::clone(&self.boards.read().expect(NOT_POISONED))
    }

    pub(super) fn set_boards(&self, boards: Vec<SandboxBoard>) {
        *self.boards.write().expect(NOT_POISONED) = boards.into();
    }

    pub(super) fn faults(&self) -> Arc<[Fault]> {
        Arc::clone(&self.faults.read().expect(NOT_POISONED))
    }

    pub(super) fn set_faults(&self, faults: Vec<Fault>) {
        *self.faults.write().expect(NOT_POISONED) = faults.into();
    }

    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Counts a request; the first is number 1.
    pub(super) fn count_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed) + 1
    }
}
