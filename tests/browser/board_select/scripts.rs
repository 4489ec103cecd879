//! What people do to the field, and the form that is sent then, as the receiving site sees it.

use std::time::Instant;

use fantoccini::key::Key;

use super::{ELEMENT, FORM, SELECT, Stage};
use Step::*;

/// One thing that somebody does.
#[derive(Debug, Clone)]
enum Step {
    /// Clicks into the field.
    Focus,
    /// Types wherever the focus is.
    Type(&'static str),
    Press(Key, usize),
    /// Presses a letter with the control key.
    Control(char),
    /// Clicks on the nth row.
    Row(usize),
    /// Clicks on the button that clears.
    Clear,
    /// Puts a text on the clipboard and pastes it.
    Paste(&'static str),
    /// Clicks into another field.
    Leave,
    /// Clicks on the form's button that resets.
    Reset,
    /// As browsers fill forms in: the select is set, and told so.
    Autofill(&'static str),
    /// A script of the page.
    Run(&'static str),
    /// Clicks on the form's button, which sends it.
    Send,
    /// Goes back to the page from where the form went.
    Back,
    Reload,
    /// What the field must show by now.
    Shows(&'static str),
    /// What the field must say by now.
    Says(&'static str),
}

const CEDAR: &str = "Cedar Valley MLS (CVMLS), IA";
const BAY: &str = "Bay Free MLS (BFMLS), CA";
const QUEBEC: &str = "Élan Québec (EQ), QC";
const NOT_OFFERED: &str = "The board chosen before is not offered any more: pick another board";
const TWINS: &str = "Twin Waters MLS (TWMLS), MN";

/// With the second board chosen from the start.
const PRESET: &str = r#"<select id="board" name="board"><option value="">Choose</option>
<option value="9001">Cedar Valley MLS (CVMLS), IA</option><option value="9002" selected>Bay Free MLS (BFMLS), CA</option></select>"#;
const REQUIRED: &str =
    r#"<select id="board" name="board" required><option value="">Choose</option></select>"#;

/// What the site must receive; none where the form must not be sent.
type Sent = Option<&'static str>;

/// Name, attributes of the element, the select in it, what is done before the form is sent.
type Script = (
    &'static str,
    &'static str,
    &'static str,
    &'static [Step],
    Sent,
);

// Together they choose the first board.
const F: Step = Focus;
const T: Step = Type("cedar");
const D: Step = Press(Key::Down, 1);
const E: Step = Press(Key::Enter, 1);

#[rustfmt::skip]
const SCRIPTS: &[Script] = &[
    ("nothing", "", SELECT, &[], Some("")),
    ("nothing, where something is required", "", REQUIRED, &[], None),
    ("type, arrow, Enter", "", SELECT, &[F, T, D, E, Shows(CEDAR)], Some("9001")),
    ("type, click on a row", "", SELECT, &[Focus, Type("waters"), Row(1), Shows(TWINS)], Some("9007")),
    ("type by state and abbreviation", "", SELECT, &[Focus, Type("bfmls ca"), D, E], Some("9002")),
    ("type without accents", "", SELECT, &[Focus, Type("elan queb"), D, E, Shows(QUEBEC)], Some("9005")),
    ("type a part and leave", "", SELECT, &[Focus, Type("cedar"), Leave], None),
    ("type a part, arrow, Tab: Tab only moves", "", SELECT, &[Focus, Type("cedar"), D, Press(Key::Tab, 1)], None),
    ("type a part, Enter without a row", "", SELECT, &[Focus, Type("cedar"), E], None),
    ("mistype", "", SELECT, &[Focus, Type("cedr valey"), Leave], None),
    ("mistype and send at once", "", SELECT, &[Focus, Type("cedr valey")], None),
    ("mistype, clear", "", SELECT, &[Focus, Type("cedr valey"), Clear, Shows("")], Some("")),
    ("mistype, reset", "", SELECT, &[Focus, Type("cedr valey"), Leave, Reset, Shows("")], Some("")),
    ("blanks", "", SELECT, &[Focus, Type("   "), Leave, Shows("")], Some("")),
    ("a whole label, leave", "", SELECT, &[Focus, Type(CEDAR), Leave], Some("9001")),
    ("a whole label in another case, Enter", "", SELECT, &[Focus, Type("cedar valley mls cvmls ia"), E, Shows(CEDAR)], Some("9001")),
    ("a label that two boards have, leave", "", SELECT, &[Focus, Type(TWINS), Leave], None),
    ("choose, delete a letter", "", SELECT, &[F, T, D, E, Press(Key::Backspace, 1)], None),
    ("choose, delete a letter and leave", "", SELECT, &[F, T, D, E, Press(Key::Backspace, 1), Leave], None),
    ("choose, delete a letter, type it again", "", SELECT, &[F, T, D, E, Press(Key::Backspace, 1), Type("A"), Leave], Some("9001")),
    ("choose, delete a letter, undo", "", SELECT, &[F, T, D, E, Press(Key::Backspace, 1), Control('z'), Leave, Shows(CEDAR)], Some("9001")),
    ("choose, Escape", "", SELECT, &[F, T, D, E, Press(Key::Escape, 1), Shows("")], Some("")),
    ("choose, open, Escape closes only", "", SELECT, &[F, T, D, E, Press(Key::Down, 1), Press(Key::Escape, 1), Shows(CEDAR)], Some("9001")),
    ("choose, clear by the button", "", SELECT, &[F, T, D, E, Clear, Shows("")], Some("")),
    ("choose, delete all", "", SELECT, &[F, T, D, E, Control('a'), Press(Key::Delete, 1), Leave], Some("")),
    ("choose, choose another", "", SELECT, &[F, T, D, E, Control('a'), Type("bay free"), D, E, Shows(BAY)], Some("9002")),
    ("choose, reset", "", SELECT, &[F, T, D, E, Reset, Shows("")], Some("")),
    ("chosen from the start", "", PRESET, &[Shows(BAY)], Some("9002")),
    ("chosen from the start, cleared", "", PRESET, &[Focus, Press(Key::Escape, 2), Shows("")], Some("")),
    ("chosen from the start, another, reset", "", PRESET, &[Focus, Control('a'), T, D, E, Reset, Shows(BAY)], Some("9002")),
    ("chosen from the start, mistyped, reset", "", PRESET, &[Focus, Type("x"), Leave, Reset, Shows(BAY)], Some("9002")),
    ("chosen by the attribute", "value=9005", SELECT, &[Shows(QUEBEC)], Some("9005")),
    ("chosen by the attribute, cleared, reset", "value=9005", SELECT, &[Focus, Press(Key::Escape, 2), Reset, Shows(QUEBEC)], Some("9005")),
    ("an unknown board by the attribute", "value=1", SELECT, &[Shows(""), Says(NOT_OFFERED)], Some("")),
    ("paste a whole label", "", SELECT, &[Paste(CEDAR), Leave, Shows(CEDAR)], Some("9001")),
    ("paste nonsense", "", SELECT, &[Paste("Cedar Valley MLS (CVMLS), IA, $20"), Leave], None),
    ("choose, paste another over it", "", PRESET, &[Paste(CEDAR), Leave, Shows(CEDAR)], Some("9001")),
    ("choose, paste nonsense over it", "", PRESET, &[Paste("nonsense"), Leave], None),
    ("autofill", "", SELECT, &[Autofill("9003"), Shows("Ask Us MLS (AUMLS), NV")], Some("9003")),
    ("mistype, autofill", "", SELECT, &[Focus, Type("nonsense"), Leave, Autofill("9001"), Shows(CEDAR)], Some("9001")),
    ("autofill, delete a letter", "", SELECT, &[Autofill("9001"), Focus, Press(Key::End, 1), Press(Key::Backspace, 1), Leave], None),
    ("choose, send, back", "", SELECT, &[F, T, D, E, Send, Back, Shows(CEDAR)], Some("9001")),
    ("choose, send, back, delete a letter", "", SELECT, &[F, T, D, E, Send, Back, Focus, Press(Key::End, 1), Press(Key::Backspace, 1)], None),
    ("clear what was chosen from the start, send, back", "", PRESET, &[Focus, Press(Key::Escape, 2), Send, Back, Shows("")], Some("")),
    ("choose, reload", "", SELECT, &[F, T, D, E, Reload, Shows(CEDAR)], Some("9001")),
    ("by a script of the page", "", SELECT, &[Run("value = '9002'"), Shows(BAY)], Some("9002")),
    ("by a script of the page, cleared", "", PRESET, &[Run("clear()"), Shows("")], Some("")),
    ("by a script of the page, an unknown one", "", PRESET, &[Run("value = 'nothing'"), Shows("")], Some("")),
    ("chosen, another by the select's value", "", SELECT, &[F, T, D, E, Run("querySelector('select').value = '9002'"), Shows(BAY)], Some("9002")),
    ("chosen, another by the select's index", "", SELECT, &[F, T, D, E, Run("querySelector('select').selectedIndex = 0"), Shows("")], Some("")),
    ("chosen, another by its option", "", SELECT, &[F, T, D, E, Run("querySelector('[value=\"9002\"]').selected = true"), Shows(BAY)], Some("9002")),
    ("chosen, none by the select's value", "", SELECT, &[F, T, D, E, Run("querySelector('select').value = ''"), Shows("")], Some("")),
    ("mistype, a board by the select's value", "", SELECT, &[Focus, Type("cedr"), Leave, Run("querySelector('select').value = '9002'"), Shows(BAY)], Some("9002")),
    ("moved in the page", "", SELECT, &[F, T, D, E, Run("closest('form').prepend(document.querySelector('ptf-board-select'))"), Shows(CEDAR)], Some("9001")),
    ("a select of the element's own", "name=board", "", &[F, T, D, E], Some("9001")),
    ("a select of the element's own, required", "name=board required", "", &[Focus, Leave], None),
];

#[tokio::test(flavor = "multi_thread")]
async fn whatever_people_do_the_form_says_what_the_field_shows() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    assert!(SCRIPTS.len() >= 30);
    let begun = Instant::now();
    for (name, attributes, select, steps, expected) in SCRIPTS {
        // A page of its own each, so that none finds what another left.
        let path = format!("/form/{}", name.replace(' ', "-"));
        stage.site.put(&path, stage.form(attributes, select));
        stage
            .browser
            .open(&format!("{}{path}", stage.site.origin()))
            .await;
        stage.wait_for_list().await;
        println!("{name}");
        for step in *steps {
            stage.does(step, name).await;
        }
        stage.assert_sends(*expected, name).await;
        stage.browser.assert_no_faults().await;
    }
    println!("{} scripts in {:?}", SCRIPTS.len(), begun.elapsed());
}

impl Stage {
    async fn does(&self, step: &Step, script: &str) {
        let driver = &self.browser.driver;
        match step {
            Focus => self.click_inside("[part=input]").await,
            Type(text) => self.browser.press(*text).await,
            Press(key, times) => self.press(*key, *times).await,
            Control(letter) => self.browser.chord(Key::Control, *letter).await,
            Row(place) => self.click_inside(&format!("#row{place}")).await,
            Clear => self.click_inside("[part=clear]").await,
            Paste(text) => {
                let put = format!("document.querySelector('#who').value = {text:?}");
                self.browser.value(&put).await;
                self.browser.click("#who").await;
                Box::pin(self.does(&Control('a'), script)).await;
                Box::pin(self.does(&Control('x'), script)).await;
                self.click_inside("[part=input]").await;
                Box::pin(self.does(&Control('a'), script)).await;
                Box::pin(self.does(&Control('v'), script)).await;
            }
            Leave => self.browser.click("#who").await,
            Reset => self.browser.click("#reset").await,
            Autofill(value) => {
                let fill = format!(
                    "['input', 'change'].forEach((name) => {{ const select = document.querySelector('#board'); select.value = {value:?}; select.dispatchEvent(new Event(name, {{ bubbles: true }})); }})"
                );
                self.browser.value(&fill).await;
            }
            Run(call) => {
                self.browser.value(&format!("{ELEMENT}.{call}")).await;
            }
            Send => {
                let count = self.site.sent().len() + 1;
                self.browser.click("#send").await;
                self.site.wait_for_sent(count).await;
                self.browser
                    .wait_until("document.title === 'Received'")
                    .await;
            }
            Back => {
                driver.back().await.unwrap();
                self.wait_for_list().await;
            }
            Reload => {
                driver.refresh().await.unwrap();
                self.wait_for_list().await;
            }
            Shows(text) => self.has("input", "value", text, script).await,
            Says(text) => self.has("message", "textContent", text, script).await,
        }
    }

    /// Waits, not for long, until this part of the element has this text.
    async fn has(&self, part: &str, member: &str, text: &str, script: &str) {
        let deadline = Instant::now() + crate::harness::PATIENCE / 10;
        loop {
            let found = self.part(part, member).await;
            if found == text {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "{script}: the {part} is {found:?}, not {text:?}"
            );
        }
    }

    /// Sends the form; the site must receive this board, or nothing where the form must not be sent.
    async fn assert_sends(&self, board: Sent, script: &str) {
        let before = self.site.sent().len();
        self.browser.click("#send").await;
        if let Some(board) = board {
            let sent = self.site.wait_for_sent(before + 1).await;
            assert_eq!(sent, format!("board={board}&who="), "{script}");
            return;
        }
        let title = self.browser.text("document.title").await;
        assert_eq!(title, "Sign up", "{script}");
        assert_eq!(self.site.sent().len(), before, "{script}: was sent");
        assert!(self.is_focused().await, "{script}: the field has no focus");
        let message = self.part("message", "textContent").await;
        assert_ne!(message, "", "{script}: nobody says why");
        assert_eq!(self.part("input", "ariaInvalid").await, "true", "{script}");
        // What would be sent in spite of all this is no board.
        let data = "new FormData(document.querySelector('form')).get('board')";
        assert_eq!(self.browser.value(data).await, "", "{script}");
    }
}

/// What is typed into the plain select, and what the site receives.
const PLAIN: &[(&str, &str, &str, &str)] = &[
    ("nothing", SELECT, "", ""),
    ("the first letters", SELECT, "Bay", "9002"),
    ("other first letters", SELECT, "ced", "9001"),
    ("nonsense", SELECT, "xyz", ""),
    ("an arrow", SELECT, "\u{e015}", "9001"),
    ("two arrows", SELECT, "\u{e015}\u{e015}", "9002"),
    ("chosen from the start", PRESET, "", "9002"),
    ("chosen from the start, changed", PRESET, "ced", "9001"),
    ("chosen from the start, taken back", PRESET, "\u{e011}", ""),
];

#[tokio::test(flavor = "multi_thread")]
async fn without_javascript_the_select_is_what_it_was() {
    let Some(stage) = Stage::set().await else {
        return;
    };
    stage.browser.without_scripts().await;
    for (count, (name, select, keys, expected)) in PLAIN.iter().enumerate() {
        let path = format!("/plain/{count}");
        stage.site.put(&path, stage.form("", select));
        stage
            .browser
            .open(&format!("{}{path}", stage.site.origin()))
            .await;
        stage.press(Key::Tab, 1).await;
        stage.browser.press(*keys).await;
        stage.press(Key::Tab, 2).await;
        stage.press(Key::Enter, 1).await;
        let sent = stage.site.wait_for_sent(count + 1).await;
        assert_eq!(sent, format!("board={expected}&who="), "{name}");
    }
    assert!(FORM.contains("<form"));
}
