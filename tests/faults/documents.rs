//! U6, U7, U13, U14, U16: answers that are no list of boards, or hold what no board should say.

use serde_json::Value;

use crate::case::Ending::Published;
use crate::case::{Decision, case, fails, passes, waits};
use crate::rule::{self, Observed};
use crate::survive;

#[tokio::test(flavor = "multi_thread")]
async fn u6_json_that_is_none_changes_nothing() {
    let cases = vec![
        fails("truncated", "parse").in_requests(1),
        fails("two-documents", "parse"),
        fails("byte-order-mark", "parse"),
        fails("not-a-number", "parse"),
        fails("wild-number", "parse"),
        fails("deep", "parse"),
        fails("duplicate-key", "parse"),
        fails("duplicate-fee", "parse"),
    ];
    survive("U6", cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn u7_something_else_than_the_list_changes_nothing_and_is_not_logged() {
    let cases = vec![
        fails("html", "content").in_requests(1).saying("text/html"),
        fails("wrong-type", "content").saying("text/plain"),
        fails("blank", "content"),
        fails("no-content", "content").saying("204"),
        fails("vendor-error", "vendor_error").saying("7001"),
        fails("vendor-error-beside", "vendor_error").saying("7002"),
    ];
    survive("U7", cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn u13_strange_text_is_refused_or_escaped_at_every_way_out() {
    let cases = vec![
        fails("not-utf8", "parse"),
        passes("nul-in-name").saying("U+0000"),
        passes("turned-name").saying("U+202E"),
        passes("long-name").saying("characters"),
        case("script-in-name", Published(one_name_with_a_script)),
        case("formula-in-name", Published(one_name_that_is_no_formula)),
    ];
    survive("U13", cases).await;
}

/// The one board that differs, before and after; everything but its name must be the same.
fn renamed(observed: &Observed) -> Result<(Value, Value), rule::Published> {
    let mut differences = observed.differences();
    if differences.len() != 1 {
        return Err(vec![format!("{} boards differ", differences.len())]);
    }
    let (before, after) = differences.remove(0);
    match before["pass_through"] == after["pass_through"] {
        true => Ok((before, after)),
        false => Err(vec![format!("the fees differ: {after}")]),
    }
}

/// JSON is no page: what looks like a tag stays what it is, in a text.
fn one_name_with_a_script(observed: &Observed) -> rule::Published {
    match renamed(observed) {
        Ok((_, after))
            if after["name"]
                .as_str()
                .unwrap()
                .ends_with("<script>alert(1)</script>") =>
        {
            vec![]
        }
        Ok((_, after)) => vec![format!("the name is {}", after["name"])],
        Err(problems) => problems,
    }
}

fn one_name_that_is_no_formula(observed: &Observed) -> rule::Published {
    let cells = observed.after.csv.lines().flat_map(|line| line.split(','));
    let formulas = cells.filter(|cell| cell.trim_start_matches('"').starts_with('='));
    match renamed(observed) {
        Ok(_) if !observed.after.csv.contains("'=cmd()|") => {
            vec!["the name is in no cell".to_owned()]
        }
        Ok(_) => formulas
            .map(|cell| format!("a spreadsheet runs {cell}"))
            .collect(),
        Err(problems) => problems,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn u14_no_answer_is_too_large_for_the_service() {
    let cases = vec![
        fails("huge", "size").within(20, 60).in_requests(1),
        fails("flood", "size").within(20, 60).in_requests(1),
        fails("flood-later", "size").within(20, 60).in_requests(2),
        fails("gzip-bomb", "size").within(20, 60).in_requests(1),
        fails("gzip-bomb-later", "size")
            .within(20, 60)
            .in_requests(2),
        fails("bad-gateway+flood", "status")
            .within(20, 60)
            .in_requests(3),
    ];
    survive("U14", cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn u16_another_shape_is_refused_or_unknown_never_guessed() {
    let cases = vec![
        fails("id-renamed", "schema").saying("upstream.mapping.id"),
        fails("name-renamed", "schema").saying("upstream.mapping.name"),
        fails("results-renamed", "schema").saying("ptf-cache probe"),
        waits("fee-renamed", Decision::Reject),
        passes("new-field").saying("/region"),
        case("new-word", Published(one_fee_without_a_price)).saying("WEEKLY"),
        case("new-words", Published(paperwork_is_unknown)).saying("NOTARIZED"),
    ];
    survive("U16", cases).await;
}

fn one_fee_without_a_price(observed: &Observed) -> rule::Published {
    match &*observed.differences() {
        [(before, after)]
            if before["pass_through"]["status"] == "charged"
                && after["pass_through"]["status"] != "none"
                && !after["pass_through"]
                    .to_string()
                    .contains("\"key\":\"idx\"") =>
        {
            vec![]
        }
        differences => vec![format!("{differences:?}")],
    }
}

fn paperwork_is_unknown(observed: &Observed) -> rule::Published {
    let without_paperwork = |board: &Value| {
        let mut board = board.clone();
        board["paperwork"] = Value::Null;
        board
    };
    let wrong = |(before, after): &(Value, Value)| {
        after["paperwork"] != "unknown" || without_paperwork(before) != without_paperwork(after)
    };
    let differences = observed.differences();
    differences
        .iter()
        .filter(|pair| wrong(pair))
        .map(|(_, after)| after.to_string())
        .collect()
}
