//! What holds for every page.

use crate::browser::{Browser, Look};
use crate::harness::{World, sandbox_vendor};

/// Every page, with a name for its pictures.
const PAGES: &[(&str, &str)] = &[("/", "quote"), ("/ops", "ops")];

#[tokio::test(flavor = "multi_thread")]
async fn every_page_can_be_used_by_everybody_and_breaks_no_policy() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let (_vendor, base_url) = sandbox_vendor(50).await;
    let world = World::with_vendor(&base_url);
    let service = world.serve();
    service.wait_until_synced().await;
    for look in [Look::Light, Look::Dark, Look::Phone] {
        browser.look(look).await;
        for (path, name) in PAGES {
            browser.open(&format!("http://{}{path}", service.api)).await;
            browser
                .wait_until("document.readyState === 'complete'")
                .await;
            browser
                .assert_accessible(&format!("{path}, {look:?}"))
                .await;
            browser.assert_no_faults().await;
            let name = format!("{name}-{look:?}").to_lowercase();
            browser.picture(&name).await;
            let wide = "document.documentElement.scrollWidth > innerWidth";
            assert_eq!(
                browser.value(wide).await,
                false,
                "{path}, {look:?}: is too wide"
            );
        }
    }
}
