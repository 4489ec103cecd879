//! The list: what happens when it is late, fails, or shrinks.

use std::time::Duration;

use fantoccini::key::Key;
use serde_json::{Value, json};

use super::site::Page;
use super::{ELEMENT, SELECT, Stage};

/// An answer with these boards.
pub(super) fn list(boards: &[(&str, &str)]) -> Page {
    let options: Vec<Value> = boards
        .iter()
        .map(|(value, label)| json!({"value": value, "label": label, "states": ["IA"], "fee_label": "$20.00/mo", "status": "charged"}))
        .collect();
    let body = json!({"catalog_version": 1, "options": options}).to_string();
    Page::json(&body).header("cache-control", "no-store")
}

#[tokio::test(flavor = "multi_thread")]
async fn late_answers_never_overwrite_newer_ones() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    // The page's own function heeds no signal: nothing but the element's own care helps.
    stage.site.put(
        "/slow",
        list(&[("1", "Late")]).after(Duration::from_millis(700)),
    );
    stage.site.put("/quick", list(&[("2", "Newer")]));
    stage.open("", SELECT).await;
    let ask = "async (url) => { asked.push(url); const answer = await fetch(url); answered.push(url); return answer; }";
    stage
        .browser
        .value(&format!(
            "void (window.asked = [], window.answered = [], {ELEMENT}.request = {ask})"
        ))
        .await;
    stage
        .browser
        .value(&format!("void {ELEMENT}.setAttribute('src', '/slow')"))
        .await;
    stage.browser.wait_until("asked.length === 1").await;
    stage
        .browser
        .value(&format!("void {ELEMENT}.setAttribute('src', '/quick')"))
        .await;
    stage.browser.wait_until(&has("Newer")).await;
    stage.browser.wait_until("answered.length === 2").await;
    // It has come, and is read after that.
    let later = "new Promise((done) => setTimeout(done, 200))";
    stage.browser.settled(later).await;
    assert_eq!(stage.browser.value(&has("Newer")).await, true);
    assert_eq!(stage.browser.value(&has("Late")).await, false);
    // Attributes that are set together are one request.
    stage.browser.value(&format!("void ({ELEMENT}.setAttribute('src', '/quick?a'), {ELEMENT}.setAttribute('state', 'IA'))")).await;
    stage.browser.wait_until("answered.length === 3").await;
    assert_eq!(stage.site.queries("/quick").last().unwrap(), "a=&state=IA");
}

/// Whether the select has an option of this text.
fn has(text: &str) -> String {
    format!(
        "[...{ELEMENT}.querySelector('select').options].some((option) => option.text.startsWith({text:?}))"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_list_cannot_be_fetched_the_last_one_stays_and_its_age_is_shown() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    stage.open("", SELECT).await;
    // The same address; what answers there is the page's own affair.
    stage
        .browser
        .value(&format!("void ({ELEMENT}.request = () => fetch('/list'))"))
        .await;
    stage.browser.value(&format!("void ['load', 'error'].forEach((name) => {ELEMENT}.addEventListener(name, ({{ detail }}) => (window.told = [name, detail.count ?? detail.error.message, detail.lastLoadedAt ?? null])))")).await;
    stage.site.put("/list", Page::json("down").status(500));
    stage.element("reload()").await;
    stage
        .browser
        .wait_until("window.told?.[0] === 'error'")
        .await;
    let notice = stage.part("notice", "textContent").await;
    let notice = notice.as_str().unwrap();
    assert!(
        notice.starts_with("List from ") && notice.contains(", could not be refreshed"),
        "{notice}"
    );
    assert_eq!(
        stage
            .browser
            .value("told[2] instanceof Date && told[1].endsWith('/options: 500')")
            .await,
        true
    );
    stage.browser.assert_accessible("an old list").await;
    stage.click_inside("[part=input]").await;
    stage.browser.press("cedar").await;
    stage.press(Key::Down, 1).await;
    stage.press(Key::Enter, 1).await;
    stage.wait_for("Cedar Valley MLS (CVMLS), IA", "9001").await;
    stage.browser.picture("board-select-old").await;
    // Again, by the keyboard: past the button that clears.
    stage
        .site
        .put("/list", list(&[("9001", "Cedar Valley, renamed")]));
    stage.press(Key::Tab, 2).await;
    stage.press(Key::Enter, 1).await;
    stage.wait_for("Cedar Valley, renamed", "9001").await;
    assert_eq!(stage.part("retry", "hidden").await, true);
    assert_eq!(stage.part("notice", "textContent").await, "");
    assert!(
        stage.is_focused().await,
        "the button that is gone had the focus"
    );
    assert_eq!(stage.browser.value("told").await, json!(["load", 1, null]));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_first_list_the_pages_own_options_can_be_used() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    stage.site.put("/list", Page::json("down").status(503));
    let page = stage.form("src=/list", SELECT);
    stage.show(page).await;
    stage
        .browser
        .wait_until(&format!(
            "{ELEMENT}.shadowRoot?.querySelector('[part=retry]').hidden === false"
        ))
        .await;
    let notice = stage.part("notice", "textContent").await;
    assert!(
        notice
            .as_str()
            .unwrap()
            .starts_with("The list could not be loaded"),
        "{notice}"
    );
    assert_eq!(stage.part("field", "checkVisibility()").await, false);
    stage.browser.assert_accessible("no list").await;
    stage.browser.picture("board-select-failed").await;
    stage.press(Key::Tab, 1).await;
    stage.browser.press("Bay").await;
    assert_eq!(stage.element("value").await, "9002");
    // The list comes after all: what was chosen stays.
    stage
        .site
        .put("/list", list(&[("9002", "Bay Free MLS (BFMLS), CA")]));
    stage.click_inside("[part=retry]").await;
    stage.wait_for("Bay Free MLS (BFMLS), CA", "9002").await;
    stage
        .browser
        .wait_until(&format!(
            "{ELEMENT}.shadowRoot.querySelector('[part=field]').checkVisibility()"
        ))
        .await;
    stage.browser.click("#send").await;
    assert_eq!(stage.site.wait_for_sent(1).await, "board=9002&who=");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_that_is_not_offered_any_more_is_not_sent() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    stage.open("", SELECT).await;
    stage.listen().await;
    stage.element("value = '9001'").await;
    // Another state: the board is in no list of it.
    stage
        .browser
        .value(&format!("void {ELEMENT}.setAttribute('state', 'NV')"))
        .await;
    stage.wait_for("Cedar Valley MLS (CVMLS), IA", "").await;
    assert_eq!(
        stage.heard().await,
        ["input  null null", "change  null null"]
    );
    let message = stage.part("message", "textContent").await;
    assert_eq!(
        message,
        "Cedar Valley MLS (CVMLS), IA is not offered any more: pick another board"
    );
    stage.browser.click("#send").await;
    assert!(stage.is_focused().await);
    assert!(stage.site.sent().is_empty());
    stage.press(Key::Escape, 1).await;
    stage.browser.press("ask").await;
    stage.press(Key::Down, 1).await;
    stage.press(Key::Enter, 1).await;
    stage.browser.click("#send").await;
    assert_eq!(stage.site.wait_for_sent(1).await, "board=9003&who=");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_waits_for_the_list() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    stage.site.put(
        "/list",
        list(&[("2", "Second")]).after(Duration::from_millis(500)),
    );
    let page = stage.form("src=/list", SELECT);
    stage.show(page).await;
    stage
        .browser
        .wait_until(&format!("!!{ELEMENT}.shadowRoot"))
        .await;
    stage.element("value = '2'").await;
    assert_eq!(stage.element("value").await, "", "not before it is known");
    stage.wait_for("Second", "2").await;
    assert_eq!(stage.element("board.fee_label").await, "$20.00/mo");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_value_waits_for_the_list_nothing_is_sent_in_its_place() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    stage.site.put("/list", Page::json("down").status(503));
    for (again, sent) in [(true, "board=2&who="), (false, "who=")] {
        let page = stage.form("src=/list name=board value=2", "");
        stage.show(page).await;
        stage.browser.wait_until(&can_retry(true)).await;
        let before = stage.site.sent().len();
        stage.browser.click("#send").await;
        assert!(stage.is_focused().await);
        assert_eq!(
            stage.part("message", "textContent").await,
            "The list of boards is not there yet"
        );
        assert_eq!(stage.site.sent().len(), before);
        // The list comes after all, or the value is given up.
        if again {
            stage.site.put("/list", list(&[("2", "Second")]));
            stage.click_inside("[part=retry]").await;
            stage.wait_for("Second", "2").await;
            stage.site.put("/list", Page::json("down").status(503));
        } else {
            stage.press(Key::Escape, 1).await;
        }
        assert_eq!(stage.part("message", "textContent").await, "");
        stage.browser.click("#send").await;
        assert_eq!(stage.site.wait_for_sent(before + 1).await, sent);
    }
}

/// Whether the button is there that asks for the list again.
fn can_retry(can: bool) -> String {
    format!(
        "{ELEMENT}.shadowRoot?.querySelector('[part=retry]').hidden === {}",
        !can
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn boards_of_another_list_are_not_on_offer_when_the_new_one_fails() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    stage.open("", SELECT).await;
    stage.element("value = '9003'").await;
    stage
        .browser
        .value(&format!("void ({ELEMENT}.request = async () => new Response('', {{ status: 503 }}), {ELEMENT}.setAttribute('state', 'NV'))"))
        .await;
    stage.browser.wait_until(&can_retry(true)).await;
    assert_eq!(
        stage.part("notice", "textContent").await,
        "The list could not be loaded "
    );
    stage.wait_for("", "").await;
    assert_eq!(stage.element("querySelector('select').length").await, 1);
    stage.click_inside("[part=input]").await;
    assert!(stage.rows().await.is_empty());
    stage.browser.click("#send").await;
    assert!(stage.site.sent().is_empty(), "a board was chosen");
    // What was chosen waits for the list.
    stage
        .browser
        .value(&format!("void delete {ELEMENT}.request"))
        .await;
    stage.click_inside("[part=retry]").await;
    stage.wait_for("Ask Us MLS (AUMLS), NV", "9003").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_element_of_a_page_is_its_own() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    stage.open("value=9001", SELECT).await;
    stage
        .browser
        .value(&format!(
            "void {ELEMENT}.after(document.createElement('ptf-board-select'))"
        ))
        .await;
    stage
        .browser
        .value(
            "void document.querySelectorAll('ptf-board-select')[1].setAttribute('name', 'second')",
        )
        .await;
    let second = "document.querySelectorAll('ptf-board-select')[1]";
    stage
        .browser
        .wait_until(&format!("{second}.querySelectorAll('option').length > 20"))
        .await;
    stage
        .browser
        .value(&format!("void ({second}.value = '9002')"))
        .await;
    stage.wait_for("Cedar Valley MLS (CVMLS), IA", "9001").await;
    stage.browser.click("#send").await;
    assert_eq!(
        stage.site.wait_for_sent(1).await,
        "board=9001&second=9002&who="
    );
}
