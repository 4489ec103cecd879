//! The operator page, in a real browser, with a real vendor that goes wrong.

mod badge;
mod curated;
mod decisions;
mod haste;
mod import;
mod looks;
mod mishaps;
mod questions;
mod roles;
mod states;

use std::time::{Duration, Instant};

use ptf_cache::sandbox::{Amount, RunningSandbox, SandboxBoard};
use serde_json::Value;
use sqlx::{Connection, SqliteConnection};

use crate::browser::Browser;
use crate::harness::{PATIENCE, Service, World, sandbox_vendor};

/// The first board of the vendor's list, whose monthly fee these tests set.
const BOARD: &str = "1001";

/// A service whose vendor lists two hundred boards, and a browser.
struct Scene {
    browser: Browser,
    vendor: RunningSandbox,
    world: World,
    /// A token of each role; the service knows those that were there when it started.
    tokens: Vec<(&'static str, String)>,
}

impl Scene {
    /// The vendor's first board charges 20.00 a month; nothing is synced yet. `None` where there is no browser.
    async fn set() -> Option<Scene> {
        let browser = Browser::start().await?;
        let (vendor, base_url) = sandbox_vendor(200).await;
        let world = World::with_vendor(&base_url);
        let token = |role| {
            let created = ["token", "create", "--role", role, "--name", "tester"];
            (role, world.run_ok(&created).trim().to_owned())
        };
        let tokens = ["reader", "curator", "operator"].map(token).to_vec();
        let scene = Scene {
            browser,
            vendor,
            world,
            tokens,
        };
        scene.change_boards(|boards| {
            let like = boards.iter().find(|board| is_plain(board)).unwrap().clone();
            let (id, name) = (boards[0].id.clone(), boards[0].name.clone());
            boards[0] = SandboxBoard { id, name, ..like };
        });
        scene.price("20.00");
        Some(scene)
    }

    /// The same, with the first list published.
    async fn synced() -> Option<Scene> {
        let scene = Scene::set().await?;
        scene.world.run_ok(&["sync"]);
        Some(scene)
    }

    /// The same, with a run in quarantine, and an operator who looks at it.
    async fn deciding() -> Option<(Scene, Service)> {
        let scene = Scene::synced().await?;
        scene.quarantine();
        let service = scene.serve();
        scene.open(&service, "operator").await;
        scene.browser.click("[data-key=look]").await;
        scene.wait_for_text("dialog .decide", "Waits").await;
        Some((scene, service))
    }

    fn change_boards(&self, change: impl FnOnce(&mut Vec<SandboxBoard>)) {
        let mut boards = self.vendor.boards();
        change(&mut boards);
        self.vendor.set_boards(boards);
    }

    /// What the first board charges a month from now on.
    fn price(&self, amount: &str) {
        self.change_boards(|boards| boards[0].pass_through_fee = Amount::Text(amount.to_owned()));
    }

    /// From now on the vendor does wrong as `faults` say, words of `--list-faults`.
    fn spoil(&self, faults: &[&str]) {
        let faults = faults.iter().map(|fault| fault.parse().unwrap());
        self.vendor.set_faults(faults.collect());
    }

    /// Syncs at the terminal, whatever comes of it.
    fn sync(&self) -> i32 {
        self.world.run(&["sync"]).code
    }

    /// Has a run in quarantine: every fee is a hundred times what it was.
    fn quarantine(&self) {
        self.spoil(&["fees-jump"]);
        assert_eq!(self.sync(), 3);
        self.spoil(&[]);
    }

    /// Has a value held back: the first board charges a hundred times as much.
    fn hold(&self) {
        self.price("2000.00");
        assert_eq!(self.sync(), 3);
    }

    /// The service, which leaves syncing to the test.
    fn serve(&self) -> Service {
        let mut command = self.world.command(&["serve"]);
        command
            .env("PTF_SYNC__ON_START", "false")
            .env("PTF_SYNC__SCHEDULE", "0 0 0 29 2 *");
        Service::start(command)
    }

    /// A token of this role.
    fn token(&self, role: &str) -> String {
        let found = self.tokens.iter().find(|(its, _)| *its == role);
        found.unwrap().1.clone()
    }

    /// Opens the page with a token of `role`, shown in its form, and waits until all is there.
    async fn open(&self, service: &Service, role: &str) {
        self.open_closed(service).await;
        self.browser.click("#token").await;
        self.browser.press(self.token(role)).await;
        self.browser.click("#gate button").await;
        self.wait_until_loaded().await;
        // Clicks are counted from here on, keys that act like one included.
        self.browser
            .value("window.__clicks = 0, addEventListener('click', () => (window.__clicks += 1), true)")
            .await;
    }

    /// Opens the page without a token.
    async fn open_closed(&self, service: &Service) {
        let page = format!("http://{}/ops", service.api);
        self.browser.open(&page).await;
        self.browser.value("sessionStorage.clear()").await;
        self.browser.open(&page).await;
        self.browser
            .wait_until("document.querySelector('#token') !== null")
            .await;
    }

    async fn wait_until_loaded(&self) {
        self.browser
            .wait_until(
                "document.querySelector('#curated table, #curated .json') !== null
                 && !document.querySelector('#import').hidden
                 && /entr/.test(document.querySelector('#curated [role=status]').textContent)",
            )
            .await;
    }

    /// What of the page is under `selector`, as text.
    async fn text(&self, selector: &str) -> String {
        let selector = selector.replace('"', "'");
        self.browser
            .text(&format!(
                "(document.querySelector(\"{selector}\") ?? {{ textContent: '(nothing)' }}).textContent"
            ))
            .await
    }

    /// Waits until the text under `selector` has `part`.
    async fn wait_for_text(&self, selector: &str, part: &str) {
        let (selector, part) = (selector.replace('"', "'"), Value::from(part));
        self.browser
            .wait_until(&format!(
                "[...document.querySelectorAll(\"{selector}\")].some((found) => found.textContent.includes({part}))"
            ))
            .await;
    }

    /// From now on requests are noted, and the answer to one that has `window.__held` in it is kept back until
    /// `release`. Requests are texts as `GET /v1/catalog`; one that has `window.__refused` in it is answered with 503.
    async fn intercept(&self) {
        self.browser
            .value(
                "(() => {
                    const own = window.fetch;
                    window.__asked = [];
                    window.fetch = async (url, options = {}) => {
                        const asked = `${options.method ?? 'GET'} ${url}`;
                        window.__asked.push(asked);
                        if (window.__refused && asked.includes(window.__refused)) return new Response('{}', { status: 503 });
                        const answer = await own(url, options);
                        if (window.__held && asked.includes(window.__held)) await new Promise((go) => (window.__go = go));
                        return answer;
                    };
                })() ?? null",
            )
            .await;
    }

    /// Keeps back the answer to what has `part` in it.
    async fn hold_back(&self, part: &str) {
        let part = Value::from(part);
        self.browser
            .value(&format!("(window.__held = {part}, delete window.__go)"))
            .await;
    }

    /// Waits until an answer is kept back.
    async fn wait_for_held(&self) {
        self.browser.wait_until("window.__go !== undefined").await;
    }

    /// Lets the answer go that is kept back.
    async fn release(&self) {
        self.browser
            .value("(window.__held = null, window.__go(), null)")
            .await;
    }

    /// How many requests were made that have `part` in them.
    async fn asked(&self, part: &str) -> i64 {
        let part = Value::from(part);
        let count = format!("window.__asked.filter((asked) => asked.includes({part})).length");
        self.browser.value(&count).await.as_i64().unwrap()
    }

    /// How many clicks were made since the page was opened.
    async fn clicks(&self) -> i64 {
        self.browser
            .value("window.__clicks")
            .await
            .as_i64()
            .unwrap()
    }

    /// Goes on with the Tab key until what the selector names has the focus.
    async fn tab_to(&self, selector: &str) {
        let reached = format!("document.activeElement?.matches(\"{selector}\") === true");
        for _ in 0..150 {
            if self.browser.value(&reached).await == true {
                return;
            }
            self.browser.press(fantoccini::key::Key::Tab + "").await;
        }
        panic!("{selector} is not reached by Tab");
    }

    /// Presses Enter on what the selector names, reached by Tab.
    async fn enter(&self, selector: &str) {
        self.tab_to(selector).await;
        self.browser.press(fantoccini::key::Key::Enter + "").await;
    }

    /// Puts `text` into the field of the open dialog that is at this JSON pointer.
    async fn fill(&self, pointer: &str, text: &str) {
        let field = format!("dialog [data-pointer=\"{pointer}\"]");
        self.retype(&field, text).await;
    }

    /// Puts `text` in the place of what a field has.
    async fn retype(&self, field: &str, text: &str) {
        self.browser.click(field).await;
        self.browser.value("document.activeElement.select()").await;
        self.browser.press(text.to_owned()).await;
    }
}

fn is_plain(board: &SandboxBoard) -> bool {
    board.pass_through_fee_frequency.as_deref() == Some("MONTHLY")
        && board.pass_through_fee_basis.as_deref() == Some("ACCOUNT")
        && board.currency.as_deref().unwrap_or("USD") == "USD"
        && !board.setup_fee.is_said()
        && board.pass_through_fee_type.is_none()
}

/// The version that is served.
async fn version(service: &Service) -> i64 {
    service.get_ok("/v1/catalog").await["version"]
        .as_i64()
        .unwrap()
}

/// Waits until the badge says `state`: the service finds out with a beat of its schedule.
async fn wait_for_badge(service: &Service, state: &str) {
    let deadline = Instant::now() + PATIENCE;
    let said = format!("fees: {state}");
    while !service.get("/badge.svg").await.body.contains(&said) {
        assert!(Instant::now() < deadline, "the badge never said {state}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Changes the database behind the back of the service, which must not run.
async fn tamper(world: &World, statement: &'static str) {
    let url = format!("sqlite://{}", world.path("test.db").display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    sqlx::query(statement)
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

/// What every run on record happened this much earlier.
const AGED: &str = "UPDATE sync_runs
    SET started_at_ms = started_at_ms - 31 * 3600000, finished_at_ms = finished_at_ms - 31 * 3600000";
