//! One entry as somebody writes it outside of a file, member by member.
//!
//! What may be written is what a file's rows may say: a draft is read as the rows that it would be, so that there is one
//! set of rules.

use std::collections::BTreeSet;

use super::csv::{INTERNAL_NOTE, ParseOptions, Row, RowError, read_entries};
use crate::domain::board::{BoardFacts, BoardId, Code, FeeStatus};
use crate::domain::curated::{CuratedEntry, EntryId};
use crate::domain::fee::Source;
use crate::domain::fee_text::FeeText;

/// An entry as texts; `None` or blank is "not given". Of which board and channel, its [`EntryId`] says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntryDraft {
    /// The board's full name.
    pub board_name: Option<String>,
    /// The board's short name.
    pub abbreviation: Option<String>,
    /// Where the board's listings lie.
    pub states: Vec<String>,
    /// The board's country.
    pub country: Option<String>,
    /// Whether it counts even where the vendor gives an amount or says that there is no fee.
    pub overrides_vendor: bool,
    /// The word for what is known.
    pub status: String,
    /// Text about the channel as a whole; not where there are fees, which have notes of their own.
    pub note: Option<String>,
    /// Where the status can be checked; not where there are fees, which have sources of their own.
    pub source: Option<SourceDraft>,
    /// The fees; none unless the status is `charged`.
    pub fees: Vec<FeeDraft>,
}

/// A fee as texts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FeeDraft {
    /// What is charged.
    pub text: FeeText,
    /// Where it can be checked.
    pub source: SourceDraft,
}

/// Where something can be checked, as texts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceDraft {
    /// The page that says it.
    pub url: Option<String>,
    /// The day staff last checked it.
    pub verified_on: Option<String>,
    /// What staff note for themselves.
    pub internal_note: Option<String>,
}

/// What is wrong with one member of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftError {
    /// The fee, from 0; `None` where the entry as a whole is meant.
    pub fee: Option<usize>,
    /// The member, by the name of its column in a file; `fees` for the fees as a whole.
    pub column: String,
    /// What is wrong and the remedy.
    pub problem: String,
}

impl DraftError {
    fn of_entry(column: &str, problem: impl Into<String>) -> DraftError {
        DraftError {
            fee: None,
            column: column.to_owned(),
            problem: problem.into(),
        }
    }

    /// The error of the row that was made of the fee before that number.
    fn of_row(error: RowError) -> DraftError {
        let of_entry = ENTRY_COLUMNS.contains(&error.column.as_str());
        let fee = usize::try_from(error.row).ok();
        DraftError {
            fee: fee.and_then(|row| row.checked_sub(1)).filter(|_| !of_entry),
            column: error.column,
            problem: error.problem,
        }
    }
}

/// The columns that every row of an entry repeats.
const ENTRY_COLUMNS: [&str; 8] = [
    "board_id",
    "board_name",
    "abbreviation",
    "states",
    "country",
    "channel",
    "status",
    "override",
];

impl EntryDraft {
    /// The draft that reads as `entry`.
    pub fn of(entry: &CuratedEntry) -> EntryDraft {
        let (board, fees) = (&entry.board, &entry.fees);
        let is_charged = fees.status() == FeeStatus::Charged;
        let states = board.states.iter().map(Code::to_string);
        EntryDraft {
            board_name: board.name.clone(),
            abbreviation: board.abbreviation.clone(),
            states: states.collect(),
            country: board.country.map(|country| country.to_string()),
            overrides_vendor: entry.overrides_vendor,
            status: fees.status().to_string(),
            note: fees.note.clone().filter(|_| !is_charged),
            source: fees
                .source
                .as_ref()
                .filter(|_| !is_charged)
                .map(SourceDraft::of),
            fees: fees
                .fees()
                .iter()
                .map(|fee| FeeDraft {
                    text: FeeText::print(fee),
                    source: SourceDraft::of(fee.source()),
                })
                .collect(),
        }
    }

    /// The entry `id` as the draft has it; `known` gives the vendor's facts of a board.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(
        &self,
        id: &EntryId,
        known: &dyn Fn(&BoardId) -> Option<BoardFacts>,
        options: &ParseOptions,
    ) -> Result<CuratedEntry, Vec<DraftError>> {
        let mut errors = self.misplaced();
        let found = match read_entries(self.rows(id), known, options) {
            Ok(mut entries) if errors.is_empty() => return Ok(entries.remove(0)),
            Ok(_) => Vec::new(),
            Err(found) => found,
        };
        // Where the one fee that is missing has been reported, its members need not be.
        let has_fees = !self.is_charged() || !self.fees.is_empty();
        let mut seen = BTreeSet::new();
        let found = found
            .into_iter()
            .filter(|error| has_fees || ENTRY_COLUMNS.contains(&error.column.as_str()))
            .map(DraftError::of_row)
            .filter(|error| seen.insert((error.fee, error.column.clone())));
        errors.extend(found);
        Err(errors)
    }

    fn is_charged(&self) -> bool {
        self.status.trim() == FeeStatus::Charged.as_str()
    }

    /// What no row can say.
    fn misplaced(&self) -> Vec<DraftError> {
        let mut errors = Vec::new();
        let states = self
            .states
            .iter()
            .filter_map(|state| Code::parse(state).err());
        errors.extend(states.map(|error| DraftError::of_entry("states", error.to_string())));
        let is_charged = self.is_charged();
        match (is_charged, self.fees.is_empty()) {
            (true, true) => errors.push(DraftError::of_entry(
                "fees",
                "is empty beside the status charged; give a fee, or set the status to none, unpublished or unknown",
            )),
            (false, false) => errors.push(DraftError::of_entry(
                "fees",
                format!(
                    "stand beside the status \"{}\"; leave them out, or set the status to charged",
                    self.status
                ),
            )),
            _ => {}
        }
        let of_fees = |member: &str| {
            DraftError::of_entry(
                member,
                "belongs to the fees where the status is charged; give it with a fee",
            )
        };
        let note = self.note.as_deref().unwrap_or_default();
        if is_charged && !note.trim().is_empty() {
            errors.push(of_fees("note"));
        }
        let source = self.source.as_ref();
        if is_charged && source.is_some_and(|source| *source != SourceDraft::default()) {
            errors.push(of_fees("source"));
        }
        errors
    }

    /// The rows that the draft would be in a file: a row a fee, numbered from 1; or row 0, which is about no fee.
    fn rows(&self, id: &EntryId) -> Vec<Row> {
        if self.fees.is_empty() || !self.is_charged() {
            let source = self.source.clone().unwrap_or_default();
            let row = |column: &str| match column {
                "note" => self.note.clone().unwrap_or_default(),
                column => source
                    .cell(column)
                    .or_else(|| self.cell(id, column))
                    .unwrap_or_default(),
            };
            return vec![Row::of(0, row)];
        }
        let rows = self.fees.iter().zip(1..).map(|(fee, number)| {
            Row::of(number, |column| {
                let of_fee = || fee_cell(&fee.text, column).or_else(|| fee.source.cell(column));
                self.cell(id, column).or_else(of_fee).unwrap_or_default()
            })
        });
        rows.collect()
    }

    /// What a cell of the columns says that are the same in all rows.
    fn cell(&self, id: &EntryId, column: &str) -> Option<String> {
        match column {
            "board_id" => Some(id.board_id.to_string()),
            "board_name" => self.board_name.clone(),
            "abbreviation" => self.abbreviation.clone(),
            "states" => Some(self.states.join(";")),
            "country" => self.country.clone(),
            "channel" => Some(id.channel.to_string()),
            "status" => Some(self.status.clone()),
            "override" => Some(self.overrides_vendor.to_string()),
            _ => None,
        }
    }
}

impl SourceDraft {
    fn of(source: &Source) -> SourceDraft {
        SourceDraft {
            url: source.url.clone(),
            verified_on: source.verified_on.map(|day| day.to_string()),
            internal_note: source.internal_note.clone(),
        }
    }

    fn cell(&self, column: &str) -> Option<String> {
        match column {
            "source_url" => self.url.clone(),
            "verified_on" => self.verified_on.clone(),
            INTERNAL_NOTE => self.internal_note.clone(),
            _ => None,
        }
    }
}

fn fee_cell(text: &FeeText, column: &str) -> Option<String> {
    match column {
        "fee_key" => Some(text.key.clone()),
        "label" => Some(text.label.clone()),
        "amount" => text.amount.clone(),
        "amount_max" => text.amount_max.clone(),
        "currency" => Some(text.currency.clone()),
        "cadence" => Some(text.cadence.clone()),
        "billed" => text.billed.clone(),
        "basis" => Some(text.basis.clone()),
        "included" => text.included.clone(),
        "tier_mode" => text.tier_mode.clone(),
        "tiers" => text.tiers.clone(),
        "minimum" => text.minimum.clone(),
        "maximum" => text.maximum.clone(),
        "effective_from" => text.effective_from.clone(),
        "effective_to" => text.effective_to.clone(),
        "note" => text.note.clone(),
        _ => None,
    }
}
