//! Every failpoint on the way of a service, which goes on serving, or is started again.

use std::time::{Duration, Instant};

use ptf_cache::domain::run::Outcome;
use ptf_cache::store::Store;
use tokio::process::Command;
use tokio::task::JoinSet;

use super::blow::{BLOWS, Blow};
use super::state::{State, count_unswept};
use super::task::{Leaves, Point, Task};
use crate::numbered::{PATIENCE, Programme, Scene};
use crate::restart::Restart;

/// What a service does by itself.
const TASKS: [Task; 3] = [Task::Sync, Task::Quarantine, Task::Prune];
/// Services tried side by side: most of the time they wait for the next slot.
const LANES: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_whose_work_panics_or_fails_at_any_point_goes_on_and_one_that_dies_starts_again()
{
    let mut running = JoinSet::new();
    let mut tried = 0;
    for task in TASKS {
        let stage = task.stage().await;
        let before = State::of(&stage).await;
        for point in task.points() {
            for blow in BLOWS {
                if running.len() == LANES {
                    running.join_next().await.unwrap().unwrap();
                }
                let (scene, before) = (stage.twin(), before.clone());
                let trial = Trial {
                    task,
                    point,
                    blow,
                    scene,
                    before,
                };
                running.spawn(trial.run());
                tried += 1;
            }
        }
    }
    running.join_all().await;
    println!("{tried} services died, panicked or failed at a named place");
}

/// One service, and what befalls it.
struct Trial {
    task: Task,
    point: Point,
    blow: Blow,
    scene: Scene,
    before: State,
}

/// What is waited for.
#[derive(Clone, Copy)]
enum Aim {
    /// That it befell the service.
    Blow,
    /// That all is as if it had not.
    Repair,
}

impl Trial {
    async fn run(self) {
        let mut command = self.command();
        self.blow.arm(&mut command, self.point.name, self.point.nth);
        let restart = Restart::on(&self.scene);
        let service = Programme::start(command);
        if self.blow == Blow::Abort {
            let ended = service.ended().await;
            self.blow.check_end(&ended, self.point.name);
        } else {
            restart.first_quote(&service).await;
            self.suffer(service).await;
        }
        if self.blow == Blow::Abort || self.task == Task::Prune {
            self.start_again().await;
        }
        self.check(&State::of(&self.scene).await);
    }

    fn command(&self) -> Command {
        let mut command = self.scene.command(&["serve"]);
        command.envs(self.task.settings());
        command
    }

    /// The service answers while it suffers, and a sync repairs what a sync left undone. It prunes but once a day.
    async fn suffer(&self, service: Programme) {
        let aim = match self.task {
            Task::Prune => Aim::Blow,
            _ => Aim::Repair,
        };
        self.wait_for(aim, &service).await;
        self.blow.check_log(&service.log(), self.point.name);
        service.kill().await;
    }

    async fn start_again(&self) {
        let restart = Restart::on(&self.scene);
        let service = Programme::start(self.command());
        restart.first_quote(&service).await;
        self.wait_for(Aim::Repair, &service).await;
        service.kill().await;
    }

    /// Waits for what must come, and asks for quotes meanwhile.
    async fn wait_for(&self, aim: Aim, service: &Programme) {
        let deadline = Instant::now() + PATIENCE;
        let store = self.scene.open().await;
        loop {
            assert!(service.quotes().await, "no quote: {}", service.log());
            let has_come = match aim {
                Aim::Blow => service.log().contains(&self.blow.words(self.point.name)),
                Aim::Repair => self.is_done(&store).await,
            };
            if has_come {
                break;
            }
            let log = service.log();
            assert!(Instant::now() < deadline, "{:?}: {log}", self.point);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        store.close().await;
        assert!(service.quotes().await, "no quote: {}", service.log());
    }

    /// Whether the work is done that a blow left undone.
    async fn is_done(&self, store: &Store) -> bool {
        if self.task == Task::Prune {
            let oldest = store.load_oldest_version().await.unwrap().unwrap();
            return oldest.get() > self.before.oldest && count_unswept(store).await == 0;
        }
        let runs = store.list_runs(100, None).await.unwrap();
        let good = runs.iter().filter(|run| run.outcome != Outcome::Failed);
        let by_the_blow = usize::from(self.point.leaves == Leaves::Everything);
        good.count() > self.before.outcomes.len() + by_the_blow
    }

    /// All is sound, and a failed run, but no other, is on record.
    fn check(&self, found: &State) {
        if self.task == Task::Prune || self.blow == Blow::Abort {
            assert_eq!(found.failures, vec![], "{:?}", self.point);
            return;
        }
        let [(class, message)] = &found.failures[..] else {
            panic!("{:?}: {found:?}", self.point);
        };
        assert_eq!(*class, self.point.class(self.blow), "{message}");
        self.blow.check_log(message, self.point.name);
    }
}
