//! Where reading needs a token, and what a token shows.

use std::time::{Duration, Instant};

use fantoccini::key::Key;
use reqwest::Method;

use super::Desk;
use crate::harness::{PATIENCE, read};

#[tokio::test(flavor = "multi_thread")]
async fn where_reading_needs_a_token_the_page_asks_for_it() {
    let Some(desk) = Desk::with(&[("PTF_AUTH__READ", "token")]).await else {
        return;
    };
    let made = desk
        .world
        .run_ok(&["token", "create", "--role", "reader", "--name", "desk"]);
    let token = made
        .split_whitespace()
        .find(|word| word.len() > 40)
        .unwrap_or_else(|| panic!("{made}"));
    let file = format!(
        "{}x3,Staff Board,SB,NV,US,pass_through,charged,false,idx,Fee,20.00,,USD,monthly,,account,0,,,,,,,,https://example.com/fees,2026-01-05\n",
        super::COLUMNS
    );
    assert_eq!(desk.world.import(&file).code, 0);
    wait_for_board(&desk, "x3", token).await;
    desk.go("?board=x3").await;
    desk.browser
        .wait_until("document.querySelector('#token') !== null")
        .await;
    desk.browser.assert_accessible("asked for a token").await;
    let type_token = async |text: &str| {
        desk.browser.click("#token").await;
        desk.browser.press(text).await;
        desk.browser.press(Key::Enter + "").await;
    };
    type_token("wrong").await;
    desk.browser
        .wait_until("document.querySelector('#trouble').textContent.includes('did not accept')")
        .await;
    type_token(token).await;
    desk.browser
        .wait_until("document.querySelector('.lines') !== null")
        .await;
    let source = desk.text(".source").await;
    assert!(source.contains("verified Jan 5, 2026"), "{source}");
    let link = "document.querySelector('.source a').href";
    assert_eq!(desk.browser.text(link).await, "https://example.com/fees");
    // The list of boards is there as well.
    desk.choose("x3").await;
    desk.browser.assert_no_faults().await;
}

/// Waits until the running service has what was imported beside it, and knows the token.
pub(super) async fn wait_for_board(desk: &Desk, id: &str, token: &str) {
    let deadline = Instant::now() + PATIENCE;
    let asked = || {
        desk.service
            .request(Method::GET, &format!("/v1/boards/{id}"))
    };
    while read(asked().bearer_auth(token)).await.status != 200 {
        assert!(
            Instant::now() < deadline,
            "no board {id} within {PATIENCE:?}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_revoked_does_not_lock_what_is_public() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    let board = desk.board_of("charged").await;
    // The second cannot be sent at all.
    for token in ["revoked", "pasted …"] {
        desk.go(&format!("?board={board}")).await;
        let keep = format!("(sessionStorage.setItem('ptf-token', '{token}'), true)");
        desk.browser.value(&keep).await;
        desk.type_into("agents", "3").await;
        let trouble = desk.text("#trouble").await;
        assert!(trouble.contains("did not accept the token"), "{trouble}");
        let above = "document.querySelector('#trouble .note.bad').compareDocumentPosition(document.querySelector('#token')) & Node.DOCUMENT_POSITION_FOLLOWING";
        assert_ne!(desk.browser.value(above).await, 0);
        assert!(
            trouble.contains("The quote below is not of what you typed."),
            "{trouble}"
        );
        // So does the whole page, the list of boards included.
        desk.go(&format!("?board={board}&agents=3")).await;
        desk.browser
            .wait_until("document.querySelector('#without') !== null")
            .await;
        desk.browser.assert_accessible("a token is refused").await;
        desk.browser.picture("quote-refused-token").await;
        desk.browser.click("#without").await;
        desk.browser
            .wait_until("document.querySelector('.totals') !== null")
            .await;
        assert_eq!(desk.text("#trouble").await, "");
        assert!(desk.text("#staff").await.starts_with("Staff: show a token"));
        desk.choose(&desk.board_of("none").await).await;
        desk.browser.assert_no_faults().await;
    }
}
