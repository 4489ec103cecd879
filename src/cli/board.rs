//! `board`: one board with its fees, or what became of it.

use anyhow::anyhow;
use chrono::SecondsFormat;
use clap::Args;

use super::changes::print_versions;
use super::output::{print, print_json, say, table, text, visible};
use super::parts::{Database, Parts};
use super::{Exit, Given};
use crate::catalog::{Catalog, fee_terms_label};
use crate::domain::board::{Board, BoardId, Channel};
use crate::domain::fee::Fee;
use crate::history::VersionChanges;
use crate::http::views::{BoardHistoryView, BoardVersionView, BoardView, Detail};

#[derive(Debug, Args)]
pub(super) struct OneBoard {
    /// The vendor's id; `ptf-cache boards` finds it
    id: String,
    /// What became of the board, newest first: what changed, and why
    #[arg(long)]
    history: bool,
    /// The most versions of the history
    #[arg(long, value_name = "N", default_value_t = 100, requires = "history")]
    limit: usize,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

impl OneBoard {
    pub(super) async fn run(self, given: Given) -> anyhow::Result<Exit> {
        let settings = given.settings(vec![])?;
        Parts::with(settings, Database::MustExist, async |parts| {
            self.work(parts).await
        })
        .await
    }

    async fn work(self, parts: &Parts) -> anyhow::Result<Exit> {
        let snapshot = parts.load_catalog().await?;
        if self.history {
            return self.print_history(parts, &snapshot.catalog).await;
        }
        let board = find_board(&snapshot.catalog, &self.id)?;
        if self.json {
            return print_json(&BoardView::of(
                board,
                snapshot.catalog.as_of(),
                Detail::Public,
            ));
        }
        print(&print_board(board, &snapshot.catalog))
    }

    /// Prints what became of the board, also of one that the newest catalog no longer has.
    async fn print_history(&self, parts: &Parts, newest: &Catalog) -> anyhow::Result<Exit> {
        let Ok(id) = BoardId::parse(&self.id) else {
            return Err(missing_board(newest, &self.id));
        };
        let limit = self.limit.max(1);
        // One more than is shown tells whether there is more.
        let found = parts
            .history()
            .load_board_history(&id, None, limit.saturating_add(1))
            .await?;
        let mut versions = found.ok_or_else(|| missing_board(newest, &self.id))?;
        let more = versions.len() > limit;
        versions.truncate(limit);
        if self.json {
            let last = versions.last().filter(|_| more);
            return print_json(&BoardHistoryView {
                board_id: &id,
                next_before: last.map(|version| version.head.version),
                versions: versions.iter().map(with_actor).collect(),
            });
        }
        print(&print_versions(&versions))?;
        if more {
            say(&format!(
                "these are the newest {limit} versions; --limit shows more"
            ));
        }
        Ok(Exit::Done)
    }
}

/// A version with who caused it, which is no secret here.
fn with_actor(version: &VersionChanges) -> BoardVersionView<'_> {
    BoardVersionView {
        actor: version.head.actor.clone(),
        ..BoardVersionView::of(version, Detail::Public)
    }
}

/// The board `id`, or an error that names the nearest ones.
pub(super) fn find_board<'a>(catalog: &'a Catalog, id: &str) -> anyhow::Result<&'a Board> {
    let known = BoardId::parse(id).ok().and_then(|id| catalog.board(&id));
    known
        .map(AsRef::as_ref)
        .ok_or_else(|| missing_board(catalog, id))
}

fn missing_board(catalog: &Catalog, id: &str) -> anyhow::Error {
    let near: Vec<String> = catalog
        .suggest(id)
        .iter()
        .map(|board| format!("{} {}", board.facts.id, board.label()))
        .collect();
    match near.is_empty() {
        true => anyhow!("there is no board \"{id}\"; `ptf-cache boards` lists them"),
        false => anyhow!(
            "there is no board \"{id}\"; did you mean {}?",
            near.join(" or ")
        ),
    }
}

fn print_board(board: &Board, catalog: &Catalog) -> String {
    let facts = &board.facts;
    let mut lines = vec![format!("{} {}", facts.id, visible(&board.label()))];
    if !board.active {
        lines.push("no longer in the vendor's list".to_owned());
    }
    lines.push(format!(
        "eligibility {}, paperwork {}",
        facts.eligibility, facts.paperwork
    ));
    if let Some(url) = &facts.coverage_url {
        lines.push(visible(url));
    }
    for channel in Channel::ALL {
        let fees = board.channel(*channel);
        let note = fees
            .note
            .as_deref()
            .map(|note| format!(" ({})", visible(note)))
            .unwrap_or_default();
        lines.push(format!(
            "\n{channel}: {}{note}",
            fees.status_on(catalog.as_of())
        ));
        if !fees.fees().is_empty() {
            lines.push(print_fees(fees.fees()));
        }
    }
    lines.join("\n")
}

fn print_fees(fees: &[Fee]) -> String {
    let mut rows = table(&[
        "fee",
        "label",
        "terms",
        "billed",
        "source",
        "first seen",
        "note",
    ]);
    for fee in fees {
        rows.add_row([
            text(fee.key()),
            text(fee.label()),
            text(fee_terms_label(fee)),
            text(fee.billing_cadence()),
            text(fee.source().kind),
            text(
                fee.source()
                    .observed_at
                    .to_rfc3339_opts(SecondsFormat::Secs, true),
            ),
            text(fee.note().unwrap_or_default()),
        ]);
    }
    rows.to_string()
}
