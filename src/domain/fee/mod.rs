//! One fee of a board: what is charged per unit of what, how often, and from when to when.
//!
//! A [`Fee`] is always valid: its only way in is [`FeeText::parse`](super::fee_text::FeeText::parse), which the
//! vendor mapping, the curated CSV and the database share.
//!
//! | module | holds |
//! | --- | --- |
//! | `word` | enums of fixed words |
//! | `price` | what one unit costs: an amount, a range, or tiers |
//! | `key` | the names of fees |
//! | `source` | who says so |

mod key;
mod price;
mod source;
mod word;

use serde::Serialize;

pub use key::{FeeKey, InvalidFeeKey};
pub use price::{Band, BandPrice, Price, TierMode, Tiers};
pub use source::{Source, SourceKind};
pub use word::UnknownWord;
pub(crate) use word::word_enum;

use super::money::{Currency, Money};
use super::period::Period;

word_enum! {
    /// What a fee is charged per.
    Basis {
        /// Once for the client, whatever its size: the quantity is always 1.
        Account = "account",
        /// Per agent.
        Agent = "agent",
        /// Per office.
        Office = "office",
        /// Per broker.
        Broker = "broker",
        /// Per website.
        Website = "website",
        /// Per data feed.
        Feed = "feed",
    }
}

word_enum! {
    /// The period an amount is stated for.
    Cadence {
        /// Once, at the start.
        OneTime = "one_time",
        /// Every month.
        Monthly = "monthly",
        /// Every three months.
        Quarterly = "quarterly",
        /// Every six months.
        Semiannual = "semiannual",
        /// Every twelve months.
        Annual = "annual",
    }
}

impl Cadence {
    /// Months in one period; `None` for a fee charged once.
    pub fn months(self) -> Option<u32> {
        match self {
            Cadence::OneTime => None,
            Cadence::Monthly => Some(1),
            Cadence::Quarterly => Some(3),
            Cadence::Semiannual => Some(6),
            Cadence::Annual => Some(12),
        }
    }
}

/// One valid fee. Compare with [`Fee::same_terms`] to leave out when it was first seen.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Fee {
    pub(in crate::domain) key: FeeKey,
    pub(in crate::domain) label: String,
    pub(in crate::domain) price: Price,
    pub(in crate::domain) currency: Currency,
    pub(in crate::domain) included: u64,
    pub(in crate::domain) minimum: Option<Money>,
    pub(in crate::domain) maximum: Option<Money>,
    pub(in crate::domain) cadence: Cadence,
    pub(in crate::domain) billed: Option<Cadence>,
    pub(in crate::domain) basis: Basis,
    pub(in crate::domain) effective: Period,
    pub(in crate::domain) note: Option<String>,
    pub(in crate::domain) source: Source,
}

impl Fee {
    /// Stable within (board, channel).
    pub fn key(&self) -> &FeeKey {
        &self.key
    }

    /// Text shown to people.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// What one unit costs.
    pub fn price(&self) -> &Price {
        &self.price
    }

    /// The currency of every amount of the fee.
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// Units that are free.
    pub fn included(&self) -> u64 {
        self.included
    }

    /// The least one accrual period costs once any unit is billable.
    pub fn minimum(&self) -> Option<Money> {
        self.minimum
    }

    /// The most one accrual period costs.
    pub fn maximum(&self) -> Option<Money> {
        self.maximum
    }

    /// The period the amount is stated for.
    pub fn cadence(&self) -> Cadence {
        self.cadence
    }

    /// How often it is billed, where that is less often than stated; `None` when the same.
    pub fn billed(&self) -> Option<Cadence> {
        self.billed
    }

    /// How often it is billed.
    pub fn billing_cadence(&self) -> Cadence {
        self.billed.unwrap_or(self.cadence)
    }

    /// What it is charged per.
    pub fn basis(&self) -> Basis {
        self.basis
    }

    /// The days on which these terms hold.
    pub fn effective(&self) -> Period {
        self.effective
    }

    /// Free text, kept verbatim.
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// Who says so.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Whether the price is a range, so that totals are a lower bound.
    pub fn is_range(&self) -> bool {
        matches!(self.price, Price::Range { .. })
    }

    /// Whether everything but the time of the first sighting is the same.
    pub fn same_terms(&self, other: &Fee) -> bool {
        let Fee {
            key,
            label,
            price,
            currency,
            included,
            minimum,
            maximum,
            cadence,
            billed,
            basis,
            effective,
            note,
            source,
        } = self;
        *key == other.key
            && *label == other.label
            && *price == other.price
            && *currency == other.currency
            && *included == other.included
            && *minimum == other.minimum
            && *maximum == other.maximum
            && *cadence == other.cadence
            && *billed == other.billed
            && *basis == other.basis
            && *effective == other.effective
            && *note == other.note
            && source.same_word(&other.source)
    }

    /// Keeps the time at which `earlier` was first seen, when its terms are the same.
    pub(in crate::domain) fn keep_first_sighting(&mut self, earlier: &Fee) {
        if self.same_terms(earlier) {
            self.source.observed_at = earlier.source.observed_at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip() {
        for basis in Basis::ALL {
            assert_eq!(basis.as_str().parse::<Basis>().unwrap(), *basis);
        }
        let error = "weekly".parse::<Cadence>().unwrap_err();
        assert!(
            error
                .to_string()
                .contains("\"weekly\" is not one of one_time, monthly")
        );
    }
}
