//! One row of the file to what it says, with everything that is wrong in it.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use url::Url;

use super::table::Row;
use super::{INTERNAL_NOTE, RowError};
use crate::domain::board::{
    BoardId, Channel, ChannelFees, ChannelState, Code, FeeStatus, MAX_NAME_CHARS,
};
use crate::domain::curated::{BoardDescription, EntryId};
use crate::domain::fee::{Fee, Source, SourceKind, UnknownWord};
use crate::domain::fee_text::{FeeText, check_text, read_date, read_note};

/// The columns that only a fee has.
const FEE_COLUMNS: [&str; 15] = [
    "fee_key",
    "label",
    "amount",
    "amount_max",
    "currency",
    "cadence",
    "billed",
    "basis",
    "included",
    "tier_mode",
    "tiers",
    "minimum",
    "maximum",
    "effective_from",
    "effective_to",
];

/// The most characters of a `source_url`.
const MAX_URL_CHARS: usize = 2_000;

/// What one row says; `None` where it could not be read and was reported.
pub(super) struct Line {
    pub(super) row: Row,
    pub(super) id: Option<EntryId>,
    pub(super) board: Option<BoardDescription>,
    pub(super) overrides_vendor: Option<bool>,
    pub(super) said: Option<Said>,
}

/// What a row says of its channel.
pub(super) enum Said {
    /// One of its fees.
    Fee(Box<Fee>),
    /// All there is to say, without a fee.
    Whole(ChannelFees),
}

/// Reads one row, adding to `errors` what is wrong in it.
pub(super) fn read_line(row: Row, recorded_at: DateTime<Utc>, errors: &mut Vec<RowError>) -> Line {
    let mut cells = Cells { row: &row, errors };
    let id = cells.read_id();
    let board = cells.read_board();
    let status = cells.read("status", read_word::<FeeStatus>);
    let overrides_vendor = cells.read("override", read_flag);
    let source = cells.read_source(recorded_at);
    let said = status.and_then(|status| match status {
        FeeStatus::Charged => cells.read_fee(source?),
        FeeStatus::None => cells.read_whole(ChannelState::None, status, source),
        FeeStatus::Unpublished => cells.read_whole(ChannelState::Unpublished, status, source),
        FeeStatus::Unknown => cells.read_whole(ChannelState::Unknown, status, source),
    });
    Line {
        row,
        id,
        board,
        overrides_vendor,
        said,
    }
}

/// The staff's word, recorded at `recorded_at`, with nothing to check it against.
pub(super) fn curated_source(recorded_at: DateTime<Utc>) -> Source {
    Source {
        kind: SourceKind::Curated,
        ..Source::reseller_api(recorded_at)
    }
}

/// The cells of a row, and where errors go.
struct Cells<'a> {
    row: &'a Row,
    errors: &'a mut Vec<RowError>,
}

impl Cells<'_> {
    fn refuse(&mut self, column: &str, value: &str, problem: String) {
        let error = RowError::new(self.row.number, column, value, problem);
        self.errors.push(error);
    }

    /// The value of a cell, or `None` after noting the error.
    fn read<T>(&mut self, column: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let cell = self.row.cell(column);
        read(cell)
            .map_err(|problem| self.refuse(column, cell, problem))
            .ok()
    }

    /// The value of a cell that may be blank.
    fn optional<T>(
        &mut self,
        column: &str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<Option<T>> {
        self.read(column, |cell| match cell {
            "" => Ok(None),
            cell => read(cell).map(Some),
        })
    }

    fn read_id(&mut self) -> Option<EntryId> {
        let board_id = self.read("board_id", |cell| match cell {
            "" => Err("is missing; give the vendor's id of the board".to_owned()),
            cell => BoardId::parse(cell).map_err(|error| error.to_string()),
        });
        let channel = self.read("channel", read_word::<Channel>);
        Some(EntryId {
            board_id: board_id?,
            channel: channel?,
        })
    }

    fn read_board(&mut self) -> Option<BoardDescription> {
        let read_name = |cell: &str| check_text(cell, MAX_NAME_CHARS).map(|()| cell.to_owned());
        let name = self.optional("board_name", read_name);
        let abbreviation = self.optional("abbreviation", read_name);
        let states = self.optional("states", read_states);
        let country = self.optional("country", |cell| {
            Code::parse(cell).map_err(|error| error.to_string())
        });
        Some(BoardDescription {
            name: name?,
            abbreviation: abbreviation?,
            states: states?.unwrap_or_default(),
            country: country?,
        })
    }

    fn read_source(&mut self, recorded_at: DateTime<Utc>) -> Option<Source> {
        let url = self.optional("source_url", read_url);
        let verified_on = self.optional("verified_on", |cell| read_past_date(cell, recorded_at));
        let internal_note = self.read(INTERNAL_NOTE, |cell| read_note(&Some(cell.to_owned())));
        Some(Source {
            url: url?,
            verified_on: verified_on?,
            internal_note: internal_note?,
            ..curated_source(recorded_at)
        })
    }

    fn read_fee(&mut self, source: Source) -> Option<Said> {
        let given = |column| self.row.cell(column).to_owned();
        let text = FeeText {
            key: given("fee_key"),
            label: given("label"),
            amount: Some(given("amount")),
            amount_max: Some(given("amount_max")),
            currency: given("currency"),
            cadence: given("cadence"),
            billed: Some(given("billed")),
            basis: given("basis"),
            included: Some(given("included")),
            tier_mode: Some(given("tier_mode")),
            tiers: Some(given("tiers")),
            minimum: Some(given("minimum")),
            maximum: Some(given("maximum")),
            effective_from: Some(given("effective_from")),
            effective_to: Some(given("effective_to")),
            note: Some(given("note")),
        };
        match text.parse(source) {
            Ok(fee) => Some(Said::Fee(Box::new(fee))),
            Err(problems) => {
                for error in problems {
                    self.refuse(error.field, &error.value, error.problem);
                }
                None
            }
        }
    }

    fn read_whole(
        &mut self,
        state: ChannelState,
        status: FeeStatus,
        source: Option<Source>,
    ) -> Option<Said> {
        let mut has_fee = false;
        for column in FEE_COLUMNS {
            let cell = self.row.cell(column);
            if !cell.is_empty() {
                has_fee = true;
                let problem = format!(
                    "\"{cell}\" stands beside the status {status}; leave it empty, or set the status to charged"
                );
                self.refuse(column, cell, problem);
            }
        }
        let note = self.read("note", |cell| read_note(&Some(cell.to_owned())))?;
        let source = source.filter(|_| !has_fee)?;
        Some(Said::Whole(ChannelFees {
            state,
            note,
            source: Some(source),
        }))
    }
}

fn read_word<T: std::str::FromStr<Err = UnknownWord>>(cell: &str) -> Result<T, String> {
    cell.parse::<T>().map_err(|error| match cell {
        "" => format!("is missing; give one of {}", error.known),
        _ => error.to_string(),
    })
}

fn read_flag(cell: &str) -> Result<bool, String> {
    // Spreadsheets write a logical value in capitals.
    match cell.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" | "" => Ok(false),
        _ => Err(format!("\"{cell}\" is neither true nor false")),
    }
}

fn read_states(cell: &str) -> Result<Vec<Code>, String> {
    let mut states = Vec::new();
    for part in cell.split(';') {
        let state = Code::parse(part).map_err(|error| format!("{error}, several as in CA;NV"))?;
        if states.contains(&state) {
            return Err(format!("\"{cell}\" names {state} twice; name it once"));
        }
        states.push(state);
    }
    Ok(states)
}

fn read_url(cell: &str) -> Result<String, String> {
    check_text(cell, MAX_URL_CHARS)?;
    let url = Url::parse(cell)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"));
    match url {
        Some(_) if !cell.contains(char::is_whitespace) => Ok(cell.to_owned()),
        _ => Err(format!(
            "\"{cell}\" is not a web address; write it like https://www.example.com/fees"
        )),
    }
}

/// A date that is not in the future, wherever on earth it was written down.
fn read_past_date(cell: &str, recorded_at: DateTime<Utc>) -> Result<NaiveDate, String> {
    let date = read_date(cell)?;
    let latest = (recorded_at + TimeDelta::days(1)).date_naive();
    match date <= latest {
        true => Ok(date),
        false => Err(format!(
            "\"{cell}\" lies in the future; give the day it was last checked"
        )),
    }
}
