//! Publishing on real database files.

use std::path::Path;

use chrono::TimeDelta;
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

use super::*;
use crate::catalog::Prepared;
use crate::clock::FixedClock;
use crate::domain::board::VendorRow;
use crate::domain::run::{Outcome, RunCounts, SyncRun, Trigger};
use crate::store::StoreSettings;

fn prepare(_: &Catalog, _: Option<&Prepared>) -> Prepared {
    Prepared::default()
}

async fn publisher(file: &Path) -> Publisher {
    let clock = Arc::new(FixedClock::at(DateTime::UNIX_EPOCH));
    publisher_at(file, clock).await
}

async fn publisher_at(file: &Path, clock: Arc<FixedClock>) -> Publisher {
    let settings = StoreSettings {
        url: format!("sqlite://{}", file.display()),
        create: true,
    };
    let store = Store::open(&settings).await.unwrap();
    let catalog = Arc::new(CatalogHandle::new(prepare, TimeDelta::hours(26)));
    Publisher::new(store, catalog, clock, Tz::UTC)
}

/// Changes the database past the store.
async fn damage(file: &Path, sql: &'static str) {
    let options = SqliteConnectOptions::new().filename(file);
    let mut connection = options.connect().await.unwrap();
    let done = sqlx::query(sql).execute(&mut connection);
    assert_eq!(done.await.unwrap().rows_affected(), 1);
}

fn one_board(name: &str) -> RowChanges {
    RowChanges {
        vendor: vec![VendorRow::named("12", name)],
        ..RowChanges::default()
    }
}

fn synced() -> Proposal {
    let run = SyncRun {
        id: None,
        trigger: Trigger::Terminal,
        started_at: DateTime::UNIX_EPOCH,
        finished_at: DateTime::UNIX_EPOCH,
        outcome: Outcome::Published,
        failure_class: None,
        message: None,
        counts: RunCounts::default(),
        origin: None,
        version: None,
        notices: vec![],
        candidate: None,
        decision: None,
    };
    Proposal {
        changes: one_board("Cedar Valley MLS"),
        cause: Cause::Sync,
        actor: None,
        run: ProposedRun::ending(run),
    }
}

fn edited() -> Proposal {
    Proposal {
        changes: one_board("Cedar Valley"),
        cause: Cause::Curation,
        actor: None,
        run: ProposedRun::None,
    }
}

/// Once the version was written first and the time of the last check read after it: an edit was on record and
/// reported as failed.
#[tokio::test]
async fn what_fails_is_not_published() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cache.db");
    let publisher = publisher(&file).await;
    let base = publisher.load_base().await.unwrap();
    let first = publisher.publish(base, synced()).await.unwrap();

    let base = publisher.load_base().await.unwrap();
    damage(&file, "UPDATE sync_runs SET notices = 'no JSON'").await;
    assert!(publisher.publish(base, edited()).await.is_err());
    let newest = publisher.store.load_head().await.unwrap();
    assert_eq!(newest, Some(first));
}

#[tokio::test]
async fn rows_at_hand_are_read_and_proved_again_after_a_day() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cache.db");
    let clock = Arc::new(FixedClock::at(DateTime::UNIX_EPOCH));
    let publisher = publisher_at(&file, clock.clone()).await;
    let base = publisher.load_base().await.unwrap();
    let first = publisher.publish(base, synced()).await.unwrap();
    damage(&file, "UPDATE vendor_boards SET name = 'Elm'").await;

    clock.set(DateTime::UNIX_EPOCH + PROOF_MAX_AGE - TimeDelta::milliseconds(1));
    let base = publisher.load_base().await.unwrap();
    assert_eq!(base.head, Some(first));
    clock.set(DateTime::UNIX_EPOCH + PROOF_MAX_AGE);
    for _ in 0..2 {
        let refused = publisher.load_base().await.unwrap_err();
        assert!(matches!(refused, PublishError::WrongHash(_)), "{refused}");
    }
}

#[tokio::test]
async fn rows_are_read_again_when_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cache.db");
    let publisher = publisher(&file).await;
    let base = publisher.load_base().await.unwrap();
    publisher.publish(base, synced()).await.unwrap();
    damage(&file, "UPDATE vendor_boards SET name = 'Elm'").await;
    assert!(publisher.load_base().await.is_ok());
    assert!(publisher.prove_base().await.is_err());
}
