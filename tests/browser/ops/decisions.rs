//! Approving and rejecting, and what comes of it when something has changed meanwhile.

use serde_json::json;

use super::{BOARD, Scene, version};

#[tokio::test(flavor = "multi_thread")]
async fn a_run_in_quarantine_is_rejected_and_the_catalog_stays() {
    let Some(scene) = Scene::synced().await else {
        return;
    };
    scene.quarantine();
    let service = scene.serve();
    let before = version(&service).await;
    scene.open(&service, "operator").await;
    scene.browser.click("[data-key=look]").await;
    scene.wait_for_text("dialog .decide", "Waits").await;
    scene.browser.click("dialog .reject").await;
    scene
        .wait_for_text("dialog .decide", "The catalog stays as it is")
        .await;
    scene.browser.click("dialog .decide .danger").await;
    scene.wait_for_text("dialog .note.good", "Rejected").await;
    scene.browser.click("dialog .close").await;
    scene.wait_for_text("#glance .state", "Fresh").await;
    scene.wait_for_text("#runs", "rejected").await;
    assert_eq!(version(&service).await, before);
    let token = scene.token("reader");
    let run = service
        .request(reqwest::Method::GET, "/v1/sync-runs/2")
        .bearer_auth(token);
    let run = crate::harness::read(run).await.json();
    assert_eq!(run["outcome"], "rejected");
    scene.browser.assert_no_faults().await;
}

/// What is approved is what was looked at, by its hash: where another change came first, nothing is published, and the
/// page shows how things stand now.
#[tokio::test(flavor = "multi_thread")]
async fn what_changed_since_it_was_looked_at_is_shown_instead_of_published() {
    let Some((scene, service)) = Scene::deciding().await else {
        return;
    };
    let looked_at = scene.text("dialog .hash").await;

    // Meanwhile a run publishes another price of the first board.
    scene.price("22.00");
    assert_eq!(scene.sync(), 0);
    let before = service
        .wait_for("/v1/catalog", |catalog| catalog["version"] == 2)
        .await;
    scene.browser.click("dialog .approve").await;
    scene.browser.click("dialog .decide .primary").await;
    scene
        .wait_for_text("dialog .note.bad", "Nothing was decided.")
        .await;
    let said = scene.text("dialog").await;
    assert!(said.contains("Below is how it stands now"), "{said}");
    assert!(!said.contains(&looked_at), "{looked_at}: {said}");
    assert_eq!(version(&service).await, before["version"]);
    let board = service.get_ok(&format!("/v1/boards/{BOARD}")).await;
    assert_eq!(board["pass_through"]["fees"][0]["amount"], json!("22.00"));
    scene.browser.assert_accessible("a decision refused").await;
    scene.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fee_over_time_is_drawn_and_told_as_a_table() {
    let Some(scene) = Scene::synced().await else {
        return;
    };
    for price in ["25.00", "22.50"] {
        scene.price(price);
        assert_eq!(scene.sync(), 0);
    }
    let service = scene.serve();
    scene.open(&service, "reader").await;
    scene.browser.click("[data-key=changed]").await;
    scene.wait_for_text("dialog td", "22.50 USD").await;
    scene
        .browser
        .click(&format!("dialog [data-key=chart-{BOARD}]"))
        .await;
    scene
        .wait_for_text("dialog:last-of-type table", "version 3")
        .await;
    let table = scene.text("dialog:last-of-type table").await;
    for part in [
        "20.00 USD a month",
        "25.00 USD a month",
        "+25\u{a0}%",
        "22.50 USD a month",
        "−10\u{a0}%",
    ] {
        assert!(table.contains(part), "{part}: {table}");
    }
    let path = scene
        .browser
        .text("document.querySelector('.chart .steps').getAttribute('d')")
        .await;
    assert_eq!(path.matches('L').count(), 2, "two steps: {path}");
    scene.browser.assert_accessible("a chart").await;
    scene.browser.picture("ops-chart").await;
    scene.browser.assert_no_faults().await;
}
