//! A programme that is older than the database.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use crate::numbered::Scene;

/// The exit code of a programme that is older than its database.
const NEWER_DATABASE: i32 = 4;
/// What a programme to come did to the schema.
const TO_COME: &str = "
    CREATE TABLE to_come (column_to_come TEXT) STRICT;
    ALTER TABLE sync_runs ADD COLUMN to_come TEXT;
    INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
    VALUES (9000, 'to come', TRUE, x'00', 0);";

/// Every kind of command that opens the database.
const COMMANDS: [&[&str]; 15] = [
    &["serve"],
    &["sync"],
    &["sync", "--dry-run"],
    &["curated", "check", "edit-1.csv"],
    &["curated", "import", "edit-1.csv"],
    &["curated", "export"],
    &["runs"],
    &["runs", "reject", "1"],
    &["quote", "1"],
    &["boards"],
    &["board", "1"],
    &["changes"],
    &["prune", "--keep-days", "1"],
    &["backup", "copy.db"],
    &["verify"],
];

#[tokio::test(flavor = "multi_thread")]
async fn an_older_programme_leaves_a_newer_database_byte_for_byte_as_it_is() {
    let scene = synced().await;
    scene.change(TO_COME).await;
    check_that_all_refuse(&scene).await;
}

/// The newer programme was killed, and all that is newer is in the log beside the file.
#[tokio::test(flavor = "multi_thread")]
async fn an_older_programme_leaves_the_log_of_a_newer_one_that_was_killed_as_it_is() {
    let scene = synced().await;
    let options = SqliteConnectOptions::new().filename(scene.database());
    let mut newer = options.connect().await.unwrap();
    sqlx::raw_sql(TO_COME).execute(&mut newer).await.unwrap();
    let killed = scene.twin();
    newer.close().await.unwrap();
    let log = killed.path("test.db-wal");
    assert!(std::fs::metadata(log).unwrap().len() > 0);
    check_that_all_refuse(&killed).await;
}

async fn synced() -> Scene {
    let scene = Scene::new().await;
    scene.run_ok(&["sync"]).await;
    drop(scene.import(0, 1));
    scene
}

async fn check_that_all_refuse(scene: &Scene) {
    let before = contents(scene);
    for command in COMMANDS {
        let ended = scene.run(command).await;
        let code = ended.status.code();
        assert_eq!(code, Some(NEWER_DATABASE), "{command:?}: {ended:?}");
        assert!(ended.log.contains("9000"), "{command:?}: {ended:?}");
        let after = contents(scene);
        assert!(
            after.keys().eq(before.keys()),
            "{command:?}: {:?}",
            after.keys()
        );
        assert!(after == before, "{command:?} wrote");
    }
}

/// Every file of the scene, but for the index of the log, which belongs to whoever has the database open.
fn contents(scene: &Scene) -> BTreeMap<String, Vec<u8>> {
    let folder = scene.database().parent().unwrap().to_owned();
    let files = std::fs::read_dir(folder).unwrap();
    let files = files.map(|entry| entry.unwrap().path());
    let kept = files.filter(|path| !path.display().to_string().ends_with("-shm"));
    kept.map(|path| (path.display().to_string(), std::fs::read(&path).unwrap()))
        .collect()
}
