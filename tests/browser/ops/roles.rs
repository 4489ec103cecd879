//! What a token may not do is not offered, and the page says which role it takes.

use super::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_sees_all_and_is_offered_nothing_that_takes_more() {
    let Some(scene) = Scene::synced().await else {
        return;
    };
    assert_eq!(
        scene.world.import(&crate::harness::documented_fees()).code,
        0
    );
    scene.quarantine();
    let service = scene.serve();
    scene.open(&service, "reader").await;
    for (selector, said) in [
        ("#who", "Your token's role: reader"),
        (
            "#glance",
            "Starting a sync run needs a token of the role operator",
        ),
        (
            "#curated",
            "Changing the list needs a token of the role curator",
        ),
        ("#curated", "shown to tokens of the role operator"),
        ("#import", "Importing needs a token of the role curator"),
    ] {
        let text = scene.text(selector).await;
        assert!(text.contains(said), "{selector}: {said}: {text}");
    }
    scene.browser.click("[data-key=look]").await;
    scene
        .wait_for_text(
            "dialog .decide",
            "needs a token of the role operator; this one's is reader",
        )
        .await;
    let absent = "document.querySelector('dialog .approve, dialog .reject, [data-key=sync], .open-import, #new-board') === null";
    assert_eq!(scene.browser.value(absent).await, true);
    scene.browser.click("dialog .close").await;
    scene
        .browser
        .click("[data-key='entry-147-pass_through']")
        .await;
    scene
        .wait_for_text("dialog .note", "needs a token of the role curator")
        .await;
    let shut =
        "[...document.querySelector('dialog form').elements].every((control) => control.disabled)";
    assert_eq!(scene.browser.value(shut).await, true);
    scene.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_curator_edits_and_leaves_runs_to_operators() {
    let Some(scene) = Scene::synced().await else {
        return;
    };
    scene.quarantine();
    let service = scene.serve();
    scene.open(&service, "curator").await;
    let offered = "document.querySelector('.open-import') !== null && document.querySelector('#new-board') !== null && document.querySelector('[data-key=sync]') === null";
    assert_eq!(scene.browser.value(offered).await, true);
    scene.browser.click("[data-key=look]").await;
    scene
        .wait_for_text("dialog .decide", "this one's is curator")
        .await;
    scene.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_token_is_refused_in_words_and_everybody_sees_the_state() {
    let Some(scene) = Scene::synced().await else {
        return;
    };
    let service = scene.serve();
    scene.open_closed(&service).await;
    scene.wait_for_text("#glance .state", "Fresh").await;
    scene.browser.click("#token").await;
    scene.browser.press("ptf_none").await;
    scene.browser.press(fantoccini::key::Key::Enter + "").await;
    scene
        .wait_for_text("#gate .note.bad", "This token is not accepted")
        .await;
    let kept = "sessionStorage.getItem('ptf-token')";
    assert!(scene.browser.value(kept).await.is_null());
    scene.browser.assert_accessible("a bad token").await;
    scene.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_reading_needs_a_token_nothing_is_shown_without_one() {
    let Some(scene) = Scene::synced().await else {
        return;
    };
    let mut command = scene.world.command(&["serve"]);
    command.env("PTF_AUTH__READ", "token");
    let service = crate::harness::Service::start(command);
    scene.open_closed(&service).await;
    let hidden = "document.querySelector('#glance').hidden";
    assert_eq!(scene.browser.value(hidden).await, true);
    scene.open(&service, "reader").await;
    assert_eq!(scene.text("#glance .state").await, "Fresh");
    let json = scene.text("#glance .json").await;
    assert!(json.contains("Bearer $TOKEN"), "{json}");
    scene.browser.assert_no_faults().await;
}
