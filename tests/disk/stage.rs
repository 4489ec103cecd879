//! Where system calls fail: what is done, how often each call occurs in it, and how it is done with one of them failing.

use std::collections::BTreeMap;
use std::path::Path;

use ptf_cache::sandbox::{Amount, RunningSandbox};

use crate::damage::Files;
use crate::harness::{Ended, World, sandbox_vendor};
use crate::originals::with_header;
use crate::tools::wrapped;

/// What SQLite and the programme call to write, to make it last, and to name it.
const CALLS: [&str; 9] = [
    "fdatasync",
    "fsync",
    "pwrite64",
    "ftruncate",
    "fallocate",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
];
/// What is done while a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    FirstSync,
    Sync,
    Import,
    Backup,
}

impl Step {
    pub(crate) const ALL: [Step; 4] = [Step::FirstSync, Step::Sync, Step::Import, Step::Backup];

    /// The command.
    pub(crate) fn arguments(self) -> &'static [&'static str] {
        match self {
            Step::FirstSync | Step::Sync => &["sync"],
            Step::Import => &["curated", "import", "edit.csv"],
            Step::Backup => &["backup", "copy.db"],
        }
    }

    /// The version before and after; 0 is none.
    pub(crate) fn versions(self) -> (i64, i64) {
        match self {
            Step::FirstSync => (0, 1),
            Step::Sync | Step::Import => (1, 2),
            Step::Backup => (1, 1),
        }
    }
}

/// One call that fails.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Failure {
    pub(crate) step: Step,
    pub(crate) call: &'static str,
    pub(crate) error: &'static str,
    pub(crate) nth: usize,
}

/// A vendor that says something else than at the first sync, and the database of that sync.
pub(crate) struct Stage {
    vendor: RunningSandbox,
    synced: Files,
}

impl Stage {
    pub(crate) async fn set() -> Stage {
        let (vendor, base_url) = sandbox_vendor(8).await;
        let world = World::with_vendor(&base_url);
        world.run_ok(&["sync"]);
        let synced = Files::read(&world.path("test.db"));
        let mut boards = vendor.boards();
        boards[0].pass_through_fee = Amount::Text("21.00".to_owned());
        boards[0].pass_through_fee_type = None;
        vendor.set_boards(boards);
        Stage { vendor, synced }
    }

    /// A world in which `step` can be done.
    pub(crate) fn world(&self, step: Step) -> World {
        let world = World::with_vendor(&self.vendor.base_url());
        if step != Step::FirstSync {
            self.synced.write(&world.path("test.db"));
        }
        let edit = with_header("1001,,,,,direct,none,false,,,,,,,,,,,,,,,,,,\n");
        std::fs::write(world.path("edit.csv"), edit).unwrap();
        world
    }

    /// How often each call occurs while `step` is done, in the thread that makes the most of them.
    fn count_calls(&self, step: Step) -> BTreeMap<&'static str, usize> {
        let world = self.world(step);
        let trace = world.path("trace");
        let traced = traced(
            &world,
            step,
            &[&format!("--trace={}", CALLS.join(","))],
            &trace,
        );
        assert_eq!(traced.code, 0, "{step:?}: {}", traced.stderr);
        let text = std::fs::read_to_string(trace).unwrap();
        let mut by_thread: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for line in text.lines() {
            // `4711 pwrite64(5, …`; what is resumed later has been counted.
            let (thread, rest) = line.split_once(' ').unwrap();
            if let Some((call, _)) = rest.trim_start().split_once('(') {
                *by_thread.entry((thread, call)).or_default() += 1;
            }
        }
        let most = |call: &'static str| {
            let counts = by_thread.iter().filter(|((_, found), _)| *found == call);
            (call, counts.map(|(_, count)| *count).max().unwrap_or(0))
        };
        CALLS.into_iter().map(most).collect()
    }

    /// Every failure of `step` that can be.
    pub(crate) fn failures(&self, step: Step) -> Vec<Failure> {
        let counts = self.count_calls(step);
        println!("{step:?}: {counts:?}");
        assert!(counts["pwrite64"] > 0 && counts["fsync"] + counts["fdatasync"] > 0);
        let mut failures = Vec::new();
        for (call, count) in counts {
            for nth in 1..=count {
                failures.extend(errors(step, call, nth).iter().map(|&error| Failure {
                    step,
                    call,
                    error,
                    nth,
                }));
            }
        }
        failures
    }
}

/// How the call fails.
fn errors(step: Step, call: &str, nth: usize) -> &'static [&'static str] {
    match (step, call) {
        // The many writes of the migrations are alike.
        (Step::FirstSync, "pwrite64") if nth.is_multiple_of(2) => &["ENOSPC"],
        (Step::FirstSync, "pwrite64") => &["EIO"],
        (_, "pwrite64" | "ftruncate" | "fallocate") => &["EIO", "ENOSPC"],
        _ => &["EIO"],
    }
}

/// Runs `step` under strace with these options.
pub(crate) fn traced(world: &World, step: Step, options: &[&str], output: &Path) -> Ended {
    let output = format!("--output={}", output.display());
    let mut prefix = vec!["strace", "--follow-forks", "--seccomp-bpf", "--quiet=all"];
    prefix.extend(options);
    prefix.extend([&output, "--"]);
    let mut command = wrapped(&prefix, &world.command(step.arguments()));
    Ended::of(command.output().unwrap())
}
