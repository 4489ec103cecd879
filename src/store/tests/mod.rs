//! Tests on real database files.

mod audit;
mod candidates;
mod history;
mod lease;
mod opening;
mod outbox;
mod prune;
mod publishing;
mod round_trip;
mod runs;
mod samples;
mod upkeep;

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{ConnectOptions, SqliteConnection};
use tempfile::TempDir;

use super::{Publication, Store, StoreError, StoreSettings, connect};
use crate::domain::rows::{RowChanges, SourceRows};
use crate::domain::version::{CatalogVersion, Cause, ContentHash, VersionHead};

/// A folder with a database that goes with the test.
struct Scratch {
    folder: TempDir,
    store: Store,
}

impl Scratch {
    async fn new() -> Scratch {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&settings(folder.path().join("cache.db")))
            .await
            .unwrap();
        Scratch { folder, store }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The open database seen past the store, to break it on purpose.
    async fn raw(&self) -> SqliteConnection {
        let options = connect::options(&self.path("cache.db"));
        let options = options
            .pragma("ignore_check_constraints", "ON")
            .foreign_keys(false);
        options.connect().await.unwrap()
    }

    /// The rows of the newest version.
    async fn rows(&self) -> SourceRows {
        self.store.load_current().await.unwrap().1
    }

    /// The rows of a version that is kept.
    async fn rows_of(&self, number: i64) -> SourceRows {
        let loaded = self.store.load_version(version(number)).await.unwrap();
        let (head, rows) = loaded.unwrap_or_else(|| panic!("version {number} is not kept"));
        assert_eq!(head.version, version(number));
        rows
    }

    async fn publish(&self, number: i64, changes: &RowChanges) -> Result<Option<i64>, StoreError> {
        let publication = Publication::of(head(number), changes.clone());
        self.store.publish(publication).await
    }
}

fn settings(path: PathBuf) -> StoreSettings {
    StoreSettings {
        url: format!("sqlite://{}", path.display()),
        create: true,
    }
}

fn version(number: i64) -> CatalogVersion {
    CatalogVersion::new(number).unwrap()
}

/// A moment with milliseconds, `seconds` after some other.
fn moment(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_767_225_600_789).unwrap() + TimeDelta::seconds(seconds)
}

fn head(number: i64) -> VersionHead {
    VersionHead {
        version: version(number),
        created_at: moment(number),
        as_of: moment(number).date_naive(),
        content_hash: ContentHash([u8::try_from(number % 251).unwrap(); 32]),
        cause: Cause::Curation,
        actor: Some(format!("editor {number}")),
        run_id: None,
    }
}
