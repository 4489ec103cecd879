//! The driver of a browser: its process, and what it is told beyond the WebDriver standard.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use url::{ParseError, Url};

use crate::missing::did_not_run;

/// How often a driver is started before a test gives up.
const STARTS: u32 = 5;

/// A driver, with the browser that it starts.
pub(crate) struct DriverProcess {
    child: Child,
    port: u16,
    profile: tempfile::TempDir,
}

impl DriverProcess {
    /// A driver on a free port, in a process group of its own. One that loses the port to another process ends, and is
    /// followed by the next.
    pub(crate) fn start() -> Option<DriverProcess> {
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

    /// A headless browser with one window, told `arguments` besides.
    pub(crate) async fn browser(&self, arguments: &[&str]) -> Client {
        let profile = format!("--user-data-dir={}", self.profile.path().display());
        let usual = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1280,900",
            &profile,
        ];
        let told = [&usual[..], arguments].concat();
        let wanted = Capabilities::from_iter([
            ("browserName".to_owned(), json!("chrome")),
            ("goog:chromeOptions".to_owned(), json!({ "args": told })),
        ]);
        let address = format!("http://127.0.0.1:{}", self.port);
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder
            .capabilities(wanted)
            .connect(&address)
            .await
            .unwrap()
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

/// A command of the Chrome DevTools Protocol, as chromedriver takes it.
#[derive(Debug)]
pub(crate) struct Protocol {
    pub(crate) method: String,
    pub(crate) parameters: Value,
}

impl WebDriverCompatibleCommand for Protocol {
    fn endpoint(&self, base_url: &Url, session_id: Option<&str>) -> Result<Url, ParseError> {
        let session = session_id.unwrap_or_default();
        base_url.join(&format!("session/{session}/goog/cdp/execute"))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        let body = json!({ "cmd": self.method, "params": self.parameters });
        (http::Method::POST, Some(body.to_string()))
    }
}
