//! The fields of a board that speak of its fee.

use super::board::Amount;
use super::mix::{self, ChargedKind, Deal, FeeKind};
use super::random::Random;

/// What staff write beside a fee now and then.
const NOTES: &[&str] = &[
    "Billed on the first of the month.",
    "Set by the board; reviewed each January.",
    "Unchanged since the board's last annual meeting.",
    "Board invoices are passed along without a mark-up.",
];
/// Words where an amount belongs, and the note that stands beside them.
pub(super) const WORDS: &[(&str, &str)] = &[
    (
        "Varies",
        "Depends on the office's size; ask the board for a quotation.",
    ),
    (
        "Contact association",
        "The association does not publish its fee.",
    ),
    ("See board", "Agreed with each broker."),
];
/// What stands beside some fees of the manual list.
const MANUAL_NOTE: &str = "On the manual pass-through list.";

/// The fields of a board that speak of its fee.
#[derive(Debug)]
pub(super) struct FeeFields {
    pub(super) kind: Option<&'static str>,
    pub(super) amount: Amount,
    pub(super) frequency: Option<&'static str>,
    pub(super) basis: Option<&'static str>,
    pub(super) note: Option<&'static str>,
    pub(super) setup: Amount,
}

/// A fee of which nothing is said.
const NO_FIELDS: FeeFields = FeeFields {
    kind: None,
    amount: Amount::Absent,
    frequency: None,
    basis: None,
    note: None,
    setup: Amount::Absent,
};

/// Deals fees, one board after the other.
#[derive(Debug)]
pub(super) struct FeeDealer {
    kinds: Deal<FeeKind>,
    numbers: Deal<bool>,
}

impl FeeDealer {
    pub(super) fn new() -> FeeDealer {
        FeeDealer {
            kinds: Deal::of(mix::FEES),
            numbers: Deal::of(mix::AMOUNTS_AS_NUMBERS),
        }
    }

    /// The next board's.
    pub(super) fn next(&mut self, random: &mut Random) -> FeeFields {
        match self.kinds.next(random) {
            FeeKind::Charged(kind) => self.charged(random, kind),
            FeeKind::ZeroAmount => FeeFields {
                amount: Amount::Text("0.00".to_owned()),
                frequency: Some("MONTHLY"),
                basis: Some("ACCOUNT"),
                ..NO_FIELDS
            },
            FeeKind::SaidNone => FeeFields {
                kind: Some("NONE"),
                ..NO_FIELDS
            },
            FeeKind::Manual => FeeFields {
                kind: Some("MANUAL"),
                note: random.chance(50).then_some(MANUAL_NOTE),
                ..NO_FIELDS
            },
            FeeKind::LeftOut => NO_FIELDS,
            FeeKind::InWords => {
                let (words, note) = random.pick(WORDS);
                FeeFields {
                    amount: Amount::Text(words.to_owned()),
                    note: Some(note),
                    ..NO_FIELDS
                }
            }
            FeeKind::Silent => FeeFields {
                amount: Amount::Null,
                setup: Amount::Null,
                ..NO_FIELDS
            },
        }
    }

    fn charged(&mut self, random: &mut Random, kind: ChargedKind) -> FeeFields {
        let as_number = self.numbers.next(random);
        let amount = random.pick(kind.amounts);
        let setup = if kind.setup {
            written(random.pick(mix::SETUP_AMOUNTS), as_number)
        } else if random.chance(30) {
            written("0.00", as_number)
        } else {
            Amount::Absent
        };
        FeeFields {
            kind: None,
            amount: written(amount, as_number),
            frequency: Some(kind.frequency),
            basis: Some(kind.basis),
            note: random.chance(8).then(|| random.pick(NOTES)),
            setup,
        }
    }
}

/// `amount` as a string, or as a JSON number without the zeros that such a number loses: `25`, `7.5`.
fn written(amount: &str, as_number: bool) -> Amount {
    if !as_number {
        return Amount::Text(amount.to_owned());
    }
    let shortest = amount.trim_end_matches('0').trim_end_matches('.');
    Amount::Number(
        shortest
            .parse()
            .expect("an amount of our own tables is a JSON number"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_the_short_way() {
        let number = |text: &str| Amount::Number(text.parse().unwrap());
        assert_eq!(written("25.00", true), number("25"));
        assert_eq!(written("7.50", true), number("7.5"));
        assert_eq!(written("100.00", true), number("100"));
        assert_eq!(written("0.00", true), number("0"));
        assert_eq!(written("20.00", false), Amount::Text("20.00".into()));
    }
}
