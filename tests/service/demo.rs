//! The newcomer's first command.

use std::process::Command;
use std::time::Instant;

use crate::harness::Service;

fn demo(folder: &std::path::Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ptf-cache"));
    command
        .args(["demo", "--listen", "127.0.0.1:0"])
        .current_dir(folder)
        .env_clear()
        .env("PTF_OPS__LISTEN", "127.0.0.1:0");
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_syncs_800_boards_answers_quotes_and_stops_cleanly() {
    let folder = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let service = Service::start(demo(folder.path()));
    let catalog = service.get_ok("/v1/catalog").await;
    assert_eq!(catalog["counts"]["boards"], 800);
    assert_eq!(catalog["stale"], false);
    let quote = service.get_ok("/v1/quote?board=1001&agents=5").await;
    assert_eq!(quote["inputs"]["boards"][0], "1001");
    eprintln!("first quote after {:?}", started.elapsed());
    assert_eq!(service.get_ops("/readyz").await.status, 200);
    assert_eq!(service.terminate().code(), Some(0));

    let again = Service::start(demo(folder.path()));
    let unchanged = again.get_ok("/v1/catalog").await;
    assert_eq!(unchanged["content_hash"], catalog["content_hash"]);
    assert_eq!(unchanged["version"], catalog["version"]);
    assert_eq!(again.terminate().code(), Some(0));
}

/// Once the guard held the other boards back, and the first demo's were served as if they were them.
#[tokio::test(flavor = "multi_thread")]
async fn another_seed_shows_other_boards_in_the_same_database() {
    let folder = tempfile::tempdir().unwrap();
    let first = Service::start(demo(folder.path()));
    let before = first.get_ok("/v1/boards/1001").await;
    first.terminate();

    let mut command = demo(folder.path());
    command.args(["--seed", "2", "--boards", "100"]);
    let second = Service::start(command);
    assert_eq!(second.get_ok("/v1/catalog").await["counts"]["active"], 100);
    let after = second.get_ok("/v1/boards/1001").await;
    assert_ne!(before["name"], after["name"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_refuses_the_demos_database() {
    let folder = tempfile::tempdir().unwrap();
    Service::start(demo(folder.path())).terminate();
    let serve = |name: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ptf-cache"));
        command
            .args([name, "--db", "ptf-cache-demo.db"])
            .current_dir(folder.path())
            .env_clear()
            .env("PTF_UPSTREAM__BASE_URL", "http://127.0.0.1:9")
            .env("PTF_UPSTREAM__USERNAME", "user")
            .env("PTF_UPSTREAM__PASSWORD", "secret");
        command.output().unwrap()
    };
    let refused = serve("serve");
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("holds sandbox data"), "{said}");
    assert_eq!(serve("sync").status.code(), Some(3));
}
