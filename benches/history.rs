//! What history costs as it grows: the size of the database, and the time to load an old and the newest catalog, to
//! publish a change, and to read a page of the change feed.
//!
//! ```text
//! cargo bench --bench history -- --versions 10000 --boards 1000
//! ```
//!
//! Prints a row after 1, 10, 100, … versions. Each version changes one board; every tenth is an edit of the curated
//! list. Times are the middle one of several.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and fails by panicking"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use ptf_cache::catalog::CatalogHandle;
use ptf_cache::clock::{Clock, FixedClock};
use ptf_cache::domain::board::{
    BoardFacts, BoardId, Channel, ChannelFees, ChannelState, Code, Eligibility, FeeSet, Paperwork,
    VendorBoard, VendorRow,
};
use ptf_cache::domain::curated::{BoardDescription, CuratedEntry, EntryId};
use ptf_cache::domain::fee::{Source, SourceKind};
use ptf_cache::domain::fee_text::FeeText;
use ptf_cache::domain::rows::RowChanges;
use ptf_cache::domain::run::{Outcome, ProposedRun, RunCounts, SyncRun, Trigger};
use ptf_cache::domain::version::{CatalogVersion, Cause, Origin};
use ptf_cache::history::History;
use ptf_cache::http::prepare;
use ptf_cache::publish::{Proposal, Publisher};
use ptf_cache::store::{Store, StoreSettings};

/// How often each time is taken; the middle one counts.
const REPEATS: usize = 5;
/// Changes in a page of the feed.
const PAGE: usize = 100;

#[tokio::main]
async fn main() {
    let versions = argument("--versions").unwrap_or(100);
    let boards = argument("--boards").unwrap_or(1_000);
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path(), boards).await;
    println!("{boards} boards; times in milliseconds\n");
    println!(
        "{:>8} {:>10} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}",
        "versions", "file MB", "load 1", "middle", "newest", "publish", "page", "board"
    );
    let mut next_row = 1;
    for number in 1..=versions {
        world.publish(number).await;
        if number == next_row || number == versions {
            world.print_row(folder.path(), number).await;
            next_row *= 10;
        }
    }
}

fn argument(name: &str) -> Option<i64> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    arguments.next()?;
    let value = arguments.next()?;
    Some(value.parse().unwrap())
}

struct World {
    boards: i64,
    store: Store,
    clock: Arc<FixedClock>,
    publisher: Publisher,
}

impl World {
    async fn new(folder: &Path, boards: i64) -> World {
        let settings = StoreSettings {
            url: format!("sqlite://{}", folder.join("cache.db").display()),
            create: true,
        };
        let store = Store::open(&settings).await.unwrap();
        let clock = Arc::new(FixedClock::at("2026-01-01T12:00:00Z".parse().unwrap()));
        let shown = Arc::new(CatalogHandle::new(prepare, TimeDelta::hours(48)));
        let publisher = Publisher::new(store.clone(), shown, clock.clone(), Tz::UTC);
        World {
            boards,
            store,
            clock,
            publisher,
        }
    }

    /// Publishes the version `number`: the first has every board, each other changes one.
    async fn publish(&self, number: i64) {
        self.clock.set(self.clock.now() + TimeDelta::hours(1));
        let base = self.publisher.load_base().await.unwrap();
        let (changes, cause) = self.changes(number);
        let proposal = Proposal {
            run: match cause {
                Cause::Sync => ProposedRun::ending(run(self.clock.now())),
                _ => ProposedRun::None,
            },
            changes,
            cause,
            actor: None,
        };
        self.publisher.publish(base, proposal).await.unwrap();
    }

    fn changes(&self, number: i64) -> (RowChanges, Cause) {
        let now = self.clock.now();
        let mut changes = RowChanges::default();
        if number > 1 && number % 10 == 0 {
            changes
                .curated
                .push(entry(number % self.boards, number, now));
            return (changes, Cause::Curation);
        }
        let boards = match number {
            1 => 0..self.boards,
            // A step that visits every board before it comes back to the first.
            _ => (number * 7919) % self.boards..(number * 7919) % self.boards + 1,
        };
        changes.vendor = boards.map(|board| vendor_row(board, number, now)).collect();
        (changes, Cause::Sync)
    }

    async fn print_row(&self, folder: &Path, number: i64) {
        let version = |number: i64| CatalogVersion::new(number.max(1)).unwrap();
        // A history of its own each time: nothing is kept in memory.
        let load = async |number: i64| {
            let history = History::new(self.store.clone());
            assert!(
                history
                    .load_catalog(version(number))
                    .await
                    .unwrap()
                    .is_some()
            );
        };
        let first = middle(async || load(1).await).await;
        let half = middle(async || load(number / 2).await).await;
        let newest = middle(async || load(number).await).await;
        let history = History::new(self.store.clone());
        let page = middle(async || {
            let after = (number / 2).max(1);
            let page = history.load_changes(after, None, PAGE).await.unwrap();
            assert!(number == 1 || !page.versions.is_empty());
        })
        .await;
        let id = board_id(0);
        let board = middle(async || {
            let found = history.load_board_history(&id, None, PAGE).await.unwrap();
            assert!(found.is_some());
        })
        .await;
        let publish = self.time_to_publish().await;
        let bytes: u64 = ["cache.db", "cache.db-wal"]
            .iter()
            .filter_map(|file| std::fs::metadata(folder.join(file)).ok())
            .map(|file| file.len())
            .sum();
        println!(
            "{number:>8} {:>10} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}",
            format!("{}.{}", bytes / 1_000_000, bytes / 100_000 % 10),
            shown(first),
            shown(half),
            shown(newest),
            shown(publish),
            shown(page),
            shown(board)
        );
    }

    /// The time from looking at the newest version to its successor being shown.
    async fn time_to_publish(&self) -> Duration {
        let mut number = 0;
        middle(async || {
            number += 1;
            let base = self.publisher.load_base().await.unwrap();
            let changes = RowChanges {
                vendor: vec![vendor_row(0, -number, self.clock.now())],
                ..RowChanges::default()
            };
            let proposal = Proposal {
                changes,
                cause: Cause::Sync,
                actor: None,
                run: ProposedRun::ending(run(self.clock.now())),
            };
            self.publisher.publish(base, proposal).await.unwrap();
        })
        .await
    }
}

async fn middle(mut work: impl AsyncFnMut()) -> Duration {
    let mut times = Vec::new();
    for _ in 0..REPEATS {
        let started = Instant::now();
        work().await;
        times.push(started.elapsed());
    }
    times.sort();
    times[REPEATS / 2]
}

fn shown(time: Duration) -> String {
    let tenths = (time.as_micros() + 50) / 100;
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn board_id(board: i64) -> BoardId {
    BoardId::parse(&format!("b{board}")).unwrap()
}

fn run(now: DateTime<Utc>) -> SyncRun {
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

fn vendor_row(board: i64, number: i64, now: DateTime<Utc>) -> VendorRow {
    let id = board_id(board);
    VendorRow {
        board: VendorBoard {
            facts: BoardFacts {
                name: format!("Association of REALTORS {board}"),
                abbreviation: Some(format!("AR{board}")),
                states: vec![Code::CA],
                country: Code::US,
                eligibility: Eligibility::AgentsAndBrokers,
                paperwork: Paperwork::Manual,
                coverage_url: Some(format!("https://vendor.example/coverage/{board}")),
                id,
            }
            .into(),
            pass_through: charged(SourceKind::ResellerApi, board, number, now).into(),
            direct: ChannelFees::NOTHING_RECORDED.into(),
        },
        active: true,
        held: vec![],
    }
}

fn entry(board: i64, number: i64, now: DateTime<Utc>) -> CuratedEntry {
    CuratedEntry {
        id: EntryId {
            board_id: board_id(board),
            channel: Channel::Direct,
        },
        board: BoardDescription::default(),
        overrides_vendor: false,
        fees: charged(SourceKind::Curated, board, number, now),
    }
}

/// A monthly fee whose amount is that of the version, and one for setting up; every tenth board has announced another.
fn charged(kind: SourceKind, board: i64, number: i64, now: DateTime<Utc>) -> ChannelFees {
    let source = Source {
        kind,
        ..Source::reseller_api(now)
    };
    let fee = |key: &str, amount: i64, cadence: &str| FeeText {
        key: key.into(),
        label: format!("Fee {key}"),
        amount: Some(amount.to_string()),
        currency: "USD".into(),
        cadence: cadence.into(),
        basis: "account".into(),
        ..FeeText::default()
    };
    let amount = number.rem_euclid(997) + 1;
    let mut idx = fee("idx", amount, "monthly");
    let mut fees = vec![fee("setup", 100, "one_time")];
    if board % 10 == 0 {
        let day = (now + TimeDelta::days(30)).date_naive().to_string();
        idx.effective_to = Some(day.clone());
        let announced = FeeText {
            effective_from: Some(day),
            ..fee("idx", amount + 5, "monthly")
        };
        fees.push(announced);
    }
    fees.push(idx);
    let fees = fees.iter().map(|fee| fee.parse(source.clone()).unwrap());
    ChannelFees {
        state: ChannelState::Charged {
            fees: FeeSet::new(fees.collect()).unwrap(),
            partial: false,
        },
        note: None,
        source: Some(source),
    }
}
