//! What cannot be asked or read is said, and nothing waits for it.

use fantoccini::key::Key;

use super::{Desk, answer_quotes_by};

#[tokio::test(flavor = "multi_thread")]
async fn a_date_that_is_half_typed_is_a_fault_and_is_not_asked() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    let board = desk.board_of("charged").await;
    desk.go(&format!("?board={board}&agents=2")).await;
    desk.browser
        .value("(window.__hold = '/v1/quote', document.querySelector('#starts_on').focus(), true)")
        .await;
    desk.browser.press("0115").await;
    // Past the calendar of the field.
    desk.browser.press(Key::Tab + "").await;
    desk.browser.press(Key::Tab + "").await;
    desk.browser
        .wait_until(
            "document.querySelector('#starts_on-error').textContent.includes('is not complete')",
        )
        .await;
    let invalid = "document.querySelector('#starts_on').getAttribute('aria-invalid')";
    assert_eq!(desk.browser.text(invalid).await, "true");
    let trouble = desk.text("#trouble").await;
    assert!(
        trouble.contains("The quote below is not of what you typed."),
        "{trouble}"
    );
    assert!(trouble.contains("First day"), "{trouble}");
    desk.browser.click("[data-copy=text]").await;
    desk.browser
        .wait_until("document.querySelector('#said').textContent.startsWith('Not done')")
        .await;
    desk.browser.assert_accessible("half a date").await;
    // Whatever else is typed, nothing is asked.
    desk.set_field("agents", "3").await;
    desk.browser
        .settled("new Promise((done) => setTimeout(done, 500))")
        .await;
    assert_eq!(desk.browser.value("window.__held.length").await, 0);

    // The whole date is asked.
    let focus = "(window.__hold = null, document.querySelector('#starts_on').focus(), true)";
    desk.browser.value(focus).await;
    desk.browser.press("01152027").await;
    desk.browser
        .wait_until("document.querySelector('#quote').textContent.includes('from Jan 15, 2027')")
        .await;
    assert_eq!(desk.text("#starts_on-error").await, "");
    assert_eq!(desk.text("#trouble").await, "");
    let address = desk.browser.text("location.search").await;
    assert!(address.contains("starts_on=2027-01-15"), "{address}");
    desk.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_no_quote_is_said_and_asked_again() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    let board = desk.board_of("charged").await;
    let page =
        "new Response('<p>Sign in to the hotel', { headers: { 'Content-Type': 'text/html' } })";
    let cut_off = r#"new Response('{"boards":[{"id":')"#;
    let other_json = r#"new Response('{"ok":true}')"#;
    let nothing = "new Response('null')";
    for answer in [page, cut_off, other_json, nothing] {
        desk.go("").await;
        desk.browser.value(&answer_quotes_by(answer)).await;
        desk.choose(&board).await;
        let trouble = desk.text("#trouble").await;
        assert!(
            trouble.contains("The answer of the service could not be read."),
            "{answer}: {trouble}"
        );
        assert_eq!(desk.text("#quote").await, "There is no quote yet.");
        desk.browser.value(&answer_quotes_by("null")).await;
        desk.browser.click("#retry").await;
        desk.browser
            .wait_until("document.querySelector('.totals') !== null")
            .await;
        assert_eq!(desk.text("#trouble").await, "");

        // With a quote on the page, too: who copies is answered.
        desk.browser.value(&answer_quotes_by(answer)).await;
        desk.type_into("agents", "5").await;
        desk.browser.click("[data-copy=text]").await;
        desk.browser
            .wait_until("document.querySelector('#said').textContent.startsWith('Not done')")
            .await;
        desk.browser.assert_no_faults().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quote_that_cannot_be_shown_leaves_nobody_waiting() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    let board = desk.board_of("charged").await;
    desk.go(&format!("?board={board}")).await;
    let before = desk.text(".totals").await;
    let other = "new Response(JSON.stringify({ boards: [{}], totals: [], warnings: [], inputs: {}, completeness_by_channel: {} }))";
    desk.browser.value(&answer_quotes_by(other)).await;
    desk.type_into("agents", "5").await;
    let trouble = desk.text("#trouble").await;
    assert!(trouble.contains("could not be read"), "{trouble}");
    assert!(trouble.contains("not of what you typed"), "{trouble}");
    assert_eq!(desk.text(".totals").await, before);
    desk.browser.click("[data-copy=text]").await;
    desk.browser
        .wait_until("document.querySelector('#said').textContent.startsWith('Not done')")
        .await;
    // Whoever mends the page sees why.
    let faults = desk.browser.value("window.__faults.length").await;
    assert_eq!(faults, 1);
}
