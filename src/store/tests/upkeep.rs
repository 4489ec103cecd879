//! Copies, and whether a file is sound.

use super::samples::*;
use super::{Scratch, Store, StoreError, settings};
use crate::domain::board::Channel;
use crate::domain::rows::RowChanges;

fn some_changes() -> RowChanges {
    RowChanges {
        vendor: (0..50)
            .map(|board| vendor_charging(&board.to_string(), 20))
            .collect(),
        curated: vec![curated_charging("1", Channel::Direct, 15)],
        curated_removed: vec![],
    }
}

#[tokio::test]
async fn a_backup_opens_and_holds_the_same() {
    let scratch = Scratch::new().await;
    scratch.publish(1, &some_changes()).await.unwrap();
    scratch
        .store
        .record_run(&super::runs::published())
        .await
        .unwrap();
    let file = scratch.path("copy 1's.db");

    scratch.store.backup(&file).await.unwrap();

    let copy = Store::open(&settings(file)).await.unwrap();
    assert_eq!(
        copy.load_current().await.unwrap(),
        scratch.store.load_current().await.unwrap()
    );
    assert_eq!(
        copy.list_runs(9, None).await.unwrap(),
        scratch.store.list_runs(9, None).await.unwrap()
    );
    assert_eq!(copy.check_integrity().await.unwrap(), [] as [String; 0]);
    // It is a database like any other: it can be published to.
    let mut on_the_copy = scratch;
    on_the_copy.store = copy;
    on_the_copy.publish(2, &some_changes()).await.unwrap();
}

#[tokio::test]
async fn a_backup_under_load_is_one_version_or_another() {
    let scratch = Scratch::new().await;
    scratch.publish(1, &some_changes()).await.unwrap();
    let publishing = async {
        for number in 2..=12 {
            scratch.publish(number, &some_changes()).await.unwrap();
        }
    };
    let copying = async {
        for number in 0..4 {
            scratch
                .store
                .backup(&scratch.path(&format!("copy{number}.db")))
                .await
                .unwrap();
        }
    };
    tokio::join!(publishing, copying);
    for number in 0..4 {
        let copy = Store::open(&settings(scratch.path(&format!("copy{number}.db"))))
            .await
            .unwrap();
        let (head, rows) = copy.load_current().await.unwrap();
        let original = scratch
            .store
            .load_head_of(head.as_ref().unwrap().version)
            .await
            .unwrap();
        assert_eq!(head, original);
        assert_eq!(rows.vendor.len(), 50);
        assert!(copy.check_integrity().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_backup_overwrites_nothing() {
    let scratch = Scratch::new().await;
    for name in ["kept.txt", "cache.db"] {
        let file = scratch.path(name);
        if name == "kept.txt" {
            std::fs::write(&file, "").unwrap();
        }
        let before = std::fs::read(&file).unwrap();
        let error = scratch.store.backup(&file).await.unwrap_err();
        assert!(matches!(error, StoreError::FileExists { .. }), "{error}");
        assert_eq!(std::fs::read(&file).unwrap(), before);
    }
}

#[tokio::test]
async fn a_backup_that_cannot_be_written_leaves_nothing() {
    let scratch = Scratch::new().await;
    let file = scratch.path("no/such/folder.db");
    let error = scratch.store.backup(&file).await.unwrap_err();
    assert!(matches!(error, StoreError::Io(_)), "{error}");
    assert!(!file.exists());
}

#[tokio::test]
async fn a_sound_database_has_nothing_to_complain_of() {
    let scratch = Scratch::new().await;
    scratch.publish(1, &some_changes()).await.unwrap();
    assert_eq!(
        scratch.store.check_integrity().await.unwrap(),
        [] as [String; 0]
    );
}

#[tokio::test]
async fn rows_without_what_they_belong_to_are_found() {
    let scratch = Scratch::new().await;
    scratch.publish(1, &some_changes()).await.unwrap();
    let mut raw = scratch.raw().await;
    for statement in [
        "DELETE FROM curated_entries",
        "UPDATE vendor_boards SET to_version = 77 WHERE board_id = '3'",
    ] {
        sqlx::query(statement).execute(&mut raw).await.unwrap();
    }
    let problems = scratch.store.check_integrity().await.unwrap();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(
        problems.iter().any(|line| line.starts_with("curated_fees")),
        "{problems:?}"
    );
    assert!(
        problems
            .iter()
            .any(|line| line.starts_with("vendor_boards, row 4")),
        "{problems:?}"
    );
}

#[tokio::test]
async fn damage_is_found_and_does_not_pass_for_data() {
    let scratch = Scratch::new().await;
    scratch.publish(1, &some_changes()).await.unwrap();
    let mut raw = scratch.raw().await;
    let root: i64 =
        sqlx::query_scalar("SELECT rootpage FROM sqlite_schema WHERE name = 'vendor_fees'")
            .fetch_one(&mut raw)
            .await
            .unwrap();
    sqlx::Connection::close(raw).await.unwrap();
    scratch.store.close().await;
    let file = scratch.path("cache.db");
    let mut bytes = std::fs::read(&file).unwrap();
    let page = usize::try_from(root - 1).unwrap() * 4_096;
    bytes[page..page + 200].fill(0xa5);
    std::fs::write(&file, bytes).unwrap();

    let store = Store::open(&settings(file)).await.unwrap();

    let loaded = store.load_current().await;
    assert!(matches!(loaded, Err(StoreError::Damaged(_))), "{loaded:?}");
    let checked = store.check_integrity().await;
    assert!(
        !matches!(&checked, Ok(problems) if problems.is_empty()),
        "{checked:?}"
    );
}

/// Once a file whose versions or runs were gone passed for one in which nothing was ever published.
#[tokio::test]
async fn boards_without_a_version_or_a_run_are_damage() {
    let scratch = Scratch::new().await;
    assert_eq!(scratch.store.load_head().await.unwrap(), None);
    assert_eq!(scratch.store.load_checked_at().await.unwrap(), None);
    scratch.publish(1, &some_changes()).await.unwrap();
    let checked = scratch.store.load_checked_at().await;
    assert!(
        matches!(checked, Err(StoreError::Damaged(_))),
        "{checked:?}"
    );
    let mut raw = scratch.raw().await;
    sqlx::query("DELETE FROM catalog_versions")
        .execute(&mut raw)
        .await
        .unwrap();
    let head = scratch.store.load_head().await;
    assert!(matches!(head, Err(StoreError::Damaged(_))), "{head:?}");
    let current = scratch.store.load_current().await;
    assert!(
        matches!(current, Err(StoreError::Damaged(_))),
        "{current:?}"
    );
}

/// A name that says so, until it is whole: a killed process leaves nothing that passes for a copy.
#[tokio::test]
async fn a_backup_leaves_no_other_file() {
    let scratch = Scratch::new().await;
    scratch.publish(1, &some_changes()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("copy.db");
    scratch.store.backup(&file).await.unwrap();
    let names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(names, [file]);
}
