//! Every system call that writes, failing once: the Nth of its kind in a thread, for every N that occurs.
//!
//! After a failure the database holds the version from before or the new one, whole and with its hash, and what was
//! reported as done is there.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::harness::{Ended, World};
use crate::shown::Opened;
use crate::stage::{Failure, Stage, Step, traced};
use crate::tools;

/// How many commands run at a time: most of them wait for the disk.
const WORKERS: usize = 4;

/// How a command with a failing call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ending {
    Done,
    Failed,
}

/// How many commands ended how, by what was done and which call failed.
type Tally = BTreeMap<(Step, &'static str, Ending), u32>;

/// Does the step with the failure, and judges what it said and what is left.
async fn judge(stage: Arc<Stage>, failure: Failure) -> Ending {
    let Failure {
        step,
        call,
        error,
        nth,
    } = failure;
    let world = Arc::new(stage.world(step));
    let options = [
        format!("--trace={call}"),
        format!("--inject={call}:error={error}:when={nth}"),
    ];
    let ended = in_background(&world, move |world| {
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        traced(world, step, &options, Path::new("/dev/null"))
    });
    let ended = ended.await;
    let said = format!("{failure:?}: {}{}", ended.stdout, ended.stderr);
    let ending = ending_of(&ended, &said);
    let (before, after) = step.versions();
    let version = sound_version(&world.path("test.db"), &said).await;
    match ending {
        Ending::Done => assert_eq!(version, after, "{said}"),
        Ending::Failed => assert!([before, after].contains(&version), "{version}: {said}"),
    }
    if step == Step::Backup {
        let copied = sound_version(&world.path("copy.db"), &said).await;
        let expected = if ending == Ending::Done { after } else { 0 };
        assert_eq!(copied, expected, "{said}");
    }
    // The many writes are alike: one in eight is enough to see that nothing is broken for good.
    if ending == Ending::Failed && (call != "pwrite64" || nth.is_multiple_of(8)) {
        let again = in_background(&world, move |world| world.run(step.arguments())).await;
        assert_eq!(again.code, 0, "{}; after {said}", again.stderr);
    }
    ending
}

/// Waits for `work` without keeping a thread from others.
async fn in_background(
    world: &Arc<World>,
    work: impl FnOnce(&World) -> Ended + Send + 'static,
) -> Ended {
    let world = world.clone();
    let done = tokio::task::spawn_blocking(move || work(&world));
    done.await.unwrap()
}

/// No panic, and a failure says what failed.
fn ending_of(ended: &Ended, said: &str) -> Ending {
    assert!(!said.contains("panicked"), "{said}");
    match ended.code {
        0 => Ending::Done,
        1 => {
            assert!(ended.stderr.contains("database"), "{said}");
            Ending::Failed
        }
        other => panic!("exit code {other}: {said}"),
    }
}

/// The newest version of the database at `path`, checked as `verify` does; 0 where there is none.
async fn sound_version(path: &Path, said: &str) -> i64 {
    if !path.exists() {
        return 0;
    }
    let opened = Opened::at(path).await;
    let opened = opened.unwrap_or_else(|error| panic!("{error:#}: {said}"));
    let problems = opened.store.check_integrity().await.unwrap();
    assert_eq!(problems, [] as [String; 0], "{said}");
    let base = opened.publisher.load_base().await.unwrap();
    opened.store.close().await;
    base.version().map_or(0, |version| version.get())
}

/// Judges failure after failure until none is left.
async fn work_off(stage: Arc<Stage>, failures: Arc<Mutex<Vec<Failure>>>) -> Tally {
    let mut tally = Tally::new();
    loop {
        let next = failures.lock().unwrap().pop();
        let Some(failure) = next else { return tally };
        let ending = judge(stage.clone(), failure).await;
        *tally
            .entry((failure.step, failure.call, ending))
            .or_default() += 1;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_call_fails_nothing_acknowledged_is_lost_and_no_hash_is_wrong() {
    if !tools::can_inject() {
        return;
    }
    let stage = Arc::new(Stage::set().await);
    let failures = Step::ALL.iter().flat_map(|step| stage.failures(*step));
    let failures: Arc<Mutex<Vec<Failure>>> = Arc::new(Mutex::new(failures.collect()));
    let workers = (0..WORKERS).map(|_| tokio::spawn(work_off(stage.clone(), failures.clone())));
    let workers: Vec<_> = workers.collect();
    let mut tally = Tally::new();
    for worker in workers {
        for (what, count) in worker.await.unwrap() {
            *tally.entry(what).or_default() += count;
        }
    }
    for ((step, call, ending), count) in &tally {
        println!("{step:?}, {call} failing: {count} {ending:?}");
    }
    // Where no failure was ever noticed, none would have been injected.
    for step in Step::ALL {
        assert!(tally[&(step, "pwrite64", Ending::Failed)] > 0, "{step:?}");
        assert!(tally[&(step, "fsync", Ending::Failed)] > 0, "{step:?}");
    }
}
