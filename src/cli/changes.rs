//! `changes`, and `board --history`: what versions of the catalog changed, and why.

use anyhow::bail;
use chrono::SecondsFormat;
use clap::Args;

use super::describe::describe_past;
use super::output::{print, print_json, say, visible};
use super::parts::{Database, Parts};
use super::{Exit, Given};
use crate::domain::version::{CatalogVersion, Cause, VersionHead};
use crate::history::{ChangesPage, VersionChanges};
use crate::http::views::{ChangesPageView, Detail};

#[derive(Debug, Args)]
pub(super) struct Changes {
    /// Only versions after this one; all unless given
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..))]
    after: i64,
    /// At least one version, and then until there are so many changes
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,
    /// Print as JSON, as the API answers
    #[arg(long)]
    json: bool,
}

impl Changes {
    pub(super) async fn run(self, given: Given) -> anyhow::Result<Exit> {
        let settings = given.settings(vec![])?;
        Parts::with(settings, Database::MustExist, async |parts| {
            self.work(parts).await
        })
        .await
    }

    async fn work(self, parts: &Parts) -> anyhow::Result<Exit> {
        let newest = parts.load_catalog().await?.catalog.head().version;
        let history = parts.history();
        let page = history.load_changes(self.after, None, self.limit).await?;
        if self.json {
            if let Some(problem) = missed(&page, self.after) {
                // A programme that went on from here would not know what it lacks.
                bail!("{problem}; begin again with --after 0, and with no boards");
            }
            let latest = page.latest_version.unwrap_or(newest);
            return print_json(&ChangesPageView::of(&page, latest, Detail::Public));
        }
        print(&print_versions(&page.versions))?;
        say(&where_it_ends(&page, self.after));
        Ok(Exit::Done)
    }
}

/// What a reader does next.
fn where_it_ends(page: &ChangesPage, after: i64) -> String {
    let newest = page.latest_version.map_or(0, CatalogVersion::get);
    let more = match page.reached < newest {
        true => format!(
            "there is more: `ptf-cache changes --after {}`; the newest catalog is {newest}",
            page.reached
        ),
        false => format!("the newest catalog is {newest}"),
    };
    match missed(page, after) {
        Some(problem) => format!("{problem}\n{more}"),
        None => more,
    }
}

/// Why not every change after the version `after` can be told; `None` where it can. At 0 the feed begins.
fn missed(page: &ChangesPage, after: i64) -> Option<String> {
    let newest = page.latest_version.map_or(0, CatalogVersion::get);
    if after > newest {
        return Some(format!("there is no catalog {after} yet"));
    }
    let oldest = page.oldest_version?.get();
    (0 < after && after < oldest).then(|| {
        format!("catalog {after} is no longer kept; the oldest, {oldest}, is shown in full")
    })
}

/// Versions with their changes, in the order given.
pub(super) fn print_versions(versions: &[VersionChanges]) -> String {
    let versions: Vec<String> = versions.iter().map(print_version).collect();
    versions.join("\n")
}

fn print_version(version: &VersionChanges) -> String {
    let head = &version.head;
    let mut text = format!(
        "catalog {}, {}, {}\n",
        head.version,
        head.created_at.to_rfc3339_opts(SecondsFormat::Secs, true),
        visible(&why(head))
    );
    for change in &version.changes {
        text.push_str(&format!("  {}\n", describe_past(change)));
    }
    text
}

/// Why a version came to be: `sync run 12`, `curation by terminal:dana`.
fn why(head: &VersionHead) -> String {
    let run = head.run_id.map(|id| format!("sync run {id}"));
    let actor = head.actor.as_deref().unwrap_or("nobody known");
    match (head.cause, run) {
        (Cause::Sync, run) => run.unwrap_or_else(|| "sync".to_owned()),
        (Cause::Curation, _) => format!("curation by {actor}"),
        (Cause::Approval, Some(run)) => format!("{run}, approved by {actor}"),
        (Cause::Approval, None) => format!("approved by {actor}"),
        (Cause::EffectiveDate, _) => format!("terms of {}", head.as_of),
    }
}

/// A version given at the terminal.
pub(super) fn parse_version(text: &str) -> Result<CatalogVersion, String> {
    let number = text.parse().ok().and_then(CatalogVersion::new);
    number.ok_or_else(|| "a version is a whole number from 1 on".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::version::ContentHash;
    use chrono::DateTime;

    fn head(cause: Cause, actor: Option<&str>, run_id: Option<i64>) -> VersionHead {
        VersionHead {
            version: CatalogVersion::FIRST,
            created_at: DateTime::UNIX_EPOCH,
            as_of: "2026-07-01".parse().unwrap(),
            content_hash: ContentHash([0; 32]),
            cause,
            actor: actor.map(str::to_owned),
            run_id,
        }
    }

    #[test]
    fn every_cause_says_who_and_what() {
        let cases = [
            (head(Cause::Sync, None, Some(12)), "sync run 12"),
            (
                head(Cause::Curation, Some("Dana"), None),
                "curation by Dana",
            ),
            (
                head(Cause::Approval, Some("Dana"), Some(12)),
                "sync run 12, approved by Dana",
            ),
            (
                head(Cause::EffectiveDate, None, None),
                "terms of 2026-07-01",
            ),
        ];
        for (head, words) in cases {
            assert_eq!(why(&head), words);
        }
    }

    #[test]
    fn a_reader_is_told_how_to_go_on() {
        let page = |oldest, reached| ChangesPage {
            versions: Vec::new(),
            oldest_version: CatalogVersion::new(oldest),
            latest_version: CatalogVersion::new(9),
            reached,
        };
        assert_eq!(where_it_ends(&page(1, 9), 3), "the newest catalog is 9");
        assert!(where_it_ends(&page(1, 5), 3).contains("--after 5"));
        for missed in [3, 4] {
            let gap = where_it_ends(&page(5, 7), missed);
            let said = format!(
                "catalog {missed} is no longer kept; the oldest, 5, is shown in full\nthere is more: "
            );
            assert!(gap.starts_with(&said), "{gap}");
        }
        assert_eq!(where_it_ends(&page(5, 9), 5), "the newest catalog is 9");
        assert!(where_it_ends(&page(5, 9), 10).starts_with("there is no catalog 10 yet"));
        assert_eq!(where_it_ends(&page(5, 9), 0), "the newest catalog is 9");
    }

    #[test]
    fn a_version_is_a_number_from_one_on() {
        assert_eq!(parse_version("42"), Ok(CatalogVersion::new(42).unwrap()));
        for text in ["0", "-1", "", "newest"] {
            assert!(parse_version(text).is_err(), "{text}");
        }
    }
}
