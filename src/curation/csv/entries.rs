//! Rows to entries, and what only several rows together show.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::line::{Line, Said, curated_source, read_line};
use super::table::{Row, read_rows};
use super::{COLUMNS, INTERNAL_NOTE, ParseOptions, RowError};
use crate::domain::board::{
    BoardFacts, BoardId, ChannelFees, ChannelState, FeeSet, FeeSetError, MAX_FEES,
};
use crate::domain::curated::{BoardDescription, CuratedEntry, EntryId};
use crate::domain::fee::Fee;
use crate::domain::folded::fold;

/// The columns that describe an entry as a whole, so that all its rows must agree on them.
const ENTRY_COLUMNS: [&str; 6] = [
    "board_name",
    "abbreviation",
    "states",
    "country",
    "status",
    "override",
];

/// Reads a file of the curated list, in the order in which its entries first appear.
///
/// `known` gives the vendor's facts of a board, `None` where the vendor does not list it: such a board must be
/// described in full, and any other must go by one of the names the vendor gives it.
///
/// # Errors
/// Everything that is wrong in the file, in the order of its rows and columns.
pub fn parse_entries(
    csv: &[u8],
    known: &dyn Fn(&BoardId) -> Option<BoardFacts>,
    options: &ParseOptions,
) -> Result<Vec<CuratedEntry>, Vec<RowError>> {
    read_entries(read_rows(csv)?, known, options)
}

/// As [`parse_entries`], of rows that are there already.
///
/// # Errors
/// As [`parse_entries`].
pub(in crate::curation) fn read_entries(
    rows: Vec<Row>,
    known: &dyn Fn(&BoardId) -> Option<BoardFacts>,
    options: &ParseOptions,
) -> Result<Vec<CuratedEntry>, Vec<RowError>> {
    let mut errors = Vec::new();
    let read = rows
        .into_iter()
        .map(|row| read_line(row, options.recorded_at, &mut errors));
    let groups = group(read.collect());
    let mut entries = Vec::with_capacity(groups.len());
    if !options.accept_names {
        check_descriptions(&groups, known, options, &mut errors);
    }
    for (id, lines) in groups {
        check_agreement(&lines, &mut errors);
        check_board(&id, &lines[0], known, options, &mut errors);
        entries.extend(build_entry(id, lines, options.recorded_at, &mut errors));
    }
    if errors.is_empty() {
        return Ok(entries);
    }
    errors.sort_by_key(|error| (error.row, column_position(&error.column)));
    Err(errors)
}

fn column_position(column: &str) -> Option<usize> {
    COLUMNS
        .into_iter()
        .chain([INTERNAL_NOTE])
        .position(|name| name == column)
}

/// The lines of each entry, entries in the order of their first lines; a line without an id was reported already.
fn group(lines: Vec<Line>) -> Vec<(EntryId, Vec<Line>)> {
    let mut positions: HashMap<EntryId, usize> = HashMap::new();
    let mut groups: Vec<(EntryId, Vec<Line>)> = Vec::new();
    for line in lines {
        let Some(id) = line.id.clone() else { continue };
        let position = *positions.entry(id.clone()).or_insert(groups.len());
        match groups.get_mut(position) {
            Some((_, group)) => group.push(line),
            None => groups.push((id, vec![line])),
        }
    }
    groups
}

fn check_agreement(lines: &[Line], errors: &mut Vec<RowError>) {
    let Some((first, others)) = lines.split_first() else {
        return;
    };
    for line in others {
        for column in ENTRY_COLUMNS {
            let (value, expected) = (line.row.cell(column), first.row.cell(column));
            let both_false =
                column == "override" && line.overrides_vendor == first.overrides_vendor;
            if value != expected && !both_false {
                let problem = format!(
                    "\"{value}\" differs from \"{expected}\" in row {}, which is about the same board and channel; give both the same",
                    first.row.number
                );
                errors.push(RowError::new(line.row.number, column, value, problem));
            }
        }
    }
}

/// A fee must not land on a board that somebody mistook for another, nor on one that does not exist.
fn check_board(
    id: &EntryId,
    line: &Line,
    known: &dyn Fn(&BoardId) -> Option<BoardFacts>,
    options: &ParseOptions,
    errors: &mut Vec<RowError>,
) {
    let Some(board) = &line.board else { return };
    let number = line.row.number;
    match (known(&id.board_id), &board.name) {
        (None, _) => errors.extend(
            missing_description(id, board)
                .map(|problem| RowError::new(number, "board_id", id.board_id.as_str(), problem)),
        ),
        (Some(facts), Some(name)) if !options.accept_names && !goes_by(&facts, name) => {
            let short = facts
                .abbreviation
                .as_ref()
                .map(|short| format!(" ({short})"))
                .unwrap_or_default();
            let problem = format!(
                "\"{name}\" is not what the vendor calls board {}: \"{}\"{short}; correct the board_id or the name, or accept names as they are with {}",
                id.board_id, facts.name, options.to_accept_names
            );
            errors.push(RowError::new(number, "board_name", name, problem));
        }
        (Some(_), _) => {}
    }
}

/// Two channels of a board that only the file describes must describe one board.
fn check_descriptions(
    groups: &[(EntryId, Vec<Line>)],
    known: &dyn Fn(&BoardId) -> Option<BoardFacts>,
    options: &ParseOptions,
    errors: &mut Vec<RowError>,
) {
    let mut names: HashMap<&BoardId, (u64, &str)> = HashMap::new();
    for (id, lines) in groups {
        let row = &lines[0].row;
        let name = row.cell("board_name");
        let (first, expected) = *names.entry(&id.board_id).or_insert((row.number, name));
        if fold(name) != fold(expected) && known(&id.board_id).is_none() {
            let problem = format!(
                "\"{name}\" differs from \"{expected}\" in row {first}, which has the same board_id; correct either, or accept names as they are with {}",
                options.to_accept_names
            );
            errors.push(RowError::new(row.number, "board_name", name, problem));
        }
    }
}

fn goes_by(facts: &BoardFacts, name: &str) -> bool {
    let name = fold(name);
    name == fold(&facts.name)
        || facts
            .abbreviation
            .as_deref()
            .is_some_and(|short| name == fold(short))
}

/// What to say of a board that nobody describes; `None` when the file does.
fn missing_description(id: &EntryId, board: &BoardDescription) -> Option<String> {
    let needed = [
        ("board_name", board.name.is_none()),
        ("states", board.states.is_empty()),
        ("country", board.country.is_none()),
    ];
    let missing: Vec<&str> = needed
        .into_iter()
        .filter(|(_, is_missing)| *is_missing)
        .map(|(column, _)| column)
        .collect();
    (!missing.is_empty()).then(|| {
        format!(
            "\"{}\" is not a board of the vendor; correct it, or describe the board in full: {} missing",
            id.board_id,
            match missing.as_slice() {
                [one] => format!("{one} is"),
                several => format!("{} are", several.join(", ")),
            }
        )
    })
}

/// The entry that `lines` make; `None` when something in them was reported.
fn build_entry(
    id: EntryId,
    lines: Vec<Line>,
    recorded_at: DateTime<Utc>,
    errors: &mut Vec<RowError>,
) -> Option<CuratedEntry> {
    let mut board = None;
    let mut overrides_vendor = None;
    let mut fees: Vec<(u64, Fee)> = Vec::new();
    let mut whole: Option<(u64, ChannelFees)> = None;
    for line in lines {
        let number = line.row.number;
        board = board.or(line.board);
        overrides_vendor = overrides_vendor.or(line.overrides_vendor);
        match (line.said, &whole) {
            (Some(Said::Fee(fee)), _) => fees.push((number, *fee)),
            (Some(Said::Whole(said)), None) => whole = Some((number, said)),
            (Some(Said::Whole(said)), Some((_, first))) if said.status() != first.status() => {}
            (Some(Said::Whole(said)), Some((first, _))) => {
                let status = said.status().as_str();
                let problem = format!(
                    "\"{status}\" stands in row {first} already for this board and channel; keep one row, because there is no fee to tell two apart"
                );
                errors.push(RowError::new(number, "status", status, problem));
            }
            (None, _) => {}
        }
    }
    let fees = match whole {
        Some((_, whole)) => whole,
        None => ChannelFees {
            state: ChannelState::Charged {
                fees: build_fee_set(fees, errors)?,
                partial: false,
            },
            note: None,
            source: Some(curated_source(recorded_at)),
        },
    };
    Some(CuratedEntry {
        id,
        board: board?,
        overrides_vendor: overrides_vendor?,
        fees,
    })
}

/// The set of the fees of one entry, each with its row; every fee that does not fit is reported.
fn build_fee_set(fees: Vec<(u64, Fee)>, errors: &mut Vec<RowError>) -> Option<FeeSet> {
    let (mut rows, mut fees): (Vec<u64>, Vec<Fee>) = fees.into_iter().unzip();
    loop {
        let error = match FeeSet::new(fees.clone()) {
            Ok(set) => return Some(set),
            Err(error) => error,
        };
        let position = match &error {
            // Every row of the entry was reported already.
            FeeSetError::Empty => return None,
            FeeSetError::TooMany(_) => MAX_FEES,
            FeeSetError::Overlap { position, .. } => *position,
        };
        let key = fees[position].key().to_string();
        errors.push(RowError::new(
            rows[position],
            "fee_key",
            &key,
            error.to_string(),
        ));
        if matches!(error, FeeSetError::TooMany(_)) {
            return None;
        }
        rows.remove(position);
        fees.remove(position);
    }
}
