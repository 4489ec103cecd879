//! A link gives its quote again, whatever has changed since.

use super::{Desk, monthly_fee};

#[tokio::test(flavor = "multi_thread")]
async fn a_link_gives_its_quote_again_when_the_fee_has_changed() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    let boards = desk.boards().await;
    let in_dollars =
        |board: &&serde_json::Value| board["pass_through"]["fees"][0]["currency"] == "USD";
    let board = boards.iter().find(in_dollars).unwrap();
    let query = format!("?board={}&agents=3", board["id"].as_str().unwrap());
    desk.import(&monthly_fee(board, "31.00")).await;
    desk.go(&query).await;
    let before = desk.text(".totals").await;
    assert!(before.contains("$372.00"), "{before}");
    let link = desk.browser.settled(
        "import('/assets/quote-text.js').then(async ({ linkOf }) => linkOf(await (await fetch('/v1/quote' + location.search)).json()))",
    ).await;
    let link = link.as_str().unwrap().to_owned();
    let version = desk.service.get_ok("/v1/catalog").await["version"].to_string();
    assert!(
        link.contains(&format!("catalog_version={version}")) && link.contains("starts_on="),
        "{link}"
    );

    desk.import(&monthly_fee(board, "47.00")).await;
    desk.browser.open(&link).await;
    desk.browser
        .wait_until("document.querySelector('[data-compared]')?.textContent.includes('today')")
        .await;
    desk.browser
        .wait_until("document.querySelector('[data-compared] .tag') !== null")
        .await;
    assert_eq!(desk.text(".totals").await, before);
    let past = desk.text("#past").await;
    assert!(
        past.contains(&format!("As of catalog version {version}, ")),
        "{past}"
    );
    assert!(past.contains("Different today"), "{past}");
    assert!(
        past.contains("at least $564.00 in the first year instead of at least $372.00"),
        "{past}"
    );
    desk.browser.assert_accessible("past link").await;
    desk.browser.picture("quote-past").await;

    desk.browser.click("#renew").await;
    desk.browser
        .wait_until("document.querySelector('.totals').textContent.includes('$564.00')")
        .await;
    assert_eq!(desk.text("#past").await, "");
    let address = desk.browser.text("location.search").await;
    assert!(!address.contains("catalog_version"), "{address}");
    desk.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_of_today_says_that_nothing_has_changed() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    let board = desk.board_of("charged").await;
    let version = desk.service.get_ok("/v1/catalog").await["version"].to_string();
    desk.go(&format!("?board={board}&catalog_version={version}"))
        .await;
    desk.browser
        .wait_until(
            "document.querySelector('[data-compared] .tag')?.textContent === 'The same today'",
        )
        .await;
    // The address of the page itself names a version only where somebody asked for that.
    desk.go(&format!("?board={board}")).await;
    assert_eq!(desk.text("#past").await, "");
    assert!(
        !desk
            .browser
            .text("location.search")
            .await
            .contains("catalog_version")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_is_no_longer_kept_is_said_in_plain_words() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    let board = desk.board_of("charged").await;
    desk.go(&format!("?board={board}&catalog_version=999"))
        .await;
    let past = desk.text("#past").await;
    assert!(
        past.contains("The version of this link is no longer kept"),
        "{past}"
    );
    assert_eq!(desk.text("#trouble").await, "");
    desk.browser.assert_accessible("version gone").await;
    desk.browser.click("#renew").await;
    desk.browser
        .wait_until("document.querySelector('.totals') !== null")
        .await;
    assert_eq!(desk.text("#past").await, "");
    desk.browser.assert_no_faults().await;
}
