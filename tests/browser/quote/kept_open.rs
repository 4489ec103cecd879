//! A page that stays open does not go on calling its quote fresh.

use serde_json::Value;

use super::{Desk, answer_quotes_by};

/// Counts what is asked, lets a test move the clock (`__later`, in hours), and call what looks at the clock (`__look`).
const CLOCK: &str = r#"
    const [now, every, ask] = [Date.now, window.setInterval, window.fetch];
    const looks = [];
    window.__later = 0;
    window.__asked = [];
    Date.now = () => now() + window.__later * 3_600_000;
    window.setInterval = (look, pause) => (looks.push(look), every(look, pause));
    window.__look = () => looks.forEach((look) => look());
    window.__come_back = () => document.dispatchEvent(new Event("visibilitychange"));
    window.fetch = (input, options) => (window.__asked.push(String(input)), ask(input, options));
"#;

impl Desk {
    /// A page on which time passes as a test wants it.
    async fn with_a_clock() -> Option<Desk> {
        let desk = Desk::open().await?;
        let source = serde_json::json!({ "source": CLOCK });
        let method = "Page.addScriptToEvaluateOnNewDocument";
        desk.browser.protocol(method, source).await;
        Some(desk)
    }

    /// How often a quote was asked for.
    async fn asked(&self) -> Value {
        let count = "window.__asked.filter((address) => address.includes('/v1/quote')).length";
        self.browser.value(count).await
    }

    async fn run(&self, script: &str) {
        self.browser.value(&format!("({script}, true)")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quote_that_is_no_longer_valid_is_asked_for_again() {
    let Some(desk) = Desk::with_a_clock().await else {
        return;
    };
    let board = desk.board_of("charged").await;
    desk.go(&format!("?board={board}")).await;
    assert!(desk.text(".freshness").await.starts_with("Fresh"));
    desk.run("__later = 1, __look()").await;
    assert_eq!(desk.asked().await, 1);
    desk.run("__later = 200, __look()").await;
    assert_eq!(desk.asked().await, 2);
    desk.settle().await;
    // By this computer's clock what the service says is over: it is not called fresh, nor asked for without end.
    assert!(desk.text(".freshness").await.starts_with("Stale"));
    desk.run("__look()").await;
    assert_eq!(desk.asked().await, 2);
    desk.run("__later = 200.1, __look()").await;
    assert_eq!(desk.asked().await, 3);
    desk.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_after_five_minutes_sees_a_quote_of_now() {
    let Some(desk) = Desk::with_a_clock().await else {
        return;
    };
    let board = desk.board_of("charged").await;
    let version = desk.service.get_ok("/v1/catalog").await["version"].to_string();
    // What a quote of the past says of its freshness is of the present as well, and it is compared with today's.
    for (query, asked_at_once) in [
        (format!("?board={board}"), 1),
        (format!("?board={board}&catalog_version={version}"), 2),
    ] {
        desk.go(&query).await;
        let compared = "(document.querySelector('[data-compared]')?.querySelector('.tag') ?? null) !== null || !location.search.includes('catalog_version')";
        desk.browser.wait_until(compared).await;
        let heard = desk.text("#heard").await;
        desk.run("document.querySelector('#heard').firstChild.__is = 'the first'")
            .await;
        desk.run("__later = 4 / 60, __come_back()").await;
        assert_eq!(desk.asked().await, asked_at_once, "{query}");
        desk.run("__later = 6 / 60, __come_back()").await;
        desk.settle().await;
        desk.browser.wait_until(compared).await;
        assert_eq!(desk.asked().await, 2 * asked_at_once, "{query}");
        // Nothing has changed, and so nothing is said to who did not ask.
        assert_eq!(desk.text("#heard").await, heard);
        let untouched = "document.querySelector('#heard').firstChild.__is";
        assert_eq!(desk.browser.text(untouched).await, "the first");
    }
    // Without a quote there is nothing to ask for.
    desk.go("").await;
    desk.run("__later = 500, __come_back(), __look()").await;
    assert_eq!(desk.asked().await, 0);
    desk.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quote_that_cannot_be_brought_up_to_date_says_so() {
    let Some(desk) = Desk::with_a_clock().await else {
        return;
    };
    let board = desk.board_of("charged").await;
    desk.go(&format!("?board={board}")).await;
    let no_answer = answer_quotes_by(
        "(window.__refused = (window.__refused ?? 0) + 1, Promise.reject(new TypeError('no network')))",
    );
    desk.browser.value(&no_answer).await;
    desk.run("__later = 200, __look()").await;
    desk.browser
        .wait_until("document.querySelector('#trouble').textContent.includes('could not be brought up to date')")
        .await;
    assert!(desk.text(".freshness").await.starts_with("Stale"));
    desk.run("__look(), __look()").await;
    assert_eq!(desk.browser.value("window.__refused").await, 1);
    let trouble = desk.text("#trouble").await;
    assert!(!trouble.contains("not of what you typed"), "{trouble}");
    desk.browser.value(&answer_quotes_by("null")).await;
    desk.run("__later = 200.1, __look()").await;
    desk.browser
        .wait_until("document.querySelector('#trouble').textContent === ''")
        .await;
    desk.browser.assert_no_faults().await;
}
