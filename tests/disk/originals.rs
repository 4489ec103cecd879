//! A database of three versions, and damaged copies of it.

use std::path::PathBuf;

use ptf_cache::sandbox::RunningSandbox;

use crate::damage::{Files, KINDS};
use crate::dice::Dice;
use crate::harness::{Service, World, documented_fees, sandbox_vendor};
use crate::shown::{Hashes, Opened};

/// What staff add to the documented fees; its board is the sandbox's.
const ADDED: &str = "1001,,,,,direct,none,false,,,,,,,,,,,,,,,,,,\n";

/// A database of three versions in its two states: closed with the first two, and killed with the last in the log.
pub(crate) struct Originals {
    pub(crate) vendor: RunningSandbox,
    closed: Files,
    killed: Files,
    pub(crate) hashes: Hashes,
}

/// Makes them.
pub(crate) async fn originals() -> Originals {
    let (vendor, base_url) = sandbox_vendor(30).await;
    let world = World::with_vendor(&base_url);
    world.run_ok(&["sync"]);
    assert_eq!(world.import(&documented_fees()).code, 0);
    let path = world.path("test.db");
    let closed = Files::read(&path);
    assert!(closed.log.is_none(), "it was closed");
    let mut quiet = world.command(&["serve"]);
    quiet.env("PTF_SYNC__ON_START", "false");
    let service = Service::start(quiet);
    service.wait_until_synced().await;
    assert_eq!(world.import(&with_header(ADDED)).code, 0);
    let killed = Files::read(&path);
    service.kill();
    let hashes = Opened::at(&path).await.unwrap().hashes().await.unwrap();
    assert_eq!(hashes.len(), 3);
    Originals {
        vendor,
        closed,
        killed,
        hashes,
    }
}

/// A CSV file of the curated list with these rows.
pub(crate) fn with_header(rows: &str) -> String {
    let documented = documented_fees();
    let header = documented.lines().next().unwrap();
    format!("{header}\n{rows}")
}

/// A damaged database in a folder of its own.
pub(crate) struct Damaged {
    folder: tempfile::TempDir,
    pub(crate) name: String,
}

impl Damaged {
    /// The file.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("test.db")
    }

    /// A world that has a copy of it.
    pub(crate) fn world(&self, originals: &Originals) -> World {
        let world = World::with_vendor(&originals.vendor.base_url());
        Files::read(&self.path()).write(&world.path("test.db"));
        world
    }
}

impl Originals {
    /// All three versions, the last in the log.
    pub(crate) fn intact(&self) -> &Files {
        &self.killed
    }

    /// The file number `round` of the kind at `position`. Every other one is damaged as a killed process left it.
    pub(crate) fn damaged(&self, position: usize, round: u64) -> Damaged {
        let damage = &KINDS[position];
        let seed = 1 + position as u64 * 1_000 + round;
        let mut dice = Dice::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let of_log = damage.kind.starts_with("log");
        let mut files = match of_log || !round.is_multiple_of(2) {
            true => self.killed.clone(),
            false => self.closed.clone(),
        };
        (damage.happen)(&mut files, &mut dice);
        let folder = tempfile::tempdir().unwrap();
        files.write(&folder.path().join("test.db"));
        Damaged {
            folder,
            name: format!("{} (round {round})", damage.kind),
        }
    }
}
