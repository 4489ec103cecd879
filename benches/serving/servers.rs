//! The service and the floor, started alike.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use reqwest::header::{CONTENT_LENGTH, DATE, ETAG};

use crate::argument;
use crate::floor;
use crate::workload::Workload;

/// The core that servers run on.
pub(crate) const CORE: usize = 0;
/// How long a server may take to be there.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The programme that is measured: that of `--programme`, else the one that was built for this benchmark. That one has
/// features which only tests need: it takes 350 instructions more for a request than what is shipped.
fn programme() -> &'static Path {
    static PROGRAMME: LazyLock<PathBuf> = LazyLock::new(|| {
        let arguments: Vec<String> = std::env::args().collect();
        argument(&arguments, "--programme").unwrap_or(env!("CARGO_BIN_EXE_ptf-cache").into())
    });
    &PROGRAMME
}

/// A process that answers.
pub(crate) struct Server {
    /// Its number.
    pub(crate) id: u32,
    address: String,
    child: Child,
}

impl Server {
    /// Starts `program`, which listens on `address`, pinned to the servers' core.
    pub(crate) fn start(
        program: &Path,
        arguments: &[&str],
        settings: &[(&str, &str)],
        address: &str,
    ) -> Server {
        Server::start_under(&[], program, arguments, settings, address)
    }

    /// Starts `program` likewise, as the last argument of the command `watcher`, where that is not empty.
    fn start_under(
        watcher: &[&str],
        program: &Path,
        arguments: &[&str],
        settings: &[(&str, &str)],
        address: &str,
    ) -> Server {
        let mut command = Command::new("taskset");
        command.args(["-c", &CORE.to_string()]);
        command.args(watcher).arg(program).args(arguments);
        command.envs(settings.iter().copied());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let begun_at = Instant::now();
        while TcpStream::connect(address).is_err() {
            let ended = child.try_wait().unwrap();
            assert!(
                ended.is_none(),
                "{program:?} {arguments:?} has ended: {ended:?}"
            );
            assert!(begun_at.elapsed() < PATIENCE, "{program:?} does not listen");
            std::thread::sleep(Duration::from_millis(10));
        }
        Server {
            id: child.id(),
            address: address.to_owned(),
            child,
        }
    }

    /// Stops it, as an operator does, and waits for its end.
    pub(crate) fn stop(mut self) {
        let id = self.id.to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status();
        assert!(told.unwrap().success());
        self.child.wait().unwrap();
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The address of `target`.
    pub(crate) fn url(&self, target: &str) -> String {
        format!("http://{}{target}", self.address)
    }

    /// Its resident memory.
    pub(crate) fn resident_mb(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id)).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap();
        let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kilobytes / 1024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The service with some boards, and the floor with its answers.
pub(crate) struct Servers {
    pub(crate) service: Server,
    pub(crate) floor: Server,
}

impl Servers {
    /// Starts both, their files in `folder`, and fills in what `workloads` know only then.
    pub(crate) async fn start(folder: &Path, boards: u32, workloads: &mut [Workload]) -> Servers {
        let service = start_service(folder, boards, &[]);
        let mut answers = String::new();
        for workload in workloads {
            let answer = fetch(&service, workload).await;
            answers.push_str(&answer.save(workload, folder));
        }
        let floor = start_floor(folder, &answers, &[]);
        Servers { service, floor }
    }
}

/// The floor with `answers`, of which it is told in a file in `folder`; started by the command `watcher`, if it is not
/// empty.
pub(crate) fn start_floor(folder: &Path, answers: &str, watcher: &[&str]) -> Server {
    let list = folder.join("answers");
    fs::write(&list, answers).unwrap();
    let address = free_address();
    let here = std::env::current_exe().unwrap();
    let arguments = [floor::COMMAND, &address, list.to_str().unwrap()];
    Server::start_under(watcher, &here, &arguments, &[], &address)
}

/// The service after one sync from a sandbox, which is gone again; started by the command `watcher`, if it is not empty.
pub(crate) fn start_service(folder: &Path, boards: u32, watcher: &[&str]) -> Server {
    let vendor_address = free_address();
    let boards = boards.to_string();
    let arguments = ["sandbox", "--listen", &vendor_address, "--boards", &boards];
    let vendor = Server::start(programme(), &arguments, &[], &vendor_address);
    let (address, ops) = (free_address(), free_address());
    let (vendor_url, database) = (vendor.url(""), database_url(folder));
    let settings = [
        ("PTF_UPSTREAM__BASE_URL", vendor_url.as_str()),
        ("PTF_UPSTREAM__ALLOW_SANDBOX", "true"),
        ("PTF_UPSTREAM__USERNAME", "sandbox"),
        ("PTF_UPSTREAM__PASSWORD", "sandbox"),
        ("PTF_DATABASE__URL", &database),
        ("PTF_SYNC__ON_START", "false"),
        ("PTF_SERVER__LISTEN", &address),
        ("PTF_OPS__LISTEN", &ops),
        ("PTF_SERVER__CORS_ORIGINS", "https://forms.example"),
        // Counting is part of the price; nobody is refused.
        ("PTF_LIMITS__PER_ADDRESS_PER_MINUTE", "4000000000"),
    ];
    let synced = Command::new(programme())
        .arg("sync")
        .envs(settings)
        .output();
    let synced = synced.unwrap();
    assert!(synced.status.success(), "{synced:?}");
    Server::start_under(watcher, programme(), &["serve"], &settings, &address)
}

/// A token of `role`, which a service with its files in `folder` knows within seconds.
pub(crate) fn create_token(folder: &Path, role: &str) -> String {
    let mut command = Command::new(programme());
    command.args(["token", "create", "--name", "bench", "--role", role]);
    command.env("PTF_DATABASE__URL", database_url(folder));
    let created = command.output().unwrap();
    assert!(created.status.success(), "{created:?}");
    String::from_utf8(created.stdout).unwrap().trim().to_owned()
}

/// The database of the service with its files in `folder`.
pub(crate) fn database_file(folder: &Path) -> PathBuf {
    folder.join("bench.db")
}

fn database_url(folder: &Path) -> String {
    format!("sqlite://{}", database_file(folder).display())
}

/// The service's answer to `workload`, whose tag and length are filled in.
pub(crate) async fn fetch(service: &Server, workload: &mut Workload) -> Fetched {
    let client = reqwest::Client::builder().no_gzip().build().unwrap();
    let url = service.url(&workload.target);
    let plain = client.get(&url).send().await.unwrap();
    let tag = plain.headers()[ETAG].to_str().unwrap().to_owned();
    workload.header = workload
        .header
        .take()
        .map(|(name, value)| (name, value.replace("{etag}", &tag)));
    let begun_at = Instant::now();
    loop {
        let mut request = client.get(&url);
        if let Some((name, value)) = &workload.header {
            request = request.header(*name, value);
        }
        let response = request.send().await.unwrap();
        let answer = Fetched {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.bytes().await.unwrap().to_vec(),
        };
        // What is compressed on demand comes as it is to the first who asks.
        let is_encoded = answer.headers.contains_key("content-encoding");
        let wants_encoded = workload
            .header
            .as_ref()
            .is_some_and(|(name, _)| *name == "accept-encoding");
        if is_encoded == wants_encoded {
            workload.length = answer.body.len();
            return answer;
        }
        assert!(begun_at.elapsed() < PATIENCE, "{url} is not compressed");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub(crate) struct Fetched {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: Vec<u8>,
}

impl Fetched {
    /// Writes the answer to `folder`; what the floor is told of it: where it is asked for, status, file, headers.
    pub(crate) fn save(&self, workload: &Workload, folder: &Path) -> String {
        let file = folder.join(workload.name);
        fs::write(&file, &self.body).unwrap();
        let own = |name: &reqwest::header::HeaderName| *name != DATE && *name != CONTENT_LENGTH;
        let headers = self.headers.iter().filter(|(name, _)| own(name));
        let headers: Vec<String> = headers
            .map(|(name, value)| format!("\t{name}\t{}", value.to_str().unwrap()))
            .collect();
        let (target, file) = (&workload.floor_target, file.display());
        format!("{target}\t{}\t{file}{}\n", self.status, headers.concat())
    }
}

/// An address on which nobody listens.
pub(crate) fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}
