//! The focus goes where the reader goes on, and nothing is said twice unasked.

use super::staff::wait_for_board;
use super::{Desk, answer_quotes_by};

/// Where the focus is.
async fn focused(desk: &Desk) -> String {
    let place = "document.activeElement.id || document.activeElement.localName";
    desk.browser.text(place).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_focus_is_never_lost_with_what_was_pressed() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    let board = desk.board_of("charged").await;
    let made = desk
        .world
        .run_ok(&["token", "create", "--role", "reader", "--name", "desk"]);
    let token = made.split_whitespace().find(|word| word.len() > 40);
    let token = token.unwrap();
    wait_for_board(&desk, &board, token).await;
    desk.go(&format!("?board={board}")).await;
    desk.browser.click("#staff button").await;
    assert_eq!(focused(&desk).await, "token");
    desk.browser.press(token).await;
    desk.browser.click("#staff .primary").await;
    assert_eq!(focused(&desk).await, "result");
    desk.browser
        .wait_until("document.querySelector('#staff').textContent === 'Forget the token'")
        .await;
    desk.settle().await;
    desk.browser.click("#staff button").await;
    assert_eq!(focused(&desk).await, "result");
    desk.settle().await;

    let busy = "new Response('{}', { status: 500 })";
    desk.browser.value(&answer_quotes_by(busy)).await;
    desk.type_into("agents", "4").await;
    let mark = "(document.querySelector('#retry').__is = 'the first', true)";
    desk.browser.value(mark).await;
    desk.browser.click("#retry").await;
    // The same again is said again to who asked for it.
    desk.browser
        .wait_until("document.querySelector('#retry').__is === undefined")
        .await;
    assert_eq!(focused(&desk).await, "retry");
    desk.browser.value(&answer_quotes_by("null")).await;
    desk.browser.click("#retry").await;
    desk.browser
        .wait_until("document.querySelector('#trouble').textContent === ''")
        .await;
    assert_eq!(focused(&desk).await, "result");
    desk.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_on_is_not_told_at_each_attempt() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    let board = desk.board_of("charged").await;
    desk.go(&format!("?board={board}")).await;
    let busy = "(window.__asked = (window.__asked ?? 0) + 1,
        new Response('{}', { status: 503, headers: { 'Retry-After': '1' } }))";
    desk.browser.value(&answer_quotes_by(busy)).await;
    let count = "(window.__told = 0, new MutationObserver(() => (window.__told += 1))
        .observe(document.querySelector('#trouble'), { childList: true, subtree: true }), true)";
    desk.browser.value(count).await;
    desk.type_into("agents", "4").await;
    desk.browser.wait_until("window.__asked >= 3").await;
    desk.settle().await;
    assert_eq!(desk.browser.value("window.__told").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_that_is_there_already_is_said_where_it_is_seen() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    let board = desk.board_of("charged").await;
    let other = desk.board_of("none").await;
    desk.go(&format!("?board={board}")).await;
    desk.choose(&board).await;
    let said = desk.browser.find("#board-said").await;
    let text = said.text().await.unwrap();
    assert!(text.ends_with("is in the quote already."), "{text}");
    desk.browser.assert_accessible("a board twice").await;
    desk.browser.picture("quote-board-twice").await;
    desk.choose(&other).await;
    assert_eq!(desk.text("#board-said").await, "");
}
