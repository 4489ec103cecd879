//! What the vendor knows while it runs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use super::board::SandboxBoard;
use super::fault::{Asked, Disturbance, Fault};

/// The boards, the faults in force, and a count of the requests.
#[derive(Debug)]
pub(super) struct Vendor {
    boards: RwLock<Arc<[SandboxBoard]>>,
    orders: RwLock<Orders>,
    requests: AtomicU64,
}

/// The faults in force, and how many requests there had been when they were ordered.
#[derive(Debug)]
struct Orders {
    faults: Arc<[Fault]>,
    requests_before: u64,
}

const NOT_POISONED: &str = "no holder of this lock panics";

impl Vendor {
    pub(super) fn new(boards: Vec<SandboxBoard>, faults: Vec<Fault>) -> Vendor {
        Vendor {
            boards: RwLock::new(boards.into()),
            orders: RwLock::new(Orders {
                faults: faults.into(),
                requests_before: 0,
            }),
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
        Arc::clone(&self.orders.read().expect(NOT_POISONED).faults)
    }

    pub(super) fn set_faults(&self, faults: Vec<Fault>) {
        let mut orders = self.orders.write().expect(NOT_POISONED);
        *orders = Orders {
            faults: faults.into(),
            requests_before: self.requests(),
        };
    }

    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Counts a request for the boards from `offset` on; what meets it.
    pub(super) fn receive(&self, offset: usize) -> Disturbance {
        let orders = self.orders.read().expect(NOT_POISONED);
        let number = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let asked = Asked {
            number: number.saturating_sub(orders.requests_before),
            offset,
        };
        Disturbance::of(Arc::clone(&orders.faults), asked)
    }
}
