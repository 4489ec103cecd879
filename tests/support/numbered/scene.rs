//! A database, its vendor, and what is started on them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use ptf_cache::catalog::verify_hash;
use ptf_cache::domain::version::CatalogVersion;
use ptf_cache::store::{Store, StoreSettings};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tokio::process::Command;

use super::picture::{Picture, curated_csv};
use super::programme::{Ended, Programme};
use super::vendor::Vendor;

/// A folder with a database, and its vendor.
pub(crate) struct Scene {
    folder: tempfile::TempDir,
    pub(crate) vendor: Arc<Vendor>,
    started: Arc<AtomicU32>,
}

impl Scene {
    /// A scene without a database.
    pub(crate) async fn new() -> Scene {
        Scene::paced(Duration::ZERO).await
    }

    /// A scene without a database, whose vendor takes the time `pace` for a page.
    pub(crate) async fn paced(pace: Duration) -> Scene {
        Scene {
            folder: tempfile::tempdir().unwrap(),
            vendor: Arc::new(Vendor::start(pace).await),
            started: Arc::default(),
        }
    }

    /// Another scene, of the same vendor, with a copy of every file. Nobody has the database open.
    pub(crate) fn twin(&self) -> Scene {
        let twin = Scene {
            folder: tempfile::tempdir().unwrap(),
            vendor: Arc::clone(&self.vendor),
            started: Arc::clone(&self.started),
        };
        for entry in std::fs::read_dir(self.folder.path()).unwrap() {
            let file = entry.unwrap();
            let copy = twin.folder.path().join(file.file_name());
            std::fs::copy(file.path(), copy).unwrap();
        }
        twin
    }

    /// The path of a file of the scene.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The database file.
    pub(crate) fn database(&self) -> PathBuf {
        self.path("test.db")
    }

    /// The programme on this database and vendor, with a sync due every second and no guard on how much changes.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let reader = self.started.fetch_add(1, Ordering::Relaxed);
        let mut command = Command::new(env!("CARGO_BIN_EXE_ptf-cache"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PTF_DATABASE__URL", url(&self.database()))
            .env("PTF_UPSTREAM__BASE_URL", self.vendor.url_for(reader))
            .env("PTF_UPSTREAM__USERNAME", "reseller")
            .env("PTF_UPSTREAM__PASSWORD", "secret")
            .env("PTF_SYNC__SCHEDULE", "* * * * * *")
            .env("PTF_SYNC__GUARD__MAX_CHANGED_PERCENT", "100")
            .env("PTF_SERVER__LISTEN", "127.0.0.1:0")
            .env("PTF_OPS__LISTEN", "127.0.0.1:0")
            // Tests ask as often as they like, all from one address.
            .env("PTF_LIMITS__PER_ADDRESS_PER_MINUTE", "0");
        command
    }

    /// The command that brings the board of `slot` to `edit`.
    pub(crate) fn import(&self, slot: u32, edit: u32) -> Command {
        let name = format!("edit-{edit}.csv");
        std::fs::write(self.path(&name), curated_csv(slot, edit)).unwrap();
        self.command(&["curated", "import", &name])
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ended {
        Programme::start(self.command(arguments)).ended().await
    }

    /// Runs a command that must succeed.
    pub(crate) async fn run_ok(&self, arguments: &[&str]) {
        let ended = self.run(arguments).await;
        assert!(
            ended.status.success(),
            "{arguments:?}: {}\n{}",
            ended.status,
            ended.log
        );
    }

    /// The database, opened by this process.
    pub(crate) async fn open(&self) -> Store {
        let settings = StoreSettings {
            url: url(&self.database()),
            create: false,
        };
        Store::open(&settings).await.unwrap()
    }

    /// Changes the database, which nobody has open, behind the programme's back, or makes one.
    pub(crate) async fn change(&self, statements: &'static str) {
        let options = SqliteConnectOptions::new()
            .filename(self.database())
            .create_if_missing(true)
            // Of a dump, the tables are filled in the order of their names.
            .foreign_keys(false);
        let mut raw = options.connect().await.unwrap();
        sqlx::raw_sql(statements).execute(&mut raw).await.unwrap();
        raw.close().await.unwrap();
    }

    /// Checks that the database is sound, and reads every version from `first` on: each has its recorded hash, none is
    /// missing, and each is one whole step on from the one before.
    pub(crate) async fn inspect(&self, first: i64) -> Vec<Picture> {
        let store = self.open().await;
        let newest = store.load_head().await.unwrap().unwrap().version;
        let mut pictures: Vec<Picture> = Vec::new();
        for number in first..=newest.get() {
            let picture = load_picture(&store, number).await;
            if let Some(last) = pictures.last() {
                last.check_step_to(&picture);
            }
            pictures.push(picture);
        }
        store.close().await;
        pictures
    }
}

/// Reads a version, which must have its recorded hash and be of one whole list.
pub(crate) async fn load_picture(store: &Store, number: i64) -> Picture {
    let version = CatalogVersion::new(number).unwrap();
    let loaded = store.load_version(version).await.unwrap();
    let (head, rows) = loaded.unwrap_or_else(|| panic!("there is no version {number}"));
    let boards = rows.merge_all();
    verify_hash(&head, &boards).unwrap();
    Picture::of_boards(number, &boards)
}

fn url(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}
