//! A publication is whole or not at all.

use std::time::Duration;

use sqlx::Connection;

use super::samples::*;
use super::{Publication, Scratch, Store, StoreError, head, settings, version};
use crate::domain::board::{Channel, ChannelFees, ChannelState};
use crate::domain::fee::SourceKind;
use crate::domain::rows::{RowChanges, SourceRows};
use crate::domain::run::ProposedRun;
use crate::store::UpcomingHash;

fn charging(dollars: u64) -> RowChanges {
    RowChanges {
        vendor: vec![vendor_charging("1", dollars)],
        ..RowChanges::default()
    }
}

#[tokio::test]
async fn a_publication_for_another_version_than_the_newest_leaves_nothing_behind() {
    let scratch = Scratch::new().await;
    scratch.publish(1, &charging(10)).await.unwrap();
    scratch.publish(2, &charging(20)).await.unwrap();
    let before = scratch.store.load_current().await.unwrap();

    for (expected, number) in [(None, 1), (Some(version(1)), 2), (Some(version(3)), 4)] {
        let publication = Publication {
            expected,
            run: ProposedRun::ending(super::runs::published()),
            ..Publication::of(head(number), charging(99))
        };
        let error = scratch.store.publish(publication).await.unwrap_err();
        assert!(
            matches!(error, StoreError::Conflict { expected: e, found } if e == expected && found == Some(version(2))),
            "{error}"
        );
    }

    assert_eq!(scratch.store.load_current().await.unwrap(), before);
    assert_eq!(scratch.store.list_runs(10, None).await.unwrap(), []);
    scratch.publish(3, &charging(30)).await.unwrap();
}

#[tokio::test]
async fn versions_have_no_gaps() {
    let scratch = Scratch::new().await;
    let publication = Publication {
        expected: None,
        ..Publication::of(head(2), RowChanges::default())
    };
    let error = scratch.store.publish(publication).await.unwrap_err();
    assert_eq!(error.to_string(), "version 2 cannot follow no version");
}

#[tokio::test]
async fn changes_that_make_no_sense_leave_nothing_behind() {
    let scratch = Scratch::new().await;
    scratch.publish(1, &charging(10)).await.unwrap();
    let before = scratch.store.load_current().await.unwrap();
    let kind = SourceKind::Curated;
    let twice = RowChanges {
        vendor: vec![vendor_charging("2", 5), vendor_charging("2", 6)],
        ..RowChanges::default()
    };
    let nothing_to_remove = RowChanges {
        vendor: vec![vendor_charging("2", 5)],
        curated_removed: vec![entry_id("1", Channel::Direct)],
        ..RowChanges::default()
    };
    let curated_word = said(kind, ChannelState::None);
    let wrong_side = RowChanges {
        vendor: vec![vendor("2", curated_word, ChannelFees::NOTHING_RECORDED)],
        ..RowChanges::default()
    };
    let wrong_fee = ChannelFees {
        source: None,
        ..charged(kind, vec![fee(kind, "idx", 5, 0)])
    };
    let wrong_fees = RowChanges {
        vendor: vec![vendor("2", wrong_fee, ChannelFees::NOTHING_RECORDED)],
        ..RowChanges::default()
    };
    for (changes, named) in [
        (twice, "refused"),
        (
            nothing_to_remove,
            "curated_entries, row new (1), channel: there is no direct entry to remove",
        ),
        (
            wrong_side,
            "vendor_boards, row new (2), source: \"curated\" has no place",
        ),
        (wrong_fees, "(idx), source: \"curated\" has no place"),
    ] {
        let error = scratch.publish(2, &changes).await.unwrap_err();
        assert!(error.to_string().contains(named), "{error}");
        assert_eq!(scratch.store.load_current().await.unwrap(), before);
    }
    scratch.publish(2, &charging(30)).await.unwrap();
}

#[tokio::test]
async fn what_has_no_content_hash_is_not_published() {
    let scratch = Scratch::new().await;
    scratch.publish(1, &charging(10)).await.unwrap();
    let before = scratch.store.load_current().await.unwrap();
    let (sender, hash) = UpcomingHash::sent();
    let publication = Publication {
        hash,
        ..Publication::of(head(2), charging(20))
    };
    let publishing = scratch.store.publish(publication);
    let (error, ()) = tokio::join!(publishing, async { drop(sender) });
    assert!(matches!(error, Err(StoreError::Failed(_))), "{error:?}");
    assert_eq!(scratch.store.load_current().await.unwrap(), before);
    scratch.publish(2, &charging(30)).await.unwrap();
}

#[tokio::test]
async fn of_many_at_once_one_publishes_and_the_others_are_told() {
    let scratch = Scratch::new().await;
    let mut tasks = tokio::task::JoinSet::new();
    for dollars in 0..12 {
        // Half of them through a second store, as another process would.
        let store = match dollars % 2 {
            0 => scratch.store.clone(),
            _ => Store::open(&settings(scratch.path("cache.db")))
                .await
                .unwrap(),
        };
        tasks.spawn(async move {
            let publication = Publication::of(head(1), charging(dollars));
            store.publish(publication).await
        });
    }
    let results = tasks.join_all().await;
    let published = results.iter().filter(|result| result.is_ok()).count();
    let told = results
        .iter()
        .filter(|result| matches!(result, Err(StoreError::Conflict { .. })))
        .count();
    assert_eq!((published, told), (1, 11), "{results:?}");
}

/// A transaction that reads, waits and then writes is refused at once if somebody else has written meanwhile.
#[tokio::test]
async fn a_write_waits_for_another_one_and_then_succeeds() {
    let scratch = Scratch::new().await;
    let mut other = scratch.raw().await;
    for number in 1..=5 {
        let mut writing = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
        sqlx::query("INSERT INTO meta (key, value) VALUES (?, 'x')")
            .bind(number)
            .execute(&mut *writing)
            .await
            .unwrap();
        let release = async {
            while scratch.store.writer.num_idle() > 0 {
                tokio::task::yield_now().await;
            }
            // The write is under way; whatever it reads first, it has read by the end of this.
            scratch.store.load_current().await.unwrap();
            writing.commit().await.unwrap();
        };
        let changes = charging(5);
        let (published, ()) = tokio::join!(scratch.publish(number, &changes), release);
        published.unwrap();
    }
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_the_writer_usable() {
    let scratch = Scratch::new().await;
    let many = RowChanges {
        vendor: (0..300)
            .map(|board| vendor_charging(&board.to_string(), 5))
            .collect(),
        ..RowChanges::default()
    };
    for patience in [0, 1, 2, 4, 8] {
        let expected = scratch
            .store
            .load_head()
            .await
            .unwrap()
            .map(|head| head.version);
        let next = expected.map_or(1, |version| version.get() + 1);
        let impatient = scratch.publish(next, &many);
        let _may_be_cut_off =
            tokio::time::timeout(Duration::from_millis(patience), impatient).await;
        scratch
            .store
            .claim_origin(crate::domain::version::Origin::Vendor)
            .await
            .unwrap();
    }
    // Whoever went away, the work was done: whole versions, one after the other.
    let (head, rows) = scratch.store.load_current().await.unwrap();
    assert!(head.is_some_and(|head| head.version.get() == 5));
    assert_eq!(rows, SourceRows::default().with(&many));
}

#[tokio::test]
async fn a_writer_that_is_held_up_says_so_and_readers_go_on() {
    let scratch = Scratch::new().await;
    scratch.publish(1, &charging(10)).await.unwrap();
    let mut other = scratch.raw().await;
    let holding = other.begin_with("BEGIN IMMEDIATE").await.unwrap();

    let error = scratch.publish(2, &charging(20)).await.unwrap_err();
    assert!(matches!(error, StoreError::Busy(_)), "{error}");
    assert_eq!(scratch.store.load_head().await.unwrap(), Some(head(1)));

    holding.rollback().await.unwrap();
    scratch.publish(2, &charging(20)).await.unwrap();
}

/// A full disk makes SQLite roll back by itself; the connection must not be used again as if it had not.
#[tokio::test]
async fn a_full_disk_is_named_and_heals_when_there_is_room() {
    let scratch = Scratch::new().await;
    scratch.publish(1, &charging(10)).await.unwrap();
    let mut writer = scratch.store.writer.acquire().await.unwrap();
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count")
        .fetch_one(&mut *writer)
        .await
        .unwrap();
    let limit = format!("PRAGMA max_page_count = {}", pages + 2);
    sqlx::query(sqlx::AssertSqlSafe(limit))
        .execute(&mut *writer)
        .await
        .unwrap();
    drop(writer);
    let much = RowChanges {
        vendor: (0..300)
            .map(|board| vendor_charging(&board.to_string(), 5))
            .collect(),
        ..RowChanges::default()
    };

    let error = scratch.publish(2, &much).await.unwrap_err();
    assert!(matches!(error, StoreError::Full(_)), "{error}");
    assert_eq!(scratch.store.load_head().await.unwrap(), Some(head(1)));

    // The limit belonged to the connection, which is gone.
    scratch.publish(2, &much).await.unwrap();
    assert_eq!(scratch.rows().await.vendor.len(), 300);
}
