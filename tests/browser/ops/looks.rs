//! The page in each of its states: light, dark, on a phone, for assistive technology, without scripts; and its weight.

use super::Scene;
use crate::browser::Look;
use crate::harness::documented_fees;

/// The most bytes that the page and what it loads may have.
const MOST_BYTES: i64 = 100_000;

const LOOKS: [Look; 3] = [Look::Light, Look::Dark, Look::Phone];

impl Scene {
    /// axe-core finds nothing, nothing is too wide, and there is a picture, in each look.
    async fn inspect(&self, state: &str) {
        for look in LOOKS {
            self.browser.look(look).await;
            self.browser
                .assert_accessible(&format!("{state}, {look:?}"))
                .await;
            let name = format!("ops-{state}-{look:?}").to_lowercase();
            self.browser.picture(&name).await;
            for part in [
                "document.documentElement",
                "(document.querySelector('dialog[open]') ?? document.body)",
            ] {
                let wide = format!("{part}.scrollWidth > {part}.clientWidth + 1");
                assert_eq!(
                    self.browser.value(&wide).await,
                    false,
                    "{state}, {look:?}: {part} is too wide"
                );
            }
        }
        self.browser.look(Look::Light).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_state_of_the_page_can_be_used_by_everybody() {
    let Some(scene) = Scene::synced().await else {
        return;
    };
    assert_eq!(scene.world.import(&documented_fees()).code, 0);
    scene.spoil(&["unavailable"]);
    scene.sync();
    scene.spoil(&["script-in-name"]);
    scene.hold();
    scene.quarantine();
    let service = scene.serve();
    scene.open_closed(&service).await;
    scene.inspect("closed").await;
    scene.open(&service, "operator").await;
    scene.inspect("overview").await;
    for look in LOOKS {
        scene.browser.look(look).await;
        let narrowest = "Math.min(...[...document.querySelectorAll('.day')].map((day) => day.getBoundingClientRect().width))";
        let narrowest = scene.browser.value(narrowest).await;
        // WCAG 2.2, 2.5.8.
        assert!(narrowest.as_f64() >= Some(24.0), "{look:?}: {narrowest}");
    }
    scene.browser.look(Look::Light).await;
    scene.browser.click("[data-key=look]").await;
    scene.wait_for_text("dialog h3", "Differences").await;
    scene.inspect("run").await;
    scene.browser.click("dialog .approve").await;
    scene.inspect("approve").await;
    scene.browser.click("dialog .close").await;
    scene
        .browser
        .click("[data-key='entry-149-pass_through']")
        .await;
    scene.wait_for_text("dialog legend", "Monthly access").await;
    scene.browser.click("dialog .audit summary").await;
    scene.wait_for_text("dialog .audit", "terminal").await;
    scene.inspect("entry").await;
    scene.browser.assert_no_faults().await;
}

/// A board's name is text wherever the page shows it.
#[tokio::test(flavor = "multi_thread")]
async fn a_script_as_a_boards_name_stays_text() {
    let Some(scene) = Scene::synced().await else {
        return;
    };
    scene.change_boards(|boards| {
        boards[0].name =
            "<script>window.__injected=1</script><img src=x onerror=window.__injected=1>"
                .to_owned();
    });
    scene.price("21.00");
    assert_eq!(scene.sync(), 0);
    let service = scene.serve();
    scene.open(&service, "operator").await;
    scene.browser.click("[data-key=changed]").await;
    scene
        .wait_for_text("dialog td", "<script>window.__injected")
        .await;
    scene.browser.click("dialog [data-key^=chart]").await;
    scene
        .wait_for_text("dialog h2", "Fees over time: <script>window.__injected")
        .await;
    let injected = "window.__injected === undefined && document.querySelector('main script, dialog script, dialog img') === null";
    assert_eq!(scene.browser.value(injected).await, true);
    scene.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_weighs_at_most_a_hundred_kilobytes() {
    let Some(scene) = Scene::synced().await else {
        return;
    };
    assert_eq!(scene.world.import(&documented_fees()).code, 0);
    let service = scene.serve();
    let weigh = async |what: &str| {
        let weighed = scene.browser.settled(WEIGHT).await;
        println!("{what}: parts and bytes: {weighed}");
        assert!(weighed[0].as_i64() > Some(10), "{what}: {weighed}");
        assert!(weighed[1].as_i64() <= Some(MOST_BYTES), "{what}: {weighed}");
    };
    scene.open(&service, "operator").await;
    weigh("opened").await;
    scene.browser.click("[data-key=changed]").await;
    scene.wait_for_text("dialog h3", "Differences").await;
    scene.browser.click("dialog [data-key^=chart]").await;
    scene.wait_for_text("dialog h2", "Fees over time").await;
    weigh("with a version and a chart").await;
    scene.open(&service, "operator").await;
    scene
        .browser
        .click("[data-key='entry-149-pass_through']")
        .await;
    scene.wait_for_text("dialog legend", "Monthly access").await;
    weigh("with an entry").await;
    scene.open(&service, "operator").await;
    scene.browser.click("#import .open-import").await;
    scene.wait_for_text("#import form", "File").await;
    weigh("with an import").await;
}

/// How many parts the page has loaded so far, itself included, and how many bytes they are without compression.
const WEIGHT: &str = "(async () => {
    const parts = performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.includes('/assets/'));
    const bytes = async (url) => (await (await fetch(url)).arrayBuffer()).byteLength;
    const sizes = await Promise.all([...new Set(parts), location.href].map(bytes));
    return [sizes.length, sizes.reduce((sum, size) => sum + size, 0)];
})()";

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts_the_page_says_where_the_same_is() {
    let Some(scene) = Scene::synced().await else {
        return;
    };
    let service = scene.serve();
    scene.browser.without_scripts().await;
    scene
        .browser
        .open(&format!("http://{}/ops", service.api))
        .await;
    let source = scene.browser.driver.source().await.unwrap();
    assert!(source.contains("ptf-cache runs"), "{source}");
    scene.browser.picture("ops-without-scripts").await;
}
