//! `boards`: find boards by name, abbreviation or state.

use std::sync::Arc;

use clap::Args;

use super::output::{print, print_json, say, table, text};
use super::parts::{Database, Parts};
use super::{Exit, Given};
use crate::catalog::{Catalog, fee_label};
use crate::domain::board::{Board, Code};
use crate::http::views::{BoardView, Detail};

#[derive(Debug, Args)]
pub(super) struct Boards {
    /// A name, an abbreviation, a state or an id; typos are forgiven
    query: Option<String>,
    /// Two letters, as in NV
    #[arg(long, value_name = "STATE", value_parser = parse_state)]
    state: Option<Code>,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

fn parse_state(text: &str) -> Result<Code, String> {
    Code::parse(text).map_err(|error| error.to_string())
}

impl Boards {
    pub(super) async fn run(self, given: Given) -> anyhow::Result<Exit> {
        let settings = given.settings(vec![])?;
        Parts::with(settings, Database::MustExist, async |parts| {
            self.work(parts).await
        })
        .await
    }

    async fn work(self, parts: &Parts) -> anyhow::Result<Exit> {
        let snapshot = parts.load_catalog().await?;
        let found = self.find(&snapshot.catalog);
        if self.json {
            let as_of = snapshot.catalog.as_of();
            let views: Vec<BoardView> = found
                .iter()
                .map(|board| BoardView::of(board, as_of, Detail::Public))
                .collect();
            return print_json(&views);
        }
        print(&print_boards(&found, &snapshot.catalog))?;
        say(&format!(
            "{} boards in catalog {}",
            found.len(),
            snapshot.catalog.head().version
        ));
        Ok(Exit::Done)
    }

    fn find<'a>(&self, catalog: &'a Catalog) -> Vec<&'a Arc<Board>> {
        let matching = catalog.search(self.query.as_deref().unwrap_or_default());
        let boards = matching
            .into_iter()
            .map(|(position, _)| &catalog.boards()[position as usize]);
        boards
            .filter(|board| board.active)
            .filter(|board| {
                self.state
                    .is_none_or(|state| board.facts.states.contains(&state))
            })
            .collect()
    }
}

fn print_boards(boards: &[&Arc<Board>], catalog: &Catalog) -> String {
    let mut rows = table(&["id", "board", "pass-through", "direct"]);
    for board in boards {
        rows.add_row([
            text(&board.facts.id),
            text(board.label()),
            text(fee_label(&board.pass_through, catalog.as_of())),
            text(board.direct.status_on(catalog.as_of())),
        ]);
    }
    rows.to_string()
}
