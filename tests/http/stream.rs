//! The change feed as a stream: what is told, to whom, and that nothing is left out or told twice.

use serde_json::Value;

use crate::archive::Archive;
use crate::catalogs::Boards;
use crate::changes::{Dice, Kept, publish_something};
use crate::events::{Events, refusal, rename_until, renamed_until};

#[tokio::test]
async fn an_event_tells_a_version_with_its_changes() {
    let archive = renamed_until(2).await;
    let mut events = Events::open(&archive, "after=1", None).await;
    let text = events.block().await.unwrap();
    let page = archive.json("/v1/changes?after=1").await;
    let data = serde_json::json!({
        "version": 2, "at": "2026-11-23T09:00:00Z", "cause": "sync", "changes": page["changes"],
    });
    let (head, sent) = text.split_once("\ndata: ").unwrap();
    assert_eq!(head, "id: 2\nevent: catalog.changed");
    assert_eq!(serde_json::from_str::<Value>(sent).unwrap(), data);
}

#[tokio::test]
async fn without_a_beginning_only_what_comes_from_now_on_is_told() {
    let mut archive = renamed_until(3).await;
    let mut events = Events::open(&archive, "", None).await;
    // Known to the reader before any event, so that it resumes without a gap.
    assert_eq!(events.block().await.unwrap(), "id: 3");
    rename_until(&mut archive, 5).await;
    assert_eq!(events.ids(2).await, [4, 5]);
}

#[tokio::test]
async fn a_beginning_is_given_by_the_query_and_the_header_wins() {
    let archive = renamed_until(4).await;
    let mut all = Events::open(&archive, "after=0", None).await;
    assert_eq!(all.ids(4).await, [1, 2, 3, 4]);
    let mut resumed = Events::open(&archive, "after=0", Some("2")).await;
    assert_eq!(resumed.ids(2).await, [3, 4]);
}

#[tokio::test]
async fn versions_of_another_process_come_too_however_many_at_once() {
    let mut archive = renamed_until(1).await;
    let mut events = Events::open(&archive, "", None).await;
    for name in ["One", "Two", "Three"] {
        archive
            .publish_elsewhere(|boards| boards.row("12").board.facts.name = name.into())
            .await;
    }
    archive.refresh().await;
    assert_eq!(events.ids(3).await, [2, 3, 4]);
    rename_until(&mut archive, 5).await;
    assert_eq!(events.ids(1).await, [5]);
}

#[tokio::test]
async fn one_board_can_be_followed_alone_also_past_the_versions_of_others() {
    let mut archive = Archive::new().await;
    archive.sync(|boards| boards.row("12").active = false).await;
    archive.sync(|boards| boards.row("14").active = false).await;
    let mut events = Events::open(&archive, "board=14&after=1", None).await;
    let event = events.next().await.unwrap();
    assert_eq!((event.id, event.kind.as_str()), (3, "catalog.changed"));
    assert_eq!(event.data["changes"].as_array().unwrap().len(), 1);
    archive.sync(|boards| boards.row("12").active = true).await;
    archive.sync(|boards| boards.row("14").active = true).await;
    assert_eq!(events.ids(1).await, [5]);
    let nobody = refusal(&archive, "board=404", None).await;
    nobody.problem(404, "board_not_found");
}

#[tokio::test]
async fn a_reader_that_is_cut_off_at_random_resumes_without_a_gap_or_a_repeat() {
    let mut archive = Archive::empty().await;
    let mut dice = Dice(0xdead_beef);
    archive.sync(|boards| *boards = Boards::many(3)).await;
    let (mut kept, mut seen, mut last_id) = (Kept::default(), Vec::new(), "0".to_owned());
    for _ in 0..40 {
        let mut events = Events::open(&archive, "", Some(&last_id)).await;
        for _ in 0..dice.below(4) {
            publish_something(&mut archive, &mut dice).await;
        }
        // Reads some of what there is, and is gone in the middle of the rest.
        let there = versions_after(&archive, &last_id).await.len() as u64;
        for _ in 0..dice.below(there + 1) {
            let event = events.next().await.unwrap();
            kept.apply(&event.data["changes"]);
            seen.push(event.id);
        }
        last_id = events.last_id.unwrap_or(last_id);
    }
    let mut events = Events::open(&archive, "", Some(&last_id)).await;
    for _ in versions_after(&archive, &last_id).await {
        let event = events.next().await.unwrap();
        kept.apply(&event.data["changes"]);
        seen.push(event.id);
    }
    assert_eq!(seen, versions_after(&archive, "0").await);
    assert!(seen.len() > 30, "only {} versions", seen.len());
    assert_eq!(kept.boards(), archive.present().await);
}

/// The versions that have changed something since `id`.
async fn versions_after(archive: &Archive, id: &str) -> Vec<i64> {
    let page = archive
        .json(&format!("/v1/changes?after={id}&limit=1000"))
        .await;
    assert_eq!(page["next_after"], page["latest_version"]);
    let changes = page["changes"].as_array().unwrap().iter();
    let mut versions: Vec<i64> = changes
        .map(|change| change["version"].as_i64().unwrap())
        .collect();
    versions.dedup();
    versions
}

#[tokio::test]
async fn many_readers_of_the_same_versions_are_told_the_same() {
    let mut archive = renamed_until(2).await;
    let mut readers = Vec::new();
    for after in [0, 1, 2, 2, 1, 0] {
        let events = Events::open(&archive, &format!("after={after}"), None).await;
        readers.push((after, events));
    }
    rename_until(&mut archive, 6).await;
    for (after, events) in &mut readers {
        let expected: Vec<i64> = (*after + 1..=6).collect();
        assert_eq!(events.ids(expected.len()).await, expected);
    }
}

#[tokio::test]
async fn who_was_away_for_longer_than_versions_are_kept_begins_again() {
    let mut archive = Archive::new().await;
    archive
        .curate(|boards| boards.describe_direct("c1", "Curated Alone"))
        .await;
    archive.curate(|boards| boards.forget_direct("c1")).await;
    archive.pass_days(3).await;
    rename_until(&mut archive, 4).await;
    archive.prune().await;
    // The oldest that is kept is 3, which no longer tells that c1 was gone with it.
    for gone in ["1", "2"] {
        let listed = archive.get(&format!("/v1/changes?after={gone}")).await;
        for answer in [listed, refusal(&archive, "", Some(gone)).await] {
            let problem = answer.problem(404, "version_not_found");
            let detail = problem["errors"][0]["detail"].as_str().unwrap();
            assert!(detail.contains("begin again with 0"), "{detail}");
        }
    }
    let mut resumed = Events::open(&archive, "", Some("3")).await;
    assert_eq!(resumed.ids(1).await, [4]);
    let mut anew = Events::open(&archive, "after=0", None).await;
    let mut kept = Kept::default();
    for _ in 0..2 {
        kept.apply(&anew.next().await.unwrap().data["changes"]);
    }
    assert_eq!(kept.boards(), archive.present().await);
}
