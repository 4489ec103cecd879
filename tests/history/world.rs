//! A database, its publisher and a clock; and what was written down each time a version came.

use std::num::NonZeroU32;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use ptf_cache::catalog::{Catalog, CatalogHandle, Snapshot};
use ptf_cache::clock::{Clock, FixedClock};
use ptf_cache::domain::audit::Actor;
use ptf_cache::domain::board::{Board, BoardId};
use ptf_cache::domain::quote::{Counts, QuoteRequest, quote};
use ptf_cache::domain::rows::RowChanges;
use ptf_cache::domain::run::{Outcome, ProposedRun, RunCounts, SyncRun, Trigger};
use ptf_cache::domain::version::{CatalogVersion, Cause, Origin, VersionHead};
use ptf_cache::http::prepare;
use ptf_cache::http::views::{Detail, QuoteView, Time};
use ptf_cache::publish::{Proposal, Publisher};
use ptf_cache::store::{Retention, Store, StoreSettings};
use tempfile::TempDir;

use crate::dice::Dice;
use crate::invented::Inventor;

/// Days begin here: not in UTC, and with daylight saving.
const ZONE: Tz = Tz::America__Denver;
/// How many boards each quote asks for, where there are so many.
const QUOTED: usize = 20;

/// What was written down when a version came.
pub(crate) struct Noted {
    pub(crate) head: VersionHead,
    pub(crate) request: Option<QuoteRequest>,
    pub(crate) quote: Option<String>,
}

pub(crate) struct World {
    _folder: TempDir,
    pub(crate) store: Store,
    pub(crate) noted: Vec<Noted>,
    clock: Arc<FixedClock>,
    shown: Arc<CatalogHandle>,
    publisher: Publisher,
}

impl World {
    pub(crate) async fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        let settings = StoreSettings {
            url: format!("sqlite://{}", folder.path().join("cache.db").display()),
            create: true,
        };
        let store = Store::open(&settings).await.unwrap();
        let clock = Arc::new(FixedClock::at("2026-02-20T18:00:00Z".parse().unwrap()));
        let shown = Arc::new(CatalogHandle::new(prepare, TimeDelta::hours(48)));
        let publisher = Publisher::new(store.clone(), Arc::clone(&shown), clock.clone(), ZONE);
        World {
            _folder: folder,
            store,
            noted: Vec::new(),
            clock,
            shown,
            publisher,
        }
    }

    /// Some hours pass; midnight may be noticed by itself; then a sync, or an edit.
    pub(crate) async fn live_on(&mut self, dice: &mut Dice) {
        let hours = i64::try_from(dice.below(30)).unwrap();
        self.clock.set(self.clock.now() + TimeDelta::hours(hours));
        if dice.below(4) > 0 {
            self.follow_the_calendar(dice).await;
        }
        let is_sync = self.noted.is_empty() || dice.below(3) > 0;
        while !self.change(is_sync, dice).await {}
    }

    /// The clock is some weeks ahead for a while, and put right.
    pub(crate) async fn go_astray(&mut self, dice: &mut Dice) {
        let right = self.clock.now();
        self.clock.set(right + TimeDelta::days(40));
        self.follow_the_calendar(dice).await;
        while !self.change(true, dice).await {}
        self.clock.set(right);
        if dice.one_in(2) {
            self.follow_the_calendar(dice).await;
        }
    }

    async fn follow_the_calendar(&mut self, dice: &mut Dice) {
        if let Some(head) = self.publisher.publish_due_terms().await.unwrap() {
            assert_eq!(head.cause, Cause::EffectiveDate);
            self.note(head, dice);
        }
    }

    /// Publishes something invented; `false` where that is what there was.
    async fn change(&mut self, is_sync: bool, dice: &mut Dice) -> bool {
        let base = self.publisher.load_base().await.unwrap();
        let now = self.clock.now();
        let mut inventor = Inventor { dice, now };
        let changes = match is_sync {
            true => inventor.sync(&base.rows),
            false => inventor.edit(&base.rows),
        };
        if changes.is_empty() {
            return false;
        }
        let proposal = proposal(changes, is_sync, now);
        let head = self.publisher.publish(base, proposal).await.unwrap();
        self.note(head, dice);
        true
    }

    /// The clock is set otherwise, which the calendar notices.
    pub(crate) async fn jump(&mut self, years: i64, dice: &mut Dice) {
        self.clock
            .set(self.clock.now() + TimeDelta::days(365 * years));
        let published = self.publisher.publish_due_terms().await.unwrap();
        self.note(published.expect("terms began or ended"), dice);
    }

    /// Quotes some boards of the version just published, and writes it down.
    fn note(&mut self, head: VersionHead, dice: &mut Dice) {
        let snapshot = self.newest();
        assert_eq!(snapshot.catalog.head(), &head);
        let boards = snapshot.catalog.boards();
        let ids: Vec<BoardId> = dice
            .shuffled(boards.len())
            .into_iter()
            .take(QUOTED)
            .map(|position| boards[position].facts.id.clone())
            .collect();
        let starts_on = head.as_of + TimeDelta::days(i64::try_from(dice.below(40)).unwrap() - 20);
        let request = (!ids.is_empty()).then(|| request(ids, starts_on));
        let quote = request
            .as_ref()
            .map(|request| quote_json(&snapshot, request));
        self.noted.push(Noted {
            head,
            request,
            quote,
        });
    }

    /// Drops what is older than `days`, and returns the oldest version that stays.
    pub(crate) async fn prune(&self, days: u32) -> CatalogVersion {
        let retention = Retention {
            keep_days: NonZeroU32::new(days).unwrap(),
            owed_to: Vec::new(),
        };
        let now = self.clock.now();
        let pruning = self.store.prune(&retention, now).await.unwrap();
        pruning.oldest_kept.unwrap().version
    }

    pub(crate) fn newest(&self) -> Arc<Snapshot> {
        self.shown.get().unwrap()
    }

    /// What a reader of the past makes of `catalog`: the freshness is today's.
    pub(crate) fn snapshot_of(&self, catalog: Arc<Catalog>) -> Snapshot {
        let newest = self.newest();
        Snapshot::new(catalog, Arc::clone(&newest.prepared), newest.freshness)
    }
}

fn proposal(changes: RowChanges, is_sync: bool, now: DateTime<Utc>) -> Proposal {
    let run = SyncRun {
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
    };
    Proposal {
        changes,
        cause: match is_sync {
            true => Cause::Sync,
            false => Cause::Curation,
        },
        actor: (!is_sync).then(|| Actor {
            name: "Dana".to_owned(),
            token: None,
            request_id: None,
        }),
        run: match is_sync {
            true => ProposedRun::ending(run),
            false => ProposedRun::None,
        },
    }
}

fn request(ids: Vec<BoardId>, starts_on: NaiveDate) -> QuoteRequest {
    let counts = Counts {
        agents: 7,
        ..Counts::default()
    };
    QuoteRequest::new(ids, counts, 18, starts_on).unwrap()
}

/// The answer to `request` as callers get it, but for what depends on the moment it is asked.
pub(crate) fn quote_json(snapshot: &Snapshot, request: &QuoteRequest) -> String {
    let boards = request.boards().iter();
    let boards: Vec<&Board> = boards
        .map(|id| snapshot.catalog.board(id).unwrap().as_ref())
        .collect();
    let quote = quote(boards, request, None);
    let never = Time(DateTime::UNIX_EPOCH);
    let (head, freshness) = (snapshot.catalog.head(), snapshot.freshness);
    let view = QuoteView {
        quoted_at: never,
        checked_at: never,
        stale: false,
        valid_until: never,
        ..QuoteView::of(
            &quote,
            request,
            head,
            freshness,
            DateTime::UNIX_EPOCH,
            Detail::Public,
        )
    };
    serde_json::to_string(&view).unwrap()
}
