use proptest::prelude::*;

use super::*;
use crate::domain::board::{
    BoardFacts, ChannelFees, ChannelState, Code, Eligibility, FeeSet, HeldPart, HeldValue,
    Paperwork, VendorBoard, VendorRow,
};
use crate::domain::fee::Source;
use crate::domain::fee_text::FeeText;
use crate::domain::rows::{RowChanges, SourceRows};
use crate::domain::version::{CatalogVersion, Cause, ContentHash};
use chrono::{DateTime, Days, Utc};

/// What one board says, as numbers: few enough that some say the same.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said {
    id: u8,
    name: u8,
    state: u8,
    amount: u8,
    from: u8,
    active: bool,
    held: bool,
}

pub(crate) fn said() -> impl Strategy<Value = Said> {
    let texts = (0..12_u8, 0..4_u8, 0..3_u8);
    let fees = (1..4_u8, 0..5_u8, any::<bool>(), any::<bool>());
    (texts, fees).prop_map(|((id, name, state), (amount, from, active, held))| Said {
        id,
        name,
        state,
        amount,
        from,
        active,
        held,
    })
}

fn day(number: u8) -> NaiveDate {
    let first = DateTime::<Utc>::UNIX_EPOCH.date_naive();
    first + Days::new(u64::from(number))
}

fn row(said: Said) -> VendorRow {
    let source = Source::reseller_api(DateTime::UNIX_EPOCH);
    let fee = FeeText {
        key: "idx".into(),
        label: "IDX".into(),
        amount: Some(said.amount.to_string()),
        currency: "USD".into(),
        cadence: "monthly".into(),
        basis: "account".into(),
        effective_from: (said.from > 0).then(|| day(said.from).to_string()),
        ..FeeText::default()
    };
    let names = ["Cedar", "cédar", "Elm Valley", "Oak"];
    let states = ["IA", "NV", "NY"];
    let facts = BoardFacts {
        id: BoardId::parse(&said.id.to_string()).unwrap(),
        name: names[usize::from(said.name)].to_owned(),
        abbreviation: (said.name == 2).then(|| "EV".to_owned()),
        states: vec![Code::parse(states[usize::from(said.state)]).unwrap()],
        country: Code::US,
        eligibility: Eligibility::Unknown,
        paperwork: Paperwork::Unknown,
        coverage_url: None,
    };
    let pass_through = ChannelFees {
        state: ChannelState::Charged {
            fees: FeeSet::new(vec![fee.parse(source.clone()).unwrap()]).unwrap(),
            partial: false,
        },
        note: None,
        source: Some(source),
    };
    let held = HeldValue {
        part: HeldPart::PassThrough,
        reason: "implausible".to_owned(),
        since: DateTime::UNIX_EPOCH,
    };
    VendorRow {
        board: VendorBoard {
            facts: facts.into(),
            pass_through: pass_through.into(),
            direct: ChannelFees::nothing_recorded(),
        },
        active: said.active,
        held: if said.held { vec![held] } else { vec![] },
    }
}

/// The rows of different boards.
pub(crate) fn changes(all: &[Said]) -> RowChanges {
    let by_id: std::collections::BTreeMap<u8, Said> =
        all.iter().map(|said| (said.id, *said)).collect();
    RowChanges {
        vendor: by_id.into_values().map(row).collect(),
        ..RowChanges::default()
    }
}

pub(crate) fn head(as_of: u8, content_hash: ContentHash) -> VersionHead {
    VersionHead {
        version: CatalogVersion::FIRST,
        created_at: DateTime::UNIX_EPOCH,
        as_of: day(as_of),
        content_hash,
        cause: Cause::Sync,
        actor: None,
        run_id: None,
    }
}

/// Everything that can be told of a catalog.
fn picture(catalog: &Catalog) -> impl PartialEq + std::fmt::Debug + use<> {
    let positions: Vec<_> = (0..12_u8)
        .map(|id| catalog.position_of(&id.to_string()))
        .collect();
    let queries = ["", "cedar", "elm", "ev", "nv", "new york", "3", "oka"];
    let found: Vec<_> = queries.iter().map(|text| catalog.search(text)).collect();
    let suggested: Vec<Vec<Board>> = queries
        .iter()
        .map(|text| {
            catalog
                .suggest(text)
                .into_iter()
                .map(|board| Board::clone(board))
                .collect()
        })
        .collect();
    let boards: Vec<Board> = catalog
        .boards()
        .iter()
        .map(|board| Board::clone(board))
        .collect();
    let days = (catalog.as_of(), catalog.next_terms_on());
    (boards, positions, found, suggested, catalog.counts(), days)
}

proptest! {
    /// A catalog that follows another, with the boards that changed put in their places, is the one that would be
    /// built of all boards; and so is its hash.
    #[test]
    fn a_catalog_that_follows_is_as_if_built_anew(
        first in prop::collection::vec(said(), 1..12),
        steps in prop::collection::vec((prop::collection::vec(said(), 0..4), 0..6_u8), 1..5),
    ) {
        let mut rows = SourceRows::default().with(&changes(&first));
        let mut merged = MergedBoards::of(&rows);
        let mut catalog = Catalog::build(head(0, merged.content_hash()), rows.merge_all());
        for (said, as_of) in steps {
            let changes = changes(&said);
            rows = rows.with(&changes);
            let ids = changes.board_ids();
            merged.update(&rows, &ids);
            let boards = rows.merge_all();
            prop_assert_eq!(merged.content_hash(), content_hash(&boards));
            let head = head(as_of, merged.content_hash());
            catalog = catalog.follow(head.clone(), &merged, &ids);
            prop_assert_eq!(picture(&catalog), picture(&Catalog::build(head, boards)));
        }
    }

    /// Boards merged one after another are those that are merged at once, whatever was added, changed or taken away.
    #[test]
    fn boards_merged_anew_are_those_merged_at_once(
        first in prop::collection::vec(said(), 0..12),
        then in prop::collection::vec(said(), 0..12),
    ) {
        let (first, then) = (changes(&first), changes(&then));
        let before = SourceRows::default().with(&first);
        let after = SourceRows::default().with(&then);
        let mut merged = MergedBoards::of(&before);
        let ids = first.board_ids().into_iter().chain(then.board_ids()).collect();
        merged.update(&after, &ids);
        let boards: Vec<Board> = merged.boards().map(|board| Board::clone(board)).collect();
        prop_assert_eq!(&boards, &after.merge_all());
        prop_assert_eq!(merged.content_hash(), content_hash(&boards));
    }
}
