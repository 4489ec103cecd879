//! A browser of a test's own, which ends with it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::{Element, ElementRef};
use fantoccini::key::Key;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};

use crate::driver::{DriverProcess, Protocol};
use crate::harness::PATIENCE;
use crate::missing::did_not_run;

/// Names the file `axe.min.js` of the npm package `axe-core`.
const AXE: &str = "AXE_CORE";
/// What marks a reference to an element (the WebDriver standard, 12).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// Names a folder for pictures.
const SCREENSHOTS: &str = "SCREENSHOTS";

/// Runs before any script of a page: notes what no page may have.
const WATCH: &str = r#"
    window.__faults = [];
    const note = (what) => window.__faults.push(what);
    addEventListener("securitypolicyviolation", (event) =>
        note(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
    addEventListener("error", (event) => note(`error: ${event.message ?? event.target}`));
    addEventListener("unhandledrejection", (event) => note(`rejection: ${event.reason}`));
"#;

/// A headless Chromium with one window.
pub(crate) struct Browser {
    pub(crate) driver: Client,
    _process: DriverProcess,
}

/// What the window is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    Light,
    Dark,
    /// Light, narrow, and touched with fingers.
    Phone,
}

impl Browser {
    /// A browser whose window is 1280 x 900; `None` where there is none, which has been said then.
    pub(crate) async fn start() -> Option<Browser> {
        Browser::start_with(&[]).await
    }

    /// The same, told more at its start.
    pub(crate) async fn start_with(arguments: &[&str]) -> Option<Browser> {
        let process = DriverProcess::start()?;
        let driver = process.browser(arguments).await;
        let browser = Browser {
            driver,
            _process: process,
        };
        let watch = json!({ "source": WATCH });
        browser
            .protocol("Page.addScriptToEvaluateOnNewDocument", watch)
            .await;
        Some(browser)
    }

    /// Goes to `url`.
    pub(crate) async fn open(&self, url: &str) {
        self.driver.goto(url).await.unwrap();
    }

    /// A command of the Chrome DevTools Protocol.
    pub(crate) async fn protocol(&self, method: &str, parameters: Value) -> Value {
        let (method, parameters) = (method.to_owned(), parameters);
        let command = Protocol { method, parameters };
        self.driver.issue_cmd(command).await.unwrap()
    }

    /// What `expression` is on the page.
    pub(crate) async fn value(&self, expression: &str) -> Value {
        let script = format!("return ({expression});");
        let found = self.driver.execute(&script, vec![]).await;
        found.unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// The text that `expression` is on the page.
    pub(crate) async fn text(&self, expression: &str) -> String {
        let value = self.value(expression).await;
        let text = value.as_str();
        text.unwrap_or_else(|| panic!("{expression} is {value}"))
            .to_owned()
    }

    /// What the promise `expression` comes to.
    pub(crate) async fn settled(&self, expression: &str) -> Value {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             Promise.resolve({expression}).then(done, (error) => done({{ __error: String(error) }}));"
        );
        let found = self.driver.execute_async(&script, vec![]).await.unwrap();
        assert!(found.get("__error").is_none(), "{expression}: {found}");
        found
    }

    /// Waits until `condition` holds on the page.
    pub(crate) async fn wait_until(&self, condition: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.value(condition).await != true {
            assert!(
                Instant::now() < deadline,
                "not within {PATIENCE:?}: {condition}\n{}",
                self.driver.source().await.unwrap()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Presses keys, one after the other, wherever the focus is: text, or `Key::Tab + ""`.
    pub(crate) async fn press(&self, keys: impl Into<String>) {
        let keys: String = keys.into();
        let strokes = keys.chars().flat_map(|value| {
            let down = KeyAction::Down { value };
            [down, KeyAction::Up { value }]
        });
        self.perform(strokes).await;
    }

    /// Presses `key` while `held` is down.
    pub(crate) async fn chord(&self, held: Key, key: impl Into<char>) {
        let (held, value) = (held.into(), key.into());
        self.perform([
            KeyAction::Down { value: held },
            KeyAction::Down { value },
            KeyAction::Up { value },
            KeyAction::Up { value: held },
        ])
        .await;
    }

    async fn perform(&self, strokes: impl IntoIterator<Item = KeyAction>) {
        let keyboard = KeyActions::new("keyboard".to_owned());
        let strokes = strokes.into_iter().fold(keyboard, KeyActions::then);
        self.driver.perform_actions(strokes).await.unwrap();
    }

    /// What the selector finds first.
    pub(crate) async fn find(&self, selector: &str) -> Element {
        let found = self.driver.find(Locator::Css(selector)).await;
        found.unwrap_or_else(|error| panic!("{selector}: {error}"))
    }

    /// The same, once it is there: on the page that is on its way.
    pub(crate) async fn find_later(&self, selector: &str) -> Element {
        let found = self.driver.wait().for_element(Locator::Css(selector));
        found
            .await
            .unwrap_or_else(|error| panic!("{selector}: {error}"))
    }

    /// Clicks on the middle of what the selector finds first.
    pub(crate) async fn click(&self, selector: &str) {
        let clicked = self.find(selector).await.click().await;
        clicked.unwrap_or_else(|error| panic!("{selector}: {error}"));
    }

    /// Clicks on the middle of the element that `expression` is on the page.
    pub(crate) async fn click_on(&self, expression: &str) {
        let found = self.value(expression).await;
        let id = found[ELEMENT].as_str();
        let id = id.unwrap_or_else(|| panic!("{expression} is {found}"));
        let element = ElementRef::from(id.to_owned());
        let element = Element::from_element_id(self.driver.clone(), element);
        let clicked = element.click().await;
        clicked.unwrap_or_else(|error| panic!("{expression}: {error}"));
    }

    /// From now on pages run no script.
    pub(crate) async fn without_scripts(&self) {
        let off = json!({ "value": true });
        self.protocol("Emulation.setScriptExecutionDisabled", off)
            .await;
    }

    /// From now on the window is like this.
    pub(crate) async fn look(&self, look: Look) {
        let scheme = if look == Look::Dark { "dark" } else { "light" };
        let touched = look == Look::Phone;
        let (width, height) = if touched { (390, 844) } else { (1280, 900) };
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.protocol("Emulation.setEmulatedMedia", features).await;
        let size = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": touched,
        });
        self.protocol("Emulation.setDeviceMetricsOverride", size)
            .await;
        let touch = json!({ "enabled": touched, "maxTouchPoints": 5 });
        self.protocol("Emulation.setTouchEmulationEnabled", touch)
            .await;
    }

    /// Puts a picture of the whole page into the folder that `SCREENSHOTS` names, if it names one.
    pub(crate) async fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os(SCREENSHOTS) else {
            return;
        };
        use base64::Engine;
        let whole = json!({ "captureBeyondViewport": true });
        let picture = self.protocol("Page.captureScreenshot", whole).await;
        let bytes = base64::prelude::BASE64_STANDARD
            .decode(picture["data"].as_str().unwrap())
            .unwrap();
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(PathBuf::from(folder).join(format!("{name}.png")), bytes).unwrap();
    }

    /// The page has broken no policy, and no script of it has failed.
    pub(crate) async fn assert_no_faults(&self) {
        let faults = self.value("window.__faults").await;
        assert_eq!(
            faults,
            json!([]),
            "{}",
            self.driver.current_url().await.unwrap()
        );
    }

    /// axe-core finds nothing on the page as it stands.
    pub(crate) async fn assert_accessible(&self, state: &str) {
        let Some(file) = std::env::var_os(AXE) else {
            did_not_run(
                &format!("{AXE} names no file"),
                "npm install axe-core, and name its axe.min.js",
            );
            return;
        };
        let axe = std::fs::read_to_string(&file)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self.driver.execute(&axe, vec![]).await.unwrap();
        let found = self
            .settled("axe.run(document).then((found) => found.violations.map((violation) => ({ rule: violation.id, help: violation.help, where: violation.nodes.map((node) => `${node.target}: ${node.failureSummary}`) })))")
            .await;
        assert_eq!(found, json!([]), "{state}: {found:#}");
    }
}
