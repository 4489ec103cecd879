//! U8 to U12 and U15: pages, ids, boards and amounts that are not to be believed, and redirects.

use serde_json::Value;

use crate::case::Ending::Published;
use crate::case::{Decision, case, elsewhere, fails, holds, passes, waits};
use crate::rule::{self, Observed};
use crate::vendors::Elsewhere::RedirectingToTrap;
use crate::{survive, trial};

#[tokio::test(flavor = "multi_thread")]
async fn u8_pages_that_do_not_add_up_change_nothing() {
    let cases = vec![
        fails("total-too-big", "paging").in_requests(6),
        fails("total-too-small", "paging"),
        fails("total-changing", "paging").in_requests(4),
        fails("page-repeated", "paging").in_requests(4),
        fails("short-page", "paging").in_requests(4),
        fails("limit-ignored", "paging").in_requests(2),
        // Each page holds boards that were not there before, so that nothing but time tells.
        fails("endless-pages", "deadline").within(2, 4),
    ];
    survive("U8", cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn u9_an_id_is_one_board() {
    let cases = vec![
        passes("duplicate-board").saying("came more than once"),
        passes("board-on-two-pages").saying("came more than once"),
        fails("conflicting-board", "identity").saying("1001"),
        holds("id-reused").saying("another board under this id"),
        passes("ids-as-numbers"),
        passes("ids-changing-type"),
    ];
    survive("U9", cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn u10_few_boards_may_vanish_many_wait_and_all_is_an_empty_list() {
    let cases = vec![
        case("drop-one", Published(|observed| gone(observed, 1))),
        case("drop-few", Published(|observed| gone(observed, 6))),
        waits("drop-some", Decision::Wait),
        waits("drop-half", Decision::Approve),
        waits("drop-most", Decision::Reject),
        waits("drop-all-but-one", Decision::Reject),
        fails("empty", "empty"),
    ];
    survive("U10", cases).await;
}

/// So many boards are inactive, and nothing else differs.
fn gone(observed: &Observed, boards: usize) -> rule::Published {
    let inactive = |board: &Value| {
        let mut board = board.clone();
        board["active"] = Value::Bool(false);
        board
    };
    let differences = observed.differences();
    let is_gone = |(before, after): &(Value, Value)| inactive(before) == *after;
    match differences.len() == boards && differences.iter().all(is_gone) {
        true => vec![],
        false => vec![format!("{differences:?}")],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn u11_one_fee_that_jumps_is_held_and_many_wait() {
    let cases = vec![
        holds("zero-fee"),
        holds("fee-jump").saying("became"),
        holds("currency-changed").saying("currency changed from"),
        holds("frequency-changed").saying("period changed from"),
        waits("zero-fees", Decision::Reject),
        waits("fees-jump", Decision::Reject),
        waits("currencies-changed", Decision::Wait),
        waits("frequencies-changed", Decision::Wait),
    ];
    survive("U11", cases).await;
}

/// The rule itself: where the guard lets everything through, the table must say so.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_publish_would_be_noticed() {
    let row = trial::run(waits("drop-half", Decision::Wait).unguarded()).await;
    assert!(row.is_wrong && !row.is_same, "{}", row.run);
    assert!(row.complaints()[0].contains("wrongly published"));
}

#[tokio::test(flavor = "multi_thread")]
async fn u12_an_amount_that_is_none_leaves_the_old_one() {
    let cases = vec![
        passes("negative-fee").saying("negative"),
        passes("three-decimals").saying("more than 2 decimals"),
        passes("comma-fee").saying("25,00"),
        passes("fee-too-large").saying("largest amount"),
        passes("fee-2-63").saying("largest amount"),
        waits("negative-fees", Decision::Reject).saying("refused"),
    ];
    survive("U12", cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn u15_no_redirect_is_followed() {
    let cases = vec![
        fails("redirect", "redirect")
            .in_requests(1)
            .saying("elsewhere.invalid"),
        fails("redirect-for-good", "redirect").in_requests(1),
        fails("redirect-to-http", "redirect").in_requests(1),
        fails("redirect-to-file", "redirect").in_requests(1),
        fails("redirect-to-link-local", "redirect").in_requests(1),
        fails("redirect-later", "redirect").in_requests(2),
        elsewhere(RedirectingToTrap, "redirect"),
    ];
    survive("U15", cases).await;
}
