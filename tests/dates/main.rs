//! Terms of fees that begin and end: what is shown follows the calendar of the configured zone, without a sync.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod clocks;
mod days;
mod processes;
mod quotes;
mod schedule;
mod slots;
mod staleness;
mod trap;
mod watchdog;

#[path = "../support/world.rs"]
mod world;

use ptf_cache::domain::fee_text::FeeText;
use ptf_cache::domain::version::VersionHead;
use serde_json::Value;

use crate::world::{Process, monthly};

/// 20 a month, and 25 from `day` on.
pub(crate) fn rising_on(day: &str) -> [FeeText; 2] {
    [
        monthly("20", None, Some(day)),
        monthly("25", Some(day), None),
    ]
}

pub(crate) async fn publish_due(process: &Process) -> Option<VersionHead> {
    process.publisher.publish_due_terms().await.unwrap()
}

pub(crate) async fn fee_label_in_list(process: &Process, id: &str) -> Value {
    let list = process.get("/v1/boards/options").await.json();
    let options = list["options"].as_array().unwrap();
    let option = options.iter().find(|option| option["value"] == id).unwrap();
    option["fee_label"].clone()
}
