//! A programme that brings an older database up to date dies, panics or fails half-way.

use tokio::task::JoinSet;

use super::past::{Schema, in_the_past, newest_schema};
use crate::numbered::{Programme, Scene};
use crate::points::{BLOWS, Blow, State};
use crate::restart::{Restart, serve_only};

/// The failpoints of a schema change before it counts, that are reached once; between two changes there is
/// [`BETWEEN`].
const BEFORE: [&str; 3] = ["migrate::wal", "migrate::begun", "migrate::before_commit"];
/// Reached after every change.
const BETWEEN: &str = "migrate::between";
/// Reached when all changes are made.
const AFTER: &str = "migrate::committed";

/// Every failpoint that is tried here.
pub(crate) const POINTS: [&str; 5] = [BEFORE[0], BEFORE[1], BEFORE[2], BETWEEN, AFTER];

/// Databases tried side by side.
const LANES: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_any_age_is_brought_up_to_date_wholly_or_not_at_all() {
    let today = today().await;
    let state = State::of(&today).await;
    let mut running = JoinSet::new();
    let mut tried = 0;
    for schema in 0..newest_schema() {
        let old = in_the_past(&today, schema).await;
        for (name, nth) in points_from(schema) {
            for blow in blows_from(schema) {
                if running.len() == LANES {
                    running.join_next().await.unwrap().unwrap();
                }
                let trial = Trial {
                    scene: old.twin(),
                    name,
                    nth,
                    blow: *blow,
                };
                let rows = (schema > 0).then(|| state.clone());
                running.spawn(trial.run(rows));
                tried += 1;
            }
        }
    }
    running.join_all().await;
    println!("{tried} schema changes died, panicked or failed at a named place");
}

/// A database of today, with something in every kind of row there ever was.
async fn today() -> Scene {
    let scene = Scene::new().await;
    scene.run_ok(&["sync"]).await;
    for (slot, edit) in [(0, 1), (1, 2), (0, 3)] {
        let ended = Programme::start(scene.import(slot, edit)).ended().await;
        assert!(ended.status.success(), "{ended:?}");
    }
    scene.run_ok(&["sync"]).await;
    scene
}

/// All of them from the oldest schema and from none; from others the way is a part of that.
fn blows_from(schema: usize) -> &'static [Blow] {
    match schema {
        0 | 1 => &BLOWS,
        _ => &BLOWS[..1],
    }
}

/// The failpoints on the way from `schema`, and the times they are reached.
fn points_from(schema: usize) -> Vec<(&'static str, u32)> {
    let steps = u32::try_from(newest_schema() - schema).unwrap();
    let once = BEFORE.iter().chain([&AFTER]).map(|name| (*name, 1));
    once.chain((1..=steps).map(|step| (BETWEEN, step)))
        .collect()
}

struct Trial {
    scene: Scene,
    name: &'static str,
    nth: u32,
    blow: Blow,
}

impl Trial {
    /// `rows` are what is in the database; `None` when there is none.
    async fn run(self, rows: Option<State>) {
        let before = Schema::of(&self.scene).await;
        let mut command = serve_only(&self.scene);
        self.blow.arm(&mut command, self.name, self.nth);
        let ended = Programme::start(command).ended().await;
        self.blow.check_end(&ended, self.name);

        let restart = Restart::on(&self.scene);
        let left = Schema::of(&self.scene).await;
        match self.name {
            AFTER => assert_eq!(left.changes, newest_schema() as i64),
            name => assert_eq!(left, before, "{name} {:?}", self.blow),
        }
        match rows {
            None => self.scene.run_ok(&["sync"]).await,
            Some(rows) => {
                let service = Programme::start(serve_only(&self.scene));
                restart.first_quote(&service).await;
                service.kill().await;
                assert_eq!(State::of(&self.scene).await, rows, "{}", self.name);
            }
        }
        let done = Schema::of(&self.scene).await;
        assert_eq!(done.changes, newest_schema() as i64);
        self.scene.run_ok(&["verify"]).await;
    }
}
