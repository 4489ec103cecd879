//! The sandbox: an invented vendor that speaks the Reseller API's dialect over HTTP.
//!
//! It is a vendor, not a stand-in for our own code: it knows nothing of catalogs or quotes, only of boards as a vendor
//! keeps them. All of it is invented; no board of that name exists.
//!
//! ```text
//! GET /boards.json?fields=*&limit=50&offset=0    {"total": 800, "results": [...], "links": [...]}
//! GET /boards/1001.json                          {"id": "1001", "name": ..., "links": [...]}
//! ```
//!
//! HTTP Basic authentication on each request, with [`USERNAME`] and [`PASSWORD`]. Failures are
//! `{"errors": [{"code", "message", "href"}]}`. Every answer carries [`MARK_HEADER`], so that invented fees are never
//! taken for real ones.
//!
//! | module | holds | change it for |
//! | --- | --- | --- |
//! | `mix` | how many boards of which kind | another mix |
//! | `generator`, `fees`, `names`, `words`, `places`, `random` | boards made from a seed | other names |
//! | `board` | a board's fields, and how they are sent | the dialect |
//! | `page` | `limit`, `offset`, `fields` and the links of a page | the dialect |
//! | `server`, `socket` | connections, routes, authentication | - |
//! | `fault` | faults to order | another fault: a row of its table |
//! | `control` | `/sandbox/fault`, by which faults are ordered while it runs | - |

mod answer;
mod board;
mod control;
mod fault;
mod fees;
mod generator;
mod mix;
mod names;
mod page;
mod places;
mod random;
mod server;
mod socket;
mod vendor;
mod words;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

pub use board::{Amount, SandboxBoard};
pub use fault::{Fault, UnknownFault};
pub use generator::generate;
use vendor::Vendor;

/// The user name that the sandbox accepts.
pub const USERNAME: &str = "sandbox";
/// The password that the sandbox accepts.
pub const PASSWORD: &str = "sandbox";
/// The header, with the value `1`, that marks each answer as the sandbox's.
pub const MARK_HEADER: &str = "x-ptf-sandbox";
/// Where the faults of a running sandbox are ordered: `PUT` with `{"fault": "down"}`, `DELETE`, and `GET` for a list.
pub const FAULT_PATH: &str = control::PATH;
/// How many boards a sandbox has unless it is told otherwise.
pub const DEFAULT_BOARDS: u32 = 800;

/// What a sandbox is started with.
#[derive(Debug, Clone)]
pub struct SandboxSettings {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What the boards are made from.
    pub seed: u64,
    /// How many boards there are.
    pub boards: u32,
    /// What goes wrong, from the start; several act together.
    pub faults: Vec<Fault>,
}

/// A sandbox that serves until it is stopped or dropped.
#[derive(Debug)]
pub struct RunningSandbox {
    address: SocketAddr,
    vendor: Arc<Vendor>,
    connections: TaskTracker,
    running: DropGuard,
}

/// Starts a sandbox; once this returns, it answers.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn start(settings: SandboxSettings) -> std::io::Result<RunningSandbox> {
    let listener = TcpListener::bind(settings.listen).await?;
    let address = listener.local_addr()?;
    let boards = generate(settings.seed, settings.boards);
    let vendor = Arc::new(Vendor::new(boards, settings.faults));
    let connections = TaskTracker::new();
    let stop = CancellationToken::new();
    let router = server::router(Arc::clone(&vendor));
    connections.spawn(server::accept(
        listener,
        router,
        connections.clone(),
        stop.clone(),
    ));
    Ok(RunningSandbox {
        address,
        vendor,
        connections,
        running: stop.drop_guard(),
    })
}

impl RunningSandbox {
    /// Where it listens, with the port it got.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL for a client on this machine, without a slash at its end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests have come in, whatever became of them.
    pub fn requests(&self) -> u64 {
        self.vendor.requests()
    }

    /// The boards as they are now, before any fault.
    pub fn boards(&self) -> Vec<SandboxBoard> {
        self.vendor.boards().to_vec()
    }

    /// Has these boards from the next request on.
    pub fn set_boards(&self, boards: Vec<SandboxBoard>) {
        self.vendor.set_boards(boards);
    }

    /// Has these faults, and no others, from the next request on.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        self.vendor.set_faults(faults);
    }

    /// Stops: no connection is accepted any more, open ones are closed at once.
    pub async fn stop(self) {
        drop(self.running);
        self.connections.close();
        self.connections.wait().await;
    }
}
