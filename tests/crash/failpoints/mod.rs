//! Every failpoint, made to abort, to panic and to fail: nothing is torn, nothing is lost, and the next try succeeds.
//!
//! `cargo test --features failpoints --test crash failpoints`

mod act;
mod bench;

use std::pin::Pin;
use std::sync::{Arc, Mutex};

use ptf_cache::failpoint::NAMES;
use tokio::task::JoinSet;

use act::Act;
use bench::Bench;

/// Databases side by side.
const LANES: usize = 4;

/// What a failpoint does, and how that is seen from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Abort,
    Panic,
    Error,
}

impl Action {
    /// As the environment variable `FAILPOINTS` says it: once, at the failpoint `name`.
    fn order(self, name: &str) -> String {
        let action = match self {
            Action::Abort => "return(abort)",
            Action::Panic => "panic",
            Action::Error => "return(error)",
        };
        format!("{name}=1*{action}")
    }

    /// What a process says that lives to tell.
    fn words(self, name: &str) -> String {
        match self {
            Action::Abort => String::new(),
            Action::Panic => format!("failpoint {name} panic"),
            Action::Error => format!("the failpoint {name} was told to fail"),
        }
    }
}

/// One failpoint, what is done to reach it, and what happens then.
#[derive(Debug, Clone, Copy)]
struct Case {
    name: &'static str,
    act: Act,
    action: Action,
}

/// What is done to reach the failpoint `name`.
fn acts_of(name: &str) -> Vec<Act> {
    match name.split_once("::").unwrap() {
        ("approve", _) => vec![Act::Approve],
        ("backup", _) => vec![Act::Backup],
        ("edit", _) | ("publish", "curated_row") => vec![Act::Import],
        ("migrate", _) => vec![Act::Migrate],
        ("prune", _) => vec![Act::Prune],
        ("publish", "curated_removed") => vec![Act::Replace],
        ("publish", "vendor_row") => vec![Act::Sync, Act::Approve],
        ("publish", _) => vec![Act::Sync, Act::Import, Act::Approve],
        ("reject", _) => vec![Act::Reject],
        ("run", _) => vec![Act::Quarantine],
        ("sync", _) => vec![Act::Sync],
        _ => panic!("nothing is known to reach {name}"),
    }
}

fn cases(actions: &[Action]) -> Vec<Case> {
    let mut cases = Vec::new();
    for name in NAMES {
        for act in acts_of(name) {
            cases.extend(actions.iter().map(|&action| Case { name, act, action }));
        }
    }
    cases
}

/// How a case is checked on a bench.
type Check = for<'b> fn(&'b Bench, Case) -> Pin<Box<dyn Future<Output = ()> + Send + 'b>>;

/// Deals the cases out to benches, each with a database of its own.
async fn deal(cases: Vec<Case>, check: Check) {
    let queue = Arc::new(Mutex::new(cases));
    let mut lanes = JoinSet::new();
    for _ in 0..LANES {
        let queue = Arc::clone(&queue);
        lanes.spawn(async move {
            let bench = Bench::open().await;
            loop {
                let Some(case) = queue.lock().unwrap().pop() else {
                    break;
                };
                check(&bench, case).await;
            }
        });
    }
    lanes.join_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_command_that_fails_at_any_place_leaves_all_or_nothing_and_can_be_given_again() {
    let actions = [Action::Abort, Action::Panic, Action::Error];
    deal(cases(&actions), |bench, case| {
        Box::pin(bench.check_command(case))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_service_goes_on_serving_whatever_place_of_a_sync_fails() {
    let mut cases = cases(&[Action::Panic, Action::Error]);
    cases.retain(|case| matches!(case.act, Act::Sync | Act::Quarantine));
    deal(cases, |bench, case| Box::pin(bench.check_service(case))).await;
}
