//! The rows of a line, shown whoever captures the output of tests.

use std::io::Write;
use std::time::Duration;

/// One row of the table.
pub(crate) struct Row {
    pub(crate) variant: &'static str,
    pub(crate) run: String,
    /// Whether what is published is not what may be.
    pub(crate) is_wrong: bool,
    /// Whether the catalog's hash is the same as before.
    pub(crate) is_same: bool,
    pub(crate) growth_kib: u64,
    pub(crate) duration: Duration,
    pub(crate) reads: u64,
    pub(crate) problems: Vec<String>,
}

impl Row {
    /// What broke the rule.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let of = |problem: &String| format!("{}: {problem}", self.variant);
        self.problems.iter().map(of).collect()
    }
}

/// Shows the rows of a line.
pub(crate) fn show(line: &str, rows: &[Row]) {
    let mut out = std::io::stdout().lock();
    for row in rows {
        let hash = match (row.is_wrong, row.is_same) {
            (true, _) => "WRONG",
            (false, true) => "same hash",
            (false, false) => "as it may",
        };
        writeln!(
            out,
            "{line:4} {:28} {:24} {hash:9} +{:>3} MiB {:>5.1} s {:>4} reads{}",
            row.variant,
            row.run,
            row.growth_kib / 1024,
            row.duration.as_secs_f32(),
            row.reads,
            if row.problems.is_empty() {
                ""
            } else {
                "  BROKEN"
            },
        )
        .unwrap();
    }
    let wrong = rows.iter().filter(|row| row.is_wrong).count();
    writeln!(
        out,
        "{line:4} {} variants, {wrong} wrong publishes",
        rows.len()
    )
    .unwrap();
}

/// Shows one line.
pub(crate) fn note(line: &str) {
    writeln!(std::io::stdout().lock(), "{line}").unwrap();
}
