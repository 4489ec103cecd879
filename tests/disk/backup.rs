//! Copies made while syncs and edits go on: each is a version that was published, whole.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::harness::{Service, World, sandbox_vendor};
use crate::originals::with_header;
use crate::place::{change_vendor, wait_for_amount};
use crate::shown::Opened;

const COPIES: usize = 6;
/// What the vendor says of its first board, in turn: few and plausible changes, so that each sync publishes.
const AMOUNTS: [&str; 3] = ["20.00", "21.00", "22.00"];

/// Imports one edit after another until `stop`; gives how many were made.
fn edit_until(world: &World, stop: &AtomicBool) -> usize {
    let mut edits = 0;
    while !stop.load(Ordering::SeqCst) {
        edits += 1;
        let note = format!("1001,,,,,direct,none,false,,,,,,,,,,,,,,,,edit {edits},,\n");
        let ended = world.import(&with_header(&note));
        assert_eq!(ended.code, 0, "{}", ended.stderr);
    }
    edits
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_load_is_a_version_that_was_published() {
    let (vendor, base_url) = sandbox_vendor(60).await;
    change_vendor(&vendor, AMOUNTS[0]);
    let world = Arc::new(World::with_vendor(&base_url));
    let mut command = world.command(&["serve"]);
    command.env("PTF_SYNC__SCHEDULE", "* * * * * *");
    let service = Service::start(command);
    service.wait_until_synced().await;

    let stop = Arc::new(AtomicBool::new(false));
    let editing = {
        let (world, stop) = (world.clone(), stop.clone());
        tokio::task::spawn_blocking(move || edit_until(&world, &stop))
    };
    for copy in 0..COPIES {
        let amount = AMOUNTS[(copy + 1) % AMOUNTS.len()];
        change_vendor(&vendor, amount);
        let (world, name) = (world.clone(), format!("copy{copy}.db"));
        let backup = tokio::task::spawn_blocking(move || world.run_ok(&["backup", &name]));
        backup.await.unwrap();
        // Until the vendor's new word is published, so that the next copy is of another moment.
        wait_for_amount(&service, amount).await;
    }
    stop.store(true, Ordering::SeqCst);
    let edits = editing.await.unwrap();
    assert!(service.terminate().success());

    let original = Opened::at(&world.path("test.db")).await.unwrap();
    let hashes = original.hashes().await.unwrap();
    let mut copied = BTreeSet::new();
    for copy in 0..COPIES {
        let name = format!("copy{copy}.db");
        world.run_ok(&["verify", "--db", &name]);
        let copy = Opened::at(&world.path(&name)).await.unwrap();
        let head = copy.show().await.unwrap().unwrap();
        assert_eq!(
            hashes.get(&head.version),
            Some(&head.content_hash),
            "{name}"
        );
        copied.insert(head.version);
    }
    println!(
        "{} versions, {edits} of them edits; {COPIES} copies of {} versions",
        hashes.len(),
        copied.len()
    );
    assert!(hashes.len() > edits + 2, "syncs published as well");
    assert!(copied.len() > COPIES / 2, "{copied:?}");
}
