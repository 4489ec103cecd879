//! The drop-down element, on somebody else's page: another origin than the service's.

use fantoccini::key::Key;
use serde_json::Value;

use crate::browser::Browser;
use crate::harness::{Service, World, sandbox_vendor};
use site::{Page, Site};

mod access;
mod life;
mod list;
mod pages;
mod scripts;
mod site;
mod speed;
mod strict;

/// Boards that tests know, beside those of the sandbox: one of each state, two that look alike, and two whose names are
/// markup.
const BOARDS: &str = r#"board_id,board_name,abbreviation,states,country,channel,status,override,fee_key,label,amount,amount_max,currency,cadence,billed,basis,included,tier_mode,tiers,minimum,maximum,effective_from,effective_to,note,source_url,verified_on
9001,Cedar Valley MLS,CVMLS,IA,US,pass_through,charged,,idx,IDX,20.00,,USD,monthly,,account,,,,,,,,,,
9002,Bay Free MLS,BFMLS,CA,US,pass_through,none,,,,,,,,,,,,,,,,,,,
9003,Ask Us MLS,AUMLS,NV,US,pass_through,unpublished,,,,,,,,,,,,,,,,,,,
9004,Silent MLS,SMLS,NV,US,pass_through,unknown,,,,,,,,,,,,,,,,,,,
9005,Élan Québec,EQ,QC,CA,pass_through,charged,,idx,IDX,25.00,,CAD,monthly,,account,,,,,,,,,,
9006,Twin Waters MLS,TWMLS,MN,US,pass_through,charged,,idx,IDX,10.00,,USD,monthly,,account,,,,,,,,,,
9007,Twin Waters MLS,TWMLS,MN,US,pass_through,charged,,idx,IDX,99.00,,USD,monthly,,account,,,,,,,,,,
9008,<script>alert(1)</script>,SCRIPT,UT,US,pass_through,charged,,idx,IDX,11.00,,USD,monthly,,account,,,,,,,,,,
9009,<img src=x onerror=alert(1)>,IMG,UT,US,pass_through,none,,,,,,,,,,,,,,,,,,,
"#;

/// A page with the element in a form; all in one row, so that the open list hides nothing.
const FORM: &str = r#"<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign up</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/site.css"><script type="module" src="SERVICE/assets/ptf-board-select.js"></script>
<main><h1>Sign up</h1>
<form action="/sent" id="form">
<label for="board" id="label">Your board</label>
<ptf-board-select show-fee placeholder="Name or state" ELEMENT>SELECT</ptf-board-select>
<label for="who">You</label> <input id="who" name="who" autocomplete="off">
<button id="send">Send</button> <button type="reset" id="reset">Reset</button>
</form></main></html>"#;

/// What the page looks like: the rest is the element's own.
const STYLE: &str = "html { color-scheme: light dark; background: Canvas }";

/// What a page has for those without JavaScript.
const SELECT: &str = r#"<select id="board" name="board">
<option value="">Choose a board</option>
<option value="9001">Cedar Valley MLS (CVMLS), IA</option>
<option value="9002">Bay Free MLS (BFMLS), CA</option>
</select>"#;

/// The element on the page.
const ELEMENT: &str = "document.querySelector('ptf-board-select')";

/// A site, the service whose script it loads, and a browser.
struct Stage {
    browser: Browser,
    site: Site,
    service: Service,
    _world: World,
}

impl Stage {
    /// The service with the sandbox's 50 boards and [`BOARDS`]; `None` where there is no browser.
    async fn set() -> Option<Stage> {
        Some(Stage::set_for(Browser::start().await?).await)
    }

    /// The same, for this browser.
    async fn set_for(browser: Browser) -> Stage {
        let site = Site::start().await;
        site.put("/site.css", Page::of("text/css", STYLE));
        let (_vendor, base_url) = sandbox_vendor(50).await;
        let world = World::with_vendor(&base_url);
        world.run_ok(&["sync"]);
        let imported = world.import(BOARDS);
        assert_eq!(imported.code, 0, "{}", imported.stderr);
        let mut command = world.command(&["serve"]);
        command
            .env("PTF_SERVER__CORS_ORIGINS", site.origin())
            .env("PTF_SYNC__ON_START", "false");
        let service = Service::start(command);
        service.wait_until_synced().await;
        Stage {
            browser,
            site,
            service,
            _world: world,
        }
    }

    /// The page [`FORM`] with these attributes and this select.
    fn form(&self, attributes: &str, select: &str) -> Page {
        let service = format!("http://{}", self.service.api);
        Page::html(
            &FORM
                .replace("ELEMENT", attributes)
                .replace("SELECT", select)
                .replace("SERVICE", &service),
        )
    }

    /// Goes to the page [`FORM`] and waits for the list.
    async fn open(&self, attributes: &str, select: &str) {
        self.show(self.form(attributes, select)).await;
        self.wait_for_list().await;
    }

    /// Goes to `page`, and waits for nothing.
    async fn show(&self, page: Page) {
        self.site.put("/form", page);
        let address = format!("{}/form", self.site.origin());
        self.browser.open(&address).await;
    }

    /// Waits until the select has the boards of the service.
    async fn wait_for_list(&self) {
        let has_list = format!("{ELEMENT}?.querySelector('select')?.options.length > 20");
        self.browser.wait_until(&has_list).await;
    }

    /// What `member` of the element is.
    async fn element(&self, member: &str) -> Value {
        self.browser.value(&format!("{ELEMENT}.{member}")).await
    }

    /// What `member` of this part of the element is.
    async fn part(&self, part: &str, member: &str) -> Value {
        self.browser
            .value(&format!(
                "{ELEMENT}.shadowRoot.querySelector('[part~={part}]').{member}"
            ))
            .await
    }

    /// The text of the combobox.
    async fn typed(&self) -> String {
        let value = self.part("input", "value").await;
        value.as_str().unwrap().to_owned()
    }

    /// The labels of the rows that are shown; none when the list is closed.
    async fn rows(&self) -> Vec<String> {
        let rows = format!(
            "[...{ELEMENT}.shadowRoot.querySelectorAll('[part=popup]:not([hidden]) [part~=label]')].map((row) => row.textContent)"
        );
        serde_json::from_value(self.browser.value(&rows).await).unwrap()
    }

    /// Clicks on what this selector finds in the element's shadow.
    async fn click_inside(&self, selector: &str) {
        let found = format!("{ELEMENT}.shadowRoot.querySelector({selector:?})");
        self.browser.click_on(&found).await;
    }

    /// Presses one key several times.
    async fn press(&self, key: Key, times: usize) {
        for _ in 0..times {
            self.browser.press(key + "").await;
        }
    }

    /// Waits until the element's text and value are these.
    async fn wait_for(&self, text: &str, value: &str) {
        let holds = format!(
            "{ELEMENT}.value === {value:?} && {ELEMENT}.shadowRoot.querySelector('input').value === {text:?}"
        );
        self.browser.wait_until(&holds).await;
    }

    /// Whether the combobox has the focus.
    async fn is_focused(&self) -> bool {
        let focused = format!(
            "document.activeElement === {ELEMENT} && {ELEMENT}.shadowRoot.activeElement?.part.contains('input') === true"
        );
        self.browser.value(&focused).await == true
    }

    /// From now on notes what the element tells, as `name value status`.
    async fn listen(&self) {
        let listen = format!(
            "(() => {{ window.heard = []; for (const name of ['input', 'change']) {ELEMENT}.addEventListener(name, (event) => heard.push(`${{name}} ${{event.target.value}} ${{event.detail?.board?.value ?? null}} ${{event.detail?.status ?? null}}`)); }})()"
        );
        self.browser.value(&listen).await;
    }

    /// What was heard since.
    async fn heard(&self) -> Vec<String> {
        let heard = self.browser.value("heard.splice(0)").await;
        serde_json::from_value(heard).unwrap()
    }
}
