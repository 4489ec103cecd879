//! A database that is brought back to where it was for each case, and what must be true after a failure.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};

use ptf_cache::store::{Store, StoreSettings};
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

use super::act::Act;
use super::{Action, Case};
use crate::migrations::create_schema_4;
use crate::numbered::{Ended, Programme, RESTART_LIMIT, Scene};

/// Milliseconds of 400 days: all but the newest version can be pruned.
const AGE_MS: i64 = 400 * 86_400_000;

/// A database that an act begins with.
#[derive(Debug, Clone, Copy)]
pub(super) enum Template {
    /// Two lists of the vendor, and an edit between them.
    Edited,
    /// The same, and a third list in quarantine.
    Quarantined,
    /// What an earlier programme left.
    Schema4,
}

/// A database, and what it begins with.
pub(super) struct Bench {
    scene: Scene,
    edited: Vec<u8>,
    quarantined: Vec<u8>,
    schema_4: Vec<u8>,
    /// How many versions there are at first.
    pub(super) versions: i64,
    /// The run in quarantine, and the hash it is approved by.
    pub(super) run: i64,
    pub(super) hash: String,
}

impl Bench {
    pub(super) async fn open() -> Bench {
        let scene = Scene::new().await;
        scene.run_ok(&["sync"]).await;
        let edit = scene.import(0, 1);
        assert!(Programme::start(edit).ended().await.status.success());
        scene.run_ok(&["sync"]).await;
        make_old(&scene.database()).await;
        let edited = fs::read(scene.database()).unwrap();
        let mut quarantine = scene.command(&["sync"]);
        quarantine.envs(Act::Quarantine.settings().iter().copied());
        assert_eq!(
            Programme::start(quarantine).ended().await.status.code(),
            Some(3)
        );
        let quarantined = fs::read(scene.database()).unwrap();
        let store = open(&scene.database()).await;
        let last = store.load_last_run().await.unwrap().unwrap();
        store.close().await;
        let old = scene.path("schema_4.db");
        create_schema_4(&old).await;
        Bench {
            edited,
            quarantined,
            schema_4: fs::read(old).unwrap(),
            versions: 3,
            run: last.id.unwrap(),
            hash: last.candidate.unwrap().to_string(),
            scene,
        }
    }

    /// Does it where the failpoint fails, looks at what is left, and does it again.
    pub(super) async fn check_command(&self, case: Case) {
        self.restore(case.act.template());
        let failed = self.run(case.act, Some(case)).await;
        check_that_it_failed(&failed, case);
        self.check_database(case).await;
        if !case.act.is_done(self).await {
            let again = self.run(case.act, None).await;
            assert!(is_accepted(&again, case.act), "{case:?}, again: {again:?}");
            assert!(case.act.is_done(self).await, "{case:?}: nothing came of it");
            self.check_database(case).await;
        }
        self.check_quote(case).await;
    }

    /// Lets a service fail in its first sync: it goes on, and the next sync publishes.
    pub(super) async fn check_service(&self, case: Case) {
        self.restore(Template::Edited);
        let before = self.scene.inspect(1).await.pop().unwrap();
        let mut command = self.scene.command(&["serve"]);
        command.env("FAILPOINTS", case.action.order(case.name));
        if case.act == Act::Quarantine {
            // Whatever is in quarantine, runs are recorded.
            command.envs(case.act.settings().iter().copied());
        }
        let service = Programme::start(command);
        service.first_quote().await;
        service.wait_until_said(&case.action.words(case.name)).await;
        assert!(service.quotes().await, "{case:?}: {}", service.log());
        match case.act {
            Act::Quarantine => service.wait_until_said("sync run quarantined").await,
            _ => {
                let shown = service.wait_until_shown(|shown| shown.list > before.list);
                assert_eq!(shown.await.edits, before.edits);
            }
        }
        service.kill().await;
        self.check_database(case).await;
    }

    /// The file that a command works on.
    pub(super) fn database(&self) -> PathBuf {
        self.scene.database()
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.scene.path(name)
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub(super) async fn open_store(&self) -> Store {
        open(&self.database()).await
    }

    fn restore(&self, template: Template) {
        for leftover in ["test.db-wal", "test.db-shm", "copy.db"] {
            let _ = fs::remove_file(self.path(leftover));
        }
        let bytes = match template {
            Template::Edited => &self.edited,
            Template::Quarantined => &self.quarantined,
            Template::Schema4 => &self.schema_4,
        };
        fs::write(self.database(), bytes).unwrap();
    }

    async fn run(&self, act: Act, failing: Option<Case>) -> Ended {
        let arguments = act.arguments(self);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut command = self.scene.command(&arguments);
        command.envs(act.settings().iter().copied());
        if let Some(case) = failing {
            command.env("FAILPOINTS", case.action.order(case.name));
        }
        Programme::start(command).ended().await
    }

    /// Every version has its hash, and is one whole step on from the one before.
    async fn check_database(&self, case: Case) {
        self.scene.run_ok(&["verify"]).await;
        match case.act {
            Act::Migrate => {}
            Act::Prune => {
                self.scene.inspect(self.versions).await;
            }
            _ => {
                self.scene.inspect(1).await;
            }
        }
    }

    /// A service is there again in time, with a catalog.
    async fn check_quote(&self, case: Case) {
        if case.act == Act::Migrate {
            self.scene.run_ok(&["quote", "1001"]).await;
            return;
        }
        let service = Programme::start(self.scene.command(&["serve"]));
        let took = service.first_quote().await;
        assert!(took < RESTART_LIMIT, "{case:?}: no quote for {took:?}");
        service.kill().await;
    }
}

/// The failpoint was reached, and whoever gave the command knows that it failed.
fn check_that_it_failed(ended: &Ended, case: Case) {
    assert!(!ended.status.success(), "{case:?}: {ended:?}");
    let was_aborted = ended.status.signal() == Some(SIGABRT);
    assert_eq!(
        was_aborted,
        case.action == Action::Abort,
        "{case:?}: {ended:?}"
    );
    let words = case.action.words(case.name);
    assert!(ended.log.contains(&words), "{case:?}: {ended:?}");
}

/// <https://man7.org/linux/man-pages/man7/signal.7.html>
const SIGABRT: i32 = 6;

/// A sync that ends in quarantine says so by its exit code.
fn is_accepted(ended: &Ended, act: Act) -> bool {
    let expected = if act == Act::Quarantine { 3 } else { 0 };
    ended.status.code() == Some(expected)
}

async fn open(file: &Path) -> Store {
    let settings = StoreSettings {
        url: format!("sqlite://{}", file.display()),
        create: false,
    };
    Store::open(&settings).await.unwrap()
}

async fn make_old(file: &Path) {
    let mut connection = SqliteConnectOptions::new()
        .filename(file)
        .connect()
        .await
        .unwrap();
    sqlx::query("UPDATE catalog_versions SET created_at_ms = created_at_ms - ?")
        .bind(AGE_MS)
        .execute(&mut connection)
        .await
        .unwrap();
    sqlx::Connection::close(connection).await.unwrap();
}
