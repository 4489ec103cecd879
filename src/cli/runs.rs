//! `runs`: sync runs, newest first, or one of them.

use anyhow::bail;
use chrono::SecondsFormat;
use clap::Args;

use super::output::{number, print, print_json, table, text};
use super::parts::{Database, Parts};
use super::run_views::{RunView, summary};
use super::{Exit, Given};
use crate::domain::run::SyncRun;

#[derive(Debug, Args)]
pub(super) struct Runs {
    /// A run's number; without it, the newest runs
    id: Option<i64>,
    /// How many runs
    #[arg(long, default_value_t = 20)]
    limit: u32,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

impl Runs {
    pub(super) async fn run(self, given: Given) -> anyhow::Result<Exit> {
        let settings = given.settings(vec![])?;
        Parts::with(settings, Database::MustExist, async |parts| {
            self.work(parts).await
        })
        .await
    }

    async fn work(self, parts: &Parts) -> anyhow::Result<Exit> {
        match self.id {
            Some(id) => {
                let Some(run) = parts.store.load_run(id).await? else {
                    bail!("there is no sync run {id}; `ptf-cache runs` lists them");
                };
                if self.json {
                    print_json(&RunView::of(&run))
                } else {
                    print(&print_run(&run))
                }
            }
            None => {
                let runs = parts.store.list_runs(self.limit, None).await?;
                if self.json {
                    print_json(&runs.iter().map(RunView::of).collect::<Vec<_>>())
                } else {
                    print(&print_runs(&runs))
                }
            }
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
