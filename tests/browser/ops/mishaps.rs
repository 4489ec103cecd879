//! What goes wrong while an entry is edited: somebody is faster, a token runs out.

use reqwest::Method;
use serde_json::Value;

use super::Scene;
use super::curated::{ENTRY, OPEN, editing, meanwhile, set_up_fee};
use crate::harness::read;

const AMOUNT: &str = "document.querySelector('dialog [data-pointer=\"/fees/0/amount\"]').value";

impl Scene {
    async fn take_off(&self) {
        self.browser.click("dialog form .danger").await;
        self.browser.click("dialog .decide .danger").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_changed_is_not_taken_off_unseen() {
    let Some((scene, service)) = editing().await else {
        return;
    };
    meanwhile(&scene, &service, "110.00").await;
    scene.take_off().await;
    scene.wait_for_text("dialog .take", "Keep theirs").await;
    let shown = scene.text("dialog .decide").await;
    for part in ["110.00 USD once", "Off the list", "Nothing was taken off"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    scene.browser.assert_accessible("not taken off").await;
    scene.browser.picture("ops-not-taken-off").await;
    scene.browser.click("dialog .take").await;
    scene
        .wait_for_text("dialog .note.good", "It stays on the list")
        .await;
    assert_eq!(set_up_fee(&scene, &service).await, "110.00");

    // Where theirs cannot be read, that is said.
    meanwhile(&scene, &service, "111.00").await;
    scene.intercept().await;
    let refuse = format!("(window.__refused = 'GET {ENTRY}')");
    scene.browser.value(&refuse).await;
    scene.take_off().await;
    scene
        .wait_for_text("dialog .note.bad", "The service answered 503")
        .await;
    scene.browser.value("(window.__refused = null)").await;
    scene.take_off().await;
    scene.wait_for_text("dialog .take", "Keep theirs").await;
    scene.browser.click("dialog .overrule").await;
    scene
        .wait_for_text("dialog .note.good", "Taken off the list")
        .await;
    let token = scene.token("reader");
    let gone = read(service.request(Method::GET, ENTRY).bearer_auth(token)).await;
    assert_eq!(gone.status, 404);
    scene.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_ran_out_costs_nothing_that_was_typed() {
    let Some((scene, service)) = editing().await else {
        return;
    };
    scene.fill("/fees/0/amount", "125.00").await;
    let lose = "sessionStorage.setItem('ptf-token', 'ptf_gone')";
    scene.browser.value(lose).await;
    scene.browser.click("dialog .save").await;
    scene
        .wait_for_text("dialog form", "This token is no longer accepted.")
        .await;
    let focused = "document.activeElement.id";
    assert_eq!(scene.browser.text(focused).await, "another-token");
    scene
        .browser
        .assert_accessible("a token that ran out")
        .await;
    scene.browser.picture("ops-another-token").await;

    // It can be closed, and what was typed is there again.
    scene.browser.press(fantoccini::key::Key::Escape + "").await;
    scene.browser.click("dialog .keep").await;
    scene
        .browser
        .wait_until("document.querySelector('dialog') === null")
        .await;
    let back = format!(
        "sessionStorage.setItem('ptf-token', '{}')",
        scene.token("reader")
    );
    scene.browser.value(&back).await;
    scene.browser.click(OPEN).await;
    scene.wait_for_text("dialog legend", "Set-up fee").await;
    assert_eq!(scene.browser.text(AMOUNT).await, "125.00");

    scene.browser.value(lose).await;
    scene.browser.click("dialog .save").await;
    scene
        .browser
        .wait_until("document.activeElement.id === 'another-token'")
        .await;
    scene.browser.press(scene.token("operator")).await;
    scene.browser.press(fantoccini::key::Key::Enter + "").await;
    scene.wait_for_text("dialog .note.good", "Saved").await;
    assert_eq!(set_up_fee(&scene, &service).await, "125.00");
    scene.wait_for_text("#who", "operator").await;
    scene.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_forgotten_leaves_nothing_of_staff_in_the_tab() {
    let Some((scene, _service)) = editing().await else {
        return;
    };
    scene.fill("/fees/0/amount", "125.00").await;
    scene.browser.click("dialog .save").await;
    scene.wait_for_text("dialog .note.good", "Saved").await;
    scene.browser.click("dialog .close").await;
    let kept = "sessionStorage.length";
    assert_eq!(scene.browser.value(kept).await, 2);
    scene.browser.click("#who button").await;
    scene
        .browser
        .wait_until("document.querySelector('#token') !== null")
        .await;
    assert_eq!(scene.browser.value(kept).await, 0);
    scene.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_fee_is_in_the_currency_of_the_boards_country() {
    let Some(scene) = Scene::set().await else {
        return;
    };
    scene.change_boards(|boards| {
        boards[0].country = "US".to_owned();
        boards[1].country = "CA".to_owned();
    });
    scene.world.run_ok(&["sync"]);
    let service = scene.serve();
    scene.open(&service, "curator").await;
    for (board, currency) in [("1001", "USD"), ("1002", "CAD"), ("nowhere", "")] {
        scene.retype("#new-board", board).await;
        scene.browser.click("#curated form button").await;
        scene.wait_for_text("dialog .save", "Put on the list").await;
        scene.tab_to("dialog [data-pointer='/status']").await;
        scene.browser.press("Charged").await;
        scene.wait_for_text("dialog legend", "Fee 1").await;
        let field = "document.querySelector('dialog [data-pointer=\"/fees/0/currency\"]').value";
        assert_eq!(
            scene.browser.value(field).await,
            Value::from(currency),
            "{board}"
        );
        scene.browser.press(fantoccini::key::Key::Escape + "").await;
        scene.browser.click("dialog .discard").await;
        scene
            .browser
            .wait_until("document.querySelector('dialog') === null")
            .await;
    }
    scene.browser.assert_no_faults().await;
}
