//! `sync`: one run now, and what it changed or would change.

use std::io::IsTerminal;
use std::time::Duration;

use chrono::NaiveDate;
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use prometheus_client::registry::Registry;
use serde::Serialize;

use super::describe::describe;
use super::exit::Misuse;
use super::output::{complain, print, print_json, say};
use super::parts::{Database, Parts, terminal_user};
use super::run_views::summary;
use super::serve::start_log;
use super::{Exit, Given};
use crate::config::Settings;
use crate::domain::change::diff;
use crate::domain::run::{Outcome, Trigger};
use crate::http::views::{BoardView, Detail, SyncRunView};
use crate::store::StoreError;
use crate::sync::{Difference, Mode, Report, Syncer};
use crate::upstream::Progress;

/// Differences printed for a person; `--json` prints all.
const MAX_PRINTED: usize = 40;

#[derive(Debug, Args)]
pub(super) struct Sync {
    /// Say what would change; change nothing
    #[arg(long)]
    dry_run: bool,
    /// Print the run and all differences as JSON
    #[arg(long)]
    json: bool,
}

impl Sync {
    pub(super) async fn run(self, given: Given) -> anyhow::Result<Exit> {
        let settings = given.settings(vec![])?;
        start_log(&settings)?;
        if self.dry_run {
            return self.run_dry(settings).await;
        }
        Parts::with(settings, Database::CreateIfMissing, async |parts| {
            self.work(parts).await
        })
        .await
    }

    /// A dry run leaves nothing behind: where there is no database yet, it works on an empty one that goes with it.
    async fn run_dry(&self, mut settings: Settings) -> anyhow::Result<Exit> {
        let on_record = Parts::with(settings.clone(), Database::MustExist, async |parts| {
            self.work(parts).await
        });
        match on_record.await {
            Err(error) if matches!(error.downcast_ref(), Some(StoreError::Missing { .. })) => {}
            done => return done,
        }
        let scratch = tempfile::tempdir()?;
        let file = scratch.path().join("dry-run.db");
        settings.database.url = format!("sqlite://{}", file.display());
        Parts::with(settings, Database::CreateIfMissing, async |parts| {
            self.work(parts).await
        })
        .await
    }

    async fn work(&self, parts: &Parts) -> anyhow::Result<Exit> {
        match parts.require_origin(parts.accepted_origins()).await {
            Err(refused) if refused.is::<Misuse>() => {
                complain(&refused);
                return Ok(Exit::Held);
            }
            other => other?,
        }
        let syncer = parts.syncer(&mut Registry::default(), &terminal_user().name)?;
        let mode = if self.dry_run {
            Mode::DryRun
        } else {
            Mode::Publish
        };
        let report = run_with_progress(&syncer, Trigger::Terminal, mode).await;
        if mode == Mode::Publish {
            // Whatever became of the run: where no service runs, nobody else follows the calendar.
            parts.show_catalog().await?;
        }
        if self.json {
            print_json(&ReportView::of(&report))?;
        } else {
            let as_of = report.run.finished_at.date_naive();
            print(&print_differences(&report.differences, as_of))?;
            say(&summary(&report.run));
            if self.dry_run {
                say("this was a dry run: nothing was changed");
            }
        }
        Ok(exit_of(report.run.outcome))
    }
}

fn exit_of(outcome: Outcome) -> Exit {
    match outcome {
        Outcome::Published | Outcome::Unchanged | Outcome::Approved => Exit::Done,
        Outcome::Failed => Exit::Failed,
        Outcome::Held | Outcome::Quarantined | Outcome::Skipped | Outcome::Rejected => Exit::Held,
    }
}

/// Runs once, with a progress bar where there is a terminal.
pub(super) async fn run_with_progress(syncer: &Syncer, trigger: Trigger, mode: Mode) -> Report {
    let bar = ProgressBar::no_length();
    if !std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} boards, {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    let progress = |progress: Progress| {
        if let Some(total) = progress.total {
            bar.set_length(total);
        }
        bar.set_position(progress.boards);
    };
    let report = syncer.run_once(trigger, mode, &progress).await;
    bar.finish_and_clear();
    report
}

/// The differences for people, a line each, as they are on the day `as_of`.
pub(super) fn print_differences(differences: &[Difference], as_of: NaiveDate) -> String {
    let changes = differences
        .iter()
        .flat_map(|pair| diff(pair.before.as_ref(), pair.after.as_ref()));
    let lines: Vec<String> = changes.map(|change| describe(&change, as_of)).collect();
    let mut text = lines
        .iter()
        .take(MAX_PRINTED)
        .map(|line| format!("{line}\n"))
        .collect::<String>();
    if lines.len() > MAX_PRINTED {
        text.push_str(&format!(
            "... and {} more (--json prints all)\n",
            lines.len() - MAX_PRINTED
        ));
    }
    text
}

/// A run and its differences as `--json` prints them.
#[derive(Serialize)]
struct ReportView<'a> {
    run: SyncRunView<'a>,
    differences: Vec<DifferenceView<'a>>,
}

/// One board before and after, as `--json` prints it.
#[derive(Serialize)]
pub(super) struct DifferenceView<'a> {
    before: Option<BoardView<'a>>,
    after: Option<BoardView<'a>>,
}

/// The differences as JSON, as they are on the day `as_of`.
pub(super) fn view_differences(
    differences: &[Difference],
    as_of: NaiveDate,
) -> Vec<DifferenceView<'_>> {
    let mut views = Vec::new();
    for Difference { before, after } in differences {
        views.push(DifferenceView {
            before: before
                .as_ref()
                .map(|board| BoardView::of(board, as_of, Detail::Public)),
            after: after
                .as_ref()
                .map(|board| BoardView::of(board, as_of, Detail::Public)),
        });
    }
    views
}

impl<'a> ReportView<'a> {
    fn of(report: &'a Report) -> ReportView<'a> {
        ReportView {
            run: SyncRunView::of(&report.run),
            differences: view_differences(&report.differences, report.run.finished_at.date_naive()),
        }
    }
}
