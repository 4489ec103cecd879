//! The API over a real database, to which a test publishes versions.

use std::num::NonZeroU32;
use std::ops::Deref;
use std::sync::Arc;

use chrono::{NaiveDate, TimeDelta};
use ptf_cache::catalog::CatalogHandle;
use ptf_cache::clock::Clock;
use ptf_cache::domain::audit::Actor;
use ptf_cache::domain::run::{Outcome, ProposedRun, RunCounts, SyncRun, Trigger};
use ptf_cache::domain::version::{Cause, Origin};
use ptf_cache::http::prepare;
use ptf_cache::publish::{Proposal, Publisher};
use ptf_cache::store::{Retention, Store};
use serde_json::Value;

use crate::catalogs::Boards;
use crate::harness::{MAX_AGE, Served, ZONE};

/// The API, the database behind it, and what its newest version is made of.
pub(crate) struct Archive {
    pub(crate) served: Served,
    publisher: Publisher,
    boards: Boards,
}

impl Deref for Archive {
    type Target = Served;

    fn deref(&self) -> &Served {
        &self.served
    }
}

impl Archive {
    /// Before the first version.
    pub(crate) async fn empty() -> Archive {
        let served = Served::empty().await;
        let publisher = publisher(&served, served.store.clone(), served.handle.clone());
        Archive {
            served,
            publisher,
            boards: Boards::default(),
        }
    }

    /// With one board of each kind as version 1.
    pub(crate) async fn new() -> Archive {
        let mut archive = Archive::empty().await;
        archive
            .sync(|boards| *boards = Boards::of_every_kind())
            .await;
        archive
    }

    /// Publishes what `edit` makes of the boards, as a sync an hour later; the version.
    pub(crate) async fn sync(&mut self, edit: impl FnOnce(&mut Boards)) -> i64 {
        self.publish(Cause::Sync, None, edit).await
    }

    /// Publishes what `edit` makes of the boards, as an edit of the curated list by zoe an hour later; the version.
    pub(crate) async fn curate(&mut self, edit: impl FnOnce(&mut Boards)) -> i64 {
        let zoe = Some("zoe".to_owned());
        self.publish(Cause::Curation, zoe, edit).await
    }

    /// Another process that publishes to the same database: this one learns of it only when it looks.
    pub(crate) async fn publish_elsewhere(&mut self, edit: impl FnOnce(&mut Boards)) {
        let store = self.served.open_store_again().await;
        let handle = Arc::new(CatalogHandle::new(prepare, MAX_AGE));
        let there = publisher(&self.served, store, handle);
        let here = std::mem::replace(&mut self.publisher, there);
        self.sync(edit).await;
        self.publisher = here;
    }

    /// Looks at what others have published.
    pub(crate) async fn refresh(&self) {
        self.publisher.refresh().await.unwrap();
    }

    /// Lets `days` pass, and publishes what the calendar brings, if anything.
    pub(crate) async fn pass_days(&self, days: i64) -> Option<i64> {
        let clock = &self.served.clock;
        clock.set(clock.now() + TimeDelta::days(days));
        let head = self.publisher.publish_due_terms().await.unwrap();
        head.map(|head| head.version.get())
    }

    /// Drops every version but those of the last day.
    pub(crate) async fn prune(&self) {
        let retention = Retention {
            keep_days: NonZeroU32::MIN,
            owed_to: Vec::new(),
        };
        let now = self.served.clock.now();
        self.served.store.prune(&retention, now).await.unwrap();
    }

    /// The date it is where quotes are made.
    pub(crate) fn today(&self) -> NaiveDate {
        self.served.clock.today(ZONE)
    }

    /// The number of the newest version that is shown.
    pub(crate) fn newest(&self) -> i64 {
        let shown = self.served.handle.get().unwrap();
        shown.catalog.head().version.get()
    }

    /// Every board as the newest version shows it, in order of id.
    pub(crate) async fn present(&self) -> Vec<Value> {
        let page = self.json("/v1/boards?inactive=true&limit=500").await;
        let mut boards = page["boards"].as_array().unwrap().clone();
        boards.sort_by_key(|board| board["id"].as_str().unwrap().to_owned());
        boards
    }

    async fn publish(
        &mut self,
        cause: Cause,
        actor: Option<String>,
        edit: impl FnOnce(&mut Boards),
    ) -> i64 {
        let clock = &self.served.clock;
        clock.set(clock.now() + TimeDelta::hours(1));
        let old = self.boards.clone();
        edit(&mut self.boards);
        let proposal = Proposal {
            changes: old.changes_to(&self.boards),
            run: match cause {
                Cause::Sync => ProposedRun::ending(self.run()),
                _ => ProposedRun::None,
            },
            cause,
            actor: actor.map(|name| Actor {
                name,
                token: None,
                request_id: None,
            }),
        };
        let base = self.publisher.load_base().await.unwrap();
        let head = self.publisher.publish(base, proposal).await.unwrap();
        head.version.get()
    }

    fn run(&self) -> SyncRun {
        let now = self.served.clock.now();
        SyncRun {
            id: None,
            trigger: Trigger::Schedule,
            started_at: now,
            finished_at: now,
            outcome: Outcome::Published,
            failure_class: None,
            message: None,
            counts: RunCounts::default(),
            origin: Some(Origin::Vendor),
            version: None,
            notices: Vec::new(),
            candidate: None,
            decision: None,
        }
    }
}

fn publisher(served: &Served, store: Store, handle: Arc<CatalogHandle>) -> Publisher {
    Publisher::new(store, handle, served.clock.clone(), ZONE)
}
