//! Somebody who reads all the while.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::harness::PATIENCE;

/// What readers ask while the fault lasts.
const READS: [&str; 4] = [
    "/v1/catalog",
    "/v1/quote?board=1001,1002&agents=3",
    "/v1/boards/options",
    "/v1/boards?limit=20",
];
/// How long a reader rests between two reads.
const REST: Duration = Duration::from_millis(40);

/// Somebody who reads all the while.
pub(crate) struct Readers {
    stop: CancellationToken,
    reading: JoinHandle<(u64, Vec<String>)>,
}

impl Readers {
    /// Starts to read from `api`.
    pub(crate) fn start(api: SocketAddr) -> Readers {
        let stop = CancellationToken::new();
        let reading = tokio::spawn(read_until(stop.clone(), api));
        Readers { stop, reading }
    }

    /// How many reads there were, and which were not answered with 200.
    pub(crate) async fn stop(self) -> (u64, Vec<String>) {
        self.stop.cancel();
        self.reading.await.unwrap()
    }
}

async fn read_until(stop: CancellationToken, api: SocketAddr) -> (u64, Vec<String>) {
    // A connection of its own for each read: one that was kept may be closed as it is used again.
    let client = reqwest::Client::builder()
        .pool_max_idle_per_host(0)
        .timeout(PATIENCE)
        .build()
        .unwrap();
    let (mut reads, mut bad) = (0, Vec::new());
    for path in READS.iter().cycle() {
        match client.get(format!("http://{api}{path}")).send().await {
            Ok(answer) if answer.status() == 200 => {}
            Ok(answer) => bad.push(format!("{path}: {}", answer.status())),
            Err(error) => bad.push(format!("{path}: {error:?}")),
        }
        reads += 1;
        if stop
            .run_until_cancelled(tokio::time::sleep(REST))
            .await
            .is_none()
        {
            break;
        }
    }
    (reads, bad)
}
