//! Two services and a terminal that sync as often as they can, while the one that syncs is killed.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use ptf_cache::domain::run::Outcome;
use ptf_cache::store::Store;
use tokio_util::sync::CancellationToken;

use crate::numbered::{Dice, Programme, Scene};

/// How long it goes on, in seconds, unless `PROCESSES_SECONDS` says otherwise.
const SECONDS: u64 = 20;
/// How soon every process shows a version, and how soon another one syncs after a kill.
const SOON: Duration = Duration::from_secs(10);
/// How long the vendor takes for each of its three pages.
const PACE: Duration = Duration::from_millis(60);

/// A service, and the number by which the vendor knows it.
struct Serving {
    reader: u32,
    service: Programme,
}

/// Starts services one after the other: the vendor numbers who reads in the order of the commands.
struct Readers<'a> {
    scene: &'a Scene,
    next: u32,
    of_services: Vec<u32>,
}

impl Readers<'_> {
    async fn serve(&mut self) -> Serving {
        let service = Programme::start(self.scene.command(&["serve"]));
        let reader = self.next;
        self.next += 1;
        self.of_services.push(reader);
        service.first_quote().await;
        Serving { reader, service }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_processes_that_sync_all_the_time_one_does_at_a_time_and_all_show_what_it_publishes() {
    let seconds = seconds();
    let scene = Scene::paced(PACE).await;
    let mut readers = Readers {
        scene: &scene,
        next: 0,
        of_services: Vec::new(),
    };
    let mut services = vec![readers.serve().await, readers.serve().await];
    // The third is started last, so that its many commands have the numbers after those of the services.
    let spare = readers.serve().await;
    let store = scene.open().await;
    let stop = CancellationToken::new();
    let (ended, (slowest, takeover)) = tokio::join!(sync_at_the_terminal(&scene, &stop), async {
        let deadline = Instant::now() + Duration::from_secs(seconds);
        let mut slowest = converge(
            &store,
            &services,
            deadline - Duration::from_secs(seconds / 2),
        )
        .await;
        let takeover = kill_the_reader(&scene, &mut services, spare).await;
        slowest = slowest.max(converge(&store, &services, deadline).await);
        stop.cancel();
        (slowest, takeover)
    });
    for serving in services {
        serving.service.kill().await;
    }
    let read = scene.vendor.check_that_one_read_at_a_time();
    let versions = scene.inspect(1).await;
    let published = check_runs(&store, versions.len()).await;
    let by_services = readers.of_services.iter().map(|reader| read.get(reader));
    println!(
        "{} versions in {seconds} s; lists read by the services {:?}, by {} commands of the terminal {}, which found \
         another run under way {} times; shown by both within {slowest:?}; another one synced {takeover:?} after a kill",
        versions.len(),
        by_services
            .clone()
            .map(|lists| lists.copied().unwrap_or(0))
            .collect::<Vec<_>>(),
        ended.len(),
        ended.iter().filter(|code| **code == 0).count(),
        ended.iter().filter(|code| **code == 3).count(),
    );
    // Who wins a slot is chance; that both kinds of process win some is not.
    assert!(by_services.clone().any(|lists| lists.is_some()), "{read:?}");
    assert!(ended.contains(&0) && ended.contains(&3), "{ended:?}");
    assert!(
        published >= usize::try_from(seconds / 4).unwrap(),
        "{published} published"
    );
}

fn seconds() -> u64 {
    match std::env::var("PROCESSES_SECONDS") {
        Ok(text) => text.parse().unwrap(),
        Err(_) => SECONDS,
    }
}

/// Runs `sync` again and again until `stop`; the exit codes.
async fn sync_at_the_terminal(scene: &Scene, stop: &CancellationToken) -> Vec<i32> {
    let mut dice = Dice::new(7);
    let mut codes = Vec::new();
    while !stop.is_cancelled() {
        let ended = scene.run(&["sync"]).await;
        let code = ended.status.code().unwrap();
        assert!(code == 0 || code == 3, "{code}: {}", ended.log);
        let says_who =
            ended.log.contains("skipped") && ended.log.contains("has been syncing since");
        assert!(code == 0 || says_who, "{}", ended.log);
        codes.push(code);
        tokio::time::sleep(Duration::from_millis(dice.below(800))).await;
    }
    codes
}

/// Takes the newest version again and again until `deadline`, and waits until all services show it; the longest wait.
async fn converge(store: &Store, services: &[Serving], deadline: Instant) -> Duration {
    let mut slowest = Duration::ZERO;
    while Instant::now() < deadline {
        let newest = store.load_head().await.unwrap().unwrap().version.get();
        let seen_at = Instant::now();
        for serving in services {
            let shown = serving
                .service
                .wait_until_shown(|shown| shown.version >= newest);
            shown.await;
        }
        slowest = slowest.max(seen_at.elapsed());
        assert!(
            slowest < SOON,
            "version {newest} was shown after {slowest:?}"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    slowest
}

/// Kills the service that is reading, with `kill -9`, and puts `spare` in its place; how soon somebody else read.
async fn kill_the_reader(scene: &Scene, services: &mut Vec<Serving>, spare: Serving) -> Duration {
    services.push(spare);
    let position = loop {
        let reader = scene.vendor.next_pass().await;
        let is_reader = |serving: &Serving| serving.reader == reader;
        if let Some(position) = services.iter().position(is_reader) {
            break position;
        }
    };
    services.remove(position).service.kill().await;
    let killed_at = Instant::now();
    scene.vendor.next_pass().await;
    let takeover = killed_at.elapsed();
    assert!(takeover < SOON, "nobody read for {takeover:?}");
    takeover
}

/// Checks that each version came of one run; how many there are.
async fn check_runs(store: &Store, versions: usize) -> usize {
    let runs = store.list_runs(u32::MAX, None).await.unwrap();
    let published = runs.iter().filter(|run| run.outcome == Outcome::Published);
    let of_runs: Vec<i64> = published.map(|run| run.version.unwrap().get()).collect();
    let distinct: BTreeSet<i64> = of_runs.iter().copied().collect();
    assert_eq!(
        of_runs.len(),
        distinct.len(),
        "a version of two runs: {of_runs:?}"
    );
    assert_eq!(distinct.len(), versions, "a version of no run");
    for run in runs {
        let expected = matches!(run.outcome, Outcome::Published | Outcome::Skipped);
        assert!(expected, "{run:?}");
    }
    versions
}
