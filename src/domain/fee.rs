//! One fee of a board: what is charged per unit of what, how often, and from when to when.
//!
//! A [`Fee`] is always valid: its only way in is [`FeeText::parse`](super::fee_text::FeeText::parse), which the
//! vendor mapping, the curated CSV and the database share.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::money::{Currency, Money};
use super::period::Period;

/// Declares an enum whose values are fixed lower-case words, with `ALL`, `as_str`, `Display` and `FromStr`.
macro_rules! word_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vmeta])* $variant),+ }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The word used in JSON, CSV, SQL and at the terminal.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::fee::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($word => Ok($name::$variant),)+
                    _ => Err($crate::domain::fee::UnknownWord {
                        text: text.to_owned(),
                        known: [$($word),+].join(", "),
                    }),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}
pub(crate) use word_enum;

/// A word that is none of a fixed set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not one of {known}")]
pub struct UnknownWord {
    /// The word as given.
    pub text: String,
    /// The words that are known, comma-separated.
    pub known: String,
}

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

word_enum! {
    /// How tiers price a quantity.
    TierMode {
        /// The band that holds the whole quantity prices all of it.
        Volume = "volume",
        /// Each band prices its own part of the quantity.
        Graduated = "graduated",
    }
}

/// What one band of a tiered price charges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BandPrice {
    /// An amount per unit.
    Unit(Money),
    /// One amount for the band, however many units.
    Flat(Money),
    /// Both: the flat amount and the amount per unit.
    UnitAndFlat {
        /// Per unit.
        unit: Money,
        /// For the band.
        flat: Money,
    },
}

impl BandPrice {
    /// The amount per unit, if the band has one.
    pub fn unit(self) -> Option<Money> {
        match self {
            BandPrice::Unit(unit) | BandPrice::UnitAndFlat { unit, .. } => Some(unit),
            BandPrice::Flat(_) => None,
        }
    }

    /// The flat amount, if the band has one.
    pub fn flat(self) -> Option<Money> {
        match self {
            BandPrice::Flat(flat) | BandPrice::UnitAndFlat { flat, .. } => Some(flat),
            BandPrice::Unit(_) => None,
        }
    }
}

/// One band of a tiered price with an upper end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Band {
    /// The last quantity that belongs to the band.
    pub up_to: u64,
    /// What it charges.
    pub price: BandPrice,
}

/// A tiered price: bands of rising upper ends and one last band without an end, so that every quantity has a band.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Tiers {
    /// How the bands apply.
    pub(super) mode: TierMode,
    /// The bands that have an end, `up_to` strictly rising from 1.
    pub(super) bands: Vec<Band>,
    /// What every quantity above them is charged.
    pub(super) rest: BandPrice,
}

impl Tiers {
    /// How the bands apply.
    pub fn mode(&self) -> TierMode {
        self.mode
    }

    /// Every band in order; the last one's end is `None`.
    pub fn bands(&self) -> impl Iterator<Item = (Option<u64>, BandPrice)> + '_ {
        let bounded = self.bands.iter().map(|band| (Some(band.up_to), band.price));
        bounded.chain(std::iter::once((None, self.rest)))
    }
}

/// What one unit costs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Price {
    /// The same amount for every unit.
    Unit(Money),
    /// Somewhere between two amounts a unit: totals count the low end, and the quote is a lower bound.
    Range {
        /// The low end.
        low: Money,
        /// The high end, above the low one.
        high: Money,
    },
    /// An amount that depends on the quantity.
    Tiered(Tiers),
}

word_enum! {
    /// Who says so.
    SourceKind {
        /// The vendor's Reseller API.
        ResellerApi = "reseller_api",
        /// The list our staff keep.
        Curated = "curated",
    }
}

/// Who says so, since when, and where it can be checked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Source {
    /// Who.
    pub kind: SourceKind,
    /// When this value was first seen.
    pub observed_at: DateTime<Utc>,
    /// The day staff last checked it against the board's own word; `None` when never.
    pub verified_on: Option<NaiveDate>,
    /// The page that says it.
    pub url: Option<String>,
    /// For staff only: never shown without a token.
    pub internal_note: Option<String>,
}

impl Source {
    /// The vendor's word, first seen at `observed_at`.
    pub fn reseller_api(observed_at: DateTime<Utc>) -> Source {
        Source {
            kind: SourceKind::ResellerApi,
            observed_at,
            verified_on: None,
            url: None,
            internal_note: None,
        }
    }

    /// Whether both say the same, whenever it was first seen.
    pub fn same_word(&self, other: &Source) -> bool {
        self.kind == other.kind
            && self.verified_on == other.verified_on
            && self.url == other.url
            && self.internal_note == other.internal_note
    }
}

/// One valid fee. Compare with [`Fee::same_terms`] to leave out when it was first seen.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Fee {
    pub(super) key: FeeKey,
    pub(super) label: String,
    pub(super) price: Price,
    pub(super) currency: Currency,
    pub(super) included: u64,
    pub(super) minimum: Option<Money>,
    pub(super) maximum: Option<Money>,
    pub(super) cadence: Cadence,
    pub(super) billed: Option<Cadence>,
    pub(super) basis: Basis,
    pub(super) effective: Period,
    pub(super) note: Option<String>,
    pub(super) source: Source,
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
    pub(super) fn keep_first_sighting(&mut self, earlier: &Fee) {
        if self.same_terms(earlier) {
            self.source.observed_at = earlier.source.observed_at;
        }
    }
}

/// The name of a fee within its (board, channel): lower-case letters, digits and `_`, at most 64.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct FeeKey(String);

/// A text that cannot be a fee key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not a fee key; use 1 to 64 lower-case letters, digits and _, as in setup or idx_monthly"
)]
pub struct InvalidFeeKey(pub String);

/// The most characters of a [`FeeKey`].
const MAX_KEY_CHARS: usize = 64;

impl FeeKey {
    /// Reads a key as written.
    ///
    /// # Errors
    /// When it is empty, too long or has other characters.
    pub fn parse(text: &str) -> Result<FeeKey, InvalidFeeKey> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if text.is_empty() || text.len() > MAX_KEY_CHARS || !text.bytes().all(allowed) {
            return Err(InvalidFeeKey(text.to_owned()));
        }
        Ok(FeeKey(text.to_owned()))
    }

    /// A key made of any text: folded, other characters as `_`, cut to length; `fee` when nothing is left.
    pub fn slug(text: &str) -> FeeKey {
        let mut slug: String = super::folded::fold(text)
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .take(MAX_KEY_CHARS - 4)
            .collect();
        slug.truncate(slug.trim_end_matches('_').len());
        if slug.is_empty() {
            slug.push_str("fee");
        }
        FeeKey(slug)
    }

    /// The same key with `_{ordinal}` behind it, for a repeated one.
    pub fn numbered(&self, ordinal: u32) -> FeeKey {
        let suffix = format!("_{ordinal}");
        let kept = self.0.len().min(MAX_KEY_CHARS - suffix.len());
        FeeKey(format!("{}{suffix}", &self.0[..kept]))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FeeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
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

    #[test]
    fn a_slug_is_always_a_key() {
        for text in [
            "Set-up Fee",
            "  ",
            "Frais d'accès é",
            "日本",
            &"x".repeat(500),
        ] {
            let slug = FeeKey::slug(text);
            assert_eq!(FeeKey::parse(slug.as_str()).unwrap(), slug);
            let repeated = slug.numbered(12);
            assert_eq!(FeeKey::parse(repeated.as_str()).unwrap(), repeated);
        }
        assert_eq!(FeeKey::slug("Set-up Fee").as_str(), "set_up_fee");
        assert!(FeeKey::parse("Setup").is_err());
    }
}
