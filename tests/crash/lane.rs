//! One database of the campaign: what is done to it, and what must be true after each kill.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::numbered::{Dice, Ledger, Programme, Scene};
use crate::restart::Restart;
use crate::span::Span;
use crate::tally::Tally;

/// Boards that staff edit.
const SLOTS: u64 = 6;

/// Every so many edits, one is let end: a campaign in which all died would not show that what ended is kept.
const SPARED: u32 = 3;

/// One database, and what has been done to it.
pub(crate) struct Lane {
    scene: Scene,
    ledger: Ledger,
    dice: Dice,
    spans: Spans,
    quota: u64,
    tally: Tally,
    /// The newest version that has been read back.
    inspected: i64,
    published: Numbers,
    killed: Numbers,
}

/// The lists and edits that were published, or that were under way when something was killed.
#[derive(Default)]
struct Numbers {
    lists: BTreeSet<u32>,
    edits: BTreeSet<u32>,
}

/// How long things take here: a kill comes at a random moment of them.
struct Spans {
    /// From the start of the service to the end of its first sync.
    start: Duration,
    /// From the vendor's first page to the new catalog.
    sync: Span,
    /// An import from its start to its end.
    edit: Span,
}

/// An import under way.
struct Edit {
    slot: u32,
    number: u32,
    process: Programme,
}

impl Edit {
    fn is_spared(&self) -> bool {
        self.number.is_multiple_of(SPARED)
    }
}

impl Lane {
    /// A new database with a catalog, and how long things take on it.
    pub(crate) async fn open(seed: u64) -> Lane {
        let scene = Scene::new().await;
        scene.run_ok(&["sync"]).await;
        let mut ledger = Ledger::default();
        let spans = Spans::measure(&scene, &mut ledger).await;
        Lane {
            scene,
            ledger,
            dice: Dice::new(seed),
            spans,
            quota: 0,
            tally: Tally::default(),
            inspected: 1,
            published: Numbers::default(),
            killed: Numbers::default(),
        }
    }

    /// Kills so many processes, and checks after each kill that nothing is lost.
    pub(crate) async fn run(mut self, kills: u64) -> Tally {
        self.quota = kills;
        let mut service = self.start_again().await;
        while self.goes_on() {
            service = match self.dice.below(3) {
                0 => self.kill_in_an_edit(service).await,
                1 => self.kill_in_a_sync(service).await,
                _ => self.kill_in_both(service).await,
            };
        }
        service.kill().await;
        self.scene.vendor.check_that_one_read_at_a_time();
        let lists = self.killed.lists.intersection(&self.published.lists);
        let edits = self.killed.edits.intersection(&self.published.edits);
        self.tally.syncs_published = lists.count() as u64;
        self.tally.edits_published = edits.count() as u64;
        self.tally
    }

    fn goes_on(&self) -> bool {
        self.tally.kills() < self.quota
    }

    /// Starts the service until it is let live; then it must answer in time, and with what was there before.
    async fn start_again(&mut self) -> Programme {
        loop {
            let restart = Restart::on(&self.scene);
            let service = Programme::start(self.scene.command(&["serve"]));
            if self.goes_on() && self.dice.below(2) == 0 {
                sleep(self.dice.moment_of(self.spans.start)).await;
                self.tally.starts += 1;
                service.kill().await;
                continue;
            }
            let took = restart.first_quote(&service).await;
            self.tally.restarts.push(took);
            let shown = service.shown().await;
            self.ledger.check(&shown, self.scene.vendor.newest());
            self.check_database().await;
            return service;
        }
    }

    /// What is stored is sound and whole, and holds every edit.
    async fn check_database(&mut self) {
        self.scene.run_ok(&["verify"]).await;
        let versions = self.scene.inspect(self.inspected).await;
        self.tally.versions += versions.len() as u64 - 1;
        for version in &versions {
            self.published.lists.insert(version.list);
            self.published.edits.extend(version.edits.values());
        }
        let newest = versions.last().unwrap();
        self.inspected = newest.version;
        self.ledger.check(newest, self.scene.vendor.newest());
    }

    async fn kill_in_an_edit(&mut self, service: Programme) -> Programme {
        let edit = self.begin_edit();
        let moment = self.spans.edit.moment(&mut self.dice);
        sleep(moment).await;
        self.end_edit(edit).await;
        self.check_database().await;
        assert!(service.quotes().await, "{}", service.log());
        service
    }

    async fn kill_in_a_sync(&mut self, service: Programme) -> Programme {
        self.scene.vendor.next_pass().await;
        sleep(self.spans.sync.moment(&mut self.dice)).await;
        self.kill_syncing_and_start_again(service).await
    }

    /// An edit begins together with a sync, which slows both; each is killed at its moment, if the edit is not over by then.
    async fn kill_in_both(&mut self, service: Programme) -> Programme {
        self.scene.vendor.next_pass().await;
        let edit = self.begin_edit();
        let of_edit = self.spans.edit.moment(&mut self.dice);
        let of_sync = self.spans.sync.moment(&mut self.dice);
        sleep(of_edit.min(of_sync)).await;
        if of_edit < of_sync {
            self.end_edit(edit).await;
            sleep(of_sync - of_edit).await;
            return self.kill_syncing_and_start_again(service).await;
        }
        let list = self.kill_syncing(service).await;
        sleep(of_edit - of_sync).await;
        self.end_edit(edit).await;
        self.start_after(list).await
    }

    async fn kill_syncing_and_start_again(&mut self, service: Programme) -> Programme {
        let list = self.kill_syncing(service).await;
        self.start_after(list).await
    }

    /// Kills the service, which reads a list; gives the list's number.
    async fn kill_syncing(&mut self, service: Programme) -> u32 {
        let list = self.scene.vendor.newest();
        self.killed.lists.insert(list);
        self.tally.syncs += 1;
        service.kill().await;
        list
    }

    /// Starts the service that was killed with `list`, and finds out whether that had been published.
    async fn start_after(&mut self, list: u32) -> Programme {
        let service = self.start_again().await;
        let was_over = self.published.lists.contains(&list);
        self.spans.sync.correct(was_over);
        service
    }

    fn begin_edit(&mut self) -> Edit {
        let slot = u32::try_from(self.dice.below(SLOTS)).unwrap();
        let number = self.ledger.begin_edit(slot);
        let process = Programme::start(self.scene.import(slot, number));
        Edit {
            slot,
            number,
            process,
        }
    }

    /// Kills the edit, unless it is spared or has ended before: then it is acknowledged, or was refused.
    async fn end_edit(&mut self, edit: Edit) {
        let code = if edit.is_spared() {
            edit.process.ended().await.status.code()
        } else {
            let code = edit.process.kill_or_end().await;
            self.spans.edit.correct(code.is_some());
            code
        };
        match code {
            None => {
                self.tally.edits += 1;
                self.killed.edits.insert(edit.number);
            }
            Some(0) => {
                self.tally.acknowledged += 1;
                self.ledger.acknowledge(edit.slot, edit.number);
            }
            Some(_) => {}
        }
    }
}

impl Spans {
    /// Lets everything happen once, undisturbed.
    async fn measure(scene: &Scene, ledger: &mut Ledger) -> Spans {
        let before = scene.inspect(1).await.pop().unwrap();
        let service = Programme::start(scene.command(&["serve"]));
        service.first_quote().await;
        let first = service.wait_until_shown(|shown| shown.list > before.list);
        let first = first.await;
        let start = service.age();
        scene.vendor.next_pass().await;
        let begun_at = Instant::now();
        let second = service.wait_until_shown(|shown| shown.list > first.list);
        ledger.check(&second.await, scene.vendor.newest());
        let sync = begun_at.elapsed();
        let edit = ledger.begin_edit(0);
        let importing = Programme::start(scene.import(0, edit));
        let begun_at = Instant::now();
        let ended = importing.ended().await;
        assert!(ended.status.success(), "{ended:?}");
        ledger.acknowledge(0, edit);
        let edit = begun_at.elapsed();
        service.kill().await;
        Spans {
            start,
            sync: Span::of(sync),
            edit: Span::of(edit),
        }
    }
}
