//! On pages with a strict policy, and with boards whose names are markup.

use fantoccini::key::Key;

use super::{ELEMENT, SELECT, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn a_strict_policy_of_the_page_is_kept() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    let service = format!("http://{}", stage.service.api);
    let policy = format!(
        "default-src 'none'; script-src {service}; connect-src {service}; style-src 'self'; form-action 'self'; require-trusted-types-for 'script'; trusted-types 'none'"
    );
    let page = stage
        .form("", SELECT)
        .header("content-security-policy", &policy);
    stage.show(page).await;
    stage.wait_for_list().await;
    stage.click_inside("[part=input]").await;
    stage.browser.press("cedar").await;
    stage.press(Key::Down, 1).await;
    // It is styled all the same.
    let width =
        format!("getComputedStyle({ELEMENT}.shadowRoot.querySelector('[part=popup]')).position");
    assert_eq!(stage.browser.text(&width).await, "absolute");
    stage.press(Key::Enter, 1).await;
    stage.wait_for("Cedar Valley MLS (CVMLS), IA", "9001").await;
    stage.browser.assert_no_faults().await;
    println!(
        "policy violations: {}",
        stage.browser.value("__faults.length").await
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_markup_stay_text_everywhere() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    stage
        .browser
        .value("void (window.alert = () => window.__faults.push('a name ran'))")
        .await;
    for (typed, label, value) in [
        ("script", "<script>alert(1)</script> (SCRIPT), UT", "9008"),
        ("img", "<img src=x onerror=alert(1)> (IMG), UT", "9009"),
    ] {
        stage.open("", SELECT).await;
        stage
            .browser
            .value("void (window.alert = () => window.__faults.push('a name ran'))")
            .await;
        stage.click_inside("[part=input]").await;
        stage.browser.press(typed).await;
        assert_eq!(stage.rows().await, [label]);
        stage.press(Key::Down, 1).await;
        stage.press(Key::Enter, 1).await;
        stage.wait_for(label, value).await;
        // Its name in what is said when it is gone, too.
        let shorter = r#"{"catalog_version": 2, "options": []}"#;
        stage.browser.value(&format!("void ({ELEMENT}.request = async () => new Response({shorter:?}), {ELEMENT}.reload())")).await;
        stage.wait_for(label, "").await;
        let message = stage.part("message", "textContent").await;
        assert_eq!(
            message,
            format!("{label} is not offered any more: pick another board")
        );
        let made = format!(
            "{ELEMENT}.shadowRoot.querySelectorAll('script, img').length + {ELEMENT}.querySelectorAll('script, img').length"
        );
        assert_eq!(stage.browser.value(&made).await, 0);
        stage.browser.assert_no_faults().await;
    }
}
