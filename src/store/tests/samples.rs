//! Boards and fees to keep: every shape there is.

use chrono::NaiveDate;

use super::moment;
use crate::domain::board::{
    BoardFacts, BoardId, Channel, ChannelFees, ChannelState, Code, Eligibility, FeeSet, Paperwork,
    VendorBoard, VendorRow,
};
use crate::domain::curated::{BoardDescription, CuratedEntry, EntryId};
use crate::domain::fee::{Fee, Source, SourceKind};
use crate::domain::fee_text::FeeText;

pub(super) fn id(text: &str) -> BoardId {
    BoardId::parse(text).unwrap()
}

pub(super) fn entry_id(board: &str, channel: Channel) -> EntryId {
    EntryId {
        board_id: id(board),
        channel,
    }
}

/// A source that gives all it can.
pub(super) fn source(kind: SourceKind, seconds: i64) -> Source {
    Source {
        kind,
        observed_at: moment(seconds),
        verified_on: NaiveDate::from_ymd_opt(2026, 2, 28),
        url: Some("https://board.example/fees?page=1".into()),
        internal_note: Some("asked Dana; \"call back\"\nin May".into()),
    }
}

fn monthly(key: &str) -> FeeText {
    FeeText {
        key: key.into(),
        label: format!("{key} fee, é"),
        amount: Some("20".into()),
        currency: "USD".into(),
        cadence: "monthly".into(),
        basis: "account".into(),
        ..FeeText::default()
    }
}

fn tiered(key: &str, mode: &str, tiers: &str) -> FeeText {
    FeeText {
        amount: None,
        tier_mode: Some(mode.into()),
        tiers: Some(tiers.into()),
        included: Some("5".into()),
        basis: "feed".into(),
        ..monthly(key)
    }
}

/// One fee of every shape.
pub(super) fn fees_of_every_shape(kind: SourceKind) -> Vec<Fee> {
    let plain = Source {
        verified_on: None,
        url: None,
        internal_note: None,
        ..source(kind, 3)
    };
    let once = FeeText {
        cadence: "one_time".into(),
        currency: "CAD".into(),
        amount: Some("0.10".into()),
        ..monthly("setup")
    };
    let yen = FeeText {
        currency: "JPY".into(),
        amount: Some("1500".into()),
        amount_max: Some("2500".into()),
        basis: "website".into(),
        ..monthly("range")
    };
    let capped = FeeText {
        billed: Some("quarterly".into()),
        minimum: Some("1".into()),
        maximum: Some("7500".into()),
        basis: "office".into(),
        effective_to: Some("2027-01-01".into()),
        note: Some("per office; see page 3".into()),
        ..monthly("idx")
    };
    let announced = FeeText {
        amount: Some("9999999.99".into()),
        cadence: "annual".into(),
        basis: "agent".into(),
        effective_from: Some("2027-01-01".into()),
        ..monthly("idx")
    };
    vec![
        once.parse(plain.clone()).unwrap(),
        yen.parse(source(kind, 4)).unwrap(),
        capped.parse(source(kind, 5)).unwrap(),
        announced.parse(plain.clone()).unwrap(),
        tiered("volume", "volume", "9:20.00;100:=200.00;*:=300.00")
            .parse(plain.clone())
            .unwrap(),
        tiered("graduated", "graduated", "5:0.00;10:1.00=50.00;*:150.00")
            .parse(plain)
            .unwrap(),
    ]
}

/// One monthly fee of `dollars`.
pub(super) fn fee(kind: SourceKind, key: &str, dollars: u64, seconds: i64) -> Fee {
    let text = FeeText {
        amount: Some(dollars.to_string()),
        ..monthly(key)
    };
    text.parse(source(kind, seconds)).unwrap()
}

pub(super) fn charged(kind: SourceKind, fees: Vec<Fee>) -> ChannelFees {
    ChannelFees {
        state: ChannelState::Charged {
            fees: FeeSet::new(fees).unwrap(),
            partial: false,
        },
        note: None,
        source: Some(source(kind, 0)),
    }
}

/// A state that has no amounts.
pub(super) fn said(kind: SourceKind, state: ChannelState) -> ChannelFees {
    ChannelFees {
        state,
        note: Some(" kept verbatim; \"as is\" ".into()),
        source: Some(source(kind, 7)),
    }
}

pub(super) fn vendor(board: &str, pass_through: ChannelFees, direct: ChannelFees) -> VendorRow {
    VendorRow {
        board: VendorBoard {
            facts: BoardFacts {
                id: id(board),
                name: format!("Board {board} ®"),
                abbreviation: Some(format!("B{board}")),
                states: vec![Code::parse("NV").unwrap(), Code::CA],
                country: Code::US,
                eligibility: Eligibility::BrokersOnly,
                paperwork: Paperwork::Manual,
                coverage_url: Some("https://vendor.example/coverage".into()),
            }
            .into(),
            pass_through: pass_through.into(),
            direct: direct.into(),
        },
        active: true,
        held: vec![],
    }
}

/// A board that charges `dollars` a month.
pub(super) fn vendor_charging(board: &str, dollars: u64) -> VendorRow {
    let kind = SourceKind::ResellerApi;
    let fees = charged(kind, vec![fee(kind, "idx", dollars, 1)]);
    vendor(board, fees, ChannelFees::NOTHING_RECORDED)
}

pub(super) fn curated(board: &str, channel: Channel, fees: ChannelFees) -> CuratedEntry {
    CuratedEntry {
        id: entry_id(board, channel),
        board: BoardDescription {
            name: Some(format!("Board {board}")),
            abbreviation: None,
            states: vec![Code::parse("ON").unwrap()],
            country: Some(Code::CA),
        },
        overrides_vendor: true,
        fees,
    }
}

/// An entry that charges `dollars` a month.
pub(super) fn curated_charging(board: &str, channel: Channel, dollars: u64) -> CuratedEntry {
    let kind = SourceKind::Curated;
    curated(
        board,
        channel,
        charged(kind, vec![fee(kind, "idx", dollars, 2)]),
    )
}
