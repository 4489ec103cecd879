//! The page is for everybody: by keyboard, by ear, in the dark, on a telephone, without scripts; and safe whatever the
//! data says.

use fantoccini::key::Key;
use serde_json::{Value, json};

use super::Desk;
use crate::browser::Look;

/// The most bytes that a page may come to, all in all, without what the API answers.
const MOST_BYTES: i64 = 100_000;

#[tokio::test(flavor = "multi_thread")]
async fn every_state_can_be_used_by_everybody() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    let charged = desk
        .board(|board| board["pass_through"]["fees"][0]["currency"] == "USD")
        .await;
    let in_canada = desk
        .board(|board| board["pass_through"]["fees"][0]["currency"] == "CAD")
        .await;
    let unknown = desk.board_of("unknown").await;
    let unpublished = desk.board_of("unpublished").await;
    let states = [
        ("empty", String::new()),
        ("one", format!("?board={charged}")),
        (
            "many",
            format!(
                "?board={charged}&board={in_canada}&board={unknown}&board={unpublished}&agents=12&term_months=24"
            ),
        ),
        ("wrong", format!("?board={charged}&board=nope&agents=x")),
        ("unknown-board", format!("?board={charged}&board=nope")),
    ];
    for look in [Look::Light, Look::Dark, Look::Phone] {
        desk.browser.look(look).await;
        for (name, query) in &states {
            desk.go(query).await;
            desk.browser
                .assert_accessible(&format!("{name}, {look:?}"))
                .await;
            desk.browser
                .picture(&format!("quote-{name}-{look:?}").to_lowercase())
                .await;
            let wide = "document.documentElement.scrollWidth > innerWidth";
            assert_eq!(
                desk.browser.value(wide).await,
                false,
                "{name}, {look:?}: is too wide"
            );
            desk.browser.assert_no_faults().await;
        }
    }
    // At 200 % a window of 1280 pixels has room for 640.
    let zoomed = json!({ "width": 640, "height": 450, "deviceScaleFactor": 2, "mobile": false });
    desk.browser
        .protocol("Emulation.setDeviceMetricsOverride", zoomed)
        .await;
    desk.go(&states[2].1).await;
    let wide = "document.documentElement.scrollWidth > innerWidth";
    assert_eq!(desk.browser.value(wide).await, false, "too wide at 200 %");
}

/// Presses Tab until the focus is on what the selector finds.
async fn tab_to(desk: &Desk, selector: &str) {
    let there = format!("document.activeElement?.matches({selector:?}) ?? false");
    for _ in 0..60 {
        if desk.browser.value(&there).await == true {
            return;
        }
        desk.browser.press(Key::Tab + "").await;
    }
    panic!("no way by keyboard to {selector}");
}

#[tokio::test(flavor = "multi_thread")]
async fn by_keyboard_alone_a_quote_is_sized_copied_and_emptied() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    let origin = format!("http://{}", desk.service.api);
    let allowed = json!({ "origin": origin, "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
    desk.browser
        .protocol("Browser.grantPermissions", allowed)
        .await;
    let board = desk
        .board(|board| board["pass_through"]["fees"][0]["basis"] == "agent")
        .await;
    desk.go("").await;
    desk.choose(&board).await;
    tab_to(&desk, "#agents").await;
    desk.browser.press("6").await;
    desk.browser.press(Key::Up + "").await;
    tab_to(&desk, "#term_months").await;
    desk.browser.press("24").await;
    tab_to(&desk, "[data-copy=text]").await;
    desk.browser.press(Key::Enter + "").await;
    desk.browser
        .wait_until("document.querySelector('#said').textContent.includes('copied')")
        .await;
    let text = desk.browser.settled("navigator.clipboard.readText()").await;
    let text = text.as_str().unwrap();
    assert!(
        text.contains("For 7 agents,") && text.contains("24 months from"),
        "{text}"
    );

    // What was chosen is taken away again, and the focus is not lost.
    desk.browser
        .value("(document.activeElement.blur(), scrollTo(0, 0), true)")
        .await;
    tab_to(&desk, "#chosen button").await;
    desk.browser.press(Key::Space + "").await;
    desk.browser
        .wait_until("document.querySelector('#chosen').childElementCount === 0")
        .await;
    let lost = "document.activeElement === document.body";
    assert_eq!(desk.browser.value(lost).await, false);
    desk.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_told_to_who_does_not_see_them() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    let board = desk
        .board(|board| board["pass_through"]["fees"][0]["currency"] == "USD")
        .await;
    desk.go("").await;
    desk.choose(&board).await;
    let heard = desk.text("#heard[role=status]").await;
    assert!(
        heard.starts_with("Quote updated: first year at least $"),
        "{heard}"
    );
    desk.type_into("agents", "x").await;
    assert!(
        desk.text("#trouble[role=alert]")
            .await
            .contains("Please correct this")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn markup_in_the_data_stays_text() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    desk.import(concat!(
        "x1,<script>alert(1)</script>,<img src=x onerror=alert(2)>,NV,US,pass_through,charged,false,idx,<b onclick=alert(3)>Fee</b>,20.00,,USD,monthly,,account,0,,,,,,,<svg onload=alert(4)>,https://example.com/,2020-01-01\n",
        "x1,<script>alert(1)</script>,<img src=x onerror=alert(2)>,NV,US,direct,unpublished,false,,,,,,,,,,,,,,,,<iframe src=javascript:alert(5)>,,2020-01-01\n",
    ))
    .await;
    desk.go("").await;
    desk.choose("x1").await;
    for (place, text) in [
        ("#quote h2", "<script>alert(1)</script>"),
        ("#quote h2", "<img src=x onerror=alert(2)>"),
        ("#chosen", "<script>alert(1)</script>"),
        (".lines", "<b onclick=alert(3)>Fee</b>"),
        (".lines", "<svg onload=alert(4)>"),
        ("[data-channel=direct]", "<iframe src=javascript:alert(5)>"),
        (".gaps", "<script>alert(1)</script>"),
    ] {
        let shown = desk.text(place).await;
        assert!(shown.contains(text), "{place}: {shown}");
    }
    assert!(
        desk.browser
            .text("document.title")
            .await
            .contains("<script>")
    );
    let made = "document.querySelectorAll('main script, main img, main svg, main iframe, main [onclick]').length";
    assert_eq!(desk.browser.value(made).await, 0);
    // The address is text of others, too.
    desk.go("?board=%3Cscript%3Ealert(1)%3C/script%3E&agents=%3Cb%3E")
        .await;
    assert!(desk.text("#chosen").await.contains("<script>"));
    assert_eq!(desk.browser.value(made).await, 0);
    desk.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_small() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    let board = desk.board_of("charged").await;
    desk.go(&format!("?board={board}")).await;
    let loaded = desk
        .browser
        .value("[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].map((entry) => [new URL(entry.name).pathname, entry.decodedBodySize])")
        .await;
    let loaded: Vec<(String, i64)> = serde_json::from_value(loaded).unwrap();
    let parts = loaded.iter().filter(|(path, _)| !path.starts_with("/v1/"));
    let parts: Vec<&(String, i64)> = parts.collect();
    assert!(
        parts.len() > 10 && parts.iter().all(|(_, size)| *size > 0),
        "{parts:?}"
    );
    let bytes: i64 = parts.iter().map(|(_, size)| size).sum();
    assert!(bytes <= MOST_BYTES, "{bytes} bytes: {parts:?}");
    println!(
        "the quote page comes to {bytes} bytes in {} parts",
        parts.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts_a_plain_form_asks_the_service() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    let board = desk.board_of("charged").await;
    desk.browser.without_scripts().await;
    desk.browser
        .open(&format!("http://{}/", desk.service.api))
        .await;
    let find = async |selector: &str| desk.browser.find(selector).await;
    assert!(
        find("noscript p")
            .await
            .text()
            .await
            .unwrap()
            .contains("Without JavaScript")
    );
    assert!(!find("#app").await.is_displayed().await.unwrap());
    find("noscript [name=board]")
        .await
        .send_keys(&board)
        .await
        .unwrap();
    find("noscript button").await.click().await.unwrap();
    // The browser shows what is no page in one of its own.
    let answer = desk.browser.find_later("body > pre").await;
    let answer = answer.text().await.unwrap();
    let answer: Value =
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"));
    assert_eq!(answer["inputs"]["boards"], json!([board]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_is_found_and_chosen_by_keyboard() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    let by_agent = |board: &Value| board["pass_through"]["fees"][0]["basis"] == "agent";
    let boards = desk.boards().await;
    let board = boards.iter().find(|board| by_agent(board)).unwrap();
    let other = boards.iter().find(|other| other["id"] != board["id"]);
    desk.go("").await;
    for board in [board, other.unwrap()] {
        tab_to(&desk, "ptf-board-select").await;
        desk.browser.press(board["name"].as_str().unwrap()).await;
        let rows = "document.querySelector('#picker').shadowRoot.querySelectorAll('[role=option]').length === 1";
        desk.browser.wait_until(rows).await;
        desk.browser.press(Key::Down + "").await;
        desk.browser.press(Key::Enter + "").await;
        let id = board["id"].as_str().unwrap();
        let chosen = format!("document.querySelector('#chosen [data-id=\"{id}\"]') !== null");
        desk.browser.wait_until(&chosen).await;
        let cleared = "document.querySelector('#picker').value === ''
            && document.querySelector('#picker').shadowRoot.querySelector('[role=combobox]').value === ''";
        desk.browser.wait_until(cleared).await;
    }
    desk.settle().await;
    assert_eq!(
        desk.browser
            .value("document.querySelectorAll('.board').length")
            .await,
        2
    );
    tab_to(&desk, "#agents").await;
    desk.browser.press("6").await;
    desk.browser
        .wait_until("document.querySelector('.arithmetic').textContent.startsWith('6 agents x')")
        .await;
    desk.browser.assert_no_faults().await;
}
