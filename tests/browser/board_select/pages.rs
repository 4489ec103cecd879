//! The example page, as the demo serves it: from another origin, in a plain form.

use std::process::Command;

use fantoccini::key::Key;

use super::ELEMENT;
use crate::browser::{Browser, Look};
use crate::harness::Service;

#[tokio::test(flavor = "multi_thread")]
async fn the_example_page_works_from_another_origin() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ptf-cache"));
    command
        .args(["demo", "--listen", "127.0.0.1:0"])
        .current_dir(folder.path())
        .env_clear()
        .env("PTF_OPS__LISTEN", "127.0.0.1:0");
    let service = Service::start(command);
    service.wait_until_synced().await;
    let log = service.log();
    let (_, after) = log
        .split_once("A form      ")
        .expect("the banner names the page");
    let (page, _) = after.split_once(',').unwrap();
    assert!(!page.contains(&service.api.to_string()), "another origin");

    for look in [Look::Light, Look::Dark, Look::Phone] {
        browser.look(look).await;
        browser.open(page).await;
        let has_list = format!("{ELEMENT}.querySelectorAll('option').length === 801");
        browser.wait_until(&has_list).await;
        browser.click("label[for=board]").await;
        browser.press("acorn ny").await;
        browser.press(Key::Down + "").await;
        browser
            .assert_accessible(&format!("example, {look:?}"))
            .await;
        browser
            .picture(&format!("example-{look:?}").to_lowercase())
            .await;
        let width = browser.value("document.documentElement.scrollWidth").await;
        let most = if look == Look::Phone { 390 } else { 1_280 };
        assert!(width.as_i64().unwrap() <= most, "{look:?}: {width} wide");
        browser.press(Key::Enter + "").await;
        let before = browser.text("location.search").await;
        assert_eq!(before, "");
        browser.click("button").await;
        browser.wait_until("location.search !== ''").await;
        assert_eq!(
            browser.text("location.search").await,
            "?name=&board=1411&agents=1"
        );
        browser.assert_no_faults().await;
    }
    assert_eq!(service.terminate().code(), Some(0));
}
