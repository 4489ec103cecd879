//! `prune`: drop old versions of the catalog for good, or say what would go.

use chrono::SecondsFormat;
use clap::Args;
use serde::Serialize;

use super::exit::Misuse;
use super::output::{print, print_json, say};
use super::parts::{Database, Parts, retention};
use super::{Exit, Given};
use crate::domain::version::VersionHead;
use crate::store::{Pruning, Retention};

#[derive(Debug, Args)]
pub(super) struct Prune {
    /// Days of which every quote can still be made again; history.keep_days unless given
    #[arg(long, value_name = "DAYS")]
    keep_days: Option<u32>,
    /// Say what would be dropped; drop nothing
    #[arg(long)]
    dry_run: bool,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

impl Prune {
    pub(super) async fn run(self, given: Given) -> anyhow::Result<Exit> {
        let overrides = self
            .keep_days
            .map(|days| ("history.keep_days".to_owned(), days.to_string()));
        let settings = given.settings(overrides.into_iter().collect())?;
        let Some(retention) = retention(&settings) else {
            let problem = "history.keep_days is 0, which keeps everything; set it, or give --keep-days with 1 or more";
            return Err(Misuse(problem.to_owned()).into());
        };
        // Closed behind it, and so the file gets shorter: where nobody else has it open.
        Parts::with(settings, Database::MustExist, async |parts| {
            self.work(parts, &retention).await
        })
        .await
    }

    async fn work(self, parts: &Parts, retention: &Retention) -> anyhow::Result<Exit> {
        let (store, now) = (&parts.store, parts.clock.now());
        let pruning = match self.dry_run {
            true => store.plan_pruning(retention, now).await?,
            false => store.prune(retention, now).await?,
        };
        if self.json {
            return print_json(&PruningView::of(&pruning, retention, self.dry_run));
        }
        print(&summary(&pruning, self.dry_run))?;
        if self.dry_run {
            say("this was a dry run: nothing was dropped");
        }
        Ok(Exit::Done)
    }
}

/// What goes and what stays, a line each.
fn summary(pruning: &Pruning, dry_run: bool) -> String {
    let Some(oldest) = &pruning.oldest_kept else {
        return "the database holds no catalog yet".to_owned();
    };
    let verb = if dry_run { "would drop" } else { "dropped" };
    let kept = format!(
        "kept: catalog {} of {} and all later ones",
        oldest.version,
        published_at(oldest)
    );
    if pruning.is_empty() {
        return format!("{verb} nothing\n{kept}");
    }
    format!(
        "{verb} {}, with {} rows of the vendor and {} curated rows that no later catalog needs\n{kept}",
        dropped_versions(pruning, oldest),
        pruning.vendor_rows,
        pruning.curated_rows
    )
}

/// `catalogs 1 to 37`; the numbers have no gap.
fn dropped_versions(pruning: &Pruning, oldest: &VersionHead) -> String {
    let last = oldest.version.get() - 1;
    match i64::try_from(pruning.versions).unwrap_or(last) {
        0 => "no catalog".to_owned(),
        1 => format!("catalog {last}"),
        versions => format!("catalogs {} to {last}", last - versions + 1),
    }
}

fn published_at(head: &VersionHead) -> String {
    head.created_at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// What `--json` prints.
#[derive(Serialize)]
struct PruningView {
    dry_run: bool,
    keep_days: u32,
    /// The oldest version that can be loaded; null when there is none.
    oldest_version: Option<i64>,
    oldest_created_at: Option<String>,
    versions: u64,
    vendor_rows: u64,
    curated_rows: u64,
}

impl PruningView {
    fn of(pruning: &Pruning, retention: &Retention, dry_run: bool) -> PruningView {
        let oldest = pruning.oldest_kept.as_ref();
        PruningView {
            dry_run,
            keep_days: retention.keep_days.get(),
            oldest_version: oldest.map(|head| head.version.get()),
            oldest_created_at: oldest.map(published_at),
            versions: pruning.versions,
            vendor_rows: pruning.vendor_rows,
            curated_rows: pruning.curated_rows,
        }
    }
}
