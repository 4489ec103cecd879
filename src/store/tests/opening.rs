//! What is opened, what is refused, and that what is refused stays as it is.

use std::collections::BTreeMap;
use std::path::Path;

use super::samples::vendor_charging;
use super::{Scratch, Store, StoreError, StoreSettings, head, settings};
use crate::domain::rows::RowChanges;
use crate::store::{MINIMUM_SQLITE_VERSION, connect};

/// Every file of a folder, byte by byte.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    files
        .map(|path| (path.display().to_string(), std::fs::read(&path).unwrap()))
        .collect()
}

/// A closed database with one version in it, changed by `statement` behind the store's back.
async fn changed(statement: &'static str) -> Scratch {
    let scratch = Scratch::new().await;
    let changes = RowChanges {
        vendor: vec![vendor_charging("1", 20)],
        ..RowChanges::default()
    };
    scratch.publish(1, &changes).await.unwrap();
    scratch.store.close().await;
    let mut raw = scratch.raw().await;
    sqlx::query(statement).execute(&mut raw).await.unwrap();
    sqlx::Connection::close(raw).await.unwrap();
    scratch
}

/// Opens what must be refused; checks that no byte of the folder differs afterwards.
async fn refused(scratch: &Scratch) -> StoreError {
    let before = contents(scratch.folder.path());
    let error = Store::open(&settings(scratch.path("cache.db")))
        .await
        .unwrap_err();
    let after = contents(scratch.folder.path());
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&after), names(&before), "{error}");
    assert!(after == before, "{error}");
    error
}

#[tokio::test]
async fn the_library_is_new_enough() {
    let scratch = Scratch::new().await;
    let parts = connect::version_parts;
    assert!(parts(scratch.store.sqlite_version()) >= parts(MINIMUM_SQLITE_VERSION));
    assert!(parts("3.51.2") < parts(MINIMUM_SQLITE_VERSION));
    assert!(parts("3.100.0") > parts(MINIMUM_SQLITE_VERSION));
}

#[tokio::test]
async fn a_database_outlives_the_process() {
    let scratch = changed("SELECT 1").await;
    let again = Store::open(&settings(scratch.path("cache.db")))
        .await
        .unwrap();
    let (loaded, rows) = again.load_current().await.unwrap();
    assert_eq!(loaded, Some(head(1)));
    assert_eq!(rows.vendor.len(), 1);
}

#[tokio::test]
async fn a_path_may_have_any_characters() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a b.db", "100%20é.db", "it's #1 & \"2\".db"] {
        let settings = settings(folder.path().join(name));
        for _ in 0..2 {
            Store::open(&settings).await.unwrap().close().await;
        }
    }
    let names = contents(folder.path()).into_keys().collect::<Vec<_>>();
    assert_eq!(names.len(), 3, "{names:?}");
}

#[tokio::test]
async fn a_file_that_cannot_be_written_is_refused_at_start() {
    let scratch = Scratch::new().await;
    let read_only = connect::options(&scratch.path("cache.db")).read_only(true);
    let error = connect::check_writable(read_only).await.unwrap_err();
    assert!(matches!(error, StoreError::Io(_)), "{error}");
    assert!(error.to_string().contains("permissions"), "{error}");
}

/// Once every command waited for the lock at start, those that only read as well.
#[tokio::test]
async fn opening_does_not_wait_for_a_writer() {
    let scratch = Scratch::new().await;
    let mut raw = scratch.raw().await;
    let held = sqlx::Connection::begin_with(&mut raw, "BEGIN IMMEDIATE").await;
    let begun = std::time::Instant::now();
    let opened = Store::open(&settings(scratch.path("cache.db"))).await;
    assert!(opened.is_ok(), "{:?}", opened.err());
    assert!(begun.elapsed() < super::super::BUSY_TIMEOUT);
    held.unwrap().rollback().await.unwrap();
}

/// Once a process that was killed, or whose disk failed, while the file was not in its mode with a write-ahead log yet
/// left one that could never be opened again.
#[tokio::test]
async fn what_a_journal_says_is_undone() {
    let scratch = changed("PRAGMA journal_mode = DELETE").await;
    let mut raw = scratch.raw().await;
    // The journal counts from its beginning, not only once it has been flushed.
    sqlx::query("PRAGMA synchronous = OFF")
        .execute(&mut raw)
        .await
        .unwrap();
    let mut write = sqlx::Connection::begin(&mut raw).await.unwrap();
    sqlx::query("DELETE FROM vendor_fees")
        .execute(&mut *write)
        .await
        .unwrap();
    let copy = tempfile::tempdir().unwrap();
    for name in ["cache.db", "cache.db-journal"] {
        std::fs::copy(scratch.path(name), copy.path().join(name)).unwrap();
    }
    let opened = Store::open(&settings(copy.path().join("cache.db")))
        .await
        .unwrap();
    let (loaded, rows) = opened.load_current().await.unwrap();
    assert_eq!((loaded, rows.vendor.len()), (Some(head(1)), 1));
}

/// Once a file whose list of migrations was gone was migrated from the start.
#[tokio::test]
async fn a_database_that_has_lost_its_migrations_is_damaged_and_stays_as_it_is() {
    let scratch = changed("DELETE FROM _sqlx_migrations").await;
    let error = refused(&scratch).await;
    assert!(matches!(error, StoreError::Damaged(_)), "{error}");
}

#[tokio::test]
async fn a_missing_file_is_named_and_not_created() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.db");
    let settings = StoreSettings {
        create: false,
        ..settings(path.clone())
    };
    let error = Store::open(&settings).await.unwrap_err();
    assert!(matches!(error, StoreError::Missing { .. }));
    assert!(
        error.to_string().contains(&path.display().to_string()),
        "{error}"
    );
    assert!(error.to_string().contains("run `ptf-cache"), "{error}");
    assert!(!path.exists());
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = Store::open(&settings(folder.path().join("no/cache.db")))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("there is no folder"), "{error}");
    let error = Store::open(&settings(folder.path().to_owned()))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("it is not a file"), "{error}");
}

#[tokio::test]
async fn urls_that_name_no_file_are_refused() {
    for (url, problem) in [
        (
            "postgres://user:secret@host/db",
            "\"postgres\" is not the scheme sqlite",
        ),
        ("cache.db", "\"cache.db\" is not the scheme sqlite"),
        ("sqlite://", "no file is named"),
        ("sqlite::memory:", "in memory"),
        ("sqlite://cache.db?mode=memory", "no parameters are taken"),
    ] {
        let settings = StoreSettings {
            url: url.into(),
            create: true,
        };
        let error = Store::open(&settings).await.unwrap_err().to_string();
        assert!(
            error.contains(problem) && !error.contains("secret"),
            "{error}"
        );
    }
    assert_eq!(
        connect::path_of("sqlite:///abs/a b.db").unwrap(),
        Path::new("/abs/a b.db")
    );
    assert_eq!(
        connect::path_of("sqlite://cache.db").unwrap(),
        Path::new("cache.db")
    );
    assert_eq!(
        connect::path_of("sqlite:cache.db").unwrap(),
        Path::new("cache.db")
    );
}

#[tokio::test]
async fn a_database_of_a_newer_programme_is_refused_and_stays_as_it_is() {
    let scratch = changed(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9000, 'to come', TRUE, x'00', 0)",
    )
    .await;
    let error = refused(&scratch).await;
    let is_newer =
        matches!(error, StoreError::NewerSchema { found: 9000, known, .. } if known < 9000);
    assert!(is_newer, "{error}");
}

/// The newer programme may have been killed: its last words are in the write-ahead log.
#[tokio::test]
async fn a_newer_schema_in_the_write_ahead_log_is_seen_too() {
    let scratch = Scratch::new().await;
    let mut raw = scratch.raw().await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9000, 'to come', TRUE, x'00', 0)",
    )
    .execute(&mut raw)
    .await
    .unwrap();
    let copy = tempfile::tempdir().unwrap();
    for name in ["cache.db", "cache.db-wal"] {
        std::fs::copy(scratch.path(name), copy.path().join(name)).unwrap();
    }
    let before = contents(copy.path());
    let error = Store::open(&settings(copy.path().join("cache.db")))
        .await
        .unwrap_err();
    assert!(
        matches!(error, StoreError::NewerSchema { found: 9000, .. }),
        "{error}"
    );
    let after = contents(copy.path());
    assert!(
        before
            .iter()
            .all(|(name, bytes)| after.get(name) == Some(bytes))
    );
}

#[tokio::test]
async fn a_migration_that_was_changed_afterwards_is_refused() {
    let scratch = changed("UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 1").await;
    let error = refused(&scratch).await;
    assert!(
        matches!(error, StoreError::AlteredSchema { migration: 1, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn the_database_of_another_programme_is_refused() {
    let scratch = changed("PRAGMA application_id = 42").await;
    let error = refused(&scratch).await;
    assert!(matches!(error, StoreError::Foreign { .. }), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let scratch = changed("SELECT 1").await;
    std::fs::write(
        scratch.path("cache.db"),
        "board_id,board_name\n".repeat(500),
    )
    .unwrap();
    let error = refused(&scratch).await;
    assert!(matches!(error, StoreError::Damaged(_)), "{error}");
}

#[tokio::test]
async fn many_may_start_at_once_on_a_new_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let settings = settings(folder.path().join("cache.db"));
        tasks.spawn(async move {
            Store::open(&settings)
                .await
                .unwrap()
                .load_head()
                .await
                .unwrap()
        });
    }
    assert_eq!(tasks.join_all().await, vec![None; 8]);
}

#[tokio::test]
async fn writes_are_flushed_before_they_are_acknowledged() {
    let scratch = Scratch::new().await;
    let mut writer = scratch.store.writer.acquire().await.unwrap();
    let pragma = async |name: &'static str, connection: &mut sqlx::SqliteConnection| {
        let query = sqlx::query_scalar::<_, i64>(name);
        query.fetch_one(connection).await.unwrap()
    };
    assert_eq!(pragma("PRAGMA synchronous", &mut writer).await, 2);
    assert_eq!(pragma("PRAGMA foreign_keys", &mut writer).await, 1);
    assert_eq!(pragma("PRAGMA busy_timeout", &mut writer).await, 5_000);
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut *writer)
        .await
        .unwrap();
    assert_eq!(mode, "wal");
    let mut reader = scratch.store.readers.acquire().await.unwrap();
    assert_eq!(pragma("PRAGMA query_only", &mut reader).await, 1);
}
