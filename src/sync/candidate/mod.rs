//! What a run does not publish: the values it holds back, or all of it. Pure.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::guard::{GuardSettings, Suspicion, suspicions};
use super::plan::Plan;
use crate::domain::board::{BoardId, HeldPart, HeldValue, VendorBoard, VendorRow};
use crate::domain::candidate::{Candidate, CandidateBoard};
use crate::domain::rows::{RowChanges, SourceRows};
use crate::domain::version::ContentHash;

/// A plan without its implausible values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Settled {
    /// What is left to publish: the old values of the held parts, marked.
    pub(super) changes: RowChanges,
    /// The vendor's word on the boards of which a part is held back.
    pub(super) held: Vec<CandidateBoard>,
    /// How many of these are in the plan as changed, though nothing of theirs changed but the mark.
    pub(super) unchanged: u32,
    /// What was held back or released, for people.
    pub(super) notices: Vec<String>,
}

/// The values held back before, and whether this run counts towards releasing them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Earlier<'a> {
    /// By board.
    pub(super) held: &'a BTreeMap<BoardId, CandidateBoard>,
    /// A service that starts over and over says nothing new each time.
    pub(super) counts: bool,
}

/// Takes what is implausible out of `plan`, unless the vendor has repeated it often enough.
pub(super) fn hold_back(
    plan: &Plan,
    current: &SourceRows,
    earlier: Earlier<'_>,
    settings: GuardSettings,
    now: DateTime<Utc>,
) -> Settled {
    let mut settled = Settled::default();
    let mut rows = current.vendor_in_step(plan.changes.vendor.len());
    for row in &plan.changes.vendor {
        let known = rows.of(&row.board.facts.id);
        let found = match known {
            Some(known) if row.active => suspicions(&known.board, &row.board, settings.max_ratio),
            _ => Vec::new(),
        };
        let (Some(known), false) = (known, found.is_empty()) else {
            settled.changes.vendor.push(row.clone());
            continue;
        };
        let word = repeat(row, earlier);
        let id = word.id().clone();
        if settings.release_after_runs > 0 && word.repeats >= settings.release_after_runs {
            settled.notices.push(format!(
                "board {id}: no longer held back, the vendor has said it in {} runs",
                word.repeats
            ));
            settled.changes.vendor.push(word.row);
            continue;
        }
        for suspicion in &found {
            settled.notices.push(format!(
                "board {id}: {}; held back, the old value counts",
                suspicion.reason
            ));
        }
        let kept = keep_old(known, row, &found, now);
        settled.unchanged += u32::from(kept.same_word(known));
        if !(kept.same_word(known) && kept.held == known.held) {
            settled.changes.vendor.push(kept);
        }
        settled.held.push(word);
    }
    settled
}

/// The vendor's word as a candidate: how often it came in a row, and since when.
fn repeat(row: &VendorRow, earlier: Earlier<'_>) -> CandidateBoard {
    let mut row = unmarked(row);
    let before = earlier.held.get(&row.board.facts.id);
    let repeats = match before {
        Some(before) if before.row.same_word(&row) => {
            row.board.keep_first_sightings(&before.row.board);
            before.repeats + u32::from(earlier.counts)
        }
        _ => 1,
    };
    CandidateBoard { row, repeats }
}

/// `known` with everything of `row` that is plausible, the rest marked.
fn keep_old(
    known: &VendorRow,
    row: &VendorRow,
    found: &[Suspicion],
    now: DateTime<Utc>,
) -> VendorRow {
    let is_held = |part| found.iter().any(|suspicion| suspicion.part == part);
    let kept = |part, old, new| if is_held(part) { old } else { new };
    let (old, new) = (&known.board, &row.board);
    let board = match is_held(HeldPart::Board) {
        true => old.clone(),
        false => VendorBoard {
            facts: new.facts.clone(),
            pass_through: kept(HeldPart::PassThrough, &old.pass_through, &new.pass_through).clone(),
            direct: kept(HeldPart::Direct, &old.direct, &new.direct).clone(),
        },
    };
    let marks = found.iter().map(|suspicion| mark(known, suspicion, now));
    let others = row.held.iter().filter(|value| !is_held(value.part));
    VendorRow {
        board,
        active: true,
        held: marks.chain(others.cloned()).collect(),
    }
}

fn mark(known: &VendorRow, suspicion: &Suspicion, now: DateTime<Utc>) -> HeldValue {
    let earlier = known
        .held
        .iter()
        .find(|value| value.part == suspicion.part && value.reason == suspicion.reason);
    HeldValue {
        part: suspicion.part,
        reason: suspicion.reason.clone(),
        since: earlier.map_or(now, |value| value.since),
    }
}

fn unmarked(row: &VendorRow) -> VendorRow {
    VendorRow {
        held: vec![],
        ..row.clone()
    }
}

/// Everything that `plan` would change, to be approved as a whole.
pub(super) fn whole_candidate(plan: &Plan, current: &SourceRows) -> Candidate {
    let rows = plan.changes.vendor.iter();
    let boards = rows.map(|row| CandidateBoard {
        row: unmarked(row),
        repeats: 0,
    });
    candidate(boards.collect(), current)
}

/// `boards` as the candidate of a run that compared them with `current`.
pub(super) fn candidate(boards: Vec<CandidateBoard>, current: &SourceRows) -> Candidate {
    let hash = difference_hash(current, boards.iter().map(|board| &board.row));
    Candidate { hash, boards }
}

/// SHA-256 of what `rows` would change in `current`: each board before and after, in order of id.
pub(super) fn difference_hash<'a>(
    current: &SourceRows,
    rows: impl IntoIterator<Item = &'a VendorRow>,
) -> ContentHash {
    let side = |row: &'a VendorRow| (row.active, &row.board);
    let rows: BTreeMap<&BoardId, _> = rows
        .into_iter()
        .map(|row| (&row.board.facts.id, side(row)))
        .collect();
    let mut whole = Sha256::new();
    for (id, after) in rows {
        let before = current.vendor.get(id).map(|row| (row.active, &row.board));
        let canonical = serde_json::to_vec(&(before, after));
        let canonical = canonical.expect("a board has text keys and no float");
        whole.update(Sha256::digest(canonical));
    }
    ContentHash(whole.finalize().into())
}
