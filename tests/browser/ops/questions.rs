//! An operator's five questions, each answered within three clicks, and by the keyboard alone.

use super::{Scene, version};

/// The most clicks that an answer may take.
const MOST: i64 = 3;

#[tokio::test(flavor = "multi_thread")]
async fn five_questions_take_at_most_three_clicks_each() {
    let Some(scene) = Scene::synced().await else {
        return;
    };
    scene.price("21.00");
    scene.sync();
    scene.hold();
    let service = scene.serve();
    let mut taken = Vec::new();

    scene.open(&service, "operator").await;
    let state = scene.text("#glance .state").await;
    assert_eq!(state, "Held");
    taken.push(("Is it fresh?", scene.clicks().await));
    let glance = scene.text("#glance").await;
    assert!(glance.contains("Last change"), "{glance}");
    taken.push(("When did it last change?", scene.clicks().await));

    scene.browser.click("[data-key=changed]").await;
    scene.wait_for_text("dialog td", "Held back").await;
    taken.push(("What changed?", scene.clicks().await));

    scene.open(&service, "operator").await;
    scene.browser.click("[data-key=look]").await;
    scene.wait_for_text("dialog .note", "implausible").await;
    scene
        .wait_for_text("dialog li", "21 became 2000; held back")
        .await;
    taken.push(("Why was it held?", scene.clicks().await));
    let differences = scene.text("dialog table").await;
    for part in [
        "21.00 USD a month",
        "2,000.00 USD a month",
        "+9,423.8\u{a0}%",
    ] {
        assert!(differences.contains(part), "{part}: {differences}");
    }

    let before = version(&service).await;
    scene.browser.click("dialog .approve").await;
    scene.browser.click("dialog .decide .primary").await;
    scene.wait_for_text("dialog .note.good", "Approved").await;
    taken.push(("Release it.", scene.clicks().await));
    service
        .wait_for("/v1/catalog", |catalog| catalog["version"] == before + 1)
        .await;

    println!("clicks: {taken:?}");
    for (question, clicks) in taken {
        assert!(clicks <= MOST, "{question} took {clicks} clicks");
    }
    scene.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_questions_are_answered_by_the_keyboard_alone() {
    let Some(scene) = Scene::synced().await else {
        return;
    };
    scene.quarantine();
    let service = scene.serve();
    let before = version(&service).await;
    scene.open_closed(&service).await;
    scene.tab_to("#token").await;
    scene.browser.press(scene.token("operator")).await;
    scene.browser.press(fantoccini::key::Key::Enter + "").await;
    scene.wait_until_loaded().await;
    assert_eq!(scene.text("#glance .state").await, "Quarantined");

    scene.enter("[data-key=changed]").await;
    scene.wait_for_text("dialog td", "listed").await;
    scene.browser.press(fantoccini::key::Key::Escape + "").await;
    scene
        .browser
        .wait_until("document.querySelector('dialog') === null")
        .await;
    let back = "document.activeElement.matches('[data-key=changed]')";
    assert_eq!(scene.browser.value(back).await, true, "the focus is back");

    scene.enter("[data-key=look]").await;
    scene
        .wait_for_text("dialog .note", "max_changed_percent")
        .await;
    scene.wait_for_text("dialog h2", "Run 2").await;
    scene.enter("dialog .approve").await;
    let on = "document.activeElement.textContent";
    assert_eq!(scene.browser.text(on).await, "Not now");
    scene.enter("dialog .decide .primary").await;
    scene.wait_for_text("dialog .note.good", "Approved").await;
    scene
        .browser
        .wait_until("document.activeElement.textContent === 'Run 2'")
        .await;
    let told = scene.text("dialog .news").await;
    assert!(told.contains("is published"), "{told}");
    service
        .wait_for("/v1/catalog", |catalog| catalog["version"] == before + 1)
        .await;
    scene.browser.assert_no_faults().await;
}
