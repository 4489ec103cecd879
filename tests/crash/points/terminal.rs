//! Every failpoint of every command, reached by the programme itself.

use tokio::task::JoinSet;

use super::blow::{BLOWS, Blow, FAILED};
use super::state::State;
use super::task::{Leaves, Point, Task};
use crate::numbered::{Ended, Programme, Scene};
use crate::restart::{Restart, serve_only};

/// Tasks tried side by side.
const LANES: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_dies_panics_or_fails_at_any_point_leaves_all_or_nothing() {
    let mut running = JoinSet::new();
    let mut tried = 0;
    for task in Task::ALL {
        if running.len() == LANES {
            tried += running.join_next().await.unwrap().unwrap();
        }
        running.spawn(async move { Trial::of(task).await.try_all().await });
    }
    tried += running.join_all().await.into_iter().sum::<usize>();
    println!("{tried} commands died, panicked or failed at a named place");
}

/// A task, and what it is known to leave.
struct Trial {
    task: Task,
    stage: Scene,
    /// What there was before.
    before: State,
    /// What there is when it was done undisturbed.
    done: State,
}

impl Trial {
    async fn of(task: Task) -> Trial {
        let stage = task.stage().await;
        let rehearsal = stage.twin();
        let ended = run(task, &rehearsal).await;
        assert_eq!(ended.status.code(), Some(task.code()), "{ended:?}");
        let (before, done) = (State::of(&stage).await, State::of(&rehearsal).await);
        assert_ne!(before, done, "{task:?} does nothing");
        Trial {
            task,
            stage,
            before,
            done,
        }
    }

    async fn try_all(&self) -> usize {
        let mut tried = 0;
        for point in self.task.points() {
            for blow in BLOWS {
                self.try_one(&point, blow).await;
                tried += 1;
            }
        }
        tried
    }

    async fn try_one(&self, point: &Point, blow: Blow) {
        let scene = self.stage.twin();
        let mut command = self.task.command(&scene).await;
        blow.arm(&mut command, point.name, point.nth);
        let ended = Programme::start(command).ended().await;
        match blow {
            // A run that panics ends as one that fails.
            Blow::Panic if self.task.is_run() => {
                blow.check_end_with(Some(FAILED), &ended, point.name);
            }
            _ => blow.check_end(&ended, point.name),
        }

        let left = State::of(&scene).await;
        let expected = self.expect(point, blow, &left);
        assert_eq!(left, expected, "{point:?}, {blow:?}");
        check_that_it_serves(&scene, &left).await;

        if point.leaves != Leaves::Everything {
            let again = run(self.task, &scene).await;
            assert_eq!(again.status.code(), Some(self.task.code()), "{again:?}");
        }
        let repaired = State {
            failures: left.failures,
            ..self.done.clone()
        };
        assert_eq!(State::of(&scene).await, repaired, "{point:?}, {blow:?}");
    }

    /// What must be left; what was found says how many rows are still to be swept, and in which words a run failed.
    fn expect(&self, point: &Point, blow: Blow, found: &State) -> State {
        let state = match point.leaves {
            Leaves::Nothing => self.before.clone(),
            Leaves::Everything => self.done.clone(),
            Leaves::Sweepings => {
                assert!(found.unswept > 0, "{point:?} is too late");
                State {
                    unswept: found.unswept,
                    ..self.done.clone()
                }
            }
        };
        if blow == Blow::Abort || !self.task.is_run() {
            return state;
        }
        let (_, message) = found.failures.last().expect("the failed run is on record");
        blow.check_log(message, point.name);
        state.and_failed(point.class(blow), message)
    }
}

async fn run(task: Task, scene: &Scene) -> Ended {
    Programme::start(task.command(scene).await).ended().await
}

/// A service that starts now shows in time what is there.
async fn check_that_it_serves(scene: &Scene, left: &State) {
    let restart = Restart::on(scene);
    let service = Programme::start(serve_only(scene));
    restart.first_quote(&service).await;
    let shown = service.shown().await;
    assert_eq!((shown.version, &shown.edits), (left.newest, &left.edits));
    service.kill().await;
}
