//! Double clicks, held keys, and what is done while something is under way.

use serde_json::{Value, json};

use super::Scene;
use super::curated::{ENTRY, OPEN, editing, entry, listed, set_up_fee};

impl Scene {
    /// Clicks twice in quick succession on the middle of what the selector finds.
    async fn double_click(&self, selector: &str) {
        let place = format!(
            "(() => {{
                const found = document.querySelector(\"{selector}\");
                found.scrollIntoView({{ block: 'center' }});
                const {{ x, y, width, height }} = found.getBoundingClientRect();
                return [x + width / 2, y + height / 2];
            }})()"
        );
        let place = self.browser.value(&place).await;
        for count in [1, 2] {
            for kind in ["mousePressed", "mouseReleased"] {
                let event = json!({
                    "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": count,
                });
                self.browser
                    .protocol("Input.dispatchMouseEvent", event)
                    .await;
            }
        }
    }

    /// Holds the Enter key until it has repeated itself five times.
    async fn hold_enter(&self) {
        let event = |kind, repeats| {
            json!({
                "type": kind, "key": "Enter", "code": "Enter", "text": "\r",
                "windowsVirtualKeyCode": 13, "autoRepeat": repeats,
            })
        };
        let mut events = vec![event("keyDown", false)];
        events.extend(vec![event("keyDown", true); 5]);
        events.push(json!({ "type": "keyUp", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13 }));
        for event in events {
            self.browser.protocol("Input.dispatchKeyEvent", event).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_a_double_click_nor_a_held_key_confirms_what_it_asked_for() {
    let Some((scene, _service)) = Scene::deciding().await else {
        return;
    };
    scene.intercept().await;
    for (button, asked) in [(".approve", "Approve and publish?"), (".reject", "Reject?")] {
        scene.double_click(&format!("dialog {button}")).await;
        let title = scene.text("dialog .decide h3").await;
        assert_eq!(title, asked, "after a double click");
        scene.browser.click("dialog .decide .row button").await;
        scene.wait_for_text("dialog .decide", "Waits").await;
        // The button that asked has the focus again.
        scene.hold_enter().await;
        let title = scene.text("dialog .decide h3").await;
        assert_eq!(title, asked, "after a held key");
        let focused = scene.browser.text("document.activeElement.textContent");
        assert_eq!(focused.await, "Not now");
        scene.browser.press(fantoccini::key::Key::Enter + "").await;
        scene.wait_for_text("dialog .decide", "Waits").await;
    }
    assert_eq!(scene.asked("POST").await, 0);
    scene.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_is_not_taken_off_by_a_double_click_or_a_held_key() {
    let Some((scene, _service)) = editing().await else {
        return;
    };
    scene.intercept().await;
    scene.tab_to("dialog form .danger").await;
    scene.hold_enter().await;
    let question = scene.text("dialog .decide h3").await;
    assert_eq!(question, "Take this entry off the list?");
    let focused = scene.browser.text("document.activeElement.textContent");
    assert_eq!(focused.await, "Keep it");
    scene.double_click("dialog .decide .danger").await;
    // The first of the two was meant for it, and is enough.
    scene
        .wait_for_text("dialog .note.good", "Taken off the list")
        .await;
    assert_eq!(scene.asked("DELETE").await, 1);
    scene.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_being_saved_is_saved_once_and_not_typed_over() {
    let Some((scene, service)) = editing().await else {
        return;
    };
    scene.fill("/fees/0/amount", "125.00").await;
    scene.intercept().await;
    scene.hold_back(&format!("PUT {ENTRY}")).await;
    scene.double_click("dialog .save").await;
    scene.wait_for_held().await;
    let again = "(document.querySelector('dialog form').requestSubmit(), null)";
    scene.browser.value(again).await;
    let shut = "document.querySelector('dialog form').inert";
    assert_eq!(scene.browser.value(shut).await, true);
    scene.browser.press(fantoccini::key::Key::Escape + "").await;
    scene
        .wait_for_text("dialog .note", "It is being sent")
        .await;
    scene.release().await;
    scene.wait_for_text("dialog .note.good", "Saved").await;
    assert_eq!(scene.browser.value(shut).await, false);
    assert_eq!(scene.asked("PUT").await, 1);
    assert_eq!(set_up_fee(&scene, &service).await, "125.00");
    let deeds = "document.querySelectorAll('#deeds li').length";
    assert_eq!(scene.browser.value(deeds).await, 1);
    scene.browser.assert_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_half_typed_is_not_taken_for_nothing() {
    let Some(scene) = listed().await else { return };
    let service = scene.serve();
    scene.open(&service, "curator").await;
    let (before, _) = entry(&scene, &service).await;
    scene.browser.click(OPEN).await;
    scene.wait_for_text("dialog legend", "Set-up fee").await;
    scene.fill("/fees/0/included", "5-").await;
    scene.browser.click("dialog .save").await;
    scene
        .wait_for_text("dialog [aria-invalid=true] ~ .error", "5-")
        .await;
    let pointer = "document.activeElement.dataset.pointer";
    assert_eq!(scene.browser.text(pointer).await, "/fees/0/included");
    scene.fill("/fees/0/included", "5").await;

    // Of a date, the month alone.
    scene
        .browser
        .value("document.querySelector('dialog [data-pointer=\"/fees/0/effective_to\"]').focus()")
        .await;
    scene.browser.press("12").await;
    scene.browser.click("dialog .save").await;
    scene
        .wait_for_text("dialog [aria-invalid=true] ~ .error", "is not complete")
        .await;
    assert_eq!(scene.browser.text(pointer).await, "/fees/0/effective_to");
    assert_eq!(entry(&scene, &service).await.0, before);
    let clear = "(document.querySelector('dialog [data-pointer=\"/fees/0/effective_to\"]').value = '', null)";
    assert_eq!(scene.browser.value(clear).await, Value::Null);
    scene.browser.click("dialog .save").await;
    scene.wait_for_text("dialog .note.good", "Saved").await;
    assert_eq!(
        entry(&scene, &service).await.0["fees"][0]["included"],
        json!(5)
    );
    scene.browser.assert_no_faults().await;
}
