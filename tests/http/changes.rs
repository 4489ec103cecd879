//! The change feed in pages.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::archive::Archive;
use crate::catalogs::{Boards, charged, fee};
use ptf_cache::domain::board::ChannelState;
use ptf_cache::domain::fee_text::FeeText;

/// Numbers that look random and are the same for the same seed (xorshift64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// What a reader of the feed keeps: the last `board` of each change.
#[derive(Default)]
pub(crate) struct Kept(BTreeMap<String, Value>);

impl Kept {
    pub(crate) fn apply(&mut self, changes: &Value) {
        for change in changes.as_array().unwrap() {
            let id = change["board_id"].as_str().unwrap().to_owned();
            match &change["board"] {
                Value::Null => self.0.remove(&id),
                board => self.0.insert(id, board.clone()),
            };
        }
    }

    pub(crate) fn boards(&self) -> Vec<Value> {
        self.0.values().cloned().collect()
    }
}

/// Changes something about a few of twelve boards.
pub(crate) fn shake(boards: &mut Boards, dice: &mut Dice, today: chrono::NaiveDate) {
    for _ in 0..=dice.below(3) {
        let id = format!("b{}", dice.below(12));
        let amount = format!("{}.00", 1 + dice.below(40));
        let later = |days: u64| (today + chrono::Days::new(days)).to_string();
        let named = format!("Board {id} {}", dice.below(3));
        let mut terms = fee("idx", &amount, "monthly", "agent");
        match dice.below(7) {
            0 => boards.vendor(&id, &named, "IA", ChannelState::None),
            1 => boards.vendor(&id, &named, "NV", ChannelState::Unpublished),
            2 => boards.curate_direct(&id, vec![terms]),
            3 => boards.forget_direct(&id),
            4 => {
                boards.vendor(&id, &named, "IA", ChannelState::Unknown);
                boards.row(&id).active = false;
            }
            5 => {
                terms.effective_to = Some(later(2));
                let next = FeeText {
                    effective_from: Some(later(2)),
                    effective_to: Some(later(2 + dice.below(5) + 1)),
                    ..fee("idx", "99.00", "monthly", "agent")
                };
                boards.vendor(&id, &named, "IA", charged(vec![terms, next]));
            }
            _ => boards.vendor(&id, &named, "CA", charged(vec![terms])),
        }
    }
}

/// Publishes one more version, of any cause; nothing where the calendar brings nothing.
pub(crate) async fn publish_something(archive: &mut Archive, dice: &mut Dice) {
    let today = archive.today();
    match dice.below(5) {
        0 => {
            archive.pass_days(1).await;
        }
        1 => {
            archive.curate(|boards| shake(boards, dice, today)).await;
        }
        _ => {
            archive.sync(|boards| shake(boards, dice, today)).await;
        }
    }
}

#[tokio::test]
async fn who_follows_the_feed_from_the_beginning_has_the_present_catalog() {
    for seed in [7, 0x9e37_79b9] {
        let mut archive = Archive::empty().await;
        let mut dice = Dice(seed);
        archive.sync(|boards| *boards = Boards::many(3)).await;
        let (mut kept, mut after, mut causes) = (Kept::default(), 0, BTreeMap::new());
        for round in 0..60 {
            publish_something(&mut archive, &mut dice).await;
            // Follows for a while, now and then: the rest comes at the end.
            while dice.below(3) > 0 || round == 59 {
                let uri = format!("/v1/changes?after={after}&limit={}", 1 + dice.below(9));
                let page = archive.json(&uri).await;
                kept.apply(&page["changes"]);
                for change in page["changes"].as_array().unwrap() {
                    *causes.entry(change["cause"].to_string()).or_insert(0) += 1;
                    assert!(change["version"].as_i64().unwrap() > after);
                }
                after = page["next_after"].as_i64().unwrap();
                if page["latest_version"] == after {
                    assert_eq!(
                        kept.boards(),
                        archive.present().await,
                        "seed {seed}, version {after}"
                    );
                    break;
                }
            }
        }
        assert_eq!(kept.boards(), archive.present().await, "seed {seed}");
        assert_eq!(causes.len(), 3, "seed {seed}: {causes:?}");
    }
}

#[tokio::test]
async fn a_version_is_never_cut_in_two() {
    let mut archive = Archive::new().await;
    archive
        .sync(|boards| {
            for id in ["7", "8", "9"] {
                boards.row(id).active = false;
            }
        })
        .await;
    archive.sync(|boards| boards.row("10").active = false).await;
    let versions = |page: &Value| -> Vec<i64> {
        let changes = page["changes"].as_array().unwrap().iter();
        changes
            .map(|change| change["version"].as_i64().unwrap())
            .collect()
    };
    let first = archive.json("/v1/changes?limit=1").await;
    assert_eq!(versions(&first), [1; 9]);
    assert_eq!(
        (&first["next_after"], &first["latest_version"]),
        (&json!(1), &json!(3))
    );
    let second = archive.json("/v1/changes?after=1&limit=2").await;
    assert_eq!(versions(&second), [2; 3]);
    let rest = archive.json("/v1/changes?after=1").await;
    assert_eq!(versions(&rest), [2, 2, 2, 3]);
    assert_eq!(rest["next_after"], 3);
    let change = &rest["changes"][3];
    let expected = json!({
        "version": 3, "at": "2026-11-23T10:00:00Z", "cause": "sync", "board_id": "10", "kind": "board_removed",
        "before": archive.json("/v1/boards/10?catalog_version=2").await,
        "after": archive.json("/v1/boards/10").await,
        "board": archive.json("/v1/boards/10").await,
    });
    assert_eq!(*change, expected);
}

#[tokio::test]
async fn one_board_can_be_followed_alone() {
    let mut archive = Archive::new().await;
    archive.sync(|boards| boards.row("12").active = false).await;
    archive.sync(|boards| boards.row("14").active = false).await;
    let page = archive.json("/v1/changes?board=12").await;
    let changes = page["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 2);
    assert!(changes.iter().all(|change| change["board_id"] == "12"));
    assert_eq!(page["next_after"], 3);
    let nobody = archive.get("/v1/changes?board=404").await;
    let problem = nobody.problem(404, "board_not_found");
    assert_eq!(problem["errors"][0]["parameter"], "board");
}

#[tokio::test]
async fn a_board_that_is_gone_without_a_trace_can_still_be_followed() {
    let mut archive = Archive::new().await;
    archive
        .curate(|boards| boards.describe_direct("c1", "Curated Alone"))
        .await;
    assert_eq!(archive.json("/v1/boards/c1").await["id"], "c1");
    archive.curate(|boards| boards.forget_direct("c1")).await;
    archive
        .get("/v1/boards/c1")
        .await
        .problem(404, "board_not_found");
    let page = archive.json("/v1/changes?board=c1").await;
    let last = &page["changes"][1];
    assert_eq!(last["kind"], "board_removed");
    assert_eq!(
        (&last["after"], &last["board"]),
        (&Value::Null, &Value::Null)
    );
    let history = archive.json("/v1/boards/c1/history").await;
    assert_eq!(history["versions"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_place_beyond_the_newest_version_is_of_another_database() {
    let archive = Archive::new().await;
    let none = archive.json("/v1/changes?after=1").await;
    assert_eq!(
        none,
        json!({"changes": [], "latest_version": 1, "next_after": 1})
    );
    let beyond = archive.get("/v1/changes?after=2").await;
    let problem = beyond.problem(404, "version_not_found");
    assert_eq!(problem["errors"][0]["parameter"], "after");
    let cases = [
        ("after=-1", "after"),
        ("after=x", "after"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("board=", "board"),
        ("before=1", "before"),
    ];
    for (query, place) in cases {
        let answer = archive.get(&format!("/v1/changes?{query}")).await;
        assert_eq!(answer.wrong_places(), [place], "{query}");
    }
}

#[tokio::test]
async fn pages_carry_the_newest_version_and_are_not_sent_twice() {
    let mut archive = Archive::new().await;
    let first = archive.get("/v1/changes?after=1").await;
    assert_eq!(first.header("catalog-version"), "1");
    let known = [("if-none-match", first.header("etag"))];
    let same = archive
        .ask(Method::GET, "/v1/changes?after=1", &known)
        .await;
    assert_eq!(same.status, StatusCode::NOT_MODIFIED);
    // Another process publishes: the feed has it before it is shown here.
    archive
        .publish_elsewhere(|boards| boards.row("12").active = false)
        .await;
    let other = archive
        .ask(Method::GET, "/v1/changes?after=1", &known)
        .await;
    assert_eq!(other.status, StatusCode::OK);
    assert_eq!(other.header("catalog-version"), "2");
    assert_eq!(other.json()["latest_version"], 2);
}
