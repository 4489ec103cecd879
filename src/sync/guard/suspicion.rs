//! What is implausible about the vendor's new word on one board, beside its old one: pure.

use std::fmt;

use rust_decimal::Decimal;

use crate::domain::board::{
    BoardFacts, Channel, ChannelFees, ChannelState, FeeStatus, HeldPart, VendorBoard,
};
use crate::domain::fee::Fee;
use crate::domain::quote::period_amount;

/// Numbers of units at which an old and a new price are compared: a small office to a large one, across usual tiers.
const SAMPLE_COUNTS: [u64; 7] = [1, 2, 5, 10, 50, 100, 1_000];

/// One part of a board whose new word is implausible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspicion {
    /// The part.
    pub part: HeldPart,
    /// Why: a sentence without its full stop.
    pub reason: String,
}

/// Everything implausible about `new`, which follows `old`; empty as a rule.
///
/// `max_ratio` is the most a price may grow or shrink. An old word that gives no amount cannot make a new one
/// implausible, and a new word that gives none says nothing wrong.
pub(in crate::sync) fn suspicions(
    old: &VendorBoard,
    new: &VendorBoard,
    max_ratio: Decimal,
) -> Vec<Suspicion> {
    if is_another_board(&old.facts, &new.facts) {
        return vec![Suspicion {
            part: HeldPart::Board,
            reason: format!(
                "the vendor now describes another board under this id, \"{}\"",
                new.facts.name
            ),
        }];
    }
    let channels = [
        (Channel::PassThrough, &*old.pass_through, &*new.pass_through),
        (Channel::Direct, &*old.direct, &*new.direct),
    ];
    let suspicion = |(channel, old, new): (Channel, _, _)| {
        let reason = suspect_channel(old, new, max_ratio)?;
        Some(Suspicion {
            part: HeldPart::from(channel),
            reason,
        })
    };
    channels.into_iter().filter_map(suspicion).collect()
}

/// Whether neither name nor abbreviation nor states vouch for its being the same board. What is missing vouches for
/// nothing; a board that is only renamed keeps its states.
fn is_another_board(old: &BoardFacts, new: &BoardFacts) -> bool {
    let same_abbreviation = old.abbreviation.is_some() && old.abbreviation == new.abbreviation;
    let shared_state = new.states.iter().any(|state| old.states.contains(state));
    old.name != new.name && !same_abbreviation && !shared_state
}

fn suspect_channel(old: &ChannelFees, new: &ChannelFees, max_ratio: Decimal) -> Option<String> {
    if old.status() != FeeStatus::Charged {
        return None;
    }
    match &new.state {
        ChannelState::Unpublished | ChannelState::Unknown => None,
        ChannelState::None => Some("the vendor says that there is no fee any more".to_owned()),
        ChannelState::Charged { fees, partial } => old
            .fees()
            .iter()
            .find_map(|fee| suspect_fee(fee, fees.as_slice(), *partial, max_ratio)),
    }
}

/// What is implausible about what became of `old` among the fees that are `new`.
fn suspect_fee(old: &Fee, new: &[Fee], partial: bool, max_ratio: Decimal) -> Option<String> {
    let same_period =
        |fee: &&Fee| fee.key() == old.key() && fee.effective().from() == old.effective().from();
    match new.iter().find(same_period) {
        Some(new) => suspect_terms(old, new, max_ratio),
        // A fee that had an end has come to it; one that should be there and is not makes the price a lower bound.
        None if partial || old.effective().to().is_some() => None,
        None if new.iter().any(|fee| is_renamed(old, fee)) => None,
        None => Some(format!("{} is gone, while other fees stay", old.label())),
    }
}

/// Whether `new` charges just what `old` did, by another name.
fn is_renamed(old: &Fee, new: &Fee) -> bool {
    old.price() == new.price()
        && old.currency() == new.currency()
        && old.cadence() == new.cadence()
        && old.basis() == new.basis()
}

fn suspect_terms(old: &Fee, new: &Fee, max_ratio: Decimal) -> Option<String> {
    let label = old.label();
    let changed = |what: &str, before: &dyn fmt::Display, after: &dyn fmt::Display| {
        Some(format!(
            "{label}: the {what} changed from {before} to {after}"
        ))
    };
    if old.currency() != new.currency() {
        let codes = (old.currency().code(), new.currency().code());
        return changed("currency", &codes.0, &codes.1);
    }
    if old.cadence() != new.cadence() {
        return changed("period", &old.cadence(), &new.cadence());
    }
    if old.basis() != new.basis() {
        return changed("basis", &old.basis(), &new.basis());
    }
    let jump = |count: u64| {
        let (before, after) = (period_amount(old, count), period_amount(new, count));
        is_jump(before, after, max_ratio).then_some((count, before, after))
    };
    let (count, before, after) = SAMPLE_COUNTS.into_iter().find_map(jump)?;
    let units = match count {
        1 => String::new(),
        count => format!(" for {count} units"),
    };
    Some(format!(
        "{label}: {} became {}{units}",
        before.normalize(),
        after.normalize()
    ))
}

/// Whether an amount came from nothing, fell to nothing, or moved by more than the ratio.
fn is_jump(before: Decimal, after: Decimal, max_ratio: Decimal) -> bool {
    let (low, high) = (before.min(after), before.max(after));
    high > low.saturating_mul(max_ratio)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::board::{BoardId, Code, Eligibility, FeeSet, Paperwork};
    use crate::domain::fee::Source;
    use crate::domain::fee_text::FeeText;
    use chrono::DateTime;

    fn text(key: &str, amount: &str) -> FeeText {
        FeeText {
            key: key.into(),
            label: key.into(),
            amount: Some(amount.into()),
            currency: "USD".into(),
            cadence: "monthly".into(),
            basis: "account".into(),
            ..FeeText::default()
        }
    }

    fn channel(state: ChannelState) -> ChannelFees {
        ChannelFees {
            state,
            note: None,
            source: Some(Source::reseller_api(DateTime::UNIX_EPOCH)),
        }
    }

    fn charged(texts: &[FeeText], partial: bool) -> ChannelFees {
        let source = Source::reseller_api(DateTime::UNIX_EPOCH);
        let fees = texts
            .iter()
            .map(|text| text.parse(source.clone()).unwrap())
            .collect();
        channel(ChannelState::Charged {
            fees: FeeSet::new(fees).unwrap(),
            partial,
        })
    }

    fn board(name: &str, abbreviation: Option<&str>, states: &[&str]) -> VendorBoard {
        VendorBoard {
            facts: BoardFacts {
                id: BoardId::parse("12").unwrap(),
                name: name.into(),
                abbreviation: abbreviation.map(str::to_owned),
                states: states
                    .iter()
                    .map(|state| Code::parse(state).unwrap())
                    .collect(),
                country: Code::US,
                eligibility: Eligibility::Unknown,
                paperwork: Paperwork::Unknown,
                coverage_url: None,
            }
            .into(),
            pass_through: ChannelFees::NOTHING_RECORDED.into(),
            direct: ChannelFees::NOTHING_RECORDED.into(),
        }
    }

    /// What is said of a board whose pass-through fees were `old` and are `new`.
    fn reason(old: &[FeeText], new: ChannelFees) -> Option<String> {
        let (mut before, mut after) = (board("A", None, &["IA"]), board("A", None, &["IA"]));
        before.pass_through = charged(old, false).into();
        after.pass_through = new.into();
        let found = suspicions(&before, &after, Decimal::from(5));
        assert!(
            found
                .iter()
                .all(|found| found.part == HeldPart::PassThrough)
        );
        found.into_iter().next().map(|found| found.reason)
    }

    #[test]
    fn a_price_may_move_up_to_the_ratio_and_no_further() {
        let moved = |amount: &str| {
            reason(
                &[text("idx", "20.00")],
                charged(&[text("idx", amount)], false),
            )
        };
        assert_eq!(moved("100.00"), None);
        assert_eq!(moved("4.00"), None);
        assert_eq!(moved("2000.00").as_deref(), Some("idx: 20 became 2000"));
        assert!(moved("100.01").is_some());
        assert!(moved("3.99").is_some());
    }

    #[test]
    fn a_fee_does_not_fall_to_nothing() {
        let old = [text("idx", "20.00"), text("setup", "100.00")];
        assert!(reason(&old, channel(ChannelState::None)).is_some());
        let without_idx = charged(&[text("setup", "100.00")], false);
        assert_eq!(
            reason(&old, without_idx).as_deref(),
            Some("idx is gone, while other fees stay")
        );
    }

    #[test]
    fn a_vendor_that_no_longer_says_is_believed() {
        let old = [text("idx", "20.00"), text("setup", "100.00")];
        for state in [ChannelState::Unknown, ChannelState::Unpublished] {
            assert_eq!(reason(&old, channel(state)), None);
        }
        assert_eq!(
            reason(&old, charged(&[text("setup", "100.00")], true)),
            None
        );
        assert_eq!(reason(&old, ChannelFees::NOTHING_RECORDED), None);
    }

    #[test]
    fn another_currency_period_or_basis_is_implausible_at_any_amount() {
        let old = [text("idx", "20.00")];
        let new = |change: fn(&mut FeeText)| {
            let mut fee = text("idx", "20.00");
            change(&mut fee);
            reason(&old, charged(&[fee], false)).unwrap_or_default()
        };
        assert!(
            new(|fee| fee.currency = "CAD".into()).contains("currency changed from USD to CAD")
        );
        assert!(new(|fee| fee.cadence = "annual".into()).contains("from monthly to annual"));
        assert!(new(|fee| fee.basis = "agent".into()).contains("from account to agent"));
    }

    #[test]
    fn tiers_are_compared_where_they_price() {
        let tiers = |last: &str| FeeText {
            amount: None,
            basis: "feed".into(),
            tier_mode: Some("volume".into()),
            tiers: Some(format!("9:20.00;100:=200.00;*:={last}")),
            ..text("idx", "")
        };
        let moved = |last: &str| reason(&[tiers("300.00")], charged(&[tiers(last)], false));
        assert_eq!(moved("400.00"), None);
        assert_eq!(
            moved("3000.00").as_deref(),
            Some("idx: 300 became 3000 for 1000 units")
        );
    }

    #[test]
    fn a_fee_by_another_name_and_a_new_one_beside_it_are_plausible() {
        let renamed = [text("data", "20.00"), text("extra", "9000.00")];
        assert_eq!(
            reason(&[text("idx", "20.00")], charged(&renamed, false)),
            None
        );
    }

    #[test]
    fn an_id_that_is_given_to_another_board_is_found() {
        let old = board("Cedar Valley MLS", Some("CVMLS"), &["IA"]);
        let found = |name: &str, abbreviation: Option<&str>, states: &[&str]| {
            let new = board(name, abbreviation, states);
            suspicions(&old, &new, Decimal::from(5)).len()
        };
        assert_eq!(found("Desert Sun REALTORS", Some("DSR"), &["AZ"]), 1);
        assert_eq!(found("Desert Sun REALTORS", None, &[]), 1);
        assert_eq!(found("Cedar Valley", None, &[]), 1);
        assert_eq!(found("Cedar Valley MLS", None, &[]), 0);
        assert_eq!(found("Cedar Rapids MLS", None, &["IA"]), 0);
        assert_eq!(found("Desert Sun REALTORS", Some("CVMLS"), &["AZ"]), 0);
    }
}
