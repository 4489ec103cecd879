//! U1 to U5: no connection, no answer in time, and answers that say no.

use crate::case::{elsewhere, fails, passes};
use crate::survive;
use crate::vendors::Elsewhere::{NoSuchName, NobodyListening, PlainPort};

#[tokio::test(flavor = "multi_thread")]
async fn u1_a_vendor_that_cannot_be_reached_changes_nothing() {
    let cases = vec![
        fails("down", "connect").in_requests(3),
        fails("down-later", "connect").in_requests(4),
        fails("reset", "connect").in_requests(3),
        fails("cut-off", "connect").in_requests(3),
        fails("not-http", "connect").in_requests(3),
        elsewhere(NobodyListening, "connect").saying("check upstream.base_url"),
        elsewhere(NoSuchName, "connect").saying("check upstream.base_url"),
        // Not one request gets through, and nobody tries again.
        elsewhere(PlainPort, "tls").in_requests(0).within(8, 8),
    ];
    survive("U1", cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn u2_a_vendor_that_takes_too_long_changes_nothing() {
    let cases = vec![
        fails("slow", "timeout").in_requests(3).within(1, 20),
        fails("slow-later", "timeout").in_requests(4).within(1, 20),
        fails("stall", "timeout").in_requests(3).within(1, 20),
        fails("drip", "timeout").in_requests(3).within(1, 20),
        fails("trickle", "timeout").in_requests(3).within(1, 20),
        // The run's own deadline comes before the third try.
        fails("trickle", "deadline").within(2, 3),
    ];
    survive("U2", cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn u3_a_vendor_that_asks_to_wait_is_waited_for_as_long_as_the_run_may_take() {
    let cases = vec![
        passes("rate-limited-once").in_requests(4).after_secs(1),
        passes("rate-limited-date").in_requests(4).after_secs(2),
        fails("rate-limited", "rate_limited")
            .in_requests(3)
            .after_secs(2)
            .saying("until 20"),
        fails("rate-limited-hour", "rate_limited")
            .in_requests(1)
            .within(2, 10)
            .saying("until 20"),
        fails("rate-limited-absurd", "rate_limited")
            .in_requests(1)
            .within(2, 10)
            .saying("until 20"),
        fails("rate-limited-silent", "rate_limited").in_requests(3),
    ];
    survive("U3", cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn u4_a_vendor_in_trouble_is_asked_three_times_a_page() {
    let cases = vec![
        passes("flaky").in_requests(6),
        passes("flakier").in_requests(9),
        fails("unavailable", "vendor_error").in_requests(3),
        fails("unavailable-later", "vendor_error").in_requests(4),
        fails("internal-error", "vendor_error").in_requests(3),
        fails("bad-gateway", "status").in_requests(3).saying("502"),
    ];
    survive("U4", cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn u5_refused_credentials_are_never_sent_again() {
    let cases = vec![
        fails("auth", "auth")
            .in_requests(1)
            .saying("upstream.password"),
        fails("auth-page", "auth").in_requests(1).saying("401"),
        fails("auth-later", "auth").in_requests(2),
        fails("forbidden", "auth").in_requests(1).saying("403"),
        fails("forbidden-page", "auth").in_requests(1).saying("403"),
    ];
    survive("U5", cases).await;
}
