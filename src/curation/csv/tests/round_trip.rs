//! What is written, and that it is read back the same.

use proptest::prelude::*;

use super::*;
use crate::curation::draft::EntryDraft;
use crate::domain::board::{Board, Channel, ChannelFees, ChannelState, FeeSet};
use crate::domain::curated::{BoardDescription, EntryId};
use crate::domain::fee::{Fee, Source, SourceKind};
use crate::domain::fee_text::FeeText;

#[test]
fn boards_are_written_for_anybody_with_both_channels() {
    let header = format!("{},internal_note", COLUMNS.join(","));
    let cells = [
        ("note", "=1+1"),
        ("source_url", "https://a.example"),
        ("verified_on", "2026-11-01"),
        ("override", "true"),
    ];
    let entries = entries_in(&format!("{header}\n{},secret\n", row(&cells)));
    let board = Board {
        facts: one_board(&BoardId::parse("12").unwrap()).unwrap().into(),
        active: true,
        held: vec![],
        pass_through: entries[0].fees.clone().into(),
        direct: ChannelFees::NOTHING_RECORDED.into(),
    };
    let expected = format!(
        "{}\r\n\
         12,Cedar Valley MLS®,CVMLS,IA,US,pass_through,charged,false,idx,IDX fee,20.00,,USD,monthly,,account,0,,,,,,,'=1+1,,\r\n\
         12,Cedar Valley MLS®,CVMLS,IA,US,direct,unknown,false,,,,,,,,,,,,,,,,,,\r\n",
        COLUMNS.join(",")
    );
    let today = recorded_at().date_naive();
    assert_eq!(write_boards(std::iter::once(&board), today), expected);
}

/// Once a fee that had ended was charged in the CSV, and unknown in the JSON of the same board.
#[test]
fn a_fee_that_has_ended_is_not_written_as_charged() {
    let file = file(&[row(&[("effective_to", "2026-12-01")])]);
    let board = Board {
        facts: one_board(&BoardId::parse("12").unwrap()).unwrap().into(),
        active: true,
        held: vec![],
        pass_through: entries_in(&file)[0].fees.clone().into(),
        direct: ChannelFees::NOTHING_RECORDED.into(),
    };
    let written = |day: &str| write_boards(std::iter::once(&board), day.parse().unwrap());
    assert!(written("2026-11-30").contains("pass_through,charged,false,idx"));
    assert!(written("2026-12-01").contains("pass_through,unknown,false,,"));
}

/// Text that is hard to keep: quotes, line ends, what formulas begin with, accents; without white space around it.
fn nasty_text() -> impl Strategy<Value = Option<String>> {
    let text = "[a=+\\-@'\",;\n\r\té® ]{0,8}".prop_map(|text| text.trim().to_owned());
    text.prop_map(|text| (!text.is_empty()).then_some(text))
}

fn source() -> impl Strategy<Value = Source> {
    let url = prop::option::of("https://a\\.example/[a-z'=,\"]{0,5}");
    let verified = prop::option::of(0_i64..3_000);
    (url, verified, nasty_text()).prop_map(|(url, days, internal_note)| Source {
        kind: SourceKind::Curated,
        observed_at: recorded_at(),
        verified_on: days.map(|days| recorded_at().date_naive() - chrono::TimeDelta::days(days)),
        url,
        internal_note,
    })
}

fn fee(position: usize) -> impl Strategy<Value = Fee> {
    let price = prop_oneof![
        Just((Some("20"), None, None, None)),
        Just((Some("20.5"), Some("30"), None, None)),
        Just((
            None,
            None,
            Some("volume"),
            Some("9:20.00;100:=200.00;*:1=300.00")
        )),
    ];
    (price, nasty_text(), nasty_text(), source(), any::<bool>()).prop_map(
        move |((amount, amount_max, tier_mode, tiers), label, note, source, quarterly)| {
            let own = |text: Option<&str>| text.map(str::to_owned);
            let text = FeeText {
                key: format!("fee_{position}"),
                label: label.unwrap_or("IDX".to_owned()),
                amount: own(amount),
                amount_max: own(amount_max),
                currency: "CAD".to_owned(),
                cadence: "monthly".to_owned(),
                billed: own(quarterly.then_some("quarterly")),
                basis: "agent".to_owned(),
                included: Some("2".to_owned()),
                tier_mode: own(tier_mode),
                tiers: own(tiers),
                maximum: Some("99.90".to_owned()),
                effective_from: Some("2026-01-01".to_owned()),
                note,
                ..FeeText::default()
            };
            text.parse(source).unwrap()
        },
    )
}

fn channel_fees() -> impl Strategy<Value = ChannelFees> {
    let charged = (1_usize..4)
        .prop_flat_map(|count| (0..count).map(fee).collect::<Vec<_>>())
        .prop_map(|fees| ChannelFees {
            state: ChannelState::Charged {
                fees: FeeSet::new(fees).unwrap(),
                partial: false,
            },
            note: None,
            source: Some(super::line::curated_source(recorded_at())),
        });
    let states = [
        ChannelState::None,
        ChannelState::Unpublished,
        ChannelState::Unknown,
    ];
    let whole = (
        prop::sample::select(states.to_vec()),
        nasty_text(),
        source(),
    )
        .prop_map(|(state, note, source)| ChannelFees {
            state,
            note,
            source: Some(source),
        });
    prop_oneof![charged, whole]
}

fn entries() -> impl Strategy<Value = Vec<CuratedEntry>> {
    let states = prop::sample::subsequence(vec!["CA", "NV", "BC"], 0..=3);
    let described = (
        nasty_text(),
        nasty_text(),
        states,
        prop::option::of(Just(Code::CA)),
    );
    let entry = (described, any::<bool>(), channel_fees());
    let keys = prop::collection::btree_set(("[a-z0-9='+-]{1,4}", any::<bool>()), 0..6);
    (keys, prop::collection::vec(entry, 6)).prop_map(|(keys, entries)| {
        let with_key =
            |((id, direct), (described, overrides_vendor, fees)): ((String, bool), _)| {
                let (name, abbreviation, states, country): (_, _, Vec<&str>, _) = described;
                CuratedEntry {
                    id: EntryId {
                        board_id: BoardId::parse(&id).unwrap(),
                        channel: Channel::ALL[usize::from(direct)],
                    },
                    board: BoardDescription {
                        name,
                        abbreviation,
                        states: states
                            .into_iter()
                            .map(|state| Code::parse(state).unwrap())
                            .collect(),
                        country,
                    },
                    overrides_vendor,
                    fees,
                }
            };
        keys.into_iter().zip(entries).map(with_key).collect()
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back_the_same(entries in entries()) {
        let every_board = |_: &BoardId| one_board(&BoardId::parse("12").unwrap());
        let accepting = ParseOptions { accept_names: true, ..options() };
        let text = write_entries(entries.iter());
        let read = parse_entries(text.as_bytes(), &every_board, &accepting);
        prop_assert_eq!(read, Ok(entries));
    }

    #[test]
    fn a_draft_of_an_entry_reads_as_the_entry(entries in entries()) {
        let every_board = |_: &BoardId| one_board(&BoardId::parse("12").unwrap());
        let accepting = ParseOptions { accept_names: true, ..options() };
        for entry in entries {
            let read = EntryDraft::of(&entry).read(&entry.id, &every_board, &accepting);
            prop_assert_eq!(read, Ok(entry));
        }
    }

    #[test]
    fn no_file_makes_reading_panic(text in "[a-z0-9,\"\n\r';=é]{0,200}") {
        let _ = parse_entries(format!("{}\n{text}", COLUMNS.join(",")).as_bytes(), &one_board, &options());
    }

    #[test]
    fn no_written_cell_begins_a_formula(entries in entries()) {
        let text = write_entries(entries.iter());
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        for record in reader.records() {
            for cell in &record.unwrap() {
                prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
            }
        }
    }
}
