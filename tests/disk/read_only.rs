//! A file system that cannot be written: a service that runs goes on answering, one that starts says why it cannot.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{Ended, PATIENCE, Service, sandbox_vendor};
use crate::place::{
    assert_quiet, change_vendor, mounted, on_disk, read_while_runs_fail, wait_for_amount,
    world_with_disk,
};
use crate::tools;

/// How soon a service that cannot start must be gone.
const SOON: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread")]
async fn on_a_read_only_file_system_the_service_ends_at_once_with_the_cause() {
    let Some(mounts) = tools::own_mounts() else {
        return;
    };
    let (_vendor, base_url) = sandbox_vendor(10).await;
    let world = world_with_disk(&base_url);
    let mount = "mount --bind \"$folder\" \"$folder\" && mount -o remount,bind,ro \"$folder\"";
    // Where there is no database yet, and where there is one.
    for _ in 0..2 {
        let serve = on_disk(&world, &["serve"]);
        let begun = Instant::now();
        let ended = Ended::of(mounted(mounts, &world, mount, &serve).output().unwrap());
        assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
        assert_eq!(ended.code, 1, "{}", ended.stderr);
        let lines: Vec<&str> = ended.stderr.lines().collect();
        assert_eq!(lines.len(), 1, "{}", ended.stderr);
        let file = world.path("disk/test.db").display().to_string();
        assert!(lines[0].contains("Read-only file system"), "{}", lines[0]);
        assert!(lines[0].contains(&file), "{}", lines[0]);
        let synced = on_disk(&world, &["sync"]).output().unwrap();
        assert!(synced.status.success());
    }
}

/// A file system that turns read-only, as one does when its disk fails, refuses to write even what is open: a remount
/// could not bring that about.
struct Refusing(Child);

impl Refusing {
    /// Has every write of the process refused; `None` where that is not allowed.
    fn writes_of(pid: u32) -> Option<Refusing> {
        let calls = "pwrite64,ftruncate,fallocate,unlink";
        let mut strace = Command::new("strace");
        strace
            .args(["--follow-forks", "--quiet=all", "--output=/dev/null"])
            .arg(format!("--trace={calls}"))
            .arg(format!("--inject={calls}:error=EROFS"))
            .arg(format!("--attach={pid}"))
            .stderr(Stdio::piped());
        let mut strace = strace.spawn().unwrap();
        let deadline = Instant::now() + PATIENCE;
        while !is_traced(pid) {
            if strace.try_wait().unwrap().is_some() {
                let ended = strace.wait_with_output().unwrap();
                let problem = String::from_utf8_lossy(&ended.stderr).into_owned();
                crate::missing::did_not_run(
                    &problem,
                    "run as root, or set kernel.yama.ptrace_scope to 0",
                );
                return None;
            }
            assert!(Instant::now() < deadline);
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(Refusing(strace))
    }

    /// Lets the process write again.
    fn end(mut self) {
        let pid = self.0.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        assert!(told.success());
        self.0.wait().unwrap();
    }
}

impl Drop for Refusing {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether every thread of the process is.
fn is_traced(pid: u32) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    threads.map_while(Result::ok).all(|thread| {
        let status = std::fs::read_to_string(thread.path().join("status"));
        status.is_ok_and(|status| !status.contains("TracerPid:\t0\n"))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_file_system_turns_read_only_reads_go_on() {
    if !tools::can_inject() {
        return;
    }
    let (vendor, base_url) = sandbox_vendor(60).await;
    change_vendor(&vendor, "20.00");
    let world = world_with_disk(&base_url);
    let service = Service::start(on_disk(&world, &["serve"]));
    wait_for_amount(&service, "20.00").await;
    let Some(refusing) = Refusing::writes_of(service.pid()) else {
        return;
    };
    let refusing_since = Instant::now();
    change_vendor(&vendor, "21.00");
    read_while_runs_fail(&service).await;
    assert_quiet(&service, "could not be read or written", refusing_since);
    refusing.end();
    wait_for_amount(&service, "21.00").await;
    assert!(service.terminate().success());
}
