//! A browser of a test's own, which ends with it.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::harness::PATIENCE;
use crate::missing::did_not_run;

/// Names the file `axe.min.js` of the npm package `axe-core`.
const AXE: &str = "AXE_CORE";
/// How often a driver is started before a test gives up.
const STARTS: u32 = 5;
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
    pub(crate) driver: WebDriver,
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
        let mut wanted = DesiredCapabilities::chrome();
        let profile = process.profile.path().display();
        for argument in [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1280,900",
            &format!("--user-data-dir={profile}"),
        ] {
            wanted.add_arg(argument).unwrap();
        }
        for argument in arguments {
            wanted.add_arg(argument).unwrap();
        }
        let address = format!("http://127.0.0.1:{}", process.port);
        let driver = WebDriver::new(address, wanted).await.unwrap();
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
        self.driver
            .cdp()
            .send_raw(method, parameters)
            .await
            .unwrap()
    }

    /// What `expression` is on the page.
    pub(crate) async fn value(&self, expression: &str) -> Value {
        let script = format!("return ({expression});");
        let found = self.driver.execute(script, vec![]).await;
        let found = found.unwrap_or_else(|error| panic!("{expression}: {error}"));
        found.json().clone()
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
        let found = self.driver.execute_async(script, vec![]).await.unwrap();
        let found = found.json().clone();
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
    pub(crate) async fn press(&self, keys: impl Into<thirtyfour::TypingData>) {
        let chain = self.driver.action_chain().send_keys(keys);
        chain.perform().await.unwrap();
    }

    /// Clicks on the middle of what the selector finds first.
    pub(crate) async fn click(&self, selector: &str) {
        let found = self.driver.find(By::Css(selector)).await;
        let found = found.unwrap_or_else(|error| panic!("{selector}: {error}"));
        let clicked = found.click().await;
        clicked.unwrap_or_else(|error| panic!("{selector}: {error}"));
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
        self.driver.execute(axe, vec![]).await.unwrap();
        let found = self
            .settled("axe.run(document).then((found) => found.violations.map((violation) => ({ rule: violation.id, help: violation.help, where: violation.nodes.map((node) => `${node.target}: ${node.failureSummary}`) })))")
            .await;
        assert_eq!(found, json!([]), "{state}: {found:#}");
    }
}

/// A driver, with the browser that it starts.
struct DriverProcess {
    child: Child,
    port: u16,
    profile: tempfile::TempDir,
}

impl DriverProcess {
    /// A driver on a free port, in a process group of its own. One that loses the port to another process ends, and is
    /// followed by the next.
    fn start() -> Option<DriverProcess> {
        for _ in 0..STARTS {
            let mut child = DriverProcess::spawn()?;
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
            let mut said = lines.by_ref().map_while(Result::ok);
            let Some(port) = said.find_map(|line| port_in(&line)) else {
                child.wait().unwrap();
                continue;
            };
            // What it says later is of no use, but it must not be kept from saying it.
            std::thread::spawn(move || lines.for_each(drop));
            return Some(DriverProcess {
                child,
                port,
                profile: tempfile::tempdir().unwrap(),
            });
        }
        panic!("chromedriver ended {STARTS} times without saying its port");
    }

    fn spawn() -> Option<Child> {
        let mut command = Command::new("chromedriver");
        command
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0);
        match command.spawn() {
            Ok(child) => Some(child),
            Err(error) => {
                did_not_run(
                    &format!("chromedriver: {error}"),
                    "install the packages chromium and chromium-driver",
                );
                None
            }
        }
    }
}

impl Drop for DriverProcess {
    fn drop(&mut self) {
        // The browser is in the driver's group.
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.child.wait();
    }
}

/// The port in `ChromeDriver was started successfully on port 12345.`
fn port_in(line: &str) -> Option<u16> {
    let (_, port) = line.split_once("successfully on port ")?;
    port.trim_end_matches('.').parse().ok()
}
