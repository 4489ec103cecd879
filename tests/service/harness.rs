//! Starts and stops what a test needs: every process and port is its own, and ends with it.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use ptf_cache::sandbox::{self, RunningSandbox, SandboxSettings};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// How long anything that a test waits for may take: generous, because machines are shared.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A folder with a database, and the vendor's address that goes into the environment.
pub(crate) struct World {
    folder: tempfile::TempDir,
    vendor: String,
}

impl World {
    /// A world whose vendor answers under `base_url`.
    pub(crate) fn with_vendor(base_url: &str) -> World {
        World {
            folder: tempfile::tempdir().unwrap(),
            vendor: base_url.to_owned(),
        }
    }

    /// The path of a file in the world's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The programme with this world's database and vendor.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ptf-cache"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env(
                "PTF_DATABASE__URL",
                format!("sqlite://{}", self.path("test.db").display()),
            )
            .env("PTF_UPSTREAM__BASE_URL", &self.vendor)
            .env("PTF_UPSTREAM__USERNAME", sandbox::USERNAME)
            .env("PTF_UPSTREAM__PASSWORD", sandbox::PASSWORD)
            .env("PTF_UPSTREAM__ALLOW_SANDBOX", "true")
            .env("PTF_SERVER__LISTEN", "127.0.0.1:0")
            .env("PTF_OPS__LISTEN", "127.0.0.1:0")
            // Tests ask as often as they like, all from one address.
            .env("PTF_LIMITS__PER_ADDRESS_PER_MINUTE", "0");
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(self.command(arguments).output().unwrap())
    }

    /// Runs a command that must succeed, and gives what it printed.
    pub(crate) fn run_ok(&self, arguments: &[&str]) -> String {
        let ended = self.run(arguments);
        assert_eq!(
            ended.code, 0,
            "{arguments:?}: {}{}",
            ended.stdout, ended.stderr
        );
        ended.stdout
    }

    /// Starts the service and waits until its listeners are bound.
    pub(crate) fn serve(&self) -> Service {
        Service::start(self.command(&["serve"]))
    }

    /// Waits until a sync run is on record, and gives the newest.
    pub(crate) fn wait_for_run(&self) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let runs: Value = serde_json::from_str(&self.run_ok(&["runs", "--json"])).unwrap();
            if let Some(newest) = runs.get(0) {
                return newest.clone();
            }
            assert!(Instant::now() < deadline, "no run within {PATIENCE:?}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Imports a curated CSV file of this text.
    pub(crate) fn import(&self, csv: &str) -> Ended {
        let file = self.path("curated.csv");
        std::fs::write(&file, csv).unwrap();
        self.run(&["curated", "import", file.to_str().unwrap()])
    }
}

/// A command that has ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    pub(crate) fn of(output: Output) -> Ended {
        Ended {
            code: output.status.code().expect("the command was not killed"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// A running service process; it is killed when dropped.
pub(crate) struct Service {
    child: Child,
    pub(crate) api: SocketAddr,
    pub(crate) ops: SocketAddr,
    client: reqwest::Client,
    log: Arc<Mutex<Vec<String>>>,
}

/// One answer, read whole.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

impl Service {
    /// Starts `command`, which serves, and reads its addresses from its log.
    pub(crate) fn start(command: Command) -> Service {
        match Service::try_start(command) {
            Ok(service) => service,
            Err(log) => panic!("the service ended: {log}"),
        }
    }

    /// Starts `command`, which serves or ends with a reason: the error is what it logged.
    pub(crate) fn try_start(mut command: Command) -> Result<Service, String> {
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (found, addresses) = mpsc::channel();
        let log = Arc::new(Mutex::new(Vec::new()));
        let lines = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if let Some(addresses) = addresses_of(&line) {
                    let _ = found.send(Ok(addresses));
                }
                lines.lock().unwrap().push(line);
            }
            let _ = found.send(Err(lines.lock().unwrap().join("\n")));
        });
        match addresses.recv_timeout(PATIENCE) {
            Ok(Ok((api, ops))) => Ok(Service {
                child,
                api,
                ops,
                client: reqwest::Client::new(),
                log,
            }),
            Ok(Err(log)) => {
                let status = child.wait().unwrap();
                Err(format!("{status}\n{log}"))
            }
            Err(_) => panic!("the service did not start within {PATIENCE:?}"),
        }
    }

    /// `GET` on the API.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        read(self.client.get(format!("http://{}{path}", self.api))).await
    }

    /// `GET` on the ops listener.
    pub(crate) async fn get_ops(&self, path: &str) -> Answer {
        read(self.client.get(format!("http://{}{path}", self.ops))).await
    }

    /// A request to the API, to be finished by the test.
    pub(crate) fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.client
            .request(method, format!("http://{}{path}", self.api))
    }

    /// `GET` that must answer 200 with JSON.
    pub(crate) async fn get_ok(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    }

    /// Waits until `path` answers 200 with JSON for which `ready` holds.
    pub(crate) async fn wait_for(&self, path: &str, ready: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.get(path).await;
            if answer.status == 200 && ready(&answer.json()) {
                return answer.json();
            }
            assert!(
                Instant::now() < deadline,
                "{path} still answers {}: {}",
                answer.status,
                answer.body
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits for the first catalog.
    pub(crate) async fn wait_until_synced(&self) -> Value {
        self.wait_for("/v1/catalog", |_| true).await
    }

    /// The number of its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }

    /// Ends it in the middle of whatever it does, as `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends SIGTERM and waits for the end.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        let pid = self.pid().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(
                Instant::now() < deadline,
                "the service did not stop within {PATIENCE:?}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) async fn read(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    Answer {
        status,
        headers,
        body: response.text().await.unwrap(),
    }
}

/// `… serving api=127.0.0.1:1 ops=127.0.0.1:2`, or the same as JSON.
fn addresses_of(line: &str) -> Option<(SocketAddr, SocketAddr)> {
    let field = |name: &str| {
        let as_text = line.split_once(&format!(" {name}="));
        let as_json = || line.split_once(&format!("\"{name}\":\""));
        let (_, rest) = as_text.or_else(as_json)?;
        rest.split([' ', '"']).next()?.parse().ok()
    };
    line.contains("serving").then_some(())?;
    Some((field("api")?, field("ops")?))
}

/// A sandbox vendor of this process.
pub(crate) async fn sandbox_vendor(boards: u32) -> (RunningSandbox, String) {
    let settings = SandboxSettings {
        listen: ([127, 0, 0, 1], 0).into(),
        seed: 1,
        boards,
        faults: Vec::new(),
    };
    let running = sandbox::start(settings).await.unwrap();
    let base_url = format!("http://{}", running.address());
    (running, base_url)
}

/// The documented, public fees.
pub(crate) fn documented_fees() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/documented_fees.csv");
    std::fs::read_to_string(file).unwrap()
}
