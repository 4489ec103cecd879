//! `probe`: what the field mapping takes, misses and leaves of one page of the vendor.

use clap::Args;

use super::output::{number, print, table, text, visible};
use super::parts::client;
use super::{Exit, Given};
use crate::catalog::fee_terms_label;
use crate::clock::{Clock, SystemClock};
use crate::upstream::{self, FetchedBoard, Reading};

#[derive(Debug, Args)]
pub(super) struct Probe {}

impl Probe {
    pub(super) async fn run(self, given: Given) -> anyhow::Result<Exit> {
        let settings = given.settings(vec![])?;
        super::serve::start_log(&settings)?;
        let probe = client(&settings)?.probe(SystemClock.now()).await?;
        print(&print_probe(&probe))
    }
}

fn print_probe(probe: &upstream::Probe) -> String {
    let total = probe
        .total
        .map_or_else(|| "not said".to_owned(), |total| total.to_string());
    let mark = if probe.sandbox {
        ", marked as the sandbox"
    } else {
        ""
    };
    let mut parts = vec![format!(
        "{}: {} results on the page, total {total}{mark}",
        probe.url, probe.results
    )];
    parts.push(format!("\nWhat the mapping takes\n{}", print_fields(probe)));
    if !probe.unused.is_empty() {
        parts.push(format!("\nWhat it leaves\n{}", print_unused(probe)));
    }
    parts.push(format!(
        "\nThe first boards as read\n{}",
        print_boards(&probe.boards)
    ));
    let refused = probe.rejected.iter().map(|row| {
        let id = row.id.as_ref().map_or("without an id", |id| id.as_str());
        format!("refused: board {id}: {}", visible(&row.reason))
    });
    parts.extend(refused);
    parts.extend(
        probe
            .notices
            .iter()
            .map(|notice| format!("notice: {}", visible(notice))),
    );
    parts.join("\n")
}

/// Every mapped field: found where, how often, and an example.
fn print_fields(probe: &upstream::Probe) -> String {
    let mut rows = table(&["setting", "from", "found", "example"]);
    for field in &probe.fields {
        rows.add_row([
            text(&field.path),
            text(&field.from),
            number(format!("{} of {}", field.found, field.places)),
            text(field.example.as_deref().unwrap_or("not found")),
        ]);
    }
    rows.to_string()
}

fn print_unused(probe: &upstream::Probe) -> String {
    let mut rows = table(&["pointer", "found", "example"]);
    for field in &probe.unused {
        let example = field.example.as_deref().unwrap_or("always null");
        rows.add_row([text(&field.pointer), number(field.found), text(example)]);
    }
    rows.to_string()
}

fn print_boards(boards: &[FetchedBoard]) -> String {
    let mut rows = table(&["id", "board", "pass-through", "direct"]);
    for board in boards {
        rows.add_row([
            text(&board.facts.id),
            text(board.facts.label()),
            text(print_reading(&board.pass_through)),
            text(print_reading(&board.direct)),
        ]);
    }
    rows.to_string()
}

fn print_reading(reading: &Reading) -> String {
    match reading {
        Reading::Rejected { reason } => format!("refused: {reason}"),
        Reading::Read(channel) if channel.fees().is_empty() => channel.status().to_string(),
        Reading::Read(channel) => {
            let fees: Vec<String> = channel.fees().iter().map(fee_terms_label).collect();
            fees.join(" + ")
        }
    }
}
