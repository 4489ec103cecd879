//! A service with a catalog of some size, alone on the machine while its test runs.

use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};

use crate::harness::{Service, World, sandbox_vendor};

/// One test at a time: each needs the whole machine.
static TURN: Mutex<()> = Mutex::const_new(());

/// How long each figure is measured, in seconds, unless `OVERLOAD_SECONDS` says otherwise.
const SECONDS: u64 = 2;

/// A service, and what it needs.
pub(crate) struct Scene {
    pub(crate) service: Service,
    _world: World,
    _turn: MutexGuard<'static, ()>,
}

impl Scene {
    /// A service with `boards` boards, synced before, under `settings`.
    pub(crate) async fn open(boards: u32, settings: &[(&str, &str)]) -> Scene {
        let turn = TURN.lock().await;
        raise_own_limit();
        let (vendor, base_url) = sandbox_vendor(boards).await;
        let world = World::with_vendor(&base_url);
        let mut syncing = tokio::process::Command::from(world.command(&["sync"]));
        let synced = syncing.output().await.unwrap();
        assert!(synced.status.success(), "{synced:?}");
        vendor.stop().await;
        let service = Service::start(with_many_files(world.command(&["serve"]), settings));
        service.wait_until_synced().await;
        Scene {
            service,
            _world: world,
            _turn: turn,
        }
    }
}

/// `command` with as many files as the machine lets it have.
fn with_many_files(command: Command, settings: &[(&str, &str)]) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", "ulimit -n \"$(ulimit -H -n)\"; exec \"$0\" \"$@\""])
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear();
    let given = command
        .get_envs()
        .filter_map(|(name, value)| Some((name, value?)));
    shell.envs(given);
    // No vendor is there any more.
    shell.env("PTF_SYNC__ON_START", "false");
    shell.envs(settings.iter().copied());
    if let Some(folder) = command.get_current_dir() {
        shell.current_dir(folder);
    }
    shell
}

/// Lets this process have as many files as the machine lets it.
fn raise_own_limit() {
    let pid = std::process::id().to_string();
    let hard = hard_limit();
    // Where the tool is missing, the number of descriptors in `/proc` tells.
    let _ = Command::new("prlimit")
        .args(["--pid", &pid, &format!("--nofile={hard}:{hard}")])
        .stderr(Stdio::null())
        .status();
}

/// How many files this process may have.
pub(crate) fn soft_limit() -> usize {
    limit(3)
}

fn hard_limit() -> usize {
    limit(4)
}

/// A column of `Max open files  1024  524288  files`.
fn limit(column: usize) -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let word = line.unwrap().split_whitespace().nth(column).unwrap();
    word.parse().unwrap_or(usize::MAX)
}

/// How many files the service has open.
pub(crate) fn descriptors_of(service: &Service) -> usize {
    let folder = format!("/proc/{}/fd", service.pid());
    std::fs::read_dir(folder).unwrap().count()
}

/// How long each figure is measured.
pub(crate) fn span() -> Duration {
    Duration::from_secs(match std::env::var("OVERLOAD_SECONDS") {
        Ok(text) => text.parse().unwrap(),
        Err(_) => SECONDS,
    })
}

/// Whether figures are measured for so long that chance hardly matters.
pub(crate) fn is_long() -> bool {
    span() >= Duration::from_secs(10)
}
