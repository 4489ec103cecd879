//! Every failpoint, with everything that can befall a process there.

mod blow;
mod lease;
mod service;
mod state;
mod task;
mod terminal;

use std::collections::BTreeSet;

use ptf_cache::failpoint::NAMES;

pub(crate) use blow::{BLOWS, Blow};
pub(crate) use state::State;
use task::Task;

/// What is tried at a failpoint fails where that is not reached; this is about those that nobody tries.
#[test]
fn every_failpoint_is_tried() {
    let of_tasks = Task::ALL.iter().flat_map(|task| task.points());
    let mut tried: BTreeSet<&str> = of_tasks.map(|point| point.name).collect();
    tried.extend(crate::schema::POINTS);
    tried.extend(lease::POINTS);
    assert_eq!(tried, NAMES.iter().copied().collect());
}
