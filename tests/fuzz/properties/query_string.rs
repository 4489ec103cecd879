//! A request's path and query: an answer that is whole JSON, or a problem that the caller is told of; never a failure
//! of the service.

use std::sync::{Arc, LazyLock};

use axum::body::Body;
use axum::http::{Request, StatusCode, Uri};
use chrono::TimeDelta;
use http_body_util::BodyExt;
use ptf_cache::catalog::CatalogHandle;
use ptf_cache::clock::FixedClock;
use ptf_cache::http::{self, prepare, service};
use ptf_cache::store::{Store, StoreSettings};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::catalogs::{Boards, checked_at};
use api::api_of;

#[path = "../../support/api.rs"]
mod api;

/// Everything that takes a query. A stream has no end, and is not among them.
const PATHS: [&str; 8] = [
    "quote",
    "boards",
    "boards/options",
    "boards.csv",
    "boards/12",
    "boards/12/history",
    "changes",
    "catalog",
];

/// Asks for `target`, such as `quote?board=12&agents=5`; a path that is none is that of a quote.
///
/// # Panics
/// Where the answer is a failure of the service, or no answer to what was asked.
pub(crate) fn hold(target: &[u8]) {
    let Ok(target) = std::str::from_utf8(target) else {
        return;
    };
    let (path, query) = target.split_once('?').unwrap_or(("quote", target));
    let path = PATHS
        .into_iter()
        .find(|known| *known == path)
        .unwrap_or(PATHS[0]);
    // What is no URI is refused before any of our code sees it.
    let Ok(uri) = format!("/v1/{path}?{query}").parse::<Uri>() else {
        return;
    };
    let (status, body) = DESK.ask(uri.clone());
    match status {
        StatusCode::OK if path == "boards.csv" => {}
        StatusCode::OK => check_answer(path, &body),
        refused => check_problem(refused, &body),
    }
    // A query with nothing after its last "&" says the same, and is what nothing lies at hand for.
    let other = format!("{uri}&").parse().expect("a URI with a query");
    let (other_status, other_body) = DESK.ask(other);
    assert_eq!(other_status, status, "another answer from the handler");
    if status == StatusCode::OK {
        assert!(other_body == body, "another body from the handler");
    }
    assert_eq!(
        DESK.ask(uri).0,
        status,
        "the same question has another answer"
    );
}

fn check_answer(path: &str, body: &[u8]) {
    let answer: Value = serde_json::from_slice(body).expect("an answer is JSON");
    if path != "quote" {
        return;
    }
    let boards = answer["boards"]
        .as_array()
        .expect("a quote lists its boards");
    assert!(!boards.is_empty());
    for channel in boards
        .iter()
        .flat_map(|board| [&board["pass_through"], &board["direct"]])
    {
        let lines = channel["lines"].as_array().expect("a channel has lines");
        // Only what is charged has a price: nothing that is unknown becomes an amount.
        assert!(
            lines.is_empty() || channel["status"] == "charged",
            "{channel}"
        );
    }
    let statuses = boards.iter().map(|board| &board["pass_through"]["status"]);
    let is_known = |status: &Value| status == "charged" || status == "none";
    let all_known = statuses.into_iter().all(is_known);
    assert!(
        answer["completeness"] != "complete" || all_known,
        "{answer}"
    );
}

fn check_problem(status: StatusCode, body: &[u8]) {
    assert!(
        status.is_client_error(),
        "{status}: {}",
        String::from_utf8_lossy(body)
    );
    let problem: Value = serde_json::from_slice(body).expect("a problem is JSON");
    assert_eq!(problem["status"], status.as_u16());
    let detail = problem["detail"].as_str();
    assert!(detail.is_some_and(|detail| !detail.is_empty()), "{problem}");
}

/// The API over one board of each kind.
struct Desk {
    runtime: Runtime,
    desk: Arc<http::desk::Desk>,
    _folder: TempDir,
}

static DESK: LazyLock<Desk> = LazyLock::new(Desk::open);

impl Desk {
    fn open() -> Desk {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let settings = StoreSettings {
            url: format!("sqlite://{}", folder.path().join("fuzz.db").display()),
            create: true,
        };
        let store = runtime.block_on(Store::open(&settings)).unwrap();
        let handle = CatalogHandle::new(prepare, TimeDelta::hours(26));
        handle.publish(Boards::of_every_kind().build(42), checked_at());
        let clock = Arc::new(FixedClock::at(checked_at() + TimeDelta::hours(1)));
        let api = api_of(
            Arc::new(handle),
            store,
            clock,
            chrono_tz::America::Los_Angeles,
        );
        let api = runtime.block_on(api);
        Desk {
            runtime,
            desk: Arc::new(service(Arc::new(api), &Arc::default(), 0)),
            _folder: folder,
        }
    }

    fn ask(&self, uri: Uri) -> (StatusCode, Vec<u8>) {
        let request = Request::get(uri).body(Body::empty()).unwrap();
        self.runtime.block_on(async {
            let response = self.desk.receive(request).await.unwrap();
            let (head, body) = response.into_parts();
            (
                head.status,
                body.collect().await.unwrap().to_bytes().to_vec(),
            )
        })
    }
}
