//! Entries and boards to rows.

use chrono::NaiveDate;

use super::formula::mark;
use super::{COLUMNS, INTERNAL_NOTE};
use crate::domain::board::{Board, Channel, ChannelFees, Code, FeeStatus};
use crate::domain::curated::CuratedEntry;
use crate::domain::fee::Source;
use crate::domain::fee_text::FeeText;

/// The curated list as a file that [`parse_entries`](super::parse_entries) reads back the same.
///
/// The column `internal_note` is there when any entry has one. The note of a charged channel as a whole is not
/// written: in a file, notes belong to fees.
pub fn write_entries<'a>(entries: impl Iterator<Item = &'a CuratedEntry>) -> String {
    let entries: Vec<&CuratedEntry> = entries.collect();
    let has_internal_notes = entries.iter().any(|entry| has_internal_note(&entry.fees));
    let mut table = Table::with_header(has_internal_notes);
    for entry in entries {
        let board = &entry.board;
        let head = Head {
            board_id: entry.id.board_id.as_str(),
            name: board.name.as_deref().unwrap_or_default(),
            abbreviation: board.abbreviation.as_deref().unwrap_or_default(),
            states: &board.states,
            country: board.country,
            channel: entry.id.channel,
            overrides_vendor: entry.overrides_vendor,
        };
        table.add_channel(&head, &entry.fees, entry.fees.status(), true);
    }
    table.into_text()
}

/// Merged boards as anybody may see them: the columns of the curated list, without addresses and dates of sources.
///
/// Both channels of each board with their answers on the day `as_of`: a row a recorded fee where the channel is charged
/// then, else one with the status.
pub fn write_boards<'a>(boards: impl Iterator<Item = &'a Board>, as_of: NaiveDate) -> String {
    let mut table = Table::with_header(false);
    for board in boards {
        table.add_board(board, as_of);
    }
    table.into_text()
}

/// What [`write_boards`] writes, piece by piece.
pub struct BoardRows {
    table: Table,
    as_of: NaiveDate,
    header: Vec<u8>,
}

impl BoardRows {
    /// Rows with the answers on the day `as_of`.
    pub fn on(as_of: NaiveDate) -> BoardRows {
        let mut table = Table::with_header(false);
        let header = table.text_from(0).to_vec();
        BoardRows {
            table,
            as_of,
            header,
        }
    }

    /// The header, which stands before all rows.
    pub fn header(&self) -> &[u8] {
        &self.header
    }

    /// The rows of `board`.
    pub fn of(&mut self, board: &Board) -> &[u8] {
        let from = self.table.text_from(0).len();
        self.table.add_board(board, self.as_of);
        self.table.text_from(from)
    }
}

fn has_internal_note(fees: &ChannelFees) -> bool {
    let of_fees = fees.fees().iter().map(|fee| fee.source());
    let mut sources = of_fees.chain(&fees.source);
    sources.any(|source| source.internal_note.is_some())
}

/// What every row of a channel begins with.
struct Head<'a> {
    board_id: &'a str,
    name: &'a str,
    abbreviation: &'a str,
    states: &'a [Code],
    country: Option<Code>,
    channel: Channel,
    overrides_vendor: bool,
}

/// The file in the making.
struct Table {
    writer: ::csv::Writer<Vec<u8>>,
    has_internal_notes: bool,
}

impl Table {
    fn with_header(has_internal_notes: bool) -> Table {
        let mut table = Table {
            writer: ::csv::WriterBuilder::new()
                .terminator(::csv::Terminator::CRLF)
                .from_writer(Vec::new()),
            has_internal_notes,
        };
        let last = has_internal_notes.then_some(INTERNAL_NOTE);
        table.add(COLUMNS.into_iter().chain(last));
        table
    }

    fn add_board(&mut self, board: &Board, as_of: NaiveDate) {
        let facts = &board.facts;
        for channel in Channel::ALL {
            let head = Head {
                board_id: facts.id.as_str(),
                name: &facts.name,
                abbreviation: facts.abbreviation.as_deref().unwrap_or_default(),
                states: &facts.states,
                country: Some(facts.country),
                channel: *channel,
                overrides_vendor: false,
            };
            let fees = board.channel(*channel);
            self.add_channel(&head, fees, fees.status_on(as_of), false);
        }
    }

    fn add_channel(
        &mut self,
        head: &Head<'_>,
        fees: &ChannelFees,
        status: FeeStatus,
        with_source: bool,
    ) {
        let source_of = |source| if with_source { source } else { None };
        if status != FeeStatus::Charged {
            let text = FeeText {
                note: fees.note.clone(),
                ..FeeText::default()
            };
            self.add_row(head, status, text, source_of(fees.source.as_ref()));
            return;
        }
        for fee in fees.fees() {
            self.add_row(
                head,
                status,
                FeeText::print(fee),
                source_of(Some(fee.source())),
            );
        }
    }

    fn add_row(
        &mut self,
        head: &Head<'_>,
        status: FeeStatus,
        text: FeeText,
        source: Option<&Source>,
    ) {
        let states: Vec<&str> = head.states.iter().map(Code::as_str).collect();
        let states = states.join(";");
        let country = head
            .country
            .map(|code| code.to_string())
            .unwrap_or_default();
        let given = |text: &'_ Option<String>| text.clone().unwrap_or_default();
        let verified_on = source.and_then(|source| source.verified_on);
        let row: [&str; COLUMNS.len()] = [
            head.board_id,
            head.name,
            head.abbreviation,
            &states,
            &country,
            head.channel.as_str(),
            status.as_str(),
            if head.overrides_vendor {
                "true"
            } else {
                "false"
            },
            &text.key,
            &text.label,
            &given(&text.amount),
            &given(&text.amount_max),
            &text.currency,
            &text.cadence,
            &given(&text.billed),
            &text.basis,
            &given(&text.included),
            &given(&text.tier_mode),
            &given(&text.tiers),
            &given(&text.minimum),
            &given(&text.maximum),
            &given(&text.effective_from),
            &given(&text.effective_to),
            &given(&text.note),
            source
                .and_then(|source| source.url.as_deref())
                .unwrap_or_default(),
            &verified_on.map(|date| date.to_string()).unwrap_or_default(),
        ];
        let internal_note = source.and_then(|source| source.internal_note.as_deref());
        let last = self
            .has_internal_notes
            .then(|| internal_note.unwrap_or_default());
        self.add(row.into_iter().chain(last));
    }

    fn add<'a>(&mut self, cells: impl Iterator<Item = &'a str>) {
        let marked: Vec<_> = cells.map(mark).collect();
        self.writer
            .write_record(marked.iter().map(|cell| cell.as_bytes()))
            .expect("rows of one length are written to memory");
    }

    /// What has been written, without the first `from` bytes.
    fn text_from(&mut self, from: usize) -> &[u8] {
        self.writer
            .flush()
            .expect("memory takes what is flushed to it");
        &self.writer.get_ref()[from..]
    }

    fn into_text(self) -> String {
        let bytes = self
            .writer
            .into_inner()
            .expect("memory takes what is flushed to it");
        String::from_utf8(bytes).expect("cells are UTF-8")
    }
}
