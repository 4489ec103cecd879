//! What kinds of boards the sandbox has, and how many of each.
//!
//! | per 100 boards | fee | what the vendor sends |
//! | ---: | --- | --- |
//! | 34 | set-up plus monthly | `passThroughFee` monthly per account, and `setupFee` |
//! | 14 | monthly | `passThroughFee` monthly per account |
//! | 8 | annual | the same, `ANNUAL` |
//! | 10 | per agent | monthly, basis `AGENT` |
//! | 3 | quarterly | `QUARTERLY` |
//! | 3 | per office | monthly, basis `OFFICE` |
//! | 12 | none, as an amount | `passThroughFee` of `0.00` |
//! | 6 | none, as a word | `passThroughFeeType` `NONE`, no amount |
//! | 4 | manual | `passThroughFeeType` `MANUAL`, no amount |
//! | 2 | manual, left out | no fee field at all |
//! | 2 | in words | `passThroughFee` of `Varies` and the like, with a note |
//! | 2 | silent | `passThroughFee` and `setupFee` of `null` |
//!
//! The other tables follow: where a board lies, and what it says of itself. [`Deal`] deals every row of a table once
//! before it draws by weight, so that a sandbox of 40 boards shows everything, whatever its seed.

use super::random::Random;

/// What a board's fee is, and how the vendor puts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FeeKind {
    /// An amount of one shape, with a set-up fee or without.
    Charged(ChargedKind),
    /// An amount of zero.
    ZeroAmount,
    /// The word that there is no fee.
    SaidNone,
    /// The word that the fee is on the vendor's manual list.
    Manual,
    /// A manual fee of which the API says nothing, not even that.
    LeftOut,
    /// Words where an amount belongs.
    InWords,
    /// The fee's fields, each `null`.
    Silent,
}

/// The shape of a fee that is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ChargedKind {
    /// Whether a set-up fee stands beside it.
    pub(super) setup: bool,
    /// The vendor's word for the period.
    pub(super) frequency: &'static str,
    /// The vendor's word for the unit.
    pub(super) basis: &'static str,
    /// What such fees cost in the field, with two decimals.
    pub(super) amounts: &'static [&'static str],
}

/// What a set-up fee costs.
pub(super) const SETUP_AMOUNTS: &[&str] = &[
    "25.00", "50.00", "75.00", "99.00", "100.00", "150.00", "200.00", "250.00", "500.00",
];

const MONTHLY_AMOUNTS: &[&str] = &[
    "4.50", "7.50", "10.00", "12.50", "15.00", "20.00", "25.00", "30.00", "35.00", "41.67",
    "45.00", "50.00", "60.00", "75.00", "150.00",
];
const PER_AGENT_AMOUNTS: &[&str] = &[
    "1.25", "2.50", "3.00", "5.00", "6.95", "7.50", "10.00", "15.00",
];
const PER_OFFICE_AMOUNTS: &[&str] = &["8.00", "12.50", "20.00", "37.50", "45.00"];
const QUARTERLY_AMOUNTS: &[&str] = &["15.00", "22.50", "30.00", "45.00", "60.00", "99.00"];
const ANNUAL_AMOUNTS: &[&str] = &[
    "50.00", "75.00", "100.00", "119.40", "150.00", "240.00", "300.00", "500.00",
];

const fn charged(
    setup: bool,
    frequency: &'static str,
    basis: &'static str,
    amounts: &'static [&'static str],
) -> FeeKind {
    FeeKind::Charged(ChargedKind {
        setup,
        frequency,
        basis,
        amounts,
    })
}

/// The fees, per 100 boards.
#[rustfmt::skip]
pub(super) const FEES: &[(u32, FeeKind)] = &[
    (34, charged(true,  "MONTHLY",   "ACCOUNT", MONTHLY_AMOUNTS)),
    (14, charged(false, "MONTHLY",   "ACCOUNT", MONTHLY_AMOUNTS)),
    ( 8, charged(false, "ANNUAL",    "ACCOUNT", ANNUAL_AMOUNTS)),
    (10, charged(false, "MONTHLY",   "AGENT",   PER_AGENT_AMOUNTS)),
    ( 3, charged(false, "QUARTERLY", "ACCOUNT", QUARTERLY_AMOUNTS)),
    ( 3, charged(false, "MONTHLY",   "OFFICE",  PER_OFFICE_AMOUNTS)),
    (12, FeeKind::ZeroAmount),
    ( 6, FeeKind::SaidNone),
    ( 4, FeeKind::Manual),
    ( 2, FeeKind::LeftOut),
    ( 2, FeeKind::InWords),
    ( 2, FeeKind::Silent),
];

/// Where a board lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PlaceKind {
    /// One state.
    State,
    /// Two or three states that border on each other.
    States,
    /// One province other than Quebec.
    Province,
    /// Two or three provinces that border on each other.
    Provinces,
    /// Quebec, with a French name.
    Quebec,
}

/// The places, per 100 boards: 7 of them Canadian, 8 in several states or provinces.
#[rustfmt::skip]
pub(super) const PLACES: &[(u32, PlaceKind)] = &[
    (86, PlaceKind::State),
    ( 4, PlaceKind::Province),
    ( 7, PlaceKind::States),
    ( 2, PlaceKind::Quebec),
    ( 1, PlaceKind::Provinces),
];

/// Who may have the listings, per 100 boards; `None` is not said.
#[rustfmt::skip]
pub(super) const BROKERS_ONLY: &[(u32, Option<bool>)] = &[
    (84, Some(false)),
    (10, Some(true)),
    ( 6, None),
];

/// How a client is licensed, per 100 boards; `None` is not said.
#[rustfmt::skip]
pub(super) const PAPERWORK: &[(u32, Option<&str>)] = &[
    (40, Some("AUTO")),
    (35, Some("NONE")),
    (15, Some("MANUAL")),
    (10, None),
];

/// Whether the currency is said, per 100 boards of a country.
pub(super) const CURRENCY_SAID: &[(u32, bool)] = &[(80, true), (20, false)];

/// Whether a board's amounts are JSON numbers rather than strings, per 100 boards that have an amount.
pub(super) const AMOUNTS_AS_NUMBERS: &[(u32, bool)] = &[(94, false), (6, true)];

/// Deals the rows of one table: each once, in order, then by weight.
#[derive(Debug)]
pub(super) struct Deal<T: 'static> {
    table: &'static [(u32, T)],
    dealt: usize,
}

impl<T: Copy> Deal<T> {
    /// A fresh deal of `table`.
    pub(super) fn of(table: &'static [(u32, T)]) -> Deal<T> {
        Deal { table, dealt: 0 }
    }

    /// The next row's value.
    pub(super) fn next(&mut self, random: &mut Random) -> T {
        let in_turn = self.table.get(self.dealt).map(|(_, value)| *value);
        self.dealt += 1;
        in_turn.unwrap_or_else(|| random.weighted(self.table))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum<T>(table: &[(u32, T)]) -> u32 {
        table.iter().map(|(weight, _)| weight).sum()
    }

    #[test]
    fn every_table_adds_up_to_a_hundred() {
        let sums = [
            sum(FEES),
            sum(PLACES),
            sum(BROKERS_ONLY),
            sum(PAPERWORK),
            sum(CURRENCY_SAID),
            sum(AMOUNTS_AS_NUMBERS),
        ];
        assert_eq!(sums, [100; 6]);
    }

    #[test]
    fn a_deal_gives_every_row_once_before_it_draws() {
        const TABLE: &[(u32, char)] = &[(98, 'a'), (1, 'b'), (1, 'c')];
        let mut deal = Deal::of(TABLE);
        let mut random = Random::new(1);
        let dealt: String = (0..3).map(|_| deal.next(&mut random)).collect();
        assert_eq!(dealt, "abc");
        let drawn: String = (0..300).map(|_| deal.next(&mut random)).collect();
        assert!(drawn.matches('a').count() > 250, "{drawn}");
    }
}
