//! What is pruned is gone for good; what is kept is what it was.

use std::num::NonZeroU32;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use sqlx::Connection;

use super::history::{Dice, some_changes};
use super::samples::*;
use super::{Publication, Scratch, head, moment, version};
use crate::domain::delivery::EndpointName;
use crate::domain::rows::{RowChanges, SourceRows};
use crate::domain::run::ProposedRun;
use crate::domain::version::{CatalogVersion, ContentHash, VersionHead};
use crate::store::{Pruning, Retention, StoreError};

/// A hash of what is in `rows`: the store keeps hashes and makes none.
fn hash_of(rows: &SourceRows) -> ContentHash {
    let canonical = serde_json::to_vec(&rows.merge_all()).unwrap();
    ContentHash(Sha256::digest(canonical).into())
}

fn days(number: i64) -> DateTime<Utc> {
    moment(0) + TimeDelta::days(number)
}

/// What to keep, and the moment to count back from.
fn keep(days_kept: u32, now: DateTime<Utc>) -> (Retention, DateTime<Utc>) {
    let retention = Retention {
        keep_days: NonZeroU32::new(days_kept).unwrap(),
        owed_to: Vec::new(),
    };
    (retention, now)
}

/// A database and what it ought to hold.
struct Model {
    scratch: Scratch,
    /// Head and rows of each version, from 1.
    versions: Vec<(VersionHead, SourceRows)>,
}

impl Model {
    async fn new() -> Model {
        Model {
            scratch: Scratch::new().await,
            versions: Vec::new(),
        }
    }

    fn newest(&self) -> SourceRows {
        self.versions
            .last()
            .map(|(_, rows)| rows.clone())
            .unwrap_or_default()
    }

    async fn publish(&mut self, at: DateTime<Utc>, changes: &RowChanges) {
        let rows = self.newest().with(changes);
        let number = i64::try_from(self.versions.len()).unwrap() + 1;
        let head = VersionHead {
            created_at: at,
            content_hash: hash_of(&rows),
            ..head(number)
        };
        let publication = Publication::of(head.clone(), changes.clone());
        self.scratch.store.publish(publication).await.unwrap();
        self.versions.push((head, rows));
    }

    /// Publishes board 1 at another price, once at each of `days`.
    async fn publish_on(&mut self, on: &[i64]) {
        for (day, dollars) in on.iter().zip(1..) {
            let changes = RowChanges {
                vendor: vec![vendor_charging("1", dollars)],
                ..RowChanges::default()
            };
            self.publish(days(*day), &changes).await;
        }
    }

    async fn prune(&self, (retention, now): (Retention, DateTime<Utc>)) -> Pruning {
        let store = &self.scratch.store;
        let planned = store.plan_pruning(&retention, now).await.unwrap();
        let pruned = store.prune(&retention, now).await.unwrap();
        assert_eq!(pruned, planned, "a dry run says what is done");
        pruned
    }

    /// Checks every version there ever was: kept from `oldest` on.
    async fn check(&self, oldest: i64) {
        let store = &self.scratch.store;
        let found = store.load_oldest_version().await.unwrap();
        assert_eq!(found.map(CatalogVersion::get), Some(oldest));
        for (head, rows) in &self.versions {
            let number = head.version;
            let loaded = store.load_version(number).await.unwrap();
            if number.get() < oldest {
                assert_eq!(loaded, None, "version {number} is pruned");
                assert_eq!(store.load_head_of(number).await.unwrap(), None);
                continue;
            }
            let (found_head, found_rows) = loaded.unwrap_or_else(|| panic!("version {number}"));
            assert_eq!((&found_head, &found_rows), (head, rows), "version {number}");
            assert_eq!(hash_of(&found_rows), found_head.content_hash);
        }
        assert_eq!(store.check_integrity().await.unwrap(), [] as [String; 0]);
    }

    async fn count(&self, statement: &'static str) -> i64 {
        let mut raw = self.scratch.raw().await;
        let counted = sqlx::query_scalar(statement).fetch_one(&mut raw).await;
        raw.close().await.unwrap();
        counted.unwrap()
    }
}

#[tokio::test]
async fn whatever_is_pruned_what_is_kept_loads_as_it_was_and_publishing_goes_on() {
    for seed in [7, 0x5eed, 0xbead_cafe] {
        let mut model = Model::new().await;
        let mut dice = Dice(seed);
        let mut now = days(0);
        let (mut oldest, mut pruned) = (1, 0);
        for _ in 0..40 {
            // Now and then the clock is set back.
            now += TimeDelta::hours(i64::try_from(dice.below(60)).unwrap() - 5);
            let changes = some_changes(&mut dice, &model.newest());
            model.publish(now, &changes).await;
            if dice.below(4) > 0 {
                continue;
            }
            let pruning = model
                .prune(keep(1 + u32::try_from(dice.below(9)).unwrap(), now))
                .await;
            let kept = pruning.oldest_kept.unwrap().version.get();
            assert_eq!(u64::try_from(kept - oldest).unwrap(), pruning.versions);
            (oldest, pruned) = (kept, pruned + pruning.versions);
            model.check(oldest).await;
        }
        assert!(pruned > 10, "seed {seed} prunes too little: {pruned}");
    }
}

#[tokio::test]
async fn a_version_stays_that_was_in_force_within_the_days_to_keep() {
    let mut model = Model::new().await;
    model.publish_on(&[0, 10, 20, 40]).await;
    // On day 45, fifteen days back it was still the version of day 20 that quotes were made from.
    let pruning = model.prune(keep(15, days(45))).await;
    assert_eq!((pruning.versions, pruning.vendor_rows), (2, 2));
    model.check(3).await;
    let at_the_edge = model.prune(keep(5, days(45))).await;
    assert_eq!(
        at_the_edge.versions, 1,
        "one of the very moment is the last to be dropped"
    );
    model.check(4).await;
}

#[tokio::test]
async fn the_newest_version_stays_however_old_it_is() {
    let mut model = Model::new().await;
    assert_eq!(model.prune(keep(1, days(0))).await.oldest_kept, None);
    model.publish_on(&[0, 1, 2]).await;
    let pruning = model.prune(keep(1, days(30_000))).await;
    assert_eq!(pruning.oldest_kept, Some(model.versions[2].0.clone()));
    model.check(3).await;
    let again = model.prune(keep(1, days(30_000))).await;
    assert!(again.is_empty(), "{again:?}");
    model.publish_on(&[30_001]).await;
    model.check(3).await;
}

#[tokio::test]
async fn what_an_endpoint_is_still_to_be_told_of_stays_with_the_version_before_it() {
    let mut model = Model::new().await;
    let store = model.scratch.store.clone();
    let name = |name: &str| name.parse::<EndpointName>().unwrap();
    let slow = name("slow");
    // The other one is not configured any longer, and holds nothing up.
    let endpoints = [slow.clone(), name("gone")];
    store.register_endpoints(&endpoints, days(0)).await.unwrap();
    model.publish_on(&[0, 1, 2, 3, 4]).await;
    let owing = |endpoint: &EndpointName| {
        let (mut retention, now) = keep(1, days(100));
        retention.owed_to.push(endpoint.clone());
        (retention, now)
    };
    let nothing_yet = model.prune(owing(&slow)).await;
    assert!(nothing_yet.is_empty(), "{nothing_yet:?}");
    store.move_endpoint(&slow, version(4)).await.unwrap();
    assert_eq!(model.prune(owing(&slow)).await.versions, 2);
    model.check(3).await;
    let owed = store.load_owed_version(&slow).await.unwrap().unwrap();
    assert_eq!(owed.head.version, version(4));
    model.prune(owing(&name("never-seen"))).await;
    model.check(5).await;
}

/// A clock that was years behind for one version does not make what came before it look old.
#[tokio::test]
async fn one_version_with_a_wrong_date_takes_no_others_with_it() {
    let mut model = Model::new().await;
    model.publish_on(&[100, 101, -4_000, 102]).await;
    assert_eq!(model.prune(keep(5, days(103))).await.versions, 0);
    model.check(1).await;
}

#[tokio::test]
async fn a_dry_run_drops_nothing() {
    let mut model = Model::new().await;
    model.publish_on(&[0, 1, 2]).await;
    let store = &model.scratch.store;
    let (retention, now) = keep(1, days(50));
    let planned = store.plan_pruning(&retention, now).await.unwrap();
    assert_eq!((planned.versions, planned.vendor_rows), (2, 2));
    model.check(1).await;
}

#[tokio::test]
async fn only_rows_that_no_kept_version_needs_are_deleted_and_all_of_them() {
    let mut model = Model::new().await;
    let mut dice = Dice(3);
    for day in 0..10 {
        let changes = some_changes(&mut dice, &model.newest());
        model.publish(days(day), &changes).await;
    }
    model.prune(keep(1, days(100))).await;
    model.check(10).await;
    for (statement, left) in [
        (
            "SELECT COUNT(*) FROM vendor_boards",
            model.newest().vendor.len(),
        ),
        (
            "SELECT COUNT(*) FROM curated_entries",
            model.newest().curated.len(),
        ),
        (
            "SELECT COUNT(*) FROM vendor_fees WHERE parent_row NOT IN (SELECT row_id FROM vendor_boards)",
            0,
        ),
        (
            "SELECT COUNT(*) FROM curated_fees WHERE parent_row NOT IN (SELECT row_id FROM curated_entries)",
            0,
        ),
        ("SELECT COUNT(*) FROM catalog_versions", 10),
    ] {
        assert_eq!(
            model.count(statement).await,
            i64::try_from(left).unwrap(),
            "{statement}"
        );
    }
}

#[tokio::test]
async fn runs_keep_their_summary_and_the_number_of_their_version() {
    let scratch = Scratch::new().await;
    for number in 1..=3 {
        let publication = Publication {
            run: ProposedRun::ending(super::runs::published()),
            ..Publication::of(head(number), RowChanges::default())
        };
        scratch.store.publish(publication).await.unwrap();
    }
    let before = scratch.store.list_runs(10, None).await.unwrap();
    let (retention, now) = keep(1, days(900));
    let pruned = scratch.store.prune(&retention, now).await.unwrap();
    assert_eq!(pruned.versions, 2);
    assert_eq!(scratch.store.list_runs(10, None).await.unwrap(), before);
    assert_eq!(before[2].version, Some(version(1)));
}

/// As after a process that was killed between the versions and their rows.
#[tokio::test]
async fn rows_that_were_left_behind_go_the_next_time() {
    let mut model = Model::new().await;
    model.publish_on(&[0, 1, 2]).await;
    let mut raw = model.scratch.raw().await;
    sqlx::query("UPDATE catalog_versions SET pruned_at_ms = 0 WHERE version < 3")
        .execute(&mut raw)
        .await
        .unwrap();
    raw.close().await.unwrap();
    model.check(3).await;
    let pruning = model.prune(keep(1, days(2))).await;
    assert_eq!((pruning.versions, pruning.vendor_rows), (0, 2));
    assert_eq!(model.count("SELECT COUNT(*) FROM vendor_boards").await, 1);
    model.check(3).await;
}

#[tokio::test]
async fn many_rows_go_in_several_transactions_while_others_publish_and_read() {
    let mut model = Model::new().await;
    let boards = 0..1_300;
    let all_at = |dollars| RowChanges {
        vendor: boards
            .clone()
            .map(|board| vendor_charging(&board.to_string(), dollars))
            .collect(),
        ..RowChanges::default()
    };
    for dollars in 1..=3 {
        model.publish(days(0), &all_at(dollars)).await;
    }
    let store = model.scratch.store.clone();
    let pruning = async {
        let (retention, now) = keep(1, days(50));
        let pruned = store.prune(&retention, now).await.unwrap();
        assert_eq!((pruned.versions, pruned.vendor_rows), (2, 2_600));
    };
    let publishing = async {
        for dollars in 10..16 {
            let changes = RowChanges {
                vendor: vec![vendor_charging("1", dollars)],
                ..RowChanges::default()
            };
            model.publish(days(50), &changes).await;
            let number = version(i64::try_from(model.versions.len()).unwrap());
            let loaded = model.scratch.store.load_version(number).await.unwrap();
            assert_eq!(loaded.as_ref(), model.versions.last());
        }
    };
    tokio::join!(pruning, publishing);
    model.check(3).await;
    assert_eq!(
        model
            .count("SELECT COUNT(*) FROM vendor_boards WHERE to_version <= 3")
            .await,
        0
    );
}

#[tokio::test]
async fn the_file_shrinks_by_what_is_pruned() {
    let mut model = Model::new().await;
    for dollars in 1..=6 {
        let changes = RowChanges {
            vendor: (0..500)
                .map(|board| vendor_charging(&board.to_string(), dollars))
                .collect(),
            ..RowChanges::default()
        };
        model.publish(days(0), &changes).await;
    }
    let before = model.count("PRAGMA page_count").await;
    model.prune(keep(1, days(50))).await;
    let after = model.count("PRAGMA page_count").await;
    assert!(after * 3 < before, "{before} pages became {after}");
    assert_eq!(model.count("PRAGMA freelist_count").await, 0);
}

#[tokio::test]
async fn a_prune_that_cannot_be_written_drops_nothing() {
    let mut model = Model::new().await;
    model.publish_on(&[0, 1]).await;
    let mut other = model.scratch.raw().await;
    let holding = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let (retention, now) = keep(1, days(50));
    let refused = model.scratch.store.prune(&retention, now).await;
    assert!(matches!(refused, Err(StoreError::Busy(_))), "{refused:?}");
    holding.rollback().await.unwrap();
    model.check(1).await;
}
