//! A sync run in words.

use chrono::SecondsFormat;

use super::output::visible;
use crate::domain::run::{Outcome, SyncRun};

/// How a run ended, in one or two lines.
pub(super) fn summary(run: &SyncRun) -> String {
    let counts = run.counts;
    let mut text = format!(
        "{}: {} boards, {} added, {} changed, {} removed, {} refused, {} held",
        run.outcome,
        counts.boards,
        counts.added,
        counts.changed,
        counts.removed,
        counts.rejected,
        counts.held
    );
    if let Some(version) = run.version {
        text.push_str(&format!("; catalog {version}"));
    }
    if let Some(class) = run.failure_class {
        text = format!("{} ({class})", run.outcome);
    }
    if let Some(message) = &run.message {
        text.push_str(&format!("\n{}", visible(message)));
    }
    for notice in &run.notices {
        text.push_str(&format!("\n  {}", visible(notice)));
    }
    if let Some(decision) = &run.decision {
        let at = decision.at.to_rfc3339_opts(SecondsFormat::Secs, true);
        text.push_str(&format!("\ndecided {at} by {}", visible(&decision.by)));
    }
    if let (Some(id), Some(hash)) = (run.id, &run.candidate) {
        text.push_str(&format!(
            "\nwaits for a decision: `ptf-cache runs {id}` shows what it would change\n  \
             ptf-cache runs approve {id} --hash {hash}"
        ));
        if run.outcome == Outcome::Quarantined {
            text.push_str(&format!("\n  ptf-cache runs reject {id}"));
        }
    }
    text
}
