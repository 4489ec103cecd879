//! Data to stdout, talk to stderr, tables that a person likes to read.

use std::io::{self, ErrorKind, IsTerminal, Write};

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};
use serde::Serialize;

use super::Exit;

/// Prints data to stdout. A reader that has gone away (`| head`) is no failure.
pub(super) fn print(text: &str) -> anyhow::Result<Exit> {
    let mut stdout = io::stdout().lock();
    let end = if text.ends_with('\n') || text.is_empty() {
        ""
    } else {
        "\n"
    };
    match write!(stdout, "{text}{end}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(Exit::Done),
    }
}

/// Prints data to stdout as indented JSON.
pub(super) fn print_json(data: &impl Serialize) -> anyhow::Result<Exit> {
    print(&serde_json::to_string_pretty(data)?)
}

/// Says something to the person at the terminal, on stderr.
pub(super) fn say(text: &str) {
    // Nobody is left to be told that telling failed.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Says what went wrong and why, on stderr.
pub(super) fn complain(error: &anyhow::Error) {
    say(&format!("ptf-cache: {error:#}"));
}

/// Whether stderr is a terminal that wants colour: see <https://no-color.org>.
pub(super) fn wants_colour() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stderr().is_terminal() && !refused
}

/// A table with these column names. It wraps to the terminal's width, and not at all where there is none.
pub(super) fn table(columns: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_HORIZONTAL_ONLY)
        .set_header(columns);
    if io::stdout().is_terminal() {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    table
}

/// A cell of numbers, set to the right.
pub(super) fn number(text: impl ToString) -> Cell {
    Cell::new(visible(&text.to_string())).set_alignment(CellAlignment::Right)
}

/// A cell of text, with control characters made visible: a vendor's text cannot move the cursor.
pub(super) fn text(text: impl ToString) -> Cell {
    Cell::new(visible(&text.to_string()))
}

/// `text` with control characters replaced.
pub(super) fn visible(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
