//! Cursors: pages lose none and repeat none.

use std::collections::BTreeSet;

use crate::catalogs::Boards;
use crate::harness::Served;

/// Walks all pages of `limit`, doing `between` after each; every id seen, in order.
async fn walk(
    served: &Served,
    limit: usize,
    filter: &str,
    mut between: impl FnMut(usize),
) -> Vec<String> {
    let mut seen = Vec::new();
    let first = format!("/v1/boards?limit={limit}&{filter}");
    let mut uri = first.clone();
    for page in 0.. {
        assert!(page <= 1_000, "the walk does not end");
        let answer = served.get(&uri).await;
        let body = answer.json();
        let boards = body["boards"].as_array().unwrap();
        seen.extend(
            boards
                .iter()
                .map(|board| board["id"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = body["next_cursor"].as_str() else {
            assert_eq!(answer.header("link"), "");
            break;
        };
        assert_eq!(boards.len(), limit);
        uri = format!("{first}&cursor={cursor}");
        assert_eq!(answer.header("link"), format!("<{uri}>; rel=\"next\""));
        between(page);
    }
    seen
}

#[tokio::test]
async fn a_walk_over_a_thousand_boards_loses_none_and_repeats_none() {
    let served = Served::with(&Boards::many(1_000)).await;
    for limit in [1, 7, 100, 250, 500] {
        let seen = walk(&served, limit, "state=IA", |_| {}).await;
        let different: BTreeSet<&String> = seen.iter().collect();
        assert_eq!(
            (seen.len(), different.len()),
            (1_000, 1_000),
            "limit {limit}"
        );
    }
}

#[tokio::test]
async fn a_walk_over_a_search_keeps_its_order() {
    let served = Served::with(&Boards::many(300)).await;
    // Boards called "Board 9" come before those whose names begin with it.
    let whole = walk(&served, 500, "q=board+9", |_| {}).await;
    let pages = walk(&served, 3, "q=board+9", |_| {}).await;
    assert!(whole.len() > 20, "{whole:?}");
    assert_eq!(pages, whole);
    assert_eq!(whole[..3], ["b106", "b203", "b9"]);
}

#[tokio::test]
async fn a_catalog_that_changes_under_way_costs_no_board_and_repeats_none() {
    let mut boards = Boards::many(300);
    let served = Served::with(&boards).await;
    let seen = walk(&served, 10, "state=IA", |page| {
        // One of those shown so far goes, and another comes before all of them.
        boards.remove(&format!("b{page}"));
        let state = ptf_cache::domain::board::ChannelState::None;
        boards.vendor(&format!("new{page}"), "A new board", "IA", state);
        let catalog = boards.build(43 + page as i64);
        served
            .handle
            .publish(catalog, crate::catalogs::checked_at());
    })
    .await;
    let different: BTreeSet<&String> = seen.iter().collect();
    assert_eq!(different.len(), seen.len(), "a board was repeated");
    for id in 40..300 {
        assert!(different.contains(&format!("b{id}")), "b{id} was lost");
    }
}

#[tokio::test]
async fn the_last_page_has_no_cursor_even_when_it_is_full() {
    let served = Served::with(&Boards::many(20)).await;
    let body = served.json("/v1/boards?limit=20").await;
    assert_eq!(body["boards"].as_array().unwrap().len(), 20);
    assert!(body["next_cursor"].is_null());
}

#[tokio::test]
async fn a_damaged_cursor_is_refused() {
    let served = Served::with(&Boards::many(3)).await;
    let page = served.json("/v1/boards?limit=1").await;
    let cursor = page["next_cursor"].as_str().unwrap();
    let cut = &cursor[..cursor.len() - 1];
    for damaged in [cut, "nonsense", "", &format!("{cursor}x"), &cursor[1..]] {
        let answer = served.get(&format!("/v1/boards?cursor={damaged}")).await;
        assert_eq!(answer.wrong_places(), ["cursor"], "{damaged}");
    }
}
