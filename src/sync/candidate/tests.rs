//! Whatever the vendor says, nothing implausible is published, and nothing plausible is lost.

use proptest::prelude::*;

use super::*;
use crate::domain::board::{
    BoardFacts, ChannelFees, ChannelState, Code, Eligibility, FeeSet, Paperwork,
};
use crate::domain::fee::Source;
use crate::domain::fee_text::FeeText;
use crate::sync::plan::plan_rows;
use rust_decimal::Decimal;

const SETTINGS: GuardSettings = GuardSettings {
    max_removed_percent: 5,
    max_removed_min: 5,
    max_changed_percent: 20,
    max_held_percent: 5,
    max_ratio: Decimal::TEN,
    release_after_runs: 3,
};

const NOBODY: &BTreeMap<BoardId, CandidateBoard> = &BTreeMap::new();

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn fee_text() -> impl Strategy<Value = FeeText> {
    let amount = prop::sample::select(vec!["20.00", "25.00", "150.00", "2000.00"]);
    let currency = prop::sample::select(vec!["USD", "USD", "USD", "CAD"]);
    let cadence = prop::sample::select(vec!["monthly", "monthly", "annual"]);
    let basis = prop::sample::select(vec!["account", "account", "agent"]);
    (amount, currency, cadence, basis).prop_map(|(amount, currency, cadence, basis)| FeeText {
        label: "Fee".into(),
        amount: Some(amount.into()),
        currency: currency.into(),
        cadence: cadence.into(),
        basis: basis.into(),
        ..FeeText::default()
    })
}

fn channel() -> impl Strategy<Value = ChannelFees> {
    let charged = (prop::collection::vec(fee_text(), 1..3), any::<bool>());
    let charged = charged.prop_map(|(texts, partial)| {
        let source = Source::reseller_api(now());
        let named = texts.into_iter().enumerate().map(|(at, text)| FeeText {
            key: format!("fee_{at}"),
            ..text
        });
        let fees = named.map(|text| text.parse(source.clone()).unwrap());
        ChannelState::Charged {
            fees: FeeSet::new(fees.collect()).unwrap(),
            partial,
        }
    });
    let state = prop_oneof![
        4 => charged,
        1 => Just(ChannelState::None),
        1 => Just(ChannelState::Unpublished),
        1 => Just(ChannelState::Unknown),
    ];
    state.prop_map(|state| ChannelFees {
        state,
        note: None,
        source: Some(Source::reseller_api(now())),
    })
}

fn row(id: usize) -> impl Strategy<Value = VendorRow> {
    let name = prop::sample::select(vec!["Cedar Valley", "Cedar Valley", "Desert Sun"]);
    let state = prop::sample::select(vec!["IA", "IA", "AZ"]);
    (name, state, channel(), channel(), prop::bool::weighted(0.9)).prop_map(
        move |(name, state, pass_through, direct, active)| VendorRow {
            board: VendorBoard {
                facts: BoardFacts {
                    id: BoardId::parse(&id.to_string()).unwrap(),
                    name: name.into(),
                    abbreviation: None,
                    states: vec![Code::parse(state).unwrap()],
                    country: Code::US,
                    eligibility: Eligibility::Unknown,
                    paperwork: Paperwork::Unknown,
                    coverage_url: None,
                }
                .into(),
                pass_through: pass_through.into(),
                direct: direct.into(),
            },
            active,
            held: vec![],
        },
    )
}

fn list() -> impl Strategy<Value = Vec<VendorRow>> {
    (0..6_usize).map(row).collect::<Vec<_>>()
}

fn rows_of(list: &[VendorRow]) -> SourceRows {
    let mut rows = SourceRows::default();
    for row in list {
        rows.vendor.insert(row.board.facts.id.clone(), row.clone());
    }
    rows
}

/// What becomes of `said` after `current`, with nothing held back before.
fn hold_first(current: &SourceRows, said: &[VendorRow]) -> Settled {
    let plan = plan_rows(current, said.iter().cloned());
    let earlier = Earlier {
        held: NOBODY,
        counts: true,
    };
    hold_back(&plan, current, earlier, SETTINGS, now())
}

proptest! {
    #[test]
    fn nothing_implausible_is_published(old in list(), said in list()) {
        let current = rows_of(&old);
        let after = current.clone().with(&hold_first(&current, &said).changes);
        for (id, row) in after.vendor.iter().filter(|(_, row)| row.active) {
            let found = suspicions(&current.vendor[id].board, &row.board, SETTINGS.max_ratio);
            prop_assert_eq!(found, vec![], "{:?}", id);
        }
    }

    #[test]
    fn what_is_not_marked_is_what_the_vendor_says(old in list(), said in list()) {
        let current = rows_of(&old);
        let settled = hold_first(&current, &said);
        let after = current.clone().with(&settled.changes);
        for row in &said {
            let id = &row.board.facts.id;
            let kept = &after.vendor[id];
            let is_held = |part| kept.held.iter().any(|value| value.part == part);
            let board = is_held(HeldPart::Board);
            let (is, says) = (&kept.board, &row.board);
            prop_assert_eq!(kept.active, row.active);
            prop_assert!(board || is.facts == says.facts);
            prop_assert!(board || is_held(HeldPart::PassThrough) || is.pass_through.same_terms(&says.pass_through));
            prop_assert!(board || is_held(HeldPart::Direct) || is.direct.same_terms(&says.direct));
            let word = settled.held.iter().find(|word| word.id() == id);
            prop_assert_eq!(word.is_some(), !kept.held.is_empty());
            prop_assert!(word.is_none_or(|word| word.row.same_word(row)));
        }
    }

    #[test]
    fn what_is_said_in_enough_runs_on_end_is_believed(old in list(), said in list()) {
        let mut current = rows_of(&old);
        let mut held = BTreeMap::new();
        for run in 1..=SETTINGS.release_after_runs {
            let plan = plan_rows(&current, said.iter().cloned());
            let earlier = Earlier { held: &held, counts: true };
            let settled = hold_back(&plan, &current, earlier, SETTINGS, now());
            prop_assert!(settled.held.is_empty() || run < SETTINGS.release_after_runs);
            current = current.with(&settled.changes);
            held = settled.held.into_iter().map(|word| (word.id().clone(), word)).collect();
        }
        for row in &said {
            let kept = &current.vendor[&row.board.facts.id];
            prop_assert!(kept.same_word(row) && kept.held.is_empty());
        }
    }

    #[test]
    fn the_same_word_again_publishes_nothing_more(old in list(), said in list()) {
        let current = rows_of(&old);
        let first = hold_first(&current, &said);
        let current = current.with(&first.changes);
        let held = first.held.into_iter().map(|word| (word.id().clone(), word)).collect();
        let plan = plan_rows(&current, said.iter().cloned());
        let earlier = Earlier { held: &held, counts: false };
        let again = hold_back(&plan, &current, earlier, SETTINGS, now());
        prop_assert!(again.changes.is_empty());
        prop_assert_eq!(again.held.len(), held.len());
        prop_assert_eq!(again.unchanged, plan.counts.changed);
    }

    #[test]
    fn what_is_withdrawn_leaves_no_mark(old in list(), said in list()) {
        let current = rows_of(&old);
        let marked = current.clone().with(&hold_first(&current, &said).changes);
        let after = marked.clone().with(&hold_first(&marked, &old).changes);
        for row in old.iter().filter(|row| row.active) {
            let kept = &after.vendor[&row.board.facts.id];
            let was_held = !marked.vendor[&row.board.facts.id].held.is_empty();
            prop_assert!(!was_held || kept.held.is_empty() || !kept.same_word(row));
        }
    }
}
