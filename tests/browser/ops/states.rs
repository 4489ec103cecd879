//! The state of the data at a glance, each of its kinds.

use super::{AGED, Scene, tamper, wait_for_badge};

/// The state that the page shows, and what it says of it.
async fn shown(scene: &Scene) -> (String, String) {
    (
        scene.text("#glance .state").await,
        scene.text("#glance").await,
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn fresh_data_is_called_fresh_with_its_age_its_limit_and_the_next_run() {
    let Some(scene) = Scene::synced().await else {
        return;
    };
    let service = scene.serve();
    scene.open(&service, "reader").await;
    let (state, said) = shown(&scene).await;
    assert_eq!(state, "Fresh");
    for part in [
        "Quotes are made with fees checked",
        "of at most 26 h",
        "Last good sync",
        "run 1",
        "Next run",
        "29 Feb",
        "To do: Nothing.",
        "The same as JSON:",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let hash = service.get_ok("/v1/catalog").await["content_hash"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(said.contains(&hash), "{said}");
    scene.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn data_that_was_not_checked_for_long_is_called_stale() {
    let Some(scene) = Scene::synced().await else {
        return;
    };
    tamper(&scene.world, AGED).await;
    let service = scene.serve();
    scene.open(&service, "reader").await;
    let (state, said) = shown(&scene).await;
    assert_eq!(state, "Stale");
    assert!(said.contains("every quote says so"), "{said}");
    assert!(
        said.contains("Data age: 31 h of at most 26 h, too old"),
        "{said}"
    );
    assert_eq!(
        scene
            .browser
            .value("document.querySelector('[role=meter]').ariaValueNow")
            .await,
        "1560"
    );
    scene.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn held_quarantined_and_failed_runs_are_called_what_they_are() {
    let Some(scene) = Scene::synced().await else {
        return;
    };
    let service = scene.serve();
    scene.spoil(&["unavailable"]);
    scene.sync();
    scene.open(&service, "reader").await;
    let (state, said) = shown(&scene).await;
    assert_eq!(state, "Failed", "{said}");
    assert!(said.contains("The last sync run, 2, failed."), "{said}");
    assert!(said.contains("they turn stale in 25 h"), "{said}");

    // The page finds out by itself; a test does not wait for half a minute.
    scene.spoil(&[]);
    scene.hold();
    scene.browser.click("[data-key=refresh]").await;
    scene.wait_for_text("#glance .state", "Held").await;
    let (_, said) = shown(&scene).await;
    assert!(said.contains("1 board keeps an old value"), "{said}");

    scene.quarantine();
    scene.browser.click("[data-key=refresh]").await;
    scene.wait_for_text("#glance .state", "Quarantined").await;
    let (_, said) = shown(&scene).await;
    assert!(said.contains("Run 4 is in quarantine: "), "{said}");
    assert!(said.contains("quotes go on with version"), "{said}");
    let news = scene.text("#news").await;
    assert!(news.contains("Looked again"), "{news}");

    // A run that fails decides nothing; a plausible list does, but for the value that it repeats.
    scene.spoil(&["unavailable"]);
    scene.sync();
    scene.browser.click("[data-key=refresh]").await;
    scene.wait_for_text("#runs", "Run 5").await;
    assert_eq!(scene.text("#glance .state").await, "Quarantined");
    wait_for_badge(&service, "quarantined").await;
    scene.spoil(&[]);
    scene.sync();
    scene.browser.click("[data-key=refresh]").await;
    scene.wait_for_text("#glance .state", "Held").await;
    wait_for_badge(&service, "held").await;
    scene.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_without_a_catalog_is_called_not_ready() {
    let Some(scene) = Scene::set().await else {
        return;
    };
    scene.spoil(&["auth"]);
    scene.sync();
    let service = scene.serve();
    scene.open(&service, "operator").await;
    let (state, said) = shown(&scene).await;
    assert_eq!(state, "Not ready");
    assert!(said.contains("Run 1 failed: "), "{said}");
    scene.browser.assert_no_faults().await;
}

/// Half a minute, and once more for a slow machine.
#[tokio::test(flavor = "multi_thread")]
async fn the_page_looks_again_by_itself_and_says_so() {
    let Some(scene) = Scene::synced().await else {
        return;
    };
    let service = scene.serve();
    scene.open(&service, "reader").await;
    let said = scene.text("#glance").await;
    assert!(said.contains("again every 30 s"), "{said}");
    scene.quarantine();
    scene.wait_for_text("#glance .state", "Quarantined").await;
    assert_eq!(scene.clicks().await, 0);
    scene
        .wait_for_text("#news", "The state is now: Quarantined.")
        .await;
    scene.browser.click("[data-key=pause]").await;
    let pressed = "document.activeElement.ariaPressed";
    assert_eq!(scene.browser.text(pressed).await, "true");
    assert!(scene.text("#glance").await.contains(", paused"));
}

/// Whoever types or stands somewhere while the page looks again is not disturbed.
#[tokio::test(flavor = "multi_thread")]
async fn looking_again_takes_neither_the_focus_nor_what_is_typed() {
    let Some(scene) = Scene::synced().await else {
        return;
    };
    let service = scene.serve();
    scene.open(&service, "operator").await;
    scene.browser.click("#find-entry").await;
    scene.browser.press("lake").await;
    scene.quarantine();
    let look = "document.querySelector('[data-key=refresh]').click()";
    scene.browser.value(look).await;
    scene.wait_for_text("#glance .state", "Quarantined").await;
    assert_eq!(
        scene.browser.text("document.activeElement.id").await,
        "find-entry"
    );
    assert_eq!(
        scene.browser.text("document.activeElement.value").await,
        "lake"
    );
    scene.tab_to(".day").await;
    scene.hold_again();
    scene.browser.value(look).await;
    scene.wait_for_text("#runs", "3 runs loaded").await;
    let day = "document.activeElement.matches('.day')";
    assert_eq!(scene.browser.value(day).await, true);
}

impl Scene {
    /// One more run, whatever comes of it.
    fn hold_again(&self) {
        self.price("2000.00");
        self.sync();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_started_from_the_page_and_told_of_when_it_has_ended() {
    let Some(scene) = Scene::set().await else {
        return;
    };
    let service = scene.serve();
    scene.open(&service, "operator").await;
    scene.browser.click("[data-key=sync]").await;
    scene.wait_for_text("#gate", "Run 1 ended: published").await;
    scene.wait_for_text("#glance .state", "Fresh").await;
    scene.browser.click("[data-key=sync]").await;
    scene.wait_for_text("#gate", "Try again in").await;
    scene.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bar_has_a_cell_a_day_and_one_stop_of_the_tab_key() {
    let Some(scene) = Scene::synced().await else {
        return;
    };
    tamper(&scene.world, AGED).await;
    scene.spoil(&["unavailable"]);
    scene.sync();
    scene.spoil(&[]);
    scene.sync();
    let service = scene.serve();
    scene.open(&service, "reader").await;
    let value = async |expression: &str| scene.browser.value(expression).await;
    assert_eq!(value("document.querySelectorAll('.day').length").await, 90);
    assert_eq!(
        value("document.querySelectorAll('.day[tabindex=\"0\"]').length").await,
        1
    );
    scene.tab_to(".day").await;
    let label = scene.browser.text("document.activeElement.ariaLabel").await;
    assert!(label.ends_with(": failed, 2 runs"), "{label}");
    scene.browser.press(fantoccini::key::Key::Home + "").await;
    assert!(
        scene
            .browser
            .text("document.activeElement.ariaLabel")
            .await
            .ends_with("no run")
    );
    scene.browser.press(fantoccini::key::Key::End + "").await;
    scene.browser.press(fantoccini::key::Key::Enter + "").await;
    let listed = scene.text("#days table").await;
    assert!(
        listed.contains("Run 2") && listed.contains("Run 3"),
        "{listed}"
    );
    let elsewhere = scene.text("#days .days").await;
    assert!(elsewhere.contains('✓'), "{elsewhere}");
    scene.browser.assert_accessible("a day chosen").await;
}
