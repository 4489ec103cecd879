//! Invented vendor rows and curated entries: every answer, terms that begin and end around a day.

use chrono::{DateTime, Days, NaiveDate, Utc};
use ptf_cache::domain::board::{
    BoardFacts, BoardId, Channel, ChannelFees, ChannelState, Code, Eligibility, FeeSet, Paperwork,
    VendorBoard, VendorRow,
};
use ptf_cache::domain::curated::{BoardDescription, CuratedEntry, EntryId};
use ptf_cache::domain::fee::{Fee, Source, SourceKind};
use ptf_cache::domain::fee_text::FeeText;
use ptf_cache::domain::rows::{RowChanges, SourceRows};

use crate::dice::Dice;

/// Boards that the vendor may list.
const VENDOR_BOARDS: u64 = 26;
/// Boards that staff alone describe.
const OWN_BOARDS: u64 = 4;

/// Invents what differs from `rows` at the moment `now`.
pub(crate) struct Inventor<'a> {
    pub(crate) dice: &'a mut Dice,
    pub(crate) now: DateTime<Utc>,
}

impl Inventor<'_> {
    /// What a sync found: boards that are new, say something else, are gone or back.
    pub(crate) fn sync(&mut self, rows: &SourceRows) -> RowChanges {
        let mut vendor: Vec<VendorRow> = Vec::new();
        for _ in 0..=self.dice.below(4) {
            let number = self.dice.below(VENDOR_BOARDS);
            let id = BoardId::parse(&number.to_string()).unwrap();
            if vendor.iter().any(|row| row.board.facts.id == id) {
                continue;
            }
            vendor.extend(self.vendor_row(id.clone(), rows.vendor.get(&id)));
        }
        RowChanges {
            vendor,
            ..RowChanges::default()
        }
    }

    /// The next word on a board; `None` where it is the word there was.
    fn vendor_row(&mut self, id: BoardId, known: Option<&VendorRow>) -> Option<VendorRow> {
        match known {
            Some(row) if row.active && self.dice.one_in(5) => Some(VendorRow {
                active: false,
                ..row.clone()
            }),
            known => {
                let mut board = self.vendor_board(id);
                if let Some(row) = known {
                    if self.dice.one_in(2) {
                        board = VendorBoard {
                            pass_through: board.pass_through,
                            ..row.board.clone()
                        };
                    }
                    board.keep_first_sightings(&row.board);
                }
                let same = known.is_some_and(|row| row.active && row.board.same_terms(&board));
                (!same).then_some(VendorRow {
                    board,
                    active: true,
                    held: vec![],
                })
            }
        }
    }

    fn vendor_board(&mut self, id: BoardId) -> VendorBoard {
        let names = ["Cedar", "Bay", "Élan", "Harbor"];
        let name = names[usize::try_from(self.dice.below(4)).unwrap()];
        VendorBoard {
            facts: BoardFacts {
                name: format!("{name} Board {id}"),
                abbreviation: self.dice.one_in(2).then(|| format!("{name}{id}")),
                states: vec![Code::CA],
                country: Code::US,
                eligibility: match self.dice.below(3) {
                    0 => Eligibility::BrokersOnly,
                    1 => Eligibility::AgentsAndBrokers,
                    _ => Eligibility::Unknown,
                },
                paperwork: Paperwork::Manual,
                coverage_url: None,
                id,
            }
            .into(),
            pass_through: self.answer(SourceKind::ResellerApi).into(),
            direct: ChannelFees::NOTHING_RECORDED.into(),
        }
    }

    /// What staff edited: one to three entries put or taken away, also of boards that the vendor does not have.
    pub(crate) fn edit(&mut self, rows: &SourceRows) -> RowChanges {
        let mut changes = RowChanges::default();
        for _ in 0..=self.dice.below(3) {
            let id = self.entry_id();
            if changes.curated.iter().any(|entry| entry.id == id)
                || changes.curated_removed.contains(&id)
            {
                continue;
            }
            let known = rows.curated.get(&id);
            if known.is_some() && self.dice.one_in(3) {
                changes.curated_removed.push(id);
                continue;
            }
            let mut entry = self.entry(id);
            if let Some(known) = known {
                entry.keep_first_sightings(known);
            }
            if known.is_none_or(|known| !known.same_terms(&entry)) {
                changes.curated.push(entry);
            }
        }
        changes
    }

    fn entry_id(&mut self) -> EntryId {
        let number = self.dice.below(VENDOR_BOARDS + OWN_BOARDS);
        EntryId {
            board_id: BoardId::parse(&number.to_string()).unwrap(),
            channel: match self.dice.one_in(2) {
                true => Channel::PassThrough,
                false => Channel::Direct,
            },
        }
    }

    fn entry(&mut self, id: EntryId) -> CuratedEntry {
        CuratedEntry {
            board: BoardDescription {
                name: Some(format!("Board {} as staff know it", id.board_id)),
                abbreviation: None,
                states: vec![Code::CA],
                country: Some(Code::US),
            },
            overrides_vendor: self.dice.one_in(2),
            fees: self.answer(SourceKind::Curated),
            id,
        }
    }

    fn answer(&mut self, kind: SourceKind) -> ChannelFees {
        let source = self.source(kind);
        let state = match self.dice.below(8) {
            0 => ChannelState::None,
            1 => ChannelState::Unpublished,
            2 => ChannelState::Unknown,
            _ => ChannelState::Charged {
                fees: FeeSet::new(self.fees(&source)).unwrap(),
                partial: self.dice.one_in(4),
            },
        };
        ChannelFees {
            state,
            note: self.dice.one_in(3).then(|| "as the board says".to_owned()),
            source: Some(source),
        }
    }

    fn source(&mut self, kind: SourceKind) -> Source {
        let checked = kind == SourceKind::Curated && self.dice.one_in(2);
        Source {
            kind,
            observed_at: self.now,
            verified_on: checked.then(|| self.now.date_naive()),
            url: None,
            internal_note: None,
        }
    }

    /// Up to four fees: one or two periods of one key, and now and then another key before or after them.
    fn fees(&mut self, source: &Source) -> Vec<Fee> {
        let mut texts = match self.dice.below(4) {
            0 => vec![self.fee("idx", None, None)],
            1 => {
                let end = self.day_near();
                vec![self.fee("idx", None, Some(end))]
            }
            2 => {
                let edge = self.day_near();
                vec![
                    self.fee("idx", None, Some(edge)),
                    self.fee("idx", Some(edge), None),
                ]
            }
            _ => {
                let start = self.day_near();
                let end = start + Days::new(1 + self.dice.below(5));
                vec![self.fee("idx", Some(start), Some(end))]
            }
        };
        if self.dice.one_in(2) {
            let place = usize::try_from(self.dice.below(2)).unwrap() * texts.len();
            let setup = self.fee("setup", None, None);
            texts.insert(place, setup);
        }
        let fees = texts.iter().map(|text| text.parse(source.clone()).unwrap());
        fees.collect()
    }

    fn day_near(&mut self) -> NaiveDate {
        self.now.date_naive() - Days::new(3) + Days::new(self.dice.below(20))
    }

    fn fee(&mut self, key: &str, from: Option<NaiveDate>, to: Option<NaiveDate>) -> FeeText {
        let cadences = ["monthly", "quarterly", "annual", "one_time"];
        FeeText {
            key: key.into(),
            label: format!("Fee {key}"),
            amount: Some(format!(
                "{}.{:02}",
                self.dice.below(40),
                self.dice.below(100)
            )),
            currency: if self.dice.one_in(6) { "CAD" } else { "USD" }.into(),
            cadence: cadences[usize::try_from(self.dice.below(4)).unwrap()].into(),
            basis: if self.dice.one_in(2) {
                "account"
            } else {
                "agent"
            }
            .into(),
            effective_from: from.map(|day| day.to_string()),
            effective_to: to.map(|day| day.to_string()),
            ..FeeText::default()
        }
    }
}
