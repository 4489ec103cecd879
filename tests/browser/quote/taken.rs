//! A quote is taken along: as text, JSON, a command, a link, on paper.

use std::process::Command;

use serde_json::{Value, json};

use super::Desk;

/// Lets the page read what it has put into the clipboard.
async fn allow_clipboard(desk: &Desk) {
    let origin = format!("http://{}", desk.service.api);
    let allowed = json!({ "origin": origin, "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
    desk.browser
        .protocol("Browser.grantPermissions", allowed)
        .await;
}

/// Copies by this button, and gives what the clipboard has then.
async fn copied(desk: &Desk, way: &str) -> String {
    desk.browser
        .value("(document.querySelector('#said').textContent = '', true)")
        .await;
    desk.browser.click(&format!("[data-copy={way}]")).await;
    desk.browser
        .wait_until("document.querySelector('#said').textContent.includes('copied')")
        .await;
    let text = desk.browser.settled("navigator.clipboard.readText()").await;
    text.as_str().unwrap().to_owned()
}

/// What does not stay the same between two answers.
fn without_times(mut quote: Value) -> Value {
    for name in ["quoted_at", "checked_at", "valid_until"] {
        quote[name] = Value::Null;
    }
    quote
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_copied_says_what_is_shown() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    allow_clipboard(&desk).await;
    let charged = desk
        .board(|board| board["pass_through"]["fees"][0]["currency"] == "USD")
        .await;
    let unknown = desk.board_of("unknown").await;
    let query = format!("?board={charged}&board={unknown}&agents=4");
    desk.go(&query).await;
    let quote = desk.quote(&query).await;

    let text = copied(&desk, "text").await;
    let row = &quote["totals"][0]["combined"];
    let first_year = super::money(row["first_year"].as_str().unwrap(), "USD");
    for said in [
        format!("at least {first_year} in the first year"),
        "4 agents, 1 office".to_owned(),
        "(partly known)".to_owned(),
        "- Direct, billed by the board to its members: not known\n".to_owned(),
        "Not included: the IDX service itself".to_owned(),
    ] {
        assert!(text.contains(&said), "{said}: {text}");
    }
    for board in quote["boards"].as_array().unwrap() {
        assert!(text.contains(board["name"].as_str().unwrap()), "{text}");
    }
    for warning in quote["warnings"].as_array().unwrap() {
        assert!(
            text.contains(warning["message"].as_str().unwrap()),
            "{text}"
        );
    }
    assert!(!text.contains("$0.00"), "{text}");

    let copied_json: Value = serde_json::from_str(&copied(&desk, "json").await).unwrap();
    assert_eq!(without_times(copied_json), without_times(quote.clone()));

    // The command, run as it stands.
    let command = copied(&desk, "curl").await;
    let answer = Command::new("sh")
        .args(["-c", &format!("{command} -s")])
        .output()
        .unwrap();
    let answer: Value =
        serde_json::from_slice(&answer.stdout).unwrap_or_else(|error| panic!("{error}: {command}"));
    assert_eq!(without_times(answer), without_times(quote.clone()));
    assert!(
        command.contains("catalog_version=") && command.contains("starts_on="),
        "{command}"
    );

    let link = copied(&desk, "link").await;
    assert!(text.contains(&link), "{text}");
    let totals = desk.text(".totals").await;
    desk.browser.open(&link).await;
    desk.browser
        .wait_until("document.querySelector('.totals') !== null")
        .await;
    assert_eq!(desk.text(".totals").await, totals);
    desk.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_last_is_what_is_copied() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    allow_clipboard(&desk).await;
    let board = desk
        .board(|board| board["pass_through"]["fees"][0]["basis"] == "agent")
        .await;
    desk.go(&format!("?board={board}&agents=2")).await;
    // The button is faster than the answer.
    desk.set_field("agents", "8").await;
    let text = copied(&desk, "text").await;
    assert!(
        text.contains("For 8 agents,") && text.contains("(8 agents x "),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_page_may_not_copy_the_text_is_shown_selected() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    let board = desk.board_of("charged").await;
    desk.go(&format!("?board={board}")).await;
    // As on a page that came over plain HTTP from another machine.
    desk.browser
        .value("Object.defineProperty(navigator, 'clipboard', { value: undefined }) && true")
        .await;
    desk.browser.click("[data-copy=curl]").await;
    desk.browser
        .wait_until("document.querySelector('dialog[open] textarea') !== null")
        .await;
    let selected = desk.browser.text("(() => { const area = document.activeElement; return area.value.slice(area.selectionStart, area.selectionEnd); })()").await;
    assert!(selected.starts_with("curl 'http://"), "{selected}");
    desk.browser
        .assert_accessible("text to be copied by hand")
        .await;
    desk.browser.press(fantoccini::key::Key::Escape + "").await;
    desk.browser
        .wait_until("document.querySelector('dialog') === null")
        .await;
    let focused = desk
        .browser
        .text("document.activeElement.dataset.copy ?? ''")
        .await;
    assert_eq!(focused, "curl", "the focus goes back to the button");
    desk.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_paper_stands_the_quote_without_the_controls() {
    let Some(desk) = Desk::open().await else {
        return;
    };
    let charged = desk.board_of("charged").await;
    let unknown = desk.board_of("unknown").await;
    desk.go(&format!("?board={charged}&board={unknown}&agents=4"))
        .await;
    desk.browser
        .protocol("Emulation.setEmulatedMedia", json!({ "media": "print" }))
        .await;
    // A page of US letter less its margins.
    let paper = json!({ "width": 740, "height": 980, "deviceScaleFactor": 1, "mobile": false });
    desk.browser
        .protocol("Emulation.setDeviceMetricsOverride", paper)
        .await;
    let text = desk.browser.text("document.body.innerText").await;
    for said in [
        "Quote for ",
        "4 agents",
        "First year",
        "Not known",
        "Not included",
        "Exactly this quote: http://",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    for control in [
        "Copy",
        "Print",
        "Remove",
        "Add a board",
        "Operations",
        "ago)",
        "token",
    ] {
        assert!(!text.contains(control), "{control}: {text}");
    }
    let controls = "[...document.querySelectorAll('button, input, select, ptf-board-select')].filter((control) => control.checkVisibility()).length";
    assert_eq!(desk.browser.value(controls).await, 0);
    let wide = "document.documentElement.scrollWidth > innerWidth";
    assert_eq!(
        desk.browser.value(wide).await,
        false,
        "too wide for the paper"
    );
    desk.browser.picture("quote-print").await;
    let printed = desk
        .browser
        .protocol(
            "Page.printToPDF",
            json!({ "paperWidth": 8.5, "paperHeight": 11 }),
        )
        .await;
    use base64::Engine;
    let pdf = base64::prelude::BASE64_STANDARD
        .decode(printed["data"].as_str().unwrap())
        .unwrap();
    let pages = String::from_utf8_lossy(&pdf)
        .matches("/Type /Page\n")
        .count();
    assert_eq!(pages, 1, "two boards fit on one page");
}
