//! A sync run in words and as JSON.

use chrono::SecondsFormat;
use serde::Serialize;

use super::output::visible;
use crate::domain::run::{Outcome, RunCounts, SyncRun};

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

/// A run as `--json` prints it.
#[derive(Serialize)]
pub(super) struct RunView {
    id: Option<i64>,
    trigger: &'static str,
    started_at: String,
    finished_at: String,
    outcome: &'static str,
    failure_class: Option<&'static str>,
    message: Option<String>,
    counts: RunCounts,
    catalog_version: Option<i64>,
    notices: Vec<String>,
    /// The hash by which what it did not publish can be approved.
    hash: Option<String>,
    decided_at: Option<String>,
    decided_by: Option<String>,
}

impl RunView {
    pub(super) fn of(run: &SyncRun) -> RunView {
        let decision = run.decision.as_ref();
        RunView {
            id: run.id,
            trigger: run.trigger.as_str(),
            started_at: run.started_at.to_rfc3339_opts(SecondsFormat::Secs, true),
            finished_at: run.finished_at.to_rfc3339_opts(SecondsFormat::Secs, true),
            outcome: run.outcome.as_str(),
            failure_class: run.failure_class.map(|class| class.as_str()),
            message: run.message.clone(),
            counts: run.counts,
            catalog_version: run.version.map(|version| version.get()),
            notices: run.notices.clone(),
            hash: run.candidate.map(|hash| hash.to_string()),
            decided_at: decision
                .map(|decision| decision.at.to_rfc3339_opts(SecondsFormat::Secs, true)),
            decided_by: decision.map(|decision| decision.by.clone()),
        }
    }
}
