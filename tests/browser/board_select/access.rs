//! For everybody: axe-core, the keyboard alone, labels, messages, and fields that are disabled.

use fantoccini::key::Key;
use serde_json::{Value, json};

use super::{ELEMENT, SELECT, Stage};
use crate::browser::Look;

const REQUIRED: &str =
    r#"<select id="board" name="board" required><option value="">Choose</option></select>"#;

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_open_or_closed_in_the_light_or_the_dark() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    for look in [Look::Light, Look::Dark] {
        stage.browser.look(look).await;
        stage.open("", REQUIRED).await;
        let name = |state: &str| format!("board-select-{state}-{look:?}").to_lowercase();
        stage.browser.assert_accessible(&name("closed")).await;
        stage.click_inside("[part=input]").await;
        stage.press(Key::Down, 2).await;
        stage.browser.assert_accessible(&name("open")).await;
        stage.browser.picture(&name("open")).await;
        stage.browser.press("mls nv").await;
        stage.browser.assert_accessible(&name("narrowed")).await;
        stage.browser.picture(&name("narrowed")).await;
        stage.browser.press("nowhere").await;
        stage.browser.assert_accessible(&name("no match")).await;
        stage.browser.click("#send").await;
        stage
            .browser
            .wait_until(&message_is("No board chosen: pick one from the list"))
            .await;
        stage.browser.assert_accessible(&name("not chosen")).await;
        stage.browser.picture(&name("not-chosen")).await;
        stage.press(Key::Escape, 2).await;
        stage.browser.press("silent").await;
        stage.press(Key::Down, 1).await;
        stage.press(Key::Enter, 1).await;
        stage.browser.assert_accessible(&name("chosen")).await;
        stage.browser.picture(&name("chosen")).await;
        stage.browser.assert_no_faults().await;
    }
}

fn message_is(text: &str) -> String {
    format!("{ELEMENT}.shadowRoot.querySelector('[part=message]').textContent === {text:?}")
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_done_by_the_keyboard_alone() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    stage.open("", SELECT).await;
    stage.listen().await;
    // Tab comes to the combobox, once: the select behind it is no stop of its own.
    stage.press(Key::Tab, 1).await;
    assert!(stage.is_focused().await);
    assert_eq!(stage.rows().await.len(), 0, "focus alone opens nothing");
    // Alt and arrows open and close.
    stage.chord(Key::Alt, Key::Down).await;
    assert_eq!(stage.part("input", "ariaExpanded").await, "true");
    assert_eq!(stage.active().await, "");
    stage.chord(Key::Alt, Key::Up).await;
    assert_eq!(stage.rows().await.len(), 0);
    // Arrows and pages move, and stop at the ends; what is typed narrows.
    stage.press(Key::Down, 1).await;
    let rows = stage.rows().await;
    assert_eq!(rows.len(), 59);
    assert_eq!(stage.active().await, rows[0]);
    stage.press(Key::PageDown, 1).await;
    assert_eq!(stage.active().await, rows[10]);
    stage.press(Key::Down, 1).await;
    stage.press(Key::PageUp, 2).await;
    assert_eq!(stage.active().await, rows[0]);
    stage.press(Key::PageDown, 9).await;
    assert_eq!(stage.active().await, rows[58]);
    stage.browser.press("mls nv").await;
    assert_eq!(stage.active().await, "", "typing chooses no row");
    assert_eq!(
        stage.rows().await[..2],
        ["Ask Us MLS (AUMLS), NV", "Silent MLS (SMLS), NV"]
    );
    // Home and End are the text's.
    stage.press(Key::Down, 2).await;
    stage.press(Key::Home, 1).await;
    assert_eq!(stage.active().await, "");
    assert_eq!(stage.part("input", "selectionStart").await, 0);
    assert!(stage.heard().await.is_empty(), "moving tells nothing");
    stage.press(Key::Down, 2).await;
    stage.press(Key::Enter, 1).await;
    stage.wait_for("Silent MLS (SMLS), NV", "9004").await;
    assert_eq!(
        stage.heard().await,
        ["input 9004 9004 unknown", "change 9004 9004 unknown"]
    );
    assert_eq!(stage.rows().await.len(), 0);
    assert_eq!(stage.part("fee", "textContent").await, "? Fee not known");
    // The next stop clears; Shift and Tab come back.
    stage.press(Key::Tab, 1).await;
    stage.press(Key::Enter, 1).await;
    stage.wait_for("", "").await;
    assert!(stage.is_focused().await);
    assert_eq!(
        stage.heard().await,
        ["input  null null", "change  null null"]
    );
    // Escape closes first, then clears, then is the page's again.
    stage.browser.value("void (window.escapes = 0, addEventListener('keydown', (event) => window.escapes += event.key === 'Escape'))").await;
    stage.browser.press("bay").await;
    stage.press(Key::Escape, 1).await;
    assert_eq!(stage.typed().await, "bay");
    stage.press(Key::Escape, 1).await;
    assert_eq!(stage.typed().await, "");
    assert_eq!(stage.browser.value("escapes").await, 0);
    stage.press(Key::Escape, 1).await;
    assert_eq!(stage.browser.value("escapes").await, 1);
    // And on to the next field.
    stage.press(Key::Tab, 1).await;
    assert_eq!(stage.browser.text("document.activeElement.id").await, "who");
    stage.chord(Key::Shift, Key::Tab).await;
    assert!(stage.is_focused().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_combobox_is_named_and_reached_by_the_labels_of_the_select() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    stage.open("", SELECT).await;
    assert_eq!(stage.part("input", "ariaLabel").await, "Your board");
    stage.browser.click("#label").await;
    assert!(stage.is_focused().await);
    // Late changes are seen at the next focus.
    stage
        .browser
        .value("document.querySelector('#label').textContent = 'Board of the agent'")
        .await;
    stage.browser.click("#who").await;
    stage.browser.click("#label").await;
    assert_eq!(stage.part("input", "ariaLabel").await, "Board of the agent");
    // A label around it names it by what stands outside.
    stage.browser.value("void document.querySelector('form').insertAdjacentHTML('beforeend', '<label id=around>Around <ptf-board-select name=second></ptf-board-select></label>')").await;
    let name =
        "document.querySelector('[name=second]').shadowRoot.querySelector('input').ariaLabel";
    stage
        .browser
        .wait_until(&format!("{name} === 'Around'"))
        .await;
    stage.browser.click("#around").await;
    let focused = "document.activeElement.getAttribute('name') === 'second'";
    assert_eq!(stage.browser.value(focused).await, true);
    // Browsers compute the same, and know the role.
    let tree = stage
        .browser
        .protocol("Accessibility.getFullAXTree", json!({}))
        .await;
    let nodes = tree["nodes"].as_array().unwrap();
    let named: Vec<&str> = nodes
        .iter()
        .filter(|node| node["role"]["value"] == "combobox" && node["ignored"] == false)
        .filter_map(|node| node["name"]["value"].as_str())
        .collect();
    assert_eq!(
        named,
        ["Board of the agent", "Around"],
        "the selects are hidden"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_required_field_says_so_and_takes_the_focus() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    stage.open("", REQUIRED).await;
    assert_eq!(stage.part("input", "ariaRequired").await, "true");
    stage.browser.click("#send").await;
    assert!(stage.is_focused().await);
    let said = stage
        .element("querySelector('select').validationMessage")
        .await;
    assert_ne!(said, "");
    assert_eq!(stage.part("message", "textContent").await, said);
    assert_eq!(stage.combobox().await["description"], said);
    assert!(stage.site.sent().is_empty());
    stage.browser.picture("board-select-required").await;
    // What is chosen takes the message away.
    stage.browser.press("cedar").await;
    stage.press(Key::Down, 1).await;
    stage.press(Key::Enter, 1).await;
    assert_eq!(stage.part("message", "textContent").await, "");
    assert_eq!(stage.part("input", "ariaInvalid").await, "false");
    // No longer required: nothing may be sent.
    stage
        .element("querySelector('select').required = false")
        .await;
    stage
        .browser
        .wait_until(&format!(
            "{ELEMENT}.shadowRoot.querySelector('input').ariaRequired === 'false'"
        ))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_page_says_of_the_select_is_said_of_the_combobox() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    stage.open("", SELECT).await;
    let before = stage.combobox().await;
    assert_eq!(before["invalid"], "false");
    stage
        .browser
        .value("void (document.querySelector('h1').id = 'hint', document.querySelector('#board').setAttribute('aria-describedby', 'hint'), document.querySelector('#board').ariaInvalid = 'true')")
        .await;
    stage
        .browser
        .wait_until(&format!(
            "{ELEMENT}.shadowRoot.querySelector('input').ariaInvalid === 'true'"
        ))
        .await;
    // Beside what the element itself says.
    stage.click_inside("[part=input]").await;
    stage.browser.press("silent").await;
    stage.press(Key::Down, 1).await;
    stage.press(Key::Enter, 1).await;
    let after = stage.combobox().await;
    assert_eq!(after["invalid"], "true");
    assert_eq!(after["description"], "? Fee not known Sign up");
    stage
        .browser
        .value("void (document.querySelector('#board').ariaInvalid = null)")
        .await;
    stage
        .browser
        .wait_until(&format!(
            "{ELEMENT}.shadowRoot.querySelector('input').ariaInvalid === 'false'"
        ))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_field_is_disabled_whoever_says_so() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    stage.open("", SELECT).await;
    let disabled =
        |is: bool| format!("{ELEMENT}.shadowRoot.querySelector('input').disabled === {is}");
    for (off, on) in [
        (
            "SELF.setAttribute('disabled', '')",
            "SELF.removeAttribute('disabled')",
        ),
        (
            "SELF.querySelector('select').disabled = true",
            "SELF.querySelector('select').disabled = false",
        ),
        (
            "document.querySelector('form').innerHTML = '<fieldset disabled></fieldset>', document.querySelector('fieldset').append(SELF)",
            "document.querySelector('fieldset').disabled = false",
        ),
    ] {
        // The element is kept where the page is rebuilt around it.
        stage
            .browser
            .value(&format!(
                "void (window.kept ??= {ELEMENT}, {})",
                off.replace("SELF", "kept")
            ))
            .await;
        stage.browser.wait_until(&disabled(true)).await;
        stage
            .browser
            .value(&format!("void ({})", on.replace("SELF", "kept")))
            .await;
        stage.browser.wait_until(&disabled(false)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_touch_the_select_itself_is_what_is_used() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    stage.browser.look(Look::Phone).await;
    let touch = json!({ "features": [{ "name": "hover", "value": "none" }, { "name": "pointer", "value": "coarse" }] });
    stage
        .browser
        .protocol("Emulation.setEmulatedMedia", touch)
        .await;
    stage.open("", REQUIRED).await;
    stage.listen().await;
    assert_eq!(
        stage
            .browser
            .value("matchMedia('(hover: none) and (pointer: coarse)').matches")
            .await,
        true
    );
    assert_eq!(stage.part("field", "checkVisibility()").await, false);
    let opacity = "getComputedStyle(document.querySelector('#board')).opacity";
    assert_eq!(stage.browser.text(opacity).await, "1");
    stage.browser.assert_accessible("on touch").await;
    stage.browser.picture("board-select-touch").await;
    // As the picker of the system would.
    stage.press(Key::Tab, 1).await;
    assert_eq!(
        stage.browser.text("document.activeElement.id").await,
        "board"
    );
    stage.browser.press("Bay Free").await;
    assert_eq!(
        stage
            .element("querySelector('select').selectedOptions[0].text")
            .await,
        "Bay Free MLS (BFMLS), CA · No pass-through fee"
    );
    assert_eq!(stage.heard().await.last().unwrap(), "change 9002 9002 none");
    assert_eq!(
        stage
            .browser
            .value("document.documentElement.scrollWidth <= 390")
            .await,
        true
    );
    stage.browser.click("#send").await;
    assert_eq!(stage.site.wait_for_sent(1).await, "board=9002&who=");
}

impl Stage {
    /// Presses `key` while `held` is down.
    async fn chord(&self, held: Key, key: Key) {
        self.browser.chord(held, key).await;
    }

    /// The combobox as screen readers are told of it: its description, and what else the browser computed.
    async fn combobox(&self) -> Value {
        let tree = self
            .browser
            .protocol("Accessibility.getFullAXTree", json!({}))
            .await;
        let nodes = tree["nodes"].as_array().unwrap();
        let is_it = |node: &&Value| node["role"]["value"] == "combobox" && node["ignored"] == false;
        let node = nodes.iter().find(is_it).unwrap();
        let mut found = json!({ "description": node["description"]["value"] });
        for property in node["properties"].as_array().unwrap() {
            let name = property["name"].as_str().unwrap();
            found[name] = property["value"]["value"].clone();
        }
        found
    }

    /// The label of the row that Enter would take, as screen readers are told; empty where none is.
    async fn active(&self) -> String {
        let active = format!(
            "(() => {{ const root = {ELEMENT}.shadowRoot; const row = root.getElementById(root.querySelector('input').getAttribute('aria-activedescendant')); return row?.ariaSelected === 'true' ? row.firstChild.textContent : ''; }})()"
        );
        self.browser.text(&active).await
    }
}
