//! A place for the database whose disk is in trouble, and what the service must go on doing there.

use std::process::Command;
use std::time::Instant;

use ptf_cache::sandbox::{Amount, RunningSandbox};

use crate::harness::{PATIENCE, Service, World};
use crate::originals::with_header;
use crate::tools::{Mounts, wrapped};

/// How many runs fail before it is judged what was said of them.
const FAILED_RUNS: u64 = 4;
/// What is read from memory, and what from the file.
pub(crate) const READS: [&str; 5] = [
    "/v1/quote?board=1001,1002",
    "/v1/boards/options",
    "/v1/boards/1001/history",
    "/v1/changes?after=0",
    "/v1/quote?board=1001&catalog_version=1",
];

/// A command on the database in the folder `disk` of the world.
pub(crate) fn on_disk(world: &World, arguments: &[&str]) -> Command {
    let mut command = world.command(arguments);
    let file = world.path("disk/test.db");
    command
        .env("PTF_DATABASE__URL", format!("sqlite://{}", file.display()))
        .env("PTF_SYNC__SCHEDULE", "* * * * * *");
    command
}

/// A world with the folder `disk`.
pub(crate) fn world_with_disk(base_url: &str) -> World {
    let world = World::with_vendor(base_url);
    std::fs::create_dir(world.path("disk")).unwrap();
    let edit = with_header("1002,,,,,direct,none,false,,,,,,,,,,,,,,,,,,\n");
    std::fs::write(world.path("edit.csv"), edit).unwrap();
    world
}

/// Starts `command` where the folder `disk` of the world is what `mount` (a script that is given the folder) makes of it.
pub(crate) fn mounted(mounts: Mounts, world: &World, mount: &str, command: &Command) -> Command {
    let script = format!("folder=$1; shift; {mount} && exec \"$@\"");
    let folder = world.path("disk").display().to_string();
    let mut prefix = mounts.unshare().to_vec();
    prefix.extend(["sh", "-c", &script, "sh", &folder]);
    wrapped(&prefix, command)
}

/// Has the vendor say something else of its first board, so that the next sync has something to publish.
pub(crate) fn change_vendor(vendor: &RunningSandbox, amount: &str) {
    let mut boards = vendor.boards();
    boards[0].pass_through_fee = Amount::Text(amount.to_owned());
    boards[0].pass_through_fee_type = None;
    boards[0].pass_through_fee_frequency = Some("MONTHLY".to_owned());
    boards[0].pass_through_fee_basis = Some("ACCOUNT".to_owned());
    vendor.set_boards(boards);
}

/// Waits until the vendor's first board is served with this amount.
pub(crate) async fn wait_for_amount(service: &Service, amount: &str) {
    let has_amount =
        |board: &serde_json::Value| board["pass_through"]["fees"][0]["amount"] == amount;
    service.wait_for("/v1/boards/1001", has_amount).await;
}

/// How many runs the database has failed so far.
pub(crate) async fn failed_runs(service: &Service) -> u64 {
    let metrics = service.get_ops("/metrics").await.body;
    let failed = |line: &&str| {
        line.starts_with("ptf_sync_runs_total")
            && line.contains("outcome=\"failed\"")
            && line.contains("class=\"store\"")
    };
    let lines = metrics.lines().filter(failed);
    lines
        .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
        .sum()
}

/// Reads over and over while runs fail.
pub(crate) async fn read_while_runs_fail(service: &Service) {
    let (deadline, before) = (Instant::now() + PATIENCE, failed_runs(service).await);
    while failed_runs(service).await < before + FAILED_RUNS {
        for path in READS {
            let answer = service.get(path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        }
        assert_eq!(service.get_ops("/readyz").await.status, 200);
        assert!(Instant::now() < deadline, "{}", service.log());
    }
}

/// What was said since: of the runs, a line a minute.
pub(crate) fn assert_quiet(service: &Service, trouble: &str, since: Instant) {
    let log = service.log();
    let lines: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("WARN") || line.contains("ERROR"))
        .collect();
    let minutes = since.elapsed().as_secs() / 60;
    let most = usize::try_from(1 + minutes).unwrap();
    assert!(!lines.is_empty() && lines.len() <= most, "{log}");
    assert!(lines[0].contains(trouble), "{log}");
    assert!(!log.contains("panicked"), "{log}");
}
