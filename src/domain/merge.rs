//! Whose word counts: the vendor's row and the curated entries of one board become one [`Board`].

use super::board::{
    Board, BoardFacts, Channel, ChannelFees, FeeStatus, HeldPart, HeldValue, VendorRow,
};
use super::curated::CuratedEntry;
use super::shared::Shared;

/// Everything recorded about one board.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sources<'a> {
    /// The vendor's newest word; `None` when it never listed the board.
    pub vendor: Option<&'a VendorRow>,
    /// The curated entry for pass-through fees.
    pub pass_through: Option<&'a CuratedEntry>,
    /// The curated entry for direct fees.
    pub direct: Option<&'a CuratedEntry>,
}

/// What became of a curated entry in the merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It fills what the vendor leaves open.
    Fills,
    /// It counts against the vendor's word, because staff said so.
    Overrides,
    /// The vendor's word counts: the entry is reported, not applied.
    Shadowed,
}

/// The board made of `sources`; `None` when no source describes a board (a curated entry alone must do so in full).
pub fn merge(sources: Sources<'_>) -> Option<Board> {
    let (facts, active) = match sources.vendor {
        Some(row) => (row.board.facts.clone(), row.active),
        None => (describe(sources)?.into(), true),
    };
    let vendor = sources.vendor.map(|row| &row.board);
    Some(Board {
        held: held_values(sources),
        facts,
        active,
        pass_through: merge_channel(
            vendor.map(|board| &board.pass_through),
            sources.pass_through,
        ),
        direct: merge_channel(vendor.map(|board| &board.direct), sources.direct),
    })
}

/// The board of a row that no curated entry speaks of: what [`merge`] makes of it, without a copy.
pub fn adopt(row: VendorRow) -> Board {
    let VendorRow {
        board,
        active,
        held,
    } = row;
    Board {
        facts: board.facts,
        active,
        pass_through: board.pass_through,
        direct: board.direct,
        held,
    }
}

/// What is held back of the vendor's word, where that word counts.
fn held_values(sources: Sources<'_>) -> Vec<HeldValue> {
    let counts = |channel| !matches!(applied(sources, channel), Some(Applied::Overrides));
    let counts = |part| match part {
        HeldPart::Board => true,
        HeldPart::PassThrough => counts(Channel::PassThrough),
        HeldPart::Direct => counts(Channel::Direct),
    };
    let held = sources.vendor.iter().flat_map(|row| &row.held);
    held.filter(|value| counts(value.part)).cloned().collect()
}

/// What the merge does with the curated entry of `channel`; `None` when there is none.
pub fn applied(sources: Sources<'_>, channel: Channel) -> Option<Applied> {
    let (vendor, entry) = match channel {
        Channel::PassThrough => (
            sources.vendor.map(|row| &row.board.pass_through),
            sources.pass_through,
        ),
        Channel::Direct => (sources.vendor.map(|row| &row.board.direct), sources.direct),
    };
    let entry = entry?;
    Some(match vendor {
        Some(word) if vendor_has_decided(word) && entry.overrides_vendor => Applied::Overrides,
        Some(word) if vendor_has_decided(word) => Applied::Shadowed,
        _ => Applied::Fills,
    })
}

/// The first curated description that is complete, pass-through before direct.
fn describe(sources: Sources<'_>) -> Option<BoardFacts> {
    let entries = [sources.pass_through, sources.direct];
    let mut described = entries.into_iter().flatten();
    described.find_map(|entry| entry.board.in_full(&entry.id.board_id))
}

fn merge_channel(
    vendor: Option<&Shared<ChannelFees>>,
    curated: Option<&CuratedEntry>,
) -> Shared<ChannelFees> {
    match (vendor, curated) {
        (None, None) => ChannelFees::nothing_recorded(),
        (Some(word), None) => word.clone(),
        (None, Some(entry)) => entry.fees.clone().into(),
        (Some(word), Some(entry)) if vendor_has_decided(word) && !entry.overrides_vendor => {
            word.clone()
        }
        (Some(_), Some(entry)) => entry.fees.clone().into(),
    }
}

/// Whether the vendor gives amounts or asserts that there are none.
fn vendor_has_decided(word: &ChannelFees) -> bool {
    match word.status() {
        FeeStatus::Charged | FeeStatus::None => true,
        FeeStatus::Unpublished | FeeStatus::Unknown => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::board::*;
    use crate::domain::curated::{BoardDescription, EntryId};
    use crate::domain::fee::{Source, SourceKind};
    use crate::domain::fee_text::FeeText;
    use chrono::{DateTime, Utc};

    fn source(kind: SourceKind) -> Source {
        Source {
            kind,
            ..Source::reseller_api(DateTime::<Utc>::UNIX_EPOCH)
        }
    }

    fn channel(kind: SourceKind, status: FeeStatus) -> ChannelFees {
        let text = FeeText {
            key: "idx".into(),
            label: "IDX".into(),
            amount: Some("20".into()),
            currency: "USD".into(),
            cadence: "monthly".into(),
            basis: "account".into(),
            ..FeeText::default()
        };
        let state = match status {
            FeeStatus::Charged => ChannelState::Charged {
                fees: FeeSet::new(vec![text.parse(source(kind)).unwrap()]).unwrap(),
                partial: false,
            },
            FeeStatus::None => ChannelState::None,
            FeeStatus::Unpublished => ChannelState::Unpublished,
            FeeStatus::Unknown => ChannelState::Unknown,
        };
        ChannelFees {
            state,
            note: None,
            source: Some(source(kind)),
        }
    }

    fn vendor(status: FeeStatus, active: bool) -> VendorRow {
        let facts = description()
            .in_full(&BoardId::parse("12").unwrap())
            .unwrap();
        let board = VendorBoard {
            facts: BoardFacts {
                name: "As the vendor says".into(),
                ..facts
            }
            .into(),
            pass_through: channel(SourceKind::ResellerApi, status).into(),
            direct: ChannelFees::NOTHING_RECORDED.into(),
        };
        VendorRow {
            board,
            active,
            held: vec![],
        }
    }

    fn description() -> BoardDescription {
        BoardDescription {
            name: Some("As staff say".into()),
            abbreviation: None,
            states: vec![Code::parse("IA").unwrap()],
            country: Some(Code::US),
        }
    }

    fn curated(status: FeeStatus, overrides_vendor: bool) -> CuratedEntry {
        CuratedEntry {
            id: EntryId {
                board_id: BoardId::parse("12").unwrap(),
                channel: Channel::PassThrough,
            },
            board: description(),
            overrides_vendor,
            fees: channel(SourceKind::Curated, status),
        }
    }

    fn merged(vendor: Option<&VendorRow>, curated: Option<&CuratedEntry>) -> Shared<ChannelFees> {
        let sources = Sources {
            vendor,
            pass_through: curated,
            direct: None,
        };
        merge(sources).unwrap().pass_through
    }

    #[test]
    fn the_vendors_decision_counts_unless_staff_override_it() {
        for status in [FeeStatus::Charged, FeeStatus::None] {
            let row = vendor(status, true);
            assert_eq!(merged(Some(&row), None), row.board.pass_through);
            for word in FeeStatus::ALL {
                let entry = curated(*word, false);
                assert_eq!(merged(Some(&row), Some(&entry)), row.board.pass_through);
                let sources = Sources {
                    vendor: Some(&row),
                    pass_through: Some(&entry),
                    direct: None,
                };
                assert_eq!(
                    applied(sources, Channel::PassThrough),
                    Some(Applied::Shadowed)
                );
                let entry = curated(*word, true);
                assert_eq!(merged(Some(&row), Some(&entry)), entry.fees);
                let sources = Sources {
                    vendor: Some(&row),
                    pass_through: Some(&entry),
                    direct: None,
                };
                assert_eq!(
                    applied(sources, Channel::PassThrough),
                    Some(Applied::Overrides)
                );
            }
        }
    }

    #[test]
    fn the_curated_word_fills_what_the_vendor_leaves_open() {
        for status in [FeeStatus::Unpublished, FeeStatus::Unknown] {
            let row = vendor(status, true);
            assert_eq!(merged(Some(&row), None).status(), status);
            for word in FeeStatus::ALL {
                let entry = curated(*word, false);
                assert_eq!(merged(Some(&row), Some(&entry)), entry.fees);
            }
        }
    }

    #[test]
    fn a_board_the_vendor_lacks_exists_when_staff_describe_it_in_full() {
        let entry = curated(FeeStatus::Charged, false);
        let board = merge(Sources {
            vendor: None,
            pass_through: Some(&entry),
            direct: None,
        })
        .unwrap();
        assert_eq!(board.facts.name, "As staff say");
        assert!(board.active);
        assert!(board.direct.is_nothing_recorded());

        let mut sketched = entry.clone();
        sketched.board.country = None;
        assert!(
            merge(Sources {
                vendor: None,
                pass_through: Some(&sketched),
                direct: None
            })
            .is_none()
        );
        assert!(merge(Sources::default()).is_none());
    }

    #[test]
    fn a_board_that_is_gone_merges_by_the_same_lines_and_is_inactive() {
        let row = vendor(FeeStatus::Unknown, false);
        let entry = curated(FeeStatus::Charged, false);
        let board = merge(Sources {
            vendor: Some(&row),
            pass_through: Some(&entry),
            direct: None,
        })
        .unwrap();
        assert!(!board.active);
        assert_eq!(board.facts.name, "As the vendor says");
        assert_eq!(board.pass_through, entry.fees);
    }

    #[test]
    fn a_value_held_back_is_told_unless_staff_override_the_vendor() {
        let mut row = vendor(FeeStatus::Charged, true);
        row.held = vec![HeldValue {
            part: HeldPart::PassThrough,
            reason: "IDX: 2000.00 is 100 times 20.00".into(),
            since: DateTime::UNIX_EPOCH,
        }];
        let held = |overrides_vendor| {
            let entry = curated(FeeStatus::Charged, overrides_vendor);
            let sources = Sources {
                vendor: Some(&row),
                pass_through: Some(&entry),
                direct: None,
            };
            merge(sources).unwrap().held
        };
        assert_eq!(held(false), row.held);
        assert_eq!(held(true), []);
    }

    #[test]
    fn a_row_alone_is_adopted_as_it_would_be_merged() {
        for status in FeeStatus::ALL {
            let mut row = vendor(*status, false);
            row.held = vec![HeldValue {
                part: HeldPart::PassThrough,
                reason: "IDX: 2000.00 is 100 times 20.00".into(),
                since: DateTime::UNIX_EPOCH,
            }];
            let sources = Sources {
                vendor: Some(&row),
                ..Sources::default()
            };
            assert_eq!(merge(sources), Some(adopt(row)));
        }
    }

    #[test]
    fn direct_fees_nobody_mentions_are_unknown() {
        let row = vendor(FeeStatus::Charged, true);
        let board = merge(Sources {
            vendor: Some(&row),
            ..Sources::default()
        })
        .unwrap();
        assert_eq!(board.direct, ChannelFees::NOTHING_RECORDED);
    }
}
