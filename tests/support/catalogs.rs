//! Hand-made catalogs, by the same path as real ones: texts, fees, vendor rows, curated entries, merge, build.

use chrono::{DateTime, TimeDelta, Utc};
use ptf_cache::catalog::{Catalog, content_hash};
use ptf_cache::domain::board::{
    BoardFacts, BoardId, Channel, ChannelFees, ChannelState, Code, Eligibility, FeeSet, Paperwork,
    VendorBoard, VendorRow,
};
use ptf_cache::domain::curated::{BoardDescription, CuratedEntry, EntryId};
use ptf_cache::domain::fee::{Source, SourceKind};
use ptf_cache::domain::fee_text::FeeText;
use ptf_cache::domain::rows::{RowChanges, SourceRows};
use ptf_cache::domain::version::{CatalogVersion, Cause, VersionHead};

/// The moment at which every test's catalog was checked: a Monday.
pub(crate) fn checked_at() -> DateTime<Utc> {
    "2026-11-23T06:00:00Z".parse().unwrap()
}

/// What the boards of a test are made of.
#[derive(Clone, Default)]
pub(crate) struct Boards(SourceRows);

impl Boards {
    /// One board of each kind the API tells apart.
    pub(crate) fn of_every_kind() -> Boards {
        let mut boards = Boards::default();
        boards.vendor(
            "12",
            "Cedar Valley MLS",
            "IA",
            charged(vec![
                fee("idx", "20.00", "monthly", "account"),
                fee("setup", "100.00", "one_time", "account"),
            ]),
        );
        boards.vendor("7", "Bay Free MLS", "CA", ChannelState::None);
        boards.vendor("8", "Ask Us REALTORS", "NV", ChannelState::Unpublished);
        boards.vendor("9", "Silent Board", "NV", ChannelState::Unknown);
        boards.vendor("10", "Team Board", "NV", ChannelState::Unknown);
        boards.curate_direct("10", vec![fee("idx", "15.00", "monthly", "agent")]);
        boards.vendor(
            "11",
            "Steps MLS",
            "CA",
            charged(vec![FeeText {
                amount: None,
                tier_mode: Some("volume".into()),
                tiers: Some("9:20.00;100:=200.00;*:=300.00".into()),
                ..fee("idx", "0", "monthly", "agent")
            }]),
        );
        boards.vendor(
            "13",
            "Élan Québec / Nord, \"Inc\"",
            "QC",
            charged(vec![FeeText {
                currency: "CAD".into(),
                amount_max: Some("30.00".into()),
                ..fee("idx", "25.00", "annual", "account")
            }]),
        );
        boards.vendor(
            "14",
            "Brokers Circle",
            "IA",
            charged(vec![fee("idx", "5.00", "quarterly", "office")]),
        );
        boards.row("14").board.facts.eligibility = Eligibility::BrokersOnly;
        boards.vendor(
            "15",
            "Gone Board",
            "IA",
            charged(vec![fee("idx", "9.00", "monthly", "account")]),
        );
        boards.row("15").active = false;
        boards
    }

    /// `count` boards that differ in id alone, named so that many share a name.
    pub(crate) fn many(count: usize) -> Boards {
        let mut boards = Boards::default();
        for id in 0..count {
            let name = format!("Board {}", id % 97);
            boards.vendor(&format!("b{id}"), &name, "IA", ChannelState::None);
        }
        boards
    }

    /// Adds a board as the vendor describes it.
    pub(crate) fn vendor(&mut self, id: &str, name: &str, state: &str, pass_through: ChannelState) {
        let id = BoardId::parse(id).unwrap();
        let board = VendorBoard {
            facts: BoardFacts {
                id: id.clone(),
                name: name.to_owned(),
                abbreviation: Some(name.chars().filter(|c| c.is_uppercase()).collect()),
                states: vec![Code::parse(state).unwrap()],
                country: Code::US,
                eligibility: Eligibility::AgentsAndBrokers,
                paperwork: Paperwork::Automatic,
                coverage_url: None,
            }
            .into(),
            pass_through: ChannelFees {
                state: pass_through,
                note: None,
                source: Some(source(SourceKind::ResellerApi)),
            }
            .into(),
            direct: ChannelFees::NOTHING_RECORDED.into(),
        };
        let row = VendorRow {
            board,
            active: true,
            held: vec![],
        };
        self.0.vendor.insert(id, row);
    }

    /// Takes a board away, as if it had never been.
    pub(crate) fn remove(&mut self, id: &str) {
        self.0.vendor.remove(&BoardId::parse(id).unwrap());
    }

    /// What the vendor says of a board.
    pub(crate) fn row(&mut self, id: &str) -> &mut VendorRow {
        self.0.vendor.get_mut(&BoardId::parse(id).unwrap()).unwrap()
    }

    /// Puts the direct fees of a board on the curated list.
    pub(crate) fn curate_direct(&mut self, id: &str, fees: Vec<FeeText>) {
        let id = EntryId {
            board_id: BoardId::parse(id).unwrap(),
            channel: Channel::Direct,
        };
        let entry = CuratedEntry {
            id: id.clone(),
            board: BoardDescription::default(),
            overrides_vendor: false,
            fees: ChannelFees {
                state: charged_by(SourceKind::Curated, fees),
                note: Some("Billed by the board.".to_owned()),
                source: Some(source(SourceKind::Curated)),
            },
        };
        self.0.curated.insert(id, entry);
    }

    /// Puts a board on the curated list that the vendor does not have.
    pub(crate) fn describe_direct(&mut self, id: &str, name: &str) {
        self.curate_direct(id, vec![fee("idx", "15.00", "monthly", "agent")]);
        self.direct(id).board = BoardDescription {
            name: Some(name.to_owned()),
            abbreviation: None,
            states: vec![Code::parse("IA").unwrap()],
            country: Some(Code::US),
        };
    }

    /// What the curated list says of a board's direct fees.
    pub(crate) fn direct(&mut self, id: &str) -> &mut CuratedEntry {
        let board_id = BoardId::parse(id).unwrap();
        let channel = Channel::Direct;
        self.0
            .curated
            .get_mut(&EntryId { board_id, channel })
            .unwrap()
    }

    /// Takes the direct fees of a board off the curated list.
    pub(crate) fn forget_direct(&mut self, id: &str) {
        let board_id = BoardId::parse(id).unwrap();
        let channel = Channel::Direct;
        self.0.curated.remove(&EntryId { board_id, channel });
    }

    /// What differs from these to `new`.
    pub(crate) fn changes_to(&self, new: &Boards) -> RowChanges {
        let (old, new) = (&self.0, &new.0);
        let vendor = new.vendor.iter();
        let curated = new.curated.iter();
        RowChanges {
            vendor: vendor
                .filter(|(id, row)| old.vendor.get(*id) != Some(row))
                .map(|(_, row)| row.clone())
                .collect(),
            curated: curated
                .filter(|(id, entry)| old.curated.get(*id) != Some(entry))
                .map(|(_, entry)| entry.clone())
                .collect(),
            curated_removed: old
                .curated
                .keys()
                .filter(|id| !new.curated.contains_key(id))
                .cloned()
                .collect(),
        }
    }

    /// The catalog of `version`.
    pub(crate) fn build(&self, version: i64) -> Catalog {
        let boards = self.0.merge_all();
        let head = VersionHead {
            version: CatalogVersion::new(version).unwrap(),
            created_at: checked_at() - TimeDelta::days(2),
            as_of: checked_at().date_naive(),
            content_hash: content_hash(&boards),
            cause: Cause::Sync,
            actor: None,
            run_id: Some(1),
        };
        Catalog::build(head, boards)
    }
}

/// A fee in US dollars.
pub(crate) fn fee(key: &str, amount: &str, cadence: &str, basis: &str) -> FeeText {
    FeeText {
        key: key.into(),
        label: format!("Fee {key}"),
        amount: Some(amount.into()),
        currency: "USD".into(),
        cadence: cadence.into(),
        basis: basis.into(),
        ..FeeText::default()
    }
}

/// A channel that charges `fees`, as the vendor says.
pub(crate) fn charged(fees: Vec<FeeText>) -> ChannelState {
    charged_by(SourceKind::ResellerApi, fees)
}

fn charged_by(kind: SourceKind, fees: Vec<FeeText>) -> ChannelState {
    let fees = fees.iter().map(|fee| fee.parse(source(kind)).unwrap());
    ChannelState::Charged {
        fees: FeeSet::new(fees.collect()).unwrap(),
        partial: false,
    }
}

/// A source with everything that only staff may see.
fn source(kind: SourceKind) -> Source {
    Source {
        kind,
        observed_at: checked_at() - TimeDelta::days(3),
        verified_on: Some("2026-06-30".parse().unwrap()),
        url: Some("https://board.example/secret-page".to_owned()),
        internal_note: Some("secret-note".to_owned()),
    }
}
