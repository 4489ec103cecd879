//! What a process of its own takes: memory, and time until it answers.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use std::sync::Arc;

use ptf_cache::catalog::{Catalog, MergedBoards};
use ptf_cache::domain::run::Outcome;
use ptf_cache::http::prepare;
use ptf_cache::store::Store;

use crate::measure::Shown;
use crate::world::{World, settings};

/// The word that has this programme load a database and say what each step took.
pub(crate) const LOAD: &str = "load";
/// The word that has this programme sync a database and say what it holds.
pub(crate) const SYNC: &str = "sync";
/// The programme as it was built for this benchmark.
const PROGRAMME: &str = env!("CARGO_BIN_EXE_ptf-cache");
/// How long the programme may take to answer.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs this programme with `arguments`; what it printed.
pub(crate) fn run_self(arguments: &[&str]) -> String {
    let here = std::env::current_exe().unwrap();
    let ended = Command::new(here).args(arguments).output().unwrap();
    assert!(ended.status.success(), "{ended:?}");
    String::from_utf8(ended.stdout).unwrap()
}

/// Does what `serve` does before its first answer, step by step, and prints what each took.
pub(crate) async fn load(file: &Path) {
    let mut begun = Instant::now();
    let mut step = |name: &str| {
        print!(
            "{name} {}, then {} MB; ",
            Shown(begun.elapsed()),
            memory_kb("self", "VmRSS:") / 1024
        );
        begun = Instant::now();
    };
    let store = Store::open(&settings(file)).await.unwrap();
    step("open");
    let (head, rows) = store.load_current().await.unwrap();
    let head = head.unwrap();
    step("load");
    let merged = MergedBoards::of(&rows);
    merged.verify(&head).unwrap();
    step("merge and verify");
    let catalog = Catalog::of(head, merged.boards().map(Arc::clone).collect());
    step("build");
    let prepared = prepare(&catalog, None);
    step("prepare");
    println!("at most {} MB", memory_kb("self", "VmHWM:") / 1024);
    drop((catalog, prepared, merged, rows));
}

/// Shows what the database holds, syncs twice what is unchanged, and prints the memory after each.
pub(crate) async fn sync(file: &Path, vendor: &str) {
    let world = World::open(file, vendor).await;
    world.publisher.refresh().await.unwrap();
    let mut shown = vec![memory_kb("self", "VmRSS:") / 1024];
    for _ in 0..2 {
        world.sync(Outcome::Unchanged, 0).await;
        shown.push(memory_kb("self", "VmRSS:") / 1024);
    }
    println!(
        "{} MB shown, {} and {} MB after an unchanged sync and another, at most {} MB",
        shown[0],
        shown[1],
        shown[2],
        memory_kb("self", "VmHWM:") / 1024
    );
}

/// A figure of a process, in kilobytes.
fn memory_kb(process: &str, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// The service as it starts.
pub(crate) struct Start {
    /// From the start of the process to the whole of its first answer.
    pub(crate) until_answer: Duration,
    /// Resident memory then.
    pub(crate) resident_mb: u64,
    /// The most resident memory until then.
    pub(crate) most_mb: u64,
}

/// Starts the programme on the database `file` and asks it for a board until it answers.
pub(crate) fn start_programme(file: &Path, vendor: &str) -> Start {
    let (address, ops) = (free_address(), free_address());
    let mut command = Command::new(PROGRAMME);
    command
        .arg("serve")
        .env("PTF_UPSTREAM__BASE_URL", vendor)
        .env("PTF_UPSTREAM__ALLOW_SANDBOX", "true")
        .env("PTF_UPSTREAM__USERNAME", "bench")
        .env("PTF_UPSTREAM__PASSWORD", "bench")
        .env("PTF_DATABASE__URL", settings(file).url)
        .env("PTF_SYNC__ON_START", "false")
        .env("PTF_SERVER__LISTEN", &address)
        .env("PTF_OPS__LISTEN", &ops)
        .env("PTF_LIMITS__PER_ADDRESS_PER_MINUTE", "0")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let begun = Instant::now();
    let running = Running(command.spawn().unwrap());
    while !answers(&address) {
        assert!(begun.elapsed() < PATIENCE, "it does not answer");
        std::thread::sleep(Duration::from_millis(1));
    }
    let until_answer = begun.elapsed();
    let process = running.0.id().to_string();
    Start {
        until_answer,
        resident_mb: memory_kb(&process, "VmRSS:") / 1024,
        most_mb: memory_kb(&process, "VmHWM:") / 1024,
    }
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn answers(address: &str) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(
            b"GET /v1/boards/1001 HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n",
        )?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(answer.starts_with(b"HTTP/1.1 200"))
    };
    ask().unwrap_or(false)
}

fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}
