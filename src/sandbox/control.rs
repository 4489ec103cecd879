//! The faults of a running sandbox, by request: for people who watch a service survive, and for tests.
//!
//! ```text
//! GET    /sandbox/fault                         {"faults": ["down"], "known": [{"fault": "down", ...}]}
//! PUT    /sandbox/fault  {"fault": "down"}      from the next request on, and no other; a list orders several
//! DELETE /sandbox/fault                         back to normal
//! ```
//!
//! No vendor has such a path, and nothing of this is disturbed, authenticated or counted as a request.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::json;

use super::answer;
use super::fault::{Fault, UnknownFault};
use super::vendor::Vendor;

/// Where faults are ordered.
pub(super) const PATH: &str = "/sandbox/fault";

/// What is ordered.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    fault: Words,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Words {
    One(String),
    Several(Vec<String>),
}

impl Words {
    fn faults(self) -> Result<Vec<Fault>, UnknownFault> {
        let words = match self {
            Words::One(word) => vec![word],
            Words::Several(words) => words,
        };
        words.iter().map(|word| word.parse()).collect()
    }
}

/// The route.
pub(super) fn routes() -> Router<Arc<Vendor>> {
    let fault = get(list_faults).put(order_fault).delete(take_faults_away);
    Router::new().route(PATH, fault)
}

async fn list_faults(State(vendor): State<Arc<Vendor>>) -> Response {
    let known = Fault::all().map(|fault| {
        json!({
            "fault": fault.word(),
            "line": fault.line(),
            "kind": fault.line_title(),
            "summary": fault.summary(),
        })
    });
    let known: Vec<_> = known.collect();
    answer::json(&json!({ "faults": words(&vendor), "known": known }))
}

async fn order_fault(State(vendor): State<Arc<Vendor>>, body: Bytes) -> Response {
    let order: Order = match serde_json::from_slice(&body) {
        Ok(order) => order,
        Err(error) => {
            let form = "write {\"fault\": \"down\"}, or a list of such words";
            return refused(&format!("{error}; {form}"));
        }
    };
    match order.fault.faults() {
        Ok(faults) => {
            vendor.set_faults(faults);
            in_force(&vendor)
        }
        Err(unknown) => refused(&unknown.to_string()),
    }
}

async fn take_faults_away(State(vendor): State<Arc<Vendor>>) -> Response {
    vendor.set_faults(Vec::new());
    in_force(&vendor)
}

fn in_force(vendor: &Vendor) -> Response {
    answer::json(&json!({ "faults": words(vendor) }))
}

fn words(vendor: &Vendor) -> Vec<&'static str> {
    vendor.faults().iter().map(|fault| fault.word()).collect()
}

fn refused(message: &str) -> Response {
    answer::failure(StatusCode::BAD_REQUEST, message)
}
