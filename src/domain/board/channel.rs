//! The two channels of a board, and the four answers each can give.

use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::Serialize;

use crate::domain::fee::{Fee, Source, word_enum};
use crate::domain::shared::Shared;

word_enum! {
    /// Who bills a fee.
    Channel {
        /// The vendor bills it and passes it along.
        PassThrough = "pass_through",
        /// The board bills its member.
        Direct = "direct",
    }
}

word_enum! {
    /// The word for a [`ChannelState`].
    FeeStatus {
        /// There are fees, with amounts.
        Charged = "charged",
        /// Somebody asserts that there is no fee.
        None = "none",
        /// There is a fee; its amount is not published.
        Unpublished = "unpublished",
        /// Nobody has said anything.
        Unknown = "unknown",
    }
}

/// The most fees in one channel of a board.
pub const MAX_FEES: usize = 64;

/// One or more fees of a channel, no two of one key on the same day.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct FeeSet(Vec<Fee>);

/// Why fees do not make a set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeeSetError {
    /// No fee at all.
    #[error(
        "a charged channel needs a fee; give one, or set the status to none, unpublished or unknown"
    )]
    Empty,
    /// Too many.
    #[error("{0} fees; at most {MAX_FEES} are accepted in a channel")]
    TooMany(usize),
    /// Two fees of one key hold on the same day.
    #[error(
        "the fee \"{key}\" has two sets of terms on the same day; end the earlier one with effective_to, or use another key"
    )]
    Overlap {
        /// The repeated key.
        key: String,
        /// Position of the second of the two, from 0.
        position: usize,
    },
}

impl FeeSet {
    /// The set of `fees`, in the order given.
    ///
    /// # Errors
    /// When there is none, too many, or two of one key overlap.
    pub fn new(fees: Vec<Fee>) -> Result<FeeSet, FeeSetError> {
        if fees.is_empty() {
            return Err(FeeSetError::Empty);
        }
        if fees.len() > MAX_FEES {
            return Err(FeeSetError::TooMany(fees.len()));
        }
        for (position, fee) in fees.iter().enumerate() {
            let clashes = |other: &Fee| {
                other.key() == fee.key() && other.effective().overlaps(fee.effective())
            };
            if fees[..position].iter().any(clashes) {
                return Err(FeeSetError::Overlap {
                    key: fee.key().to_string(),
                    position,
                });
            }
        }
        Ok(FeeSet(fees))
    }

    /// The fees, never empty.
    pub fn as_slice(&self) -> &[Fee] {
        &self.0
    }

    fn same_terms(&self, other: &FeeSet) -> bool {
        self.0.len() == other.0.len()
            && self
                .0
                .iter()
                .zip(&other.0)
                .all(|(fee, other)| fee.same_terms(other))
    }
}

/// One of the four answers; only `Charged` has amounts, so that nothing unknown can become 0.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelState {
    /// There are fees, with amounts.
    Charged {
        /// The fees.
        fees: FeeSet,
        /// Whether a fee that should be there is missing, so that the amounts are a lower bound.
        partial: bool,
    },
    /// Somebody asserts that there is no fee.
    None,
    /// There is a fee; its amount is not published.
    Unpublished,
    /// Nobody has said anything.
    Unknown,
}

/// What is said of one channel of a board, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct ChannelFees {
    /// The answer.
    pub state: ChannelState,
    /// Free text about the channel as a whole, kept verbatim.
    pub note: Option<String>,
    /// Who says so; `None` when nobody has said anything.
    pub source: Option<Source>,
}

impl ChannelFees {
    /// Nobody has said anything.
    pub const NOTHING_RECORDED: ChannelFees = ChannelFees {
        state: ChannelState::Unknown,
        note: None,
        source: None,
    };

    /// [`NOTHING_RECORDED`](Self::NOTHING_RECORDED), which most boards share.
    pub fn nothing_recorded() -> Shared<ChannelFees> {
        static NOTHING: LazyLock<Shared<ChannelFees>> =
            LazyLock::new(|| ChannelFees::NOTHING_RECORDED.into());
        NOTHING.clone()
    }

    /// The word for the recorded state, whatever the date.
    pub fn status(&self) -> FeeStatus {
        match self.state {
            ChannelState::Charged { .. } => FeeStatus::Charged,
            ChannelState::None => FeeStatus::None,
            ChannelState::Unpublished => FeeStatus::Unpublished,
            ChannelState::Unknown => FeeStatus::Unknown,
        }
    }

    /// The word on `date`: charged while a fee has not ended by then, unknown when all have ended.
    pub fn status_on(&self, date: NaiveDate) -> FeeStatus {
        match &self.state {
            ChannelState::Charged { fees, .. }
                if fees
                    .as_slice()
                    .iter()
                    .all(|fee| fee.effective().has_ended_by(date)) =>
            {
                FeeStatus::Unknown
            }
            _ => self.status(),
        }
    }

    /// The recorded fees; empty for every state but charged.
    pub fn fees(&self) -> &[Fee] {
        match &self.state {
            ChannelState::Charged { fees, .. } => fees.as_slice(),
            _ => &[],
        }
    }

    /// The days on which terms of its fees begin or end.
    pub fn term_edges(&self) -> impl Iterator<Item = NaiveDate> + '_ {
        self.fees()
            .iter()
            .flat_map(|fee| [fee.effective().from(), fee.effective().to()])
            .flatten()
    }

    /// Whether a fee that should be there is missing beside those that are.
    pub fn is_partial(&self) -> bool {
        matches!(self.state, ChannelState::Charged { partial: true, .. })
    }

    /// Whether nobody has said anything: not even that it is unknown.
    pub fn is_nothing_recorded(&self) -> bool {
        *self == ChannelFees::NOTHING_RECORDED
    }

    /// Whether both say the same, whenever it was first seen.
    pub fn same_terms(&self, other: &ChannelFees) -> bool {
        let same_source = match (&self.source, &other.source) {
            (Some(source), Some(other)) => source.same_word(other),
            (None, None) => true,
            _ => false,
        };
        let same_state = match (&self.state, &other.state) {
            (
                ChannelState::Charged { fees, partial },
                ChannelState::Charged {
                    fees: other_fees,
                    partial: other_partial,
                },
            ) => partial == other_partial && fees.same_terms(other_fees),
            (state, other) => state == other,
        };
        same_state && same_source && self.note == other.note
    }

    /// Keeps the times at which what is still the same was first seen, as `earlier` recorded them.
    pub fn keep_first_sightings(&mut self, earlier: &ChannelFees) {
        if self.same_terms(earlier) {
            *self = earlier.clone();
            return;
        }
        if let ChannelState::Charged { fees, .. } = &mut self.state {
            for fee in &mut fees.0 {
                for earlier_fee in earlier.fees() {
                    fee.keep_first_sighting(earlier_fee);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fee_text::FeeText;
    use chrono::{DateTime, TimeDelta, Utc};

    fn seen(hours: i64) -> Source {
        Source::reseller_api(DateTime::<Utc>::UNIX_EPOCH + TimeDelta::hours(hours))
    }

    fn fee(key: &str, from: Option<&str>, to: Option<&str>, hours: i64) -> Fee {
        let text = FeeText {
            key: key.into(),
            label: key.into(),
            amount: Some("20".into()),
            currency: "USD".into(),
            cadence: "monthly".into(),
            basis: "account".into(),
            effective_from: from.map(str::to_owned),
            effective_to: to.map(str::to_owned),
            ..FeeText::default()
        };
        text.parse(seen(hours)).unwrap()
    }

    fn charged(fees: Vec<Fee>, hours: i64) -> ChannelFees {
        ChannelFees {
            state: ChannelState::Charged {
                fees: FeeSet::new(fees).unwrap(),
                partial: false,
            },
            note: None,
            source: Some(seen(hours)),
        }
    }

    #[test]
    fn one_key_may_repeat_in_periods_that_do_not_overlap() {
        let before = fee("idx", None, Some("2026-07-01"), 0);
        let after = fee("idx", Some("2026-07-01"), None, 0);
        assert!(FeeSet::new(vec![before.clone(), after]).is_ok());
        let clash = fee("idx", Some("2026-06-30"), None, 0);
        assert!(matches!(
            FeeSet::new(vec![before, clash]),
            Err(FeeSetError::Overlap { position: 1, .. })
        ));
        assert_eq!(FeeSet::new(vec![]), Err(FeeSetError::Empty));
    }

    #[test]
    fn a_channel_whose_fees_have_all_ended_is_unknown_from_that_day() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let channel = charged(vec![fee("idx", None, Some("2026-07-01"), 0)], 0);
        assert_eq!(channel.status_on(day("2026-06-30")), FeeStatus::Charged);
        assert_eq!(channel.status_on(day("2026-07-01")), FeeStatus::Unknown);
        let announced = charged(vec![fee("idx", Some("2027-01-01"), None, 0)], 0);
        assert_eq!(announced.status_on(day("2026-07-01")), FeeStatus::Charged);
    }

    #[test]
    fn a_fee_that_stays_keeps_the_time_it_was_first_seen() {
        let earlier = charged(vec![fee("idx", None, None, 1)], 1);
        let mut same = charged(vec![fee("idx", None, None, 9)], 9);
        same.keep_first_sightings(&earlier);
        assert_eq!(same, earlier);

        let mut grown = charged(
            vec![fee("idx", None, None, 9), fee("setup", None, None, 9)],
            9,
        );
        grown.keep_first_sightings(&earlier);
        let observed: Vec<_> = grown
            .fees()
            .iter()
            .map(|fee| fee.source().clone())
            .collect();
        assert_eq!(observed, [seen(1), seen(9)]);
        assert_eq!(grown.source, Some(seen(9)));
    }
}
