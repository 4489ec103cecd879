//! Goes through one case: a service whose first run meets the fault, readers all the while, and then a good run.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ptf_cache::sandbox::RunningSandbox;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::case::{Case, Decision, Ending, Fault};
use crate::harness::{Ended, PATIENCE, Service, World, sandbox_vendor};
use crate::memory::peak_kib;
use crate::readers::Readers;
use crate::rule::{Observed, Seen};
use crate::seed::{BOARDS, NEW_YEAR, Seed};
use crate::table::Row;
use crate::vendors::Standing;

/// How many services run at once: most of them wait for a vendor.
static PLACES: Semaphore = Semaphore::const_new(6);

/// Goes through `case`.
pub(crate) async fn run(case: Case) -> Row {
    let _place = PLACES.acquire().await.unwrap();
    let observed = observe(&case).await;
    let newest = &observed.runs[0];
    let words = ["outcome", "failure_class"].map(|field| newest[field].as_str().unwrap_or(""));
    Row {
        variant: case.name(),
        run: words.join(" ").trim().to_owned(),
        is_wrong: observed.is_wrongly_published(&case),
        is_same: observed.before.hash == observed.after.hash,
        growth_kib: observed.growth_kib,
        duration: observed.duration,
        reads: observed.reads,
        problems: observed.problems(&case),
    }
}

async fn observe(case: &Case) -> Observed {
    let seed = Seed::get().await;
    let (sandbox, sandbox_url) = sandbox_vendor(BOARDS).await;
    sandbox.set_faults(case.words());
    let standing = match case.fault {
        Fault::Sandbox(_) => None,
        Fault::Elsewhere(vendor) => Some(Standing::of(vendor, &sandbox_url).await),
    };
    let faulty_url = standing
        .as_ref()
        .map_or(&sandbox_url, |other| &other.base_url);
    let world = Arc::new(World::with_vendor(&sandbox_url));
    seed.plant(&world);
    let before = look_before(&world).await;

    let service = start(case, &world, faulty_url).await;
    let readers = Readers::start(service.api);
    let (counters, duration) = wait_for_run(&service, case).await;
    let growth_kib = peak_kib(service.pid()).saturating_sub(seed.idle_kib);
    let requests = sandbox.requests();
    let after = Seen::of(&service).await;
    let runs = runs(&world).await;
    let decided = decide(case, &world, &service, &runs[0]).await;
    let (repaired, repairing_run) = repair(&sandbox, &world, &service).await;
    let (reads, bad_reads) = readers.stop().await;
    let trap_was_entered = match &standing {
        Some(standing) => standing.trap_was_entered().await,
        None => false,
    };
    Observed {
        before,
        after,
        runs,
        counters,
        duration,
        requests,
        trap_was_entered,
        reads,
        bad_reads,
        growth_kib,
        log: service.log(),
        decided,
        repaired,
        repairing_run,
    }
}

/// Starts the service on the world's database, with the faulty vendor.
async fn start(case: &Case, world: &Arc<World>, vendor: &str) -> Service {
    let mut command = world.command(&["serve"]);
    command
        .env("PTF_UPSTREAM__BASE_URL", vendor)
        .env("PTF_UPSTREAM__TIMEOUT_SECS", case.timeout_secs.to_string())
        .env(
            "PTF_UPSTREAM__DEADLINE_SECS",
            case.deadline_secs.to_string(),
        )
        .env("PTF_SYNC__SCHEDULE", NEW_YEAR);
    if case.is_unguarded {
        for (setting, all) in [
            ("MAX_REMOVED_PERCENT", "100"),
            ("MAX_CHANGED_PERCENT", "100"),
            ("MAX_HELD_PERCENT", "100"),
            ("MAX_RATIO", "1000000"),
        ] {
            command.env(format!("PTF_SYNC__GUARD__{setting}"), all);
        }
    }
    spawn_blocking(move || Service::start(command))
        .await
        .unwrap()
}

/// What the seed's catalog looks like; the same for every case, so that it is looked at once.
async fn look_before(world: &Arc<World>) -> Seen {
    static BEFORE: tokio::sync::OnceCell<Seen> = tokio::sync::OnceCell::const_new();
    let look = async || {
        let mut command = world.command(&["serve"]);
        command
            .env("PTF_SYNC__ON_START", "false")
            .env("PTF_SYNC__SCHEDULE", NEW_YEAR);
        let service = spawn_blocking(move || Service::start(command))
            .await
            .unwrap();
        Seen::of(&service).await
    };
    BEFORE.get_or_init(look).await.clone()
}

/// Waits until the service counts a run; the counters, and how long it took.
async fn wait_for_run(service: &Service, case: &Case) -> (Vec<String>, Duration) {
    let deadline = Instant::now() + Duration::from_secs(case.deadline_secs) + PATIENCE;
    loop {
        let metrics = service.get_ops("/metrics").await.body;
        let counted =
            |line: &&str| line.starts_with("ptf_sync_runs_total{") && !line.ends_with(" 0");
        let counters: Vec<String> = metrics.lines().filter(counted).map(str::to_owned).collect();
        if !counters.is_empty() {
            let sum = metrics
                .lines()
                .find_map(|line| line.strip_prefix("ptf_sync_duration_seconds_sum "));
            let seconds = sum.unwrap().parse().unwrap();
            return (counters, Duration::from_secs_f64(seconds));
        }
        assert!(
            Instant::now() < deadline,
            "{}: no run has ended: {}",
            case.name(),
            service.log()
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Every run on record, newest first.
async fn runs(world: &Arc<World>) -> Vec<Value> {
    let ended = command(world, &["runs", "--json"]).await;
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {}", ended.stderr))
}

async fn command(world: &Arc<World>, arguments: &[&str]) -> Ended {
    let arguments: Vec<String> = arguments.iter().map(|&text| text.to_owned()).collect();
    let world = Arc::clone(world);
    let run = move || world.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    spawn_blocking(run).await.unwrap()
}

/// Decides about a run in quarantine; the catalog after that, `None` where nobody decides.
async fn decide(case: &Case, world: &Arc<World>, service: &Service, run: &Value) -> Option<Seen> {
    let Ending::Quarantined(decision) = case.ending else {
        return None;
    };
    let id = run["id"].to_string();
    let hash = run["hash"].as_str().unwrap_or("none");
    let arguments: &[&str] = match decision {
        Decision::Approve => &["runs", "approve", &id, "--hash", hash],
        Decision::Reject => &["runs", "reject", &id],
        Decision::Wait => return None,
    };
    let ended = command(world, arguments).await;
    assert_eq!(ended.code, 0, "{}: {}", case.name(), ended.stderr);
    if decision == Decision::Approve {
        service
            .wait_for("/v1/catalog", |catalog| catalog["version"] == 2)
            .await;
    }
    Some(Seen::of(service).await)
}

/// The vendor is well again: a run at the terminal, once the service shows it.
async fn repair(sandbox: &RunningSandbox, world: &Arc<World>, service: &Service) -> (Seen, Value) {
    sandbox.set_faults(vec![]);
    let ended = command(world, &["sync", "--json"]).await;
    let report: Value = serde_json::from_str(&ended.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", ended.stderr));
    let run = report["run"].clone();
    let finished_at = run["finished_at"].as_str().unwrap().to_owned();
    service
        .wait_for("/v1/catalog", |catalog| {
            let is_newest =
                run["catalog_version"].is_null() || catalog["version"] == run["catalog_version"];
            is_newest && catalog["checked_at"].as_str().unwrap() >= &*finished_at
        })
        .await;
    (Seen::of(service).await, run)
}

impl Seen {
    /// What clients see.
    pub(crate) async fn of(service: &Service) -> Seen {
        let catalog = service.get_ok("/v1/catalog").await;
        let page = service.get_ok("/v1/boards?limit=500&inactive=true").await;
        let csv = service.get("/v1/boards.csv?inactive=true").await.body;
        let (mut boards, mut held) = (BTreeMap::new(), BTreeMap::new());
        for board in page["boards"].as_array().unwrap() {
            let id = board["id"].as_str().unwrap().to_owned();
            let mut board = board.clone();
            match board.as_object_mut().unwrap().remove("held") {
                Some(Value::Array(parts)) if !parts.is_empty() => {
                    held.insert(id.clone(), Value::Array(parts));
                }
                _ => {}
            }
            boards.insert(id, board);
        }
        Seen {
            version: catalog["version"].as_i64().unwrap(),
            hash: catalog["content_hash"].as_str().unwrap().to_owned(),
            checked_at: catalog["checked_at"].as_str().unwrap().to_owned(),
            boards,
            held,
            csv,
        }
    }
}
