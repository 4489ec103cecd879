//! `runs`: sync runs, newest first, or one of them; deciding about what a run did not publish.

use anyhow::bail;
use chrono::SecondsFormat;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::output::{number, print, print_json, say, table, text};
use super::parts::{Database, Parts, terminal_user};
use super::run_views::summary;
use super::sync::{DifferenceView, print_differences, view_differences};
use super::{Exit, Given};
use crate::domain::run::SyncRun;
use crate::domain::version::ContentHash;
use crate::http::views::SyncRunView;
use crate::sync::Pending;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Runs {
    #[command(subcommand)]
    decide: Option<Decide>,
    /// A run's number; without it, the newest runs
    id: Option<i64>,
    /// How many runs
    #[arg(long, default_value_t = 20)]
    limit: u32,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Decide {
    /// Publish what a run in quarantine found, or the values that a run holds back
    Approve {
        /// The run's number
        id: i64,
        /// The hash of what it would change, as `runs ID` shows it
        #[arg(long)]
        hash: ContentHash,
    },
    /// Drop what a run in quarantine found
    Reject {
        /// The run's number
        id: i64,
    },
}

impl Runs {
    pub(super) async fn run(self, given: Given) -> anyhow::Result<Exit> {
        let settings = given.settings(vec![])?;
        Parts::with(settings, Database::MustExist, async |parts| {
            match &self.decide {
                Some(decide) => decide.work(parts).await,
                None => self.work(parts).await,
            }
        })
        .await
    }

    async fn work(&self, parts: &Parts) -> anyhow::Result<Exit> {
        match self.id {
            Some(id) => self.show_one(id, parts).await,
            None => {
                let runs = parts.store.list_runs(self.limit, None).await?;
                if self.json {
                    print_json(&runs.iter().map(SyncRunView::of).collect::<Vec<_>>())
                } else {
                    print(&print_runs(&runs))
                }
            }
        }
    }

    async fn show_one(&self, id: i64, parts: &Parts) -> anyhow::Result<Exit> {
        let run = load_run(id, parts).await?;
        let pending = parts.reviewer().load_pending(id).await?;
        // Where the catalog has moved on, the hash is that of what approving it would change now.
        let run = SyncRun {
            candidate: pending.as_ref().map(|pending| pending.hash),
            ..run
        };
        if self.json {
            return print_json(&RunAndDifferences::of(&run, pending.as_ref()));
        }
        if let Some(pending) = &pending {
            print(&print_differences(
                &pending.differences,
                run.finished_at.date_naive(),
            ))?;
        }
        print(&print_run(&run))
    }
}

impl Decide {
    async fn work(&self, parts: &Parts) -> anyhow::Result<Exit> {
        let actor = terminal_user();
        match *self {
            Decide::Approve { id, hash } => {
                load_run(id, parts).await?;
                let head = parts.reviewer().approve(id, hash, &actor).await?;
                say(&format!("approved: run {id}; catalog {}", head.version));
            }
            Decide::Reject { id } => {
                load_run(id, parts).await?;
                parts.reviewer().reject(id, &actor).await?;
                say(&format!("rejected: run {id}; the catalog stays as it is"));
            }
        }
        Ok(Exit::Done)
    }
}

async fn load_run(id: i64, parts: &Parts) -> anyhow::Result<SyncRun> {
    match parts.store.load_run(id).await? {
        Some(run) => Ok(run),
        None => bail!("there is no sync run {id}; `ptf-cache runs` lists them"),
    }
}

/// A run, with what approving it would change, as `--json` prints it.
#[derive(Serialize)]
struct RunAndDifferences<'a> {
    #[serde(flatten)]
    run: SyncRunView<'a>,
    differences: Vec<DifferenceView<'a>>,
}

impl<'a> RunAndDifferences<'a> {
    fn of(run: &'a SyncRun, pending: Option<&'a Pending>) -> RunAndDifferences<'a> {
        let differences = pending.map_or(&[][..], |pending| &pending.differences);
        RunAndDifferences {
            run: SyncRunView::of(run),
            differences: view_differences(differences, run.finished_at.date_naive()),
        }
    }
}

fn print_run(run: &SyncRun) -> String {
    let id = run.id.unwrap_or_default();
    let started = run.started_at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let took = (run.finished_at - run.started_at).num_milliseconds();
    format!(
        "run {id}, started {started} by {}, took {took} ms\n{}",
        run.trigger,
        summary(run)
    )
}

fn print_runs(runs: &[SyncRun]) -> String {
    if runs.is_empty() {
        return "no sync has run yet".to_owned();
    }
    let columns = [
        "run", "started", "by", "outcome", "catalog", "boards", "added", "changed", "removed",
        "why",
    ];
    let mut rows = table(&columns);
    for run in runs {
        let class = run.failure_class.map(|class| class.to_string());
        rows.add_row([
            number(run.id.unwrap_or_default()),
            text(run.started_at.to_rfc3339_opts(SecondsFormat::Secs, true)),
            text(run.trigger),
            text(run.outcome),
            number(
                run.version
                    .map(|version| version.to_string())
                    .unwrap_or_default(),
            ),
            number(run.counts.boards),
            number(run.counts.added),
            number(run.counts.changed),
            number(run.counts.removed),
            text(class.or_else(|| run.message.clone()).unwrap_or_default()),
        ]);
    }
    rows.to_string()
}
