//! What the programme is doing when it reaches a failpoint.

use std::num::NonZeroU32;

use ptf_cache::domain::run::FailureClass;
use ptf_cache::store::Retention;
use tokio::process::Command;

use super::blow::Blow;
use crate::numbered::{Programme, Scene};

/// The file that a backup is written to.
pub(super) const COPY: &str = "copy.db";
/// The row, counted from 1, at which half of a list is written.
const HALF: u32 = 60;

/// A piece of work with failpoints in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    /// A sync that publishes another list.
    Sync,
    /// A sync whose list is implausible as a whole.
    Quarantine,
    /// A sync whose values are all implausible.
    Hold,
    /// An edit of another board.
    Import,
    /// An edit that takes a board off the curated list.
    Replace,
    /// The approval of a run in quarantine.
    Approve,
    /// The approval of values held back.
    ApproveHeld,
    /// The rejection of a run in quarantine.
    Reject,
    /// Pruning, of versions and their rows.
    Prune,
    /// A copy of the database.
    BackUp,
}

/// A failpoint on the way of a task.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    pub(super) name: &'static str,
    /// The time it is reached that counts.
    pub(super) nth: u32,
    pub(super) leaves: Leaves,
}

/// What a task leaves that does not come past a failpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaves {
    /// What was before.
    Nothing,
    /// All of it: only the word that it is done is missing.
    Everything,
    /// All of it, but for rows that nobody can see any more: they go with the next task of the kind.
    Sweepings,
}

fn before(name: &'static str) -> Point {
    nth_before(1, name)
}

fn nth_before(nth: u32, name: &'static str) -> Point {
    Point {
        name,
        nth,
        leaves: Leaves::Nothing,
    }
}

fn after(name: &'static str) -> Point {
    Point {
        name,
        nth: 1,
        leaves: Leaves::Everything,
    }
}

fn sweeping(name: &'static str) -> Point {
    Point {
        name,
        nth: 1,
        leaves: Leaves::Sweepings,
    }
}

impl Point {
    /// The class of a run that suffers `blow` here.
    pub(super) fn class(&self, blow: Blow) -> Option<FailureClass> {
        match self.name {
            _ if blow == Blow::Panic => None,
            "sync::page" => Some(FailureClass::Parse),
            _ => Some(FailureClass::Store),
        }
    }
}

impl Task {
    /// All of them.
    pub(super) const ALL: [Task; 10] = [
        Task::Sync,
        Task::Quarantine,
        Task::Hold,
        Task::Import,
        Task::Replace,
        Task::Approve,
        Task::ApproveHeld,
        Task::Reject,
        Task::Prune,
        Task::BackUp,
    ];

    /// Its failpoints, in the order in which they are reached. Those that are the same for all that publish are only
    /// there where something is different about them.
    pub(super) fn points(self) -> Vec<Point> {
        match self {
            Task::Sync => vec![
                nth_before(2, "sync::page"),
                before("sync::fetched"),
                before("sync::claimed"),
                before("sync::planned"),
                before("publish::before_begin"),
                before("publish::begun"),
                before("publish::run_recorded"),
                before("publish::head_recorded"),
                nth_before(HALF, "publish::vendor_row"),
                before("publish::before_commit"),
                after("publish::before_show"),
            ],
            Task::Quarantine => vec![
                before("run::before_record"),
                nth_before(HALF, "run::candidate_row"),
                before("run::before_commit"),
                after("run::recorded"),
            ],
            Task::Hold => vec![
                nth_before(HALF, "run::candidate_row"),
                before("publish::run_recorded"),
                nth_before(HALF, "publish::vendor_row"),
                before("publish::before_commit"),
                after("publish::before_show"),
            ],
            Task::Import => vec![
                before("edit::checked"),
                before("publish::before_begin"),
                before("publish::begun"),
                before("publish::head_recorded"),
                before("publish::curated_row"),
                before("publish::before_commit"),
                after("publish::before_show"),
                after("edit::published"),
            ],
            Task::Replace => vec![before("publish::curated_removed")],
            Task::Approve | Task::ApproveHeld => vec![
                before("approve::settled"),
                before("publish::begun"),
                before("decision::recorded"),
                before("publish::run_recorded"),
                nth_before(HALF, "publish::vendor_row"),
                before("publish::before_commit"),
                after("publish::before_show"),
            ],
            Task::Reject => vec![
                before("decision::recorded"),
                before("reject::before_commit"),
            ],
            Task::Prune => vec![
                before("prune::before_mark"),
                sweeping("prune::marked"),
                sweeping("prune::swept"),
            ],
            Task::BackUp => vec![before("backup::begun"), before("backup::copied")],
        }
    }

    /// Whether it is a run, which leaves a row that says how it failed.
    pub(super) fn is_run(self) -> bool {
        matches!(self, Task::Sync | Task::Quarantine | Task::Hold)
    }

    /// The exit code of the command when nothing befalls it.
    pub(super) fn code(self) -> i32 {
        match self {
            Task::Quarantine | Task::Hold => 3,
            _ => 0,
        }
    }

    /// A database on which it can be done.
    pub(super) async fn stage(self) -> Scene {
        let scene = Scene::new().await;
        scene.run_ok(&["sync"]).await;
        match self {
            Task::Sync | Task::Quarantine | Task::Hold | Task::BackUp => {}
            Task::Import | Task::Replace => import(&scene, 0, 1).await,
            Task::Approve | Task::Reject => run_to_code(Task::Quarantine, &scene).await,
            Task::ApproveHeld => run_to_code(Task::Hold, &scene).await,
            Task::Prune => grow_old(&scene).await,
        }
        scene
    }

    /// What makes the programme do it, of what is set in its environment.
    pub(super) fn settings(self) -> Vec<(&'static str, &'static str)> {
        match self {
            Task::Quarantine => vec![("PTF_SYNC__GUARD__MAX_CHANGED_PERCENT", "1")],
            Task::Hold => vec![
                ("PTF_SYNC__GUARD__MAX_RATIO", "1"),
                ("PTF_SYNC__GUARD__MAX_HELD_PERCENT", "100"),
            ],
            Task::Prune => vec![("PTF_HISTORY__KEEP_DAYS", "1")],
            _ => vec![],
        }
    }

    /// The command that does it on `scene`.
    pub(super) async fn command(self, scene: &Scene) -> Command {
        match self {
            Task::Sync | Task::Quarantine | Task::Hold => {
                let mut command = scene.command(&["sync"]);
                command.envs(self.settings());
                command
            }
            Task::Import => scene.import(1, 2),
            Task::Replace => {
                let mut command = scene.import(1, 2);
                command.arg("--replace");
                command
            }
            Task::Approve | Task::ApproveHeld => {
                let (id, hash) = waiting_run(scene).await;
                scene.command(&["runs", "approve", &id, "--hash", &hash])
            }
            Task::Reject => {
                let (id, _) = waiting_run(scene).await;
                scene.command(&["runs", "reject", &id])
            }
            Task::Prune => scene.command(&["prune", "--keep-days", "1"]),
            Task::BackUp => scene.command(&["backup", COPY]),
        }
    }
}

/// What pruning keeps.
pub(super) fn retention() -> Retention {
    Retention {
        keep_days: NonZeroU32::MIN,
        owed_to: vec![],
    }
}

async fn import(scene: &Scene, slot: u32, edit: u32) {
    let ended = Programme::start(scene.import(slot, edit)).ended().await;
    assert!(ended.status.success(), "{ended:?}");
}

async fn run_to_code(task: Task, scene: &Scene) {
    let ended = Programme::start(task.command(scene).await).ended().await;
    assert_eq!(ended.status.code(), Some(task.code()), "{ended:?}");
}

/// The number and the hash of the run that waits for a decision.
async fn waiting_run(scene: &Scene) -> (String, String) {
    let store = scene.open().await;
    let runs = store.list_runs(10, None).await.unwrap();
    store.close().await;
    let waiting = runs.into_iter().find(|run| run.candidate.is_some());
    let run = waiting.unwrap();
    (
        run.id.unwrap().to_string(),
        run.candidate.unwrap().to_string(),
    )
}

/// Publishes some versions, all but the newest of which are ten days old.
async fn grow_old(scene: &Scene) {
    import(scene, 0, 1).await;
    scene.run_ok(&["sync"]).await;
    import(scene, 0, 2).await;
    scene.run_ok(&["sync"]).await;
    scene
        .change(
            "UPDATE catalog_versions
             SET created_at_ms = created_at_ms - 10 * 86400000
             WHERE version < (SELECT MAX(version) FROM catalog_versions)",
        )
        .await;
}
