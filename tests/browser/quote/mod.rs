//! The quote page.

mod broken;
mod everybody;
mod focus;
mod inputs;
mod kept_open;
mod past;
mod shown;
mod staff;
mod taken;

use std::time::{Duration, Instant};

use ptf_cache::sandbox::RunningSandbox;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::harness::{PATIENCE, Service, World, sandbox_vendor};

/// The columns of a curated list.
const COLUMNS: &str = "board_id,board_name,abbreviation,states,country,channel,status,override,fee_key,label,amount,\
    amount_max,currency,cadence,billed,basis,included,tier_mode,tiers,minimum,maximum,effective_from,effective_to,note,\
    source_url,verified_on\n";

/// Lets a test keep back what `fetch` asks for: `__held` are the addresses that wait, `__release(n)` lets the n-th of them
/// go. What is given up is answered all the same, as by a network that was too late to hear of it.
const HOLD_FETCHES: &str = r#"
    const real = window.fetch;
    window.__hold = null;
    window.__held = [];
    const gates = [];
    window.__release = (position) => gates[position]();
    window.fetch = async (input, options = {}) => {
        const address = String(input);
        if (!window.__hold || !address.includes(window.__hold)) return real(input, options);
        window.__held.push(address);
        await new Promise((open) => gates.push(open));
        return real(input, { ...options, signal: undefined });
    };
"#;

/// From now on `fetch` answers what is asked of `/v1/quote` by this expression; by the service where it is null.
fn answer_quotes_by(expression: &str) -> String {
    format!(
        "(() => {{ window.__fetch ??= window.fetch; window.fetch = async (...all) =>
            (String(all[0]).includes('/v1/quote') ? await {expression} : null) ?? window.__fetch(...all); return true; }})()"
    )
}

/// A browser in front of a service with a catalog.
struct Desk {
    browser: Browser,
    world: World,
    service: Service,
    _vendor: RunningSandbox,
}

impl Desk {
    /// `None` where there is no browser, which has been said then.
    async fn open() -> Option<Desk> {
        Desk::with(&[]).await
    }

    /// With these variables in the service's environment.
    async fn with(settings: &[(&str, &str)]) -> Option<Desk> {
        let browser = Browser::start().await?;
        let (vendor, base_url) = sandbox_vendor(120).await;
        let world = World::with_vendor(&base_url);
        let mut command = world.command(&["serve"]);
        command.envs(settings.iter().copied());
        let service = Service::start(command);
        wait_until_ready(&service).await;
        browser
            .protocol(
                "Page.addScriptToEvaluateOnNewDocument",
                json!({ "source": HOLD_FETCHES }),
            )
            .await;
        Some(Desk {
            browser,
            world,
            service,
            _vendor: vendor,
        })
    }

    /// Goes to the page with this query, and waits for what it shows then.
    async fn go(&self, query: &str) {
        let url = format!("http://{}/{query}", self.service.api);
        self.browser.open(&url).await;
        self.browser
            .wait_until("document.querySelector('#quote')?.childElementCount > 0")
            .await;
        self.settle().await;
    }

    /// Waits until the page waits for nothing.
    async fn settle(&self) {
        self.browser
            .wait_until("document.querySelector('#quote').getAttribute('aria-busy') === 'false'")
            .await;
    }

    /// Chooses the board of this id, as the drop-down tells of it.
    async fn choose(&self, id: &str) {
        let list = "customElements.get('ptf-board-select')";
        self.browser
            .wait_until(&format!("{list} !== undefined"))
            .await;
        let chosen = format!(
            "(() => {{ const picker = document.querySelector('#picker');
                if (picker.value !== '{id}') picker.value = '{id}';
                return picker.board?.value === '{id}'; }})()"
        );
        self.browser.wait_until(&chosen).await;
        let tell = "(() => { const picker = document.querySelector('#picker'); const { board } = picker;
            picker.dispatchEvent(new CustomEvent('change', { bubbles: true, detail: { board, status: board.status } }));
            return true; })()";
        self.browser.value(tell).await;
        self.settle().await;
    }

    /// Types `text` into the field of this name, in the place of what is there.
    async fn type_into(&self, name: &str, text: &str) {
        self.set_field(name, text).await;
        self.settle().await;
    }

    /// The same, without waiting.
    async fn set_field(&self, name: &str, text: &str) {
        let set = format!(
            "(() => {{ const field = document.querySelector('#{name}'); field.value = '{text}';
                field.dispatchEvent(new Event('input', {{ bubbles: true }})); return true; }})()"
        );
        self.browser.value(&set).await;
    }

    /// The text of what the selector finds first.
    async fn text(&self, selector: &str) -> String {
        let found = format!("document.querySelector({selector:?})?.textContent ?? 'nothing there'");
        self.browser.text(&found).await
    }

    /// The API's quote for the page's query.
    async fn quote(&self, query: &str) -> Value {
        self.service.get_ok(&format!("/v1/quote{query}")).await
    }

    /// All boards.
    async fn boards(&self) -> Vec<Value> {
        let list = self.service.get_ok("/v1/boards?limit=500").await;
        list["boards"].as_array().unwrap().clone()
    }

    /// The id of a board for which this holds.
    async fn board(&self, is_it: impl Fn(&Value) -> bool) -> String {
        let boards = self.boards().await;
        let found = boards.iter().find(|board| is_it(board));
        found.expect("the sandbox has such a board")["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// The id of a board whose pass-through channel has this status.
    async fn board_of(&self, status: &str) -> String {
        self.board(|board| board["pass_through"]["status"] == status)
            .await
    }

    /// Imports these rows into the curated list, and waits until the service answers from it.
    async fn import(&self, rows: &str) {
        let before = self.service.get_ok("/v1/catalog").await["version"].as_i64();
        let ended = self.world.import(&format!("{COLUMNS}{rows}"));
        assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
        self.service
            .wait_for("/v1/catalog", |catalog| {
                catalog["version"].as_i64() > before
            })
            .await;
    }
}

/// Waits for the first catalog, which not everybody may read.
async fn wait_until_ready(service: &Service) {
    let deadline = Instant::now() + PATIENCE;
    while service.get_ops("/readyz").await.status != 200 {
        assert!(Instant::now() < deadline, "not ready within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A row of the curated list that overrides the pass-through fee of `board` by an amount a month.
fn monthly_fee(board: &Value, amount: &str) -> String {
    let (id, name) = (
        board["id"].as_str().unwrap(),
        board["name"].as_str().unwrap(),
    );
    let states = board["states"].as_array().unwrap();
    let states: Vec<&str> = states.iter().map(|state| state.as_str().unwrap()).collect();
    let (states, country) = (states.join(";"), board["country"].as_str().unwrap());
    format!(
        "{id},\"{name}\",,{states},{country},pass_through,charged,true,idx,IDX fee,{amount},,USD,monthly,,account,0,,,,,,,,,2026-01-01\n"
    )
}

/// An amount as people read it.
fn money(amount: &str, currency: &str) -> String {
    let sign = match currency {
        "USD" => "$",
        "CAD" => "CA$",
        other => panic!("{other}"),
    };
    let (whole, fraction) = amount.split_once('.').unwrap();
    let mut grouped = String::new();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}.{fraction}")
}
