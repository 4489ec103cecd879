//! What a fetched list would change: pure, so that a dry run is the same plan, not published.

use std::collections::BTreeSet;

use crate::domain::board::{BoardId, ChannelFees, VendorBoard, VendorRow};
use crate::domain::rows::{RowChanges, SourceRows};
use crate::domain::run::RunCounts;
use crate::upstream::{Fetched, FetchedBoard, Reading};

/// What a fetched list would change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// The vendor rows that are new or say something else.
    pub changes: RowChanges,
    /// What the run counts.
    pub counts: RunCounts,
    /// Boards whose pass-through fees differ: what the guard looks at.
    pub fees_changed: u32,
    /// Refused rows and fees, for people.
    pub refused: Vec<String>,
}

/// Compares `fetched` with the rows of the newest version.
///
/// Fees that were refused keep the old word; a board whose row was refused keeps the old row. A board that is not
/// listed any more becomes inactive, its last word kept.
pub fn plan(current: &SourceRows, fetched: Fetched) -> Plan {
    let mut plan = Plan::default();
    plan.counts.pages = fetched.pages;
    plan.counts.boards = u32::try_from(fetched.boards.len()).unwrap_or(u32::MAX);
    let mut seen: BTreeSet<BoardId> = BTreeSet::new();
    for row in fetched.rejected {
        plan.counts.rejected += 1;
        let id = row.id.as_ref().map(BoardId::as_str);
        let name = id.or(row.name.as_deref()).unwrap_or("without an id");
        plan.refused.push(format!("board {name}: {}", row.reason));
        seen.extend(row.id);
    }
    for board in fetched.boards {
        seen.insert(board.facts.id.clone());
        plan_board(current.vendor.get(&board.facts.id), board, &mut plan);
    }
    for row in current
        .vendor
        .values()
        .filter(|row| row.active && !seen.contains(&row.board.facts.id))
    {
        plan.counts.removed += 1;
        plan.changes.vendor.push(VendorRow {
            active: false,
            ..row.clone()
        });
    }
    plan
}

fn plan_board(known: Option<&VendorRow>, fetched: FetchedBoard, plan: &mut Plan) {
    let id = fetched.facts.id.clone();
    let known_board = known.map(|row| &row.board);
    let mut settle = |reading, known: Option<&ChannelFees>| match reading {
        Reading::Read(fees) => fees,
        Reading::Rejected { reason } => {
            plan.counts.rejected += 1;
            plan.refused.push(format!("board {id}: {reason}"));
            known.cloned().unwrap_or(ChannelFees::NOTHING_RECORDED)
        }
    };
    let mut board = VendorBoard {
        pass_through: settle(
            fetched.pass_through,
            known_board.map(|board| &board.pass_through),
        ),
        direct: settle(fetched.direct, known_board.map(|board| &board.direct)),
        facts: fetched.facts,
    };
    match known {
        None => plan.counts.added += 1,
        Some(row) => {
            board.keep_first_sightings(&row.board);
            if row.active && board.same_terms(&row.board) {
                return;
            }
            if row.active {
                plan.counts.changed += 1;
            } else {
                plan.counts.added += 1;
            }
            plan.fees_changed += u32::from(!board.pass_through.same_terms(&row.board.pass_through));
        }
    }
    plan.changes.vendor.push(VendorRow {
        board,
        active: true,
    });
}
