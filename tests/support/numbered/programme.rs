//! A process of the programme: `serve`, or a command on the same database.

use std::net::SocketAddr;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;

use super::PATIENCE;
use super::picture::Picture;

/// A running process; it is killed when dropped.
pub(crate) struct Programme {
    child: Child,
    started_at: Instant,
    client: reqwest::Client,
    api: watch::Receiver<Option<SocketAddr>>,
    log: Arc<Mutex<String>>,
}

/// A process that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    /// Everything it said.
    pub(crate) log: String,
}

impl Programme {
    /// Starts `command`.
    pub(crate) fn start(mut command: Command) -> Programme {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // Before it starts: making one takes as long as the programme takes for its first steps.
        let client = reqwest::Client::new();
        let started_at = Instant::now();
        let mut child = command.spawn().unwrap();
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let (found, api) = watch::channel(None);
        let log = Arc::new(Mutex::new(String::new()));
        tokio::spawn(read_log(stdout, found.clone(), Arc::clone(&log)));
        tokio::spawn(read_log(stderr, found, Arc::clone(&log)));
        Programme {
            child,
            started_at,
            client,
            api,
            log,
        }
    }

    /// What it has said so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// The number of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// Sends it a signal, as `STOP`.
    pub(crate) async fn signal(&self, name: &str) {
        let arguments = [format!("-{name}"), self.id().to_string()];
        let status = Command::new("kill").args(arguments).status().await.unwrap();
        assert!(status.success(), "{name}");
    }

    /// How long it has been running.
    pub(crate) fn age(&self) -> Duration {
        self.started_at.elapsed()
    }

    /// Waits for the first quote it answers with 200, and gives how long that took from the start of the process.
    pub(crate) async fn first_quote(&self) -> Duration {
        self.wait_until_it_listens().await;
        while !self.quotes().await {
            assert!(self.age() < PATIENCE, "no quote: {}", self.log());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        self.age()
    }

    /// Whether it answers a quote with 200.
    pub(crate) async fn quotes(&self) -> bool {
        let answer = self.client.get(self.url("/v1/quote?board=1")).send().await;
        answer.is_ok_and(|answer| answer.status() == 200)
    }

    /// The catalog it shows.
    pub(crate) async fn shown(&self) -> Picture {
        let answer = self
            .client
            .get(self.url("/v1/boards?limit=500"))
            .send()
            .await;
        let text = answer.unwrap().text().await.unwrap();
        let json = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        Picture::of_answer(&json)
    }

    /// Waits until it shows a catalog for which `ready` holds.
    pub(crate) async fn wait_until_shown(&self, ready: impl Fn(&Picture) -> bool) -> Picture {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let shown = self.shown().await;
            if ready(&shown) {
                return shown;
            }
            assert!(Instant::now() < deadline, "still {shown:?}: {}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Ends it in the middle of whatever it does, as `kill -9` does; it must not have ended before.
    pub(crate) async fn kill(self) {
        let log = Arc::clone(&self.log);
        let code = self.kill_or_end().await;
        assert_eq!(code, None, "it ended by itself: {}", log.lock().unwrap());
    }

    /// Ends it likewise; gives its exit code if it had ended before.
    pub(crate) async fn kill_or_end(mut self) -> Option<i32> {
        // An error where there is nothing left to kill.
        let _ = self.child.start_kill();
        self.child.wait().await.unwrap().code()
    }

    /// Waits for its end.
    pub(crate) async fn ended(mut self) -> Ended {
        let waiting = tokio::time::timeout(PATIENCE, self.child.wait());
        let Ok(status) = waiting.await else {
            panic!("it goes on: {}", self.log());
        };
        // The last words may still be on their way.
        while self.api.changed().await.is_ok() {}
        Ended {
            status: status.unwrap(),
            log: self.log(),
        }
    }

    async fn wait_until_it_listens(&self) {
        let mut api = self.api.clone();
        match tokio::time::timeout(PATIENCE, api.wait_for(Option::is_some)).await {
            Ok(Ok(_)) => {}
            Ok(Err(_)) => panic!("it ended: {}", self.log()),
            Err(_) => panic!("it did not listen within {PATIENCE:?}: {}", self.log()),
        }
    }

    fn url(&self, path: &str) -> String {
        let api = self.api.borrow().expect("it listens");
        format!("http://{api}{path}")
    }
}

/// Collects what the process says; the address of the API is in it: `… serving api=127.0.0.1:1 ops=127.0.0.1:2`.
async fn read_log(
    stderr: impl AsyncRead + Unpin,
    found: watch::Sender<Option<SocketAddr>>,
    log: Arc<Mutex<String>>,
) {
    let mut lines = BufReader::new(stderr).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some((_, address)) = line.split_once("serving api=") {
            let address = address.split(' ').next().unwrap().parse().unwrap();
            found.send_replace(Some(address));
        }
        let mut log = log.lock().unwrap();
        log.push_str(&line);
        log.push('\n');
    }
}
