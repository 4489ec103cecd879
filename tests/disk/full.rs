//! A full disk: readers notice nothing, writers are told, and once there is room all goes on by itself.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::harness::{Ended, Service, World, sandbox_vendor};
use crate::place::{
    assert_quiet, change_vendor, mounted, on_disk, read_while_runs_fail, wait_for_amount,
    world_with_disk,
};
use crate::tools::{self, Mounts, wrapped};

/// Room for the database of the test, and for not much more.
const DISK: &str = "size=3m";
/// The disk of a running service, as seen from outside its namespace.
struct Disk {
    mounts: Mounts,
    pid: String,
    filler: PathBuf,
}

impl Disk {
    fn of(service: &Service, mounts: Mounts, world: &World) -> Disk {
        let pid = service.pid().to_string();
        let folder = world.path("disk");
        let below = folder.strip_prefix("/").unwrap();
        let filler = Path::new("/proc")
            .join(&pid)
            .join("root")
            .join(below)
            .join("filler");
        Disk {
            mounts,
            pid,
            filler,
        }
    }

    /// Takes the last byte.
    fn fill(&self) {
        let mut file = std::fs::File::create(&self.filler).unwrap();
        for size in [65_536, 1] {
            let block = vec![0; size];
            let full = loop {
                if let Err(error) = file.write_all(&block) {
                    break error;
                }
            };
            assert_eq!(full.kind(), ErrorKind::StorageFull, "{full}");
        }
    }

    fn make_room(&self) {
        std::fs::remove_file(&self.filler).unwrap();
    }

    /// Runs a command that sees the disk as the service does.
    fn run(&self, command: &Command) -> Ended {
        let mut prefix = self.mounts.enter().to_vec();
        prefix.extend(["--target", &self.pid, "--"]);
        Ended::of(wrapped(&prefix, command).output().unwrap())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_full_disk_reads_go_on_and_writes_say_so_until_there_is_room() {
    let Some(mounts) = tools::own_mounts() else {
        return;
    };
    let (vendor, base_url) = sandbox_vendor(60).await;
    change_vendor(&vendor, "20.00");
    let world = world_with_disk(&base_url);
    let mount = format!("mount -t tmpfs -o {DISK} tmpfs \"$folder\"");
    let serve = on_disk(&world, &["serve"]);
    let service = Service::start(mounted(mounts, &world, &mount, &serve));
    wait_for_amount(&service, "20.00").await;

    let disk = Disk::of(&service, mounts, &world);
    disk.fill();
    let full_since = Instant::now();
    change_vendor(&vendor, "21.00");
    read_while_runs_fail(&service).await;
    assert_quiet(&service, "the disk of the database is full", full_since);
    let edit = world.path("edit.csv").display().to_string();
    for arguments in [&["curated", "import", &edit] as &[&str], &["sync"]] {
        let ended = disk.run(&on_disk(&world, arguments));
        assert_eq!(ended.code, 1, "{arguments:?}: {}", ended.stderr);
        assert!(
            ended.stderr.contains("disk of the database is full"),
            "{}",
            ended.stderr
        );
    }
    let inside = world.path("disk/copy.db").display().to_string();
    let ended = disk.run(&on_disk(&world, &["backup", &inside]));
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(ended.stderr.contains("was not copied"), "{}", ended.stderr);
    let quoted = disk.run(&on_disk(&world, &["quote", "1001"]));
    assert_eq!(quoted.code, 0, "{}", quoted.stderr);

    disk.make_room();
    wait_for_amount(&service, "21.00").await;
    let verified = disk.run(&on_disk(&world, &["verify"]));
    assert_eq!(verified.code, 0, "{}", verified.stderr);
    let imported = disk.run(&on_disk(&world, &["curated", "import", &edit]));
    assert_eq!(imported.code, 0, "{}", imported.stderr);
    assert!(service.terminate().success());
}
