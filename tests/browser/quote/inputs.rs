//! The page follows what is typed, and says what is wrong with it.

use serde_json::json;

use super::Desk;

#[tokio::test(flavor = "multi_thread")]
async fn the_quote_and_the_address_follow_what_is_typed() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    let by_agent = desk
        .board(|board| {
            let fee = &board["pass_through"]["fees"][0];
            fee["basis"] == "agent" && fee["currency"] == "USD"
        })
        .await;
    let none = desk.board_of("none").await;
    desk.go("").await;
    assert!(desk.text("#quote").await.contains("No board is chosen yet"));
    desk.choose(&by_agent).await;
    desk.type_into("agents", "7").await;
    desk.choose(&none).await;
    let quantity = "document.querySelector('.arithmetic').textContent.startsWith('7 agents x')";
    desk.browser.wait_until(quantity).await;
    let address = "location.pathname + location.search";
    let expected = format!("/?board={by_agent}&board={none}&agents=7");
    assert_eq!(desk.browser.text(address).await, expected);

    // A reload keeps them.
    desk.browser.driver.refresh().await.unwrap();
    desk.browser
        .wait_until("document.querySelector('.arithmetic') !== null")
        .await;
    assert_eq!(
        desk.browser
            .text("document.querySelector('#agents').value")
            .await,
        "7"
    );
    assert_eq!(
        desk.browser
            .value("document.querySelectorAll('#chosen li').length")
            .await,
        2
    );

    // What is taken away goes, from the address as well.
    desk.browser.click("#chosen li button").await;
    desk.settle().await;
    let expected = format!("/?board={none}&agents=7");
    assert_eq!(desk.browser.text(address).await, expected);
    desk.browser.click("#chosen li button").await;
    assert!(desk.text("#quote").await.contains("No board is chosen yet"));
    desk.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_answer_never_takes_the_place_of_a_newer_one() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    let board = desk
        .board(|board| board["pass_through"]["fees"][0]["basis"] == "agent")
        .await;
    desk.go(&format!("?board={board}&agents=2")).await;
    let held = |count: usize| format!("window.__held.length === {count}");
    desk.browser.value("window.__hold = '/v1/quote'").await;
    desk.set_field("agents", "3").await;
    desk.browser.wait_until(&held(1)).await;
    // The old quote stays while the new one is waited for, marked as busy.
    let busy = "document.querySelector('#quote').getAttribute('aria-busy')";
    assert_eq!(desk.browser.text(busy).await, "true");
    assert!(desk.text(".arithmetic").await.starts_with("2 agents x"));
    desk.set_field("agents", "4").await;
    desk.browser.wait_until(&held(2)).await;
    desk.browser.value("(window.__release(1), true)").await;
    desk.settle().await;
    assert!(desk.text(".arithmetic").await.starts_with("4 agents x"));

    // The first answer comes now, and must change nothing.
    let done = "performance.getEntriesByType('resource').filter((entry) => entry.name.includes('agents=3') && entry.responseEnd > 0).length === 1";
    desk.browser.value("(window.__release(0), true)").await;
    desk.browser.wait_until(done).await;
    desk.browser
        .settled("new Promise((done) => setTimeout(done, 300))")
        .await;
    assert!(desk.text(".arithmetic").await.starts_with("4 agents x"));
    desk.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_at_the_field() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    let board = desk.board_of("charged").await;
    desk.go(&format!("?board={board}")).await;
    for (field, text, said) in [
        (
            "agents",
            "many",
            "\"many\" is not a whole number from 0 to 1000000.",
        ),
        (
            "feeds",
            "1000001",
            "\"1000001\" is not a whole number from 0 to 1000000.",
        ),
        (
            "term_months",
            "121",
            "\"121\" is not a whole number from 1 to 120.",
        ),
    ] {
        desk.type_into(field, text).await;
        let at_field = format!("#{field}-error");
        assert_eq!(desk.text(&at_field).await, said);
        let described = format!(
            "document.querySelector('#{field}').getAttribute('aria-describedby').split(' ').includes('{field}-error')
             && document.querySelector('#{field}').getAttribute('aria-invalid') === 'true'"
        );
        assert_eq!(desk.browser.value(&described).await, true, "{field}");
        // The last quote stays, and says that it is not of this.
        let trouble = desk.text("#trouble").await;
        assert!(
            trouble.contains("The quote below is not of what you typed."),
            "{trouble}"
        );
        assert_eq!(
            desk.browser
                .value("document.querySelector('#quote').classList.contains('outdated')")
                .await,
            true
        );
        desk.type_into(field, "1").await;
        assert_eq!(desk.text(&at_field).await, "");
        assert_eq!(desk.text("#trouble").await, "");
        assert_eq!(
            desk.browser
                .value(&format!("document.querySelector('#{field}').ariaInvalid"))
                .await,
            json!(null)
        );
    }
    desk.go(&format!("?board={board}&board=nope&starts_on=someday"))
        .await;
    let errors = desk.text("#starts_on-error").await;
    assert!(errors.contains("someday"), "{errors}");
    desk.go(&format!("?board={board}&board=nope")).await;
    let errors = desk.text("#board-error").await;
    assert!(errors.contains("No board has the id \"nope\""), "{errors}");
    assert!(!errors.contains("/v1/"), "{errors}");
    assert!(
        desk.text("#chosen [data-id=nope]")
            .await
            .contains("Not in the list")
    );
    desk.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_network_the_last_quote_stays_marked_and_comes_again() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    let board = desk
        .board(|board| board["pass_through"]["fees"][0]["basis"] == "agent")
        .await;
    desk.go(&format!("?board={board}&agents=2")).await;
    let network = async |offline: bool| {
        let conditions = json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        desk.browser.protocol("Network.enable", json!({})).await;
        desk.browser
            .protocol("Network.emulateNetworkConditions", conditions)
            .await;
    };
    network(true).await;
    desk.type_into("agents", "9").await;
    let trouble = desk.text("#trouble").await;
    assert!(trouble.contains("This computer is offline."), "{trouble}");
    assert!(
        trouble.contains("not of what you typed") && trouble.contains("2 agents"),
        "{trouble}"
    );
    assert!(desk.text(".arithmetic").await.starts_with("2 agents x"));
    desk.browser.assert_accessible("outdated").await;
    desk.browser.picture("quote-outdated").await;
    // What would be copied now is not what is typed.
    desk.browser.click("[data-copy=text]").await;
    desk.browser
        .wait_until("document.querySelector('#said').textContent.startsWith('Not done')")
        .await;
    network(false).await;
    desk.browser
        .wait_until("document.querySelector('.arithmetic').textContent.startsWith('9 agents x')")
        .await;
    assert_eq!(desk.text("#trouble").await, "");
    desk.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_said_in_plain_words_and_asked_again() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    let board = desk.board_of("charged").await;
    desk.go(&format!("?board={board}")).await;
    // The service's own refusals, once each, by an intercepted answer: which then lets the next one through.
    for (status, code, said) in [
        (503, "not_ready", "The service has no fees yet"),
        (429, "rate_limited", "Too much was asked"),
        (503, "overloaded", "The service is busy"),
    ] {
        let refuse = format!(
            "(() => {{ const before = window.fetch; window.fetch = async (...all) => {{
                if (!String(all[0]).includes('/v1/quote')) return before(...all);
                window.fetch = before;
                return new Response(JSON.stringify({{ code: '{code}', detail: 'x' }}), {{ status: {status}, headers: {{ 'Retry-After': '1' }} }});
            }}; return true; }})()"
        );
        desk.browser.value(&refuse).await;
        desk.type_into("agents", "2").await;
        let trouble = desk.text("#trouble").await;
        assert!(trouble.contains(said), "{code}: {trouble}");
        // It is asked again by itself.
        desk.browser
            .wait_until("document.querySelector('#trouble').textContent === ''")
            .await;
        desk.settle().await;
    }
    desk.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_boards_are_quoted_and_one_more_is_refused_in_words() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    let boards = desk.boards().await;
    let ids: Vec<&str> = boards
        .iter()
        .map(|board| board["id"].as_str().unwrap())
        .collect();
    desk.go(&format!("?board={}", ids[..50].join(","))).await;
    let quoted = desk
        .browser
        .value("document.querySelectorAll('.board').length");
    assert_eq!(quoted.await, 50);
    desk.choose(ids[50]).await;
    let said = desk.browser.find("#board-said").await;
    let said = said.text().await.unwrap();
    assert!(said.contains("at most 50 boards"), "{said}");
    let chosen = "document.querySelectorAll('#chosen li').length";
    assert_eq!(desk.browser.value(chosen).await, 50);
    desk.go(&format!("?board={}", ids[..51].join(","))).await;
    let errors = desk.text("#board-error").await;
    assert!(errors.contains("a quote takes at most 50"), "{errors}");
    desk.browser.assert_no_faults().await;
}
