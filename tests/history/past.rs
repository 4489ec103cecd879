//! What was quoted can be quoted again, and what changed can be followed.

use std::sync::Arc;
use std::time::Duration;

use ptf_cache::catalog::content_hash;
use ptf_cache::domain::board::BoardId;
use ptf_cache::domain::version::{CatalogVersion, Cause};
use ptf_cache::history::{History, VersionChanges};
use ptf_cache::http::views::{BoardView, Detail};

use crate::dice::Dice;
use crate::reader::Reader;
use crate::world::{World, quote_json};

/// How many syncs and edits.
const ROUNDS: usize = 200;

/// A world that has lived for a while.
async fn lived(rounds: usize, dice: &mut Dice) -> World {
    let mut world = World::new().await;
    live(&mut world, rounds, dice).await;
    world
}

/// Lives on, until there is every kind of version.
async fn live(world: &mut World, rounds: usize, dice: &mut Dice) {
    for _ in 0..rounds {
        world.live_on(dice).await;
    }
    for cause in [Cause::Sync, Cause::Curation, Cause::EffectiveDate] {
        let count = world.noted.iter().filter(|noted| noted.head.cause == cause);
        assert!(count.count() > rounds / 20, "too few of {cause}");
    }
}

#[tokio::test]
async fn the_past_can_be_quoted_again_and_the_feed_rebuilds_the_present() {
    let mut dice = Dice::new(0x5eed_2026);
    let mut world = World::new().await;
    for _ in 0..10 {
        live(&mut world, ROUNDS / 10, &mut dice).await;
        world.go_astray(&mut dice).await;
    }
    live(&mut world, 1, &mut dice).await;
    let days = world.noted.iter().map(|noted| noted.head.as_of);
    assert!(!days.is_sorted(), "no day was taken back");
    let history = History::new(world.store.clone());
    quote_again(&world, &history, 0, &mut dice).await;
    follow_the_feed(&world, &history, &mut dice).await;
    read_each_board(&world, &history, &mut dice).await;
    assert!(world.store.check_integrity().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_was_pruned_is_gone_and_the_feed_begins_with_the_oldest_version() {
    let mut dice = Dice::new(0x0dd);
    let world = lived(60, &mut dice).await;
    let history = History::new(world.store.clone());
    // Kept in memory, but not to be answered from there.
    let early = world.noted[2].head.version;
    assert!(history.load_catalog(early).await.unwrap().is_some());
    let oldest = world.prune(10).await;
    assert!(early < oldest && oldest < world.newest().catalog.head().version);
    assert!(history.load_catalog(early).await.unwrap().is_none());
    let pruned = usize::try_from(oldest.get() - 1).unwrap();
    load_all_at_once(&world, pruned).await;
    quote_again(&world, &history, pruned, &mut dice).await;
    follow_the_feed(&world, &history, &mut dice).await;
    read_each_board(&world, &history, &mut dice).await;
    for after in [0, early.get(), oldest.get() - 1] {
        let page = history.load_changes(after, None, 1).await.unwrap();
        assert_eq!(page.oldest_version, Some(oldest));
        assert_eq!(page.reached, oldest.get());
        let boards = page.versions[0].changes.iter();
        assert!(boards.clone().all(|change| change.before.is_none()));
        assert!(boards.count() > 20, "the oldest version is told in full");
    }
}

/// Every version but the first `pruned`, in no order: what is kept in memory and what is not.
async fn quote_again(world: &World, history: &History, pruned: usize, dice: &mut Dice) {
    let kept = &world.noted[pruned..];
    for position in dice.shuffled(kept.len()) {
        let noted = &kept[position];
        let catalog = history.load_catalog(noted.head.version).await.unwrap();
        let catalog = catalog.expect("it was published");
        assert_eq!(catalog.head(), &noted.head);
        let mut boards: Vec<_> = catalog.boards().to_vec();
        boards.sort_by(|a, b| a.facts.id.cmp(&b.facts.id));
        let hash = content_hash(boards.iter().map(AsRef::as_ref));
        assert_eq!(hash, noted.head.content_hash);
        if let Some(request) = &noted.request {
            let again = quote_json(&world.snapshot_of(catalog), request);
            assert_eq!(Some(&again), noted.quote.as_ref(), "{}", noted.head.version);
        }
    }
}

/// All versions at the same moment, more than are rebuilt at a time, and each twice.
async fn load_all_at_once(world: &World, pruned: usize) {
    let history = Arc::new(History::new(world.store.clone()));
    let kept = &world.noted[pruned..];
    let mut loads = tokio::task::JoinSet::new();
    for noted in kept.iter().chain(kept) {
        let (history, head) = (Arc::clone(&history), noted.head.clone());
        loads.spawn(async move {
            let catalog = history.load_catalog(head.version).await.unwrap();
            assert_eq!(catalog.expect("it was published").head(), &head);
        });
    }
    let all = tokio::time::timeout(Duration::from_secs(120), loads.join_all());
    all.await.expect("no load waits for another for ever");
}

/// From 0, killed at random, with pages of random size.
async fn follow_the_feed(world: &World, history: &History, dice: &mut Dice) {
    let mut reader = Reader::default();
    reader.follow(history, &world.noted, dice).await;
    let newest = world.newest();
    let catalog = &newest.catalog;
    assert_eq!(reader.reached, catalog.head().version.get());
    assert_eq!(reader.boards.len(), catalog.boards().len());
    for board in catalog.boards() {
        let known = &reader.boards[&board.facts.id];
        // To the letter: states and labels are those of the day too.
        let known =
            serde_json::to_string(&BoardView::of(&known.board, known.as_of, Detail::Public))
                .unwrap();
        let present =
            serde_json::to_string(&BoardView::of(board, catalog.as_of(), Detail::Public)).unwrap();
        assert_eq!(known, present);
    }
    let effective_dates = reader
        .read
        .iter()
        .filter(|version| version.head.cause == Cause::EffectiveDate);
    assert!(effective_dates.count() > 0, "the calendar changed nothing");
}

/// A board's feed and its history are the whole feed's part of it.
async fn read_each_board(world: &World, history: &History, dice: &mut Dice) {
    let mut reader = Reader::default();
    reader.follow(history, &world.noted, dice).await;
    for number in 0..32 {
        let id = BoardId::parse(&number.to_string()).unwrap();
        let expected: Vec<VersionChanges> = reader
            .read
            .iter()
            .map(|version| only(version, &id))
            .filter(|version| !version.changes.is_empty())
            .collect();
        assert_eq!(feed_of(history, &id, dice).await, expected, "board {id}");
        let mut newest_first = board_history(history, &id, dice).await;
        newest_first.reverse();
        assert_eq!(newest_first, expected, "board {id}");
    }
}

fn only(version: &VersionChanges, id: &BoardId) -> VersionChanges {
    let changes = version.changes.iter();
    VersionChanges {
        head: version.head.clone(),
        changes: changes
            .filter(|change| change.board_id == *id)
            .cloned()
            .collect(),
    }
}

async fn feed_of(history: &History, id: &BoardId, dice: &mut Dice) -> Vec<VersionChanges> {
    let (mut found, mut after) = (Vec::new(), 0);
    loop {
        let limit = usize::try_from(1 + dice.below(7)).unwrap();
        let page = history.load_changes(after, Some(id), limit).await.unwrap();
        found.extend(page.versions);
        after = page.reached;
        if after == page.latest_version.unwrap().get() {
            return found;
        }
    }
}

async fn board_history(history: &History, id: &BoardId, dice: &mut Dice) -> Vec<VersionChanges> {
    let mut found: Vec<VersionChanges> = Vec::new();
    loop {
        let limit = usize::try_from(1 + dice.below(7)).unwrap();
        let before = found.last().map(|version| version.head.version);
        let page = history.load_board_history(id, before, limit).await.unwrap();
        let page = page.unwrap_or_default();
        assert!(page.len() <= limit);
        if page.is_empty() {
            return found;
        }
        found.extend(page);
    }
}

#[tokio::test]
async fn what_never_was_is_absent() {
    let empty = World::new().await;
    let history = History::new(empty.store.clone());
    let nobody = BoardId::parse("nobody").unwrap();
    assert!(
        history
            .load_catalog(CatalogVersion::FIRST)
            .await
            .unwrap()
            .is_none()
    );
    let page = history.load_changes(0, None, 10).await.unwrap();
    assert_eq!((page.reached, page.latest_version), (0, None));
    assert!(page.versions.is_empty());
    let found = history.load_board_history(&nobody, None, 10).await.unwrap();
    assert_eq!(found, None);

    let world = lived(30, &mut Dice::new(7)).await;
    let history = History::new(world.store.clone());
    let next = CatalogVersion::after(Some(world.newest().catalog.head().version));
    assert!(history.load_catalog(next).await.unwrap().is_none());
    for before in [None, Some(CatalogVersion::FIRST), Some(next)] {
        let found = history
            .load_board_history(&nobody, before, 10)
            .await
            .unwrap();
        assert_eq!(found, None);
    }
    let known = &world.newest().catalog.boards()[0].facts.id.clone();
    let before_the_first = Some(CatalogVersion::FIRST);
    let found = history
        .load_board_history(known, before_the_first, 10)
        .await
        .unwrap();
    assert_eq!(found, Some(Vec::new()));
}

#[tokio::test]
async fn a_reader_that_is_ahead_waits_where_it_is() {
    let world = lived(30, &mut Dice::new(8)).await;
    let history = History::new(world.store.clone());
    let latest = world.newest().catalog.head().version.get();
    for after in [latest, latest + 1, i64::MAX] {
        let page = history.load_changes(after, None, 10).await.unwrap();
        assert!(page.versions.is_empty());
        assert_eq!(page.reached, after);
    }
    let from_nowhere = history.load_changes(i64::MIN, None, 10).await.unwrap();
    assert_eq!(
        from_nowhere,
        history.load_changes(0, None, 10).await.unwrap()
    );
}

#[tokio::test]
async fn many_that_ask_for_one_version_share_one_catalog() {
    let world = lived(30, &mut Dice::new(9)).await;
    let history = Arc::new(History::new(world.store.clone()));
    let version = world.noted[3].head.version;
    let asked: Vec<_> = (0..8)
        .map(|_| {
            let history = Arc::clone(&history);
            tokio::spawn(async move { history.load_catalog(version).await.unwrap().unwrap() })
        })
        .collect();
    let mut loaded = Vec::new();
    for answer in asked {
        loaded.push(answer.await.unwrap());
    }
    assert!(
        loaded
            .iter()
            .all(|catalog| Arc::ptr_eq(catalog, &loaded[0]))
    );
}

#[tokio::test]
async fn a_clock_that_was_years_ahead_leaves_no_gap_in_the_feed() {
    let mut dice = Dice::new(7);
    let mut world = lived(60, &mut dice).await;
    for years in [3, -3] {
        world.jump(years, &mut dice).await;
    }
    let history = History::new(world.store.clone());
    let newest = world.newest().catalog.head().version.get();
    // Whether they are read one at a time or both at once.
    for (after, told) in [(newest - 1, 1), (newest - 2, 2)] {
        let page = history.load_changes(after, None, 1_000).await.unwrap();
        assert_eq!(page.versions.len(), told, "after {after} of {newest}");
    }
    follow_the_feed(&world, &history, &mut dice).await;
}
