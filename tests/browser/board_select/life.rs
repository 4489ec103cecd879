//! What pages do around the element, and how people leave and come back.

use fantoccini::key::Key;
use serde_json::{Value, json};

use super::site::Page;
use super::{ELEMENT, SELECT, Stage};
use crate::browser::Browser;

const CEDAR: &str = "Cedar Valley MLS (CVMLS), IA";
/// None of the options that the page itself has: browsers alone do not restore it.
const QUEBEC: &str = "Élan Québec (EQ), QC";

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_back_to_a_page_that_was_kept_finds_it_as_it_was() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    stage.leave_and_come_back("cedar").await;
    assert_eq!(stage.browser.value("window.isKept").await, true);
    stage.wait_for(CEDAR, "9001").await;
    stage.leave_and_come_back("nonsense").await;
    stage.wait_for("nonsense", "").await;
    stage.browser.click("#send").await;
    assert_eq!(stage.browser.text("document.title").await, "Sign up");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_back_to_a_page_that_is_built_anew_finds_the_same_board() {
    let without = ["--disable-features=BackForwardCache"];
    let Some(browser) = Browser::start_with(&without).await else {
        return;
    };
    let stage = Stage::set_for(browser).await;
    for (typed, text, value) in [("elan", QUEBEC, "9005"), ("nonsense", "", "")] {
        stage.leave_and_come_back(typed).await;
        assert_eq!(stage.browser.value("window.isKept").await, Value::Null);
        stage.wait_for(text, value).await;
        let before = stage.site.sent().len();
        stage.browser.click("#send").await;
        let sent = stage.site.wait_for_sent(before + 1).await;
        assert_eq!(sent, format!("board={value}&who="));
    }
}

impl Stage {
    /// Types, takes the first row if there is one, leaves the page, and comes back to it.
    async fn leave_and_come_back(&self, typed: &str) {
        self.open("", SELECT).await;
        self.click_inside("[part=input]").await;
        self.browser.press(typed).await;
        self.press(Key::Down, 1).await;
        self.press(Key::Enter, 1).await;
        self.browser
            .value("void (window.isKept = true, location.href = '/elsewhere')")
            .await;
        self.browser
            .wait_until("location.pathname === '/elsewhere'")
            .await;
        self.browser.driver.back().await.unwrap();
        self.wait_for_list().await;
    }
}

/// Draws what `ROWS` says, each time the page is loaded: the names of fields in the page, and the hosts of fields in
/// shadows of their own, of which some have an id.
const DRAWN: &str = r#"<!doctype html><title>Drawn</title>
<script type="module" src="SERVICE/assets/ptf-board-select.js"></script>
<body><script>
const field = (name) => { const made = document.createElement("ptf-board-select"); made.setAttribute("name", name); return made; };
const [rows, hosts] = ROWS;
for (const name of rows) document.body.append(field(name));
for (const id of hosts) {
  const host = document.createElement("div");
  host.id = id;
  host.attachShadow({ mode: "open" }).append(field("board"));
  document.body.append(host);
}
window.fields = [...document.querySelectorAll("ptf-board-select"), ...[...document.querySelectorAll("div")].map((host) => host.shadowRoot.firstChild)];
</script></body>"#;

/// What is drawn and chosen, what is drawn after that, and what is chosen then.
type Drawn = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
);

#[rustfmt::skip]
const RELOADS: &[Drawn] = &[
    ("[['a', 'b'], []]", "['9001', '9002']", "[['b', 'c'], []]", &["9002", ""]),
    ("[['a', 'a'], []]", "['9001', '9002']", "[['a', 'a'], []]", &["", ""]),
    ("[['a', 'a'], []]", "['9001', '9002']", "[['a'], []]", &[""]),
    ("[[], ['', '']]", "['9001', '9002']", "[[], ['', '']]", &["", ""]),
    ("[['board'], ['one', 'two']]", "['9001', '9002', '9005']", "[['board'], ['two', 'three']]", &["9001", "9005", ""]),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_puts_no_board_into_the_field_of_another() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    let service = format!("http://{}", stage.service.api);
    let draw = |path: &str, rows: &str| {
        let page = DRAWN.replace("ROWS", rows).replace("SERVICE", &service);
        stage.site.put(path, Page::html(&page));
    };
    let are_there =
        "window.fields?.every((field) => field.querySelectorAll('option').length > 20) === true";
    for (count, (before, chosen, after, expected)) in RELOADS.iter().enumerate() {
        let path = format!("/drawn/{count}");
        draw(&path, before);
        let url = format!("{}{path}", stage.site.origin());
        stage.browser.open(&url).await;
        stage.browser.wait_until(are_there).await;
        let choose =
            format!("void {chosen}.forEach((value, place) => (fields[place].value = value))");
        stage.browser.value(&choose).await;
        draw(&path, after);
        stage.browser.driver.refresh().await.unwrap();
        stage.browser.wait_until(are_there).await;
        let found = stage
            .browser
            .value("fields.map(({ value }) => value)")
            .await;
        assert_eq!(found, json!(expected), "{before} {after}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_visit_finds_nothing_of_the_last_one() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    stage.open("", SELECT).await;
    stage.element("value = '9001'").await;
    stage.open("", SELECT).await;
    stage.wait_for("", "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_page_sets_before_the_script_is_there_counts() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    stage
        .browser
        .open(&format!("{}/sent", stage.site.origin()))
        .await;
    let script = format!("http://{}/assets/ptf-board-select.js", stage.service.api);
    let build = format!(
        "(async () => {{
            const element = document.createElement('ptf-board-select');
            document.body.append(element);
            element.value = 9005;
            element.request = (url, options) => (window.asked = [url, options.signal instanceof AbortSignal], fetch(url, options));
            await import({script:?});
        }})()"
    );
    stage.browser.settled(&build).await;
    stage.wait_for("Élan Québec (EQ), QC", "9005").await;
    let asked = format!("http://{}/v1/boards/options", stage.service.api);
    assert_eq!(stage.browser.value("asked").await, json!([asked, true]));
    assert_eq!(stage.element("board.status").await, "charged");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_may_take_it_out_put_it_back_and_give_it_another_select() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    stage.open("", SELECT).await;
    stage.element("value = '9002'").await;
    stage.browser.value(&format!("void (window.kept = {ELEMENT}, kept.remove(), document.querySelector('form').prepend(kept))")).await;
    stage.wait_for("Bay Free MLS (BFMLS), CA", "9002").await;
    // It still hears of the form, and of it alone.
    stage
        .browser
        .value("void document.body.insertAdjacentHTML('beforeend', '<form id=other></form>')")
        .await;
    stage
        .browser
        .value("document.querySelector('#other').reset()")
        .await;
    stage
        .browser
        .value("new Promise((done) => setTimeout(done))")
        .await;
    assert_eq!(stage.element("value").await, "9002");
    // A reset that the page does not want is none.
    let cancelled = "new Promise((done) => { const form = document.querySelector('#form'); form.addEventListener('reset', (event) => event.preventDefault(), { once: true }); HTMLFormElement.prototype.reset.call(form); setTimeout(done, 50); })";
    stage.browser.settled(cancelled).await;
    assert_eq!(stage.element("value").await, "9002");
    stage.browser.click("#reset").await;
    stage.wait_for("", "").await;
    // As frameworks do that draw anew: another select, which has other options.
    stage.element("value = '9002'").await;
    stage.browser.value("void (kept.innerHTML = '<select id=board name=another form=form><option value=9001>Only this</option></select>')").await;
    stage.wait_for_list().await;
    stage.wait_for("Bay Free MLS (BFMLS), CA", "9002").await;
    // One that has a board of its own chosen counts as it is.
    stage.browser.value("void (window.another = kept.querySelector('select'), kept.innerHTML = '<select><option value=9001 selected>Cedar</option></select>')").await;
    stage.wait_for(CEDAR, "9001").await;
    // The one from before again: each change is told once.
    stage
        .browser
        .value("void kept.replaceChildren(another)")
        .await;
    stage.browser.wait_until("another.value === '9001'").await;
    stage.listen().await;
    stage.browser.value("['input', 'change'].forEach((name) => { another.value = '9002'; another.dispatchEvent(new Event(name, { bubbles: true })); })").await;
    assert_eq!(
        stage.heard().await,
        ["input 9002 9002 none", "change 9002 9002 none"]
    );
    // And outside of the form that it belongs to.
    stage.browser.value("void document.body.append(kept)").await;
    stage.browser.click("#send").await;
    assert_eq!(stage.site.wait_for_sent(1).await, "who=&another=9002");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_being_composed_is_left_alone() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    stage.open("", SELECT).await;
    stage.click_inside("[part=input]").await;
    let composing = json!({ "text": "élan", "selectionStart": 4, "selectionEnd": 4 });
    stage
        .browser
        .protocol("Input.imeSetComposition", composing)
        .await;
    assert_eq!(stage.rows().await, ["Élan Québec (EQ), QC"]);
    // These keys are the input method's.
    for key in ["ArrowDown", "Enter", "Escape"] {
        let pressed = json!({ "type": "rawKeyDown", "key": key });
        stage
            .browser
            .protocol("Input.dispatchKeyEvent", pressed)
            .await;
        assert_eq!(stage.typed().await, "élan", "{key}");
        assert_eq!(stage.rows().await.len(), 1, "{key}");
        assert_eq!(stage.element("value").await, "", "{key}");
    }
    let composed = json!({ "text": "élan" });
    stage.browser.protocol("Input.insertText", composed).await;
    stage.press(Key::Down, 1).await;
    stage.press(Key::Enter, 1).await;
    stage.wait_for("Élan Québec (EQ), QC", "9005").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_back_at_once_and_types_on_hears_no_complaint() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    stage.open("", SELECT).await;
    // In one go: people are that quick, drivers of browsers are not.
    let message = |then: &str| {
        format!(
            "new Promise((done) => {{ const root = {ELEMENT}.shadowRoot; const input = root.querySelector('input'); const type = (text) => {{ input.focus(); input.value = text; input.dispatchEvent(new Event('input', {{ bubbles: true }})); }}; type('ced'); input.blur(); {then}; setTimeout(() => done(root.querySelector('[part=message]').textContent), 500); }})"
        )
    };
    let left = stage.browser.settled(&message("")).await;
    assert_eq!(left, "No board chosen: pick one from the list");
    let back = stage.browser.settled(&message("type('ceda')")).await;
    assert_eq!(back, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn screen_readers_are_told_how_many_match_and_what_is_charged() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    stage.open("", SELECT).await;
    let live = |text: &str| {
        format!(
            "{ELEMENT}.shadowRoot.querySelector('[part=live][role=status]').textContent === {text:?}"
        )
    };
    stage.click_inside("[part=input]").await;
    stage.browser.press("twin waters").await;
    stage.browser.wait_until(&live("2 boards")).await;
    stage.browser.press("x").await;
    stage.browser.wait_until(&live("No board matches")).await;
    stage.press(Key::Backspace, 1).await;
    stage.press(Key::Down, 1).await;
    stage.press(Key::Enter, 1).await;
    stage.browser.wait_until(&live("● $10.00/mo")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_hear_of_boards_and_of_each_change_once() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    stage.open("", SELECT).await;
    // On the form: whatever comes up to it.
    stage.browser.value("void (window.heard = [], ['input', 'change'].forEach((name) => document.querySelector('form').addEventListener(name, ({ target, detail }) => heard.push(`${name} ${target.localName} ${detail?.board?.label ?? null}`))))").await;
    stage.click_inside("[part=input]").await;
    stage.browser.press("cedar").await;
    assert!(stage.heard().await.is_empty(), "letters are no news");
    stage.press(Key::Down, 1).await;
    stage.press(Key::Enter, 1).await;
    let cedar = "Cedar Valley MLS (CVMLS), IA";
    let both =
        |label: &str| ["input", "change"].map(|name| format!("{name} ptf-board-select {label}"));
    assert_eq!(stage.heard().await, both(cedar));
    // The value goes at the first letter; that the field was changed is told on leaving it.
    stage.press(Key::Backspace, 2).await;
    assert_eq!(stage.heard().await, ["input ptf-board-select null"]);
    stage.browser.click("h1").await;
    assert_eq!(stage.heard().await, ["change ptf-board-select null"]);
    // As browsers fill forms in.
    stage.browser.value("['input', 'change'].forEach((name) => { const select = document.querySelector('#board'); select.value = '9001'; select.dispatchEvent(new Event(name, { bubbles: true })); })").await;
    assert_eq!(stage.heard().await, both(cedar));
    // What a script sets, it knows.
    stage.element("value = '9002'").await;
    stage.element("clear()").await;
    assert!(stage.heard().await.is_empty());
}
