//! Pages that do not add up: which one is sent, and what total it claims.

use serde_json::Value;

use super::{Act, Disturbance};
use crate::sandbox::board::SandboxBoard;
use crate::sandbox::page::PageQuery;

/// What is wrong with a page.
#[derive(Debug, Clone, Copy)]
pub(super) enum Paging {
    /// The total is off by so much.
    TotalOff(i64),
    /// The total grows with the offset.
    TotalGrows,
    /// The first page is sent, whichever is asked for.
    FirstPageOnly,
    /// The last board of a page is left out, on every page but the first.
    ShortPage,
    /// Everything is sent, whatever the limit.
    Whole,
    /// There is always another page of boards that were not there before.
    Endless,
}

/// What is claimed where there is no end.
const ENDLESS_TOTAL: usize = 1_000_000_000;
/// The first id of the boards without end: far behind those that there are.
const FIRST_ENDLESS_ID: usize = 1_000_000;

impl Disturbance {
    /// The page that is asked for as `query`, of `boards`, served from `base`.
    pub(in crate::sandbox) fn page(
        &self,
        mut query: PageQuery,
        boards: &[SandboxBoard],
        base: &str,
    ) -> Value {
        let offset = query.offset;
        let mut total = boards.len();
        let (mut is_short, mut is_endless) = (false, false);
        for act in self.acts() {
            let Act::Paging(paging) = act else { continue };
            match paging {
                Paging::TotalOff(by) => total = shifted(total, *by),
                Paging::TotalGrows => total += offset,
                Paging::FirstPageOnly => query.offset = 0,
                Paging::ShortPage => is_short = offset > 0,
                Paging::Whole => (query.offset, query.limit) = (0, usize::MAX),
                Paging::Endless => (is_endless, total) = (true, ENDLESS_TOTAL),
            }
        }
        if is_endless {
            let boards = endless(boards, query.offset, query.limit);
            query.offset = 0;
            return query.of(&boards, total, base);
        }
        let mut page = query.of(boards, total, base);
        if is_short && let Some(results) = page["results"].as_array_mut() {
            results.pop();
        }
        page
    }
}

fn shifted(total: usize, by: i64) -> usize {
    let by = isize::try_from(by).unwrap_or_default();
    total.saturating_add_signed(by)
}

/// The boards from `offset` on, as many as `limit`: the known ones over and over, each time under new ids.
fn endless(boards: &[SandboxBoard], offset: usize, limit: usize) -> Vec<SandboxBoard> {
    let known = boards.iter().cycle().skip(offset % boards.len().max(1));
    let ids = (FIRST_ENDLESS_ID + offset)..;
    known
        .zip(ids)
        .take(limit)
        .map(|(board, id)| SandboxBoard {
            id: id.to_string(),
            ..board.clone()
        })
        .collect()
}
