//! The curated list: found, edited, put back; and what happens when two edit at once.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Scene, version};
use crate::harness::{Service, documented_fees, read};

/// The list of these tests: the documented fees, and an entry whose board has markup for a name.
pub(super) async fn listed() -> Option<Scene> {
    let scene = Scene::synced().await?;
    let header = documented_fees().lines().next().unwrap().to_owned();
    assert_eq!(scene.world.import(&documented_fees()).code, 0);
    let row = "x1,<script>window.__injected = true</script>,,CA,US,direct,charged,false,idx,<img src=x onerror=window.__injected=true>,12.00,,USD,monthly,,account,0,,,,,,,,,2024-01-31";
    let imported = scene.world.import(&format!("{header}\n{row}\n"));
    assert_eq!(imported.code, 0, "{}", imported.stderr);
    Some(scene)
}

/// The same, with a curator who has opened [`ENTRY`].
pub(super) async fn editing() -> Option<(Scene, Service)> {
    let scene = listed().await?;
    let service = scene.serve();
    scene.open(&service, "curator").await;
    scene.browser.click(OPEN).await;
    scene.wait_for_text("dialog legend", "Set-up fee").await;
    Some((scene, service))
}

pub(super) const ENTRY: &str = "/v1/curated-fees/147/pass_through";
pub(super) const OPEN: &str = "[data-key='entry-147-pass_through']";

pub(super) async fn entry(scene: &Scene, service: &Service) -> (Value, String) {
    let token = scene.token("reader");
    let answer = read(service.request(Method::GET, ENTRY).bearer_auth(token)).await;
    let etag = answer.headers["etag"].to_str().unwrap().to_owned();
    (answer.json(), etag)
}

/// Somebody else sets the set-up fee.
pub(super) async fn meanwhile(scene: &Scene, service: &Service, amount: &str) {
    let (mut changed, etag) = entry(scene, service).await;
    changed["fees"][0]["amount"] = json!(amount);
    let put = service
        .request(Method::PUT, ENTRY)
        .bearer_auth(scene.token("curator"))
        .header("If-Match", etag)
        .header("Content-Type", "application/json")
        .body(changed.to_string());
    assert_eq!(read(put).await.status, 200);
}

pub(super) async fn set_up_fee(scene: &Scene, service: &Service) -> String {
    let (entry, _) = entry(scene, service).await;
    entry["fees"][0]["amount"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_are_found_by_words_answers_and_how_long_ago_they_were_verified() {
    let Some(scene) = listed().await else { return };
    let service = scene.serve();
    scene.open(&service, "reader").await;
    scene
        .wait_for_text("#curated [role=status]", "14 entries")
        .await;
    scene.browser.click("#find-entry").await;
    scene.browser.press("stellar").await;
    scene
        .wait_for_text("#curated [role=status]", "1 of 14 entries")
        .await;
    let row = scene.text("#curated tbody").await;
    assert!(
        row.contains("450.00 USD per office a year, at most 7,500.00"),
        "{row}"
    );
    scene.retype("#find-entry", "script").await;
    scene
        .wait_for_text("#curated [role=status]", "1 of 14 entries")
        .await;
    let row = scene.text("#curated tbody").await;
    assert!(
        row.contains("<script>") && row.contains("<img src=x onerror="),
        "{row}"
    );
    assert!(row.contains("too long ago 2024-01-31"), "{row}");
    assert_eq!(
        scene.browser.value("window.__injected ?? null").await,
        Value::Null
    );
    scene.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_is_edited_told_who_did_it_and_undone() {
    let Some(scene) = listed().await else { return };
    let service = scene.serve();
    scene.open(&service, "operator").await;
    let before = version(&service).await;
    scene.browser.click(OPEN).await;
    scene.wait_for_text("dialog legend", "Set-up fee").await;

    scene.fill("/fees/0/amount", "a lot").await;
    scene.browser.click("dialog .save").await;
    scene
        .wait_for_text("dialog [aria-invalid=true] ~ .error", "a lot")
        .await;
    assert_eq!(
        scene
            .browser
            .text("document.activeElement.dataset.pointer")
            .await,
        "/fees/0/amount"
    );
    scene.browser.assert_accessible("a field is wrong").await;
    assert_eq!(version(&service).await, before, "nothing was saved");

    scene.fill("/fees/0/amount", "125.00").await;
    scene.browser.click("dialog .save").await;
    scene.wait_for_text("dialog .note.good", "Saved").await;
    assert_eq!(set_up_fee(&scene, &service).await, "125.00");
    assert_eq!(version(&service).await, before + 1);

    scene.browser.click("dialog .audit summary").await;
    scene.wait_for_text("dialog .audit", "(tester)").await;
    scene.wait_for_text("dialog .audit td", "+25\u{a0}%").await;
    scene.browser.click("dialog .close").await;
    scene
        .wait_for_text("#curated tbody", "125.00 USD once")
        .await;

    scene.browser.click("#deeds button").await;
    scene.wait_for_text("#curated .note", "Undone").await;
    assert_eq!(set_up_fee(&scene, &service).await, "100.00");
    scene.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_edit_at_once_see_each_others_words_and_choose() {
    let Some((scene, service)) = editing().await else {
        return;
    };
    meanwhile(&scene, &service, "110.00").await;
    scene.fill("/fees/0/amount", "120.00").await;
    scene.browser.click("dialog .save").await;
    scene
        .wait_for_text("dialog .decide", "Somebody changed this entry")
        .await;
    let both = scene.text("dialog .decide table").await;
    assert!(
        both.contains("110.00 USD once") && both.contains("120.00 USD once"),
        "{both}"
    );
    scene.browser.assert_accessible("two edits").await;
    scene.browser.picture("ops-conflict").await;
    assert_eq!(set_up_fee(&scene, &service).await, "110.00");
    scene.browser.click("dialog .take").await;
    scene
        .wait_for_text("dialog .note.good", "This is theirs")
        .await;
    let field = "document.querySelector('dialog [data-pointer=\"/fees/0/amount\"]').value";
    assert_eq!(scene.browser.text(field).await, "110.00");

    meanwhile(&scene, &service, "111.00").await;
    scene.fill("/fees/0/amount", "120.00").await;
    scene.browser.click("dialog .save").await;
    scene
        .wait_for_text("dialog .decide", "Somebody changed this entry")
        .await;
    scene.browser.click("dialog .overrule").await;
    scene.wait_for_text("dialog .note.good", "Saved").await;
    assert_eq!(set_up_fee(&scene, &service).await, "120.00");

    // What somebody changed since is not undone over his head.
    scene.browser.click("dialog .close").await;
    meanwhile(&scene, &service, "130.00").await;
    scene.wait_for_text("#deeds", "Undo").await;
    scene.browser.click("#deeds button").await;
    scene.wait_for_text("#curated .note", "Not undone").await;
    assert_eq!(set_up_fee(&scene, &service).await, "130.00");
    scene.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_is_added_by_the_keyboard_and_taken_off_and_put_back() {
    let Some(scene) = listed().await else { return };
    let service = scene.serve();
    scene.open(&service, "curator").await;
    scene.tab_to("#new-board").await;
    scene.browser.press("1002").await;
    scene.tab_to("#new-channel").await;
    scene.browser.press(fantoccini::key::Key::Down + "").await;
    scene.enter("#curated form button").await;
    scene.wait_for_text("dialog .save", "Put on the list").await;
    scene.tab_to("dialog [data-pointer='/status']").await;
    // The second of the answers: no fee.
    scene.browser.press("No fee").await;
    scene.tab_to("dialog [data-pointer='/note']").await;
    scene.browser.press("Membership covers it.").await;
    scene.enter("dialog .save").await;
    scene.wait_for_text("dialog .note.good", "Saved").await;
    let path = "/v1/boards/1002";
    let board = service
        .wait_for(path, |board| board["direct"]["status"] == "none")
        .await;
    assert_eq!(board["direct"]["note"], "Membership covers it.");

    scene.enter("dialog form .danger").await;
    scene
        .wait_for_text("dialog .decide", "Take this entry off")
        .await;
    scene.enter("dialog .decide .danger").await;
    scene
        .wait_for_text("dialog .note.good", "Taken off the list")
        .await;
    service
        .wait_for(path, |board| board["direct"]["status"] == "unknown")
        .await;
    scene.browser.press(fantoccini::key::Key::Escape + "").await;
    scene.wait_for_text("#deeds", "taken off").await;
    scene.enter("#deeds button").await;
    scene.wait_for_text("#curated .note", "Undone").await;
    service
        .wait_for(path, |board| board["direct"]["status"] == "none")
        .await;
    scene.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_saved_is_not_lost_without_a_question() {
    let Some((scene, _service)) = editing().await else {
        return;
    };
    scene.fill("/fees/0/amount", "120.00").await;
    for _ in 0..2 {
        scene.browser.press(fantoccini::key::Key::Escape + "").await;
        scene
            .wait_for_text("dialog .decide", "Close without saving?")
            .await;
    }
    scene.browser.click("dialog .decide .primary").await;
    let look = "document.querySelector('[data-key=refresh]').click()";
    scene.browser.value(look).await;
    let field = "document.querySelector('dialog [data-pointer=\"/fees/0/amount\"]').value";
    assert_eq!(scene.browser.text(field).await, "120.00");
    let asks = "(() => { const event = new Event('beforeunload', { cancelable: true }); dispatchEvent(event); return event.defaultPrevented; })()";
    assert_eq!(scene.browser.value(asks).await, true);
    scene.browser.press(fantoccini::key::Key::Escape + "").await;
    scene.browser.click("dialog .discard").await;
    scene
        .browser
        .wait_until("document.querySelector('dialog') === null")
        .await;
    assert_eq!(scene.browser.value(asks).await, false);
    scene.browser.assert_no_faults().await;
}
