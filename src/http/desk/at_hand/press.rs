//! Compressing what was asked for, off the threads that answer.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use crate::catalog::{Coding, Snapshot};
use crate::http::prepare::compress;

/// Orders that wait at a time: one that finds no room is given again by the next caller.
const WAITING: usize = 16;

/// A thread that makes compressed bodies, to be there for the next caller.
pub(super) struct Press {
    orders: SyncSender<Order>,
}

struct Order {
    snapshot: Arc<Snapshot>,
    target: String,
    coding: Coding,
}

impl Press {
    /// Starts the thread, which ends with this value.
    pub(super) fn start() -> Press {
        let (orders, given) = sync_channel(WAITING);
        let work = move || work(&given);
        let started = thread::Builder::new().name("press".to_owned()).spawn(work);
        if let Err(error) = started {
            tracing::warn!(%error, "no thread to compress with: some answers are sent as they are");
        }
        Press { orders }
    }

    /// Orders the answer to `target` in `coding`; neither waits nor tells.
    pub(super) fn order(&self, snapshot: &Arc<Snapshot>, target: &str, coding: Coding) {
        // Full, or without a thread: the answer is sent as it is.
        let _ = self.orders.try_send(Order {
            snapshot: Arc::clone(snapshot),
            target: target.to_owned(),
            coding,
        });
    }
}

fn work(orders: &Receiver<Order>) {
    for order in orders {
        if let Some(answer) = order.snapshot.prepared.get(&order.target) {
            answer.encode(order.coding, |body| compress(order.coding, body));
        }
    }
}
