//! Another process holds the write lock, and many editors at once: readers notice nothing, and a writer is done or told
//! to try again.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};

use crate::harness::{Ended, Service, World, sandbox_vendor};
use crate::originals::with_header;
use crate::place::READS;

/// For how long the other process holds the lock.
const HELD: Duration = Duration::from_secs(30);
/// How long a write waits for it.
const WAIT: Duration = Duration::from_secs(5);
/// What a command may take besides waiting; generous, because machines are shared.
const REST: Duration = Duration::from_secs(10);
const EDITORS: usize = 50;

/// Takes the write lock, as another process in the middle of a long write has it.
async fn take_lock(world: &World) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(world.path("test.db"));
    let mut connection = options.connect().await.unwrap();
    execute(&mut connection, "BEGIN IMMEDIATE").await;
    execute(&mut connection, "DELETE FROM meta WHERE FALSE").await;
    connection
}

async fn execute(connection: &mut SqliteConnection, statement: &'static str) {
    sqlx::query(statement).execute(connection).await.unwrap();
}

/// Says in a file what staff know of one board of the sandbox.
fn write_edit(world: &World, board: usize) -> String {
    let file = format!("{board}.csv");
    let row = format!("{board},,,,,direct,none,false,,,,,,,,,,,,,,,,,,\n");
    std::fs::write(world.path(&file), with_header(&row)).unwrap();
    file
}

fn spawn_edit(world: &World, board: usize) -> Child {
    let file = write_edit(world, board);
    let mut command = world.command(&["curated", "import", &file]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn end_of(child: Child) -> Ended {
    Ended::of(child.wait_with_output().unwrap())
}

/// A sentence of ours, with the remedy; what SQLite calls it may follow.
fn says_busy(said: &str) -> bool {
    said.contains("ptf-cache: the database is busy") && said.contains("try again")
}

/// Reads everything over and over until `until`; gives the longest time that an answer took.
async fn read_until(service: &Service, until: Instant) -> (u32, Duration) {
    let (mut answers, mut longest) = (0, Duration::ZERO);
    while Instant::now() < until {
        for path in READS {
            let begun = Instant::now();
            let answer = service.get(path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
            longest = longest.max(begun.elapsed());
            answers += 1;
        }
    }
    (answers, longest)
}

/// Commands that read do not wait for the lock.
fn assert_terminal_reads(world: &World) {
    for arguments in [
        &["quote", "1001"] as &[&str],
        &["boards"],
        &["changes"],
        &["runs"],
        &["verify"],
        &["curated", "check", "1001.csv"],
        &["backup", "copy.db"],
    ] {
        let begun = Instant::now();
        world.run_ok(arguments);
        assert!(
            begun.elapsed() < WAIT,
            "{arguments:?} {:?}",
            begun.elapsed()
        );
    }
}

/// Commands that write wait, and then say what to do.
fn assert_terminal_writes_wait(world: &World) {
    let begun = Instant::now();
    let edited = end_of(spawn_edit(world, 1002));
    let waited = begun.elapsed();
    assert_eq!(edited.code, 1, "{}", edited.stderr);
    assert!(says_busy(&edited.stderr), "{}", edited.stderr);
    assert!(WAIT <= waited && waited < WAIT + REST, "{waited:?}");

    let begun = Instant::now();
    let synced = world.run(&["sync"]);
    let waited = begun.elapsed();
    assert_eq!(synced.code, 1, "{}", synced.stderr);
    assert!(
        synced.stderr.contains("failed (store)"),
        "{}",
        synced.stderr
    );
    assert!(
        synced.stderr.contains("the database is busy"),
        "{}",
        synced.stderr
    );
    // Once for the data, once for the record of its failure.
    assert!(waited < 2 * WAIT + REST, "{waited:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_held_for_half_a_minute_stops_writers_alone() {
    let (_vendor, base_url) = sandbox_vendor(60).await;
    let world = World::with_vendor(&base_url);
    world.run_ok(&["sync"]);
    assert_eq!(end_of(spawn_edit(&world, 1001)).code, 0);
    let mut command = world.command(&["serve"]);
    command.env("PTF_SYNC__SCHEDULE", "*/10 * * * * *");
    let service = Service::start(command);
    service.wait_until_synced().await;

    let mut lock = take_lock(&world).await;
    let until = Instant::now() + HELD;
    let terminal = tokio::task::spawn_blocking(move || {
        assert_terminal_reads(&world);
        assert_terminal_writes_wait(&world);
        world
    });
    let (answers, longest) = read_until(&service, until).await;
    println!("{answers} answers while the lock was held, the slowest after {longest:?}");
    assert!(longest < WAIT, "an answer took {longest:?}");
    let world = terminal.await.unwrap();
    assert_eq!(service.get_ops("/readyz").await.status, 200);
    let held = Instant::now();
    execute(&mut lock, "ROLLBACK").await;

    assert_eq!(end_of(spawn_edit(&world, 1002)).code, 0);
    let shown = service.wait_for("/v1/catalog", |catalog| catalog["version"] == 3);
    shown.await;
    println!(
        "everything was back {:?} after the lock was gone",
        held.elapsed()
    );
    assert!(!service.log().contains("panicked"), "{}", service.log());
    assert!(service.terminate().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_editors_at_once_each_is_done_or_told_to_try_again() {
    let (_vendor, base_url) = sandbox_vendor(60).await;
    let world = World::with_vendor(&base_url);
    world.run_ok(&["sync"]);
    let boards = 1001..1001 + EDITORS;
    let editors: Vec<(usize, Child)> = boards
        .map(|board| (board, spawn_edit(&world, board)))
        .collect();
    let mut done = Vec::new();
    for (board, editor) in editors {
        let ended = end_of(editor);
        match ended.code {
            0 => done.push(board),
            1 => assert!(says_busy(&ended.stderr), "{}", ended.stderr),
            other => panic!("exit code {other}: {}", ended.stderr),
        }
    }
    println!("{} of {EDITORS} editors were done", done.len());
    assert!(!done.is_empty());
    for board in &done {
        let shown: Value =
            serde_json::from_str(&world.run_ok(&["board", &board.to_string(), "--json"])).unwrap();
        assert_eq!(shown["direct"]["status"], "none", "{board}");
    }
    let versions: Value =
        serde_json::from_str(&world.run_ok(&["quote", "1001", "--json"])).unwrap();
    assert_eq!(versions["catalog_version"], 1 + done.len());
    world.run_ok(&["verify"]);
}
