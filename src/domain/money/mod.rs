//! Exact amounts of money: whole numbers of a currency's minor unit. No floats anywhere.
//!
//! | module | holds |
//! | --- | --- |
//! | `currency` | currencies, and how amounts of them are written |
//! | `minor_units` | amounts as whole numbers, for sums |

mod currency;
mod minor_units;

use std::fmt;

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

pub use currency::{Currency, UnknownCurrency};
pub use minor_units::{DecimalText, MinorUnits, ShortDecimal};

/// The largest amount one fee may state, in units of its currency.
///
/// No board charges near this; it keeps every product in a quote (a million units, 120 months, 50 boards)
/// far inside the range of [`MinorUnits`], so that quote arithmetic cannot overflow.
pub const MAX_AMOUNT: Decimal = Decimal::from_parts(10_000_000, 0, 0, false, 0);

/// An amount from 0 to [`MAX_AMOUNT`] in a currency.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor_units: u64,
    currency: Currency,
}

/// Why a text is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Words, not a number: "varies", "contact association".
    #[error(
        "\"{0}\" is not an amount; write it like 1250.00, or leave it empty and set the status to unpublished"
    )]
    Text(String),
    /// Looks like a number but is not written as one: `25,00`, `$25`, `1 000`.
    #[error("\"{0}\" is not written as a plain decimal; write it like 1250.00")]
    Malformed(String),
    /// Below zero.
    #[error("\"{0}\" is negative; an amount is 0 or more")]
    Negative(String),
    /// More decimals than the currency has.
    #[error("\"{text}\" has more than {digits} decimals, the most that {currency} has")]
    TooManyDecimals {
        /// The text as given.
        text: String,
        /// The currency it was read in.
        currency: Currency,
        /// The decimals the currency has.
        digits: u32,
    },
    /// Above [`MAX_AMOUNT`].
    #[error("\"{0}\" is more than {MAX_AMOUNT}, the largest amount accepted")]
    TooLarge(String),
}

impl Money {
    /// Reads a plain decimal (`1250`, `1250.5`, `1250.00`) as an amount of `currency`.
    ///
    /// Digits beyond the currency's are accepted when they are zeros, because they lose nothing.
    ///
    /// # Errors
    /// [`MoneyError`] says whether the text is words, a number written otherwise, or out of range.
    pub fn parse(text: &str, currency: Currency) -> Result<Money, MoneyError> {
        let trimmed = text.trim();
        if !is_plain_decimal(trimmed.strip_prefix('-').unwrap_or(trimmed)) {
            return Err(if looks_numeric(trimmed) {
                MoneyError::Malformed(text.to_owned())
            } else {
                MoneyError::Text(text.to_owned())
            });
        }
        let amount =
            Decimal::from_str_exact(trimmed).map_err(|_| MoneyError::TooLarge(text.to_owned()))?;
        if amount.is_sign_negative() && !amount.is_zero() {
            return Err(MoneyError::Negative(text.to_owned()));
        }
        if amount > MAX_AMOUNT {
            return Err(MoneyError::TooLarge(text.to_owned()));
        }
        let digits = currency.digits();
        let minor_units = to_minor_units(amount, digits);
        let minor_units = minor_units.ok_or_else(|| MoneyError::TooManyDecimals {
            text: text.to_owned(),
            currency,
            digits,
        })?;
        Ok(Money {
            minor_units,
            currency,
        })
    }

    /// The amount in the currency's minor unit.
    pub fn minor_units(self) -> MinorUnits {
        MinorUnits::new(self.minor_units)
    }

    /// The currency.
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// Whether the amount is 0.
    pub fn is_zero(self) -> bool {
        self.minor_units == 0
    }

    /// Writes the amount for people, as it is displayed: `$1,250.00`.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_for_people(self, out: &mut impl fmt::Write) -> fmt::Result {
        self.currency.write_for_people(self.minor_units(), out)
    }

    /// The amount alone, as a decimal string with the currency's digits.
    pub fn to_decimal_string(self) -> String {
        self.currency.format(self.minor_units())
    }
}

/// An amount of 0 to [`MAX_AMOUNT`] in units of its last digit, of which there are `digits`; `None` where it has more
/// that are not 0.
fn to_minor_units(amount: Decimal, digits: u32) -> Option<u64> {
    let mut scaled = amount;
    scaled.rescale(digits);
    let fits = scaled == amount;
    fits.then(|| u64::try_from(scaled.mantissa()).expect("the largest amount fits"))
}

/// Digits, at most one point, a digit on both sides of it.
fn is_plain_decimal(text: &str) -> bool {
    let all_digits =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    match text.split_once('.') {
        Some((whole, fraction)) => all_digits(whole) && all_digits(fraction),
        None => all_digits(text),
    }
}

/// Whether somebody meant a number: at least one digit and nothing but what numbers are written with.
fn looks_numeric(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_digit() || " .,'+-$€£eE%\u{a0}".contains(c);
    text.chars().any(|c| c.is_ascii_digit()) && text.chars().all(allowed)
}

impl fmt::Display for Money {
    /// For people: `$1,250.00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_for_people(f)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.to_decimal_string(), self.currency)
    }
}

impl Serialize for Money {
    /// The decimal string alone: the currency stands beside it once a fee.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_decimal_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn usd(text: &str) -> Result<Money, MoneyError> {
        Money::parse(text, Currency::USD)
    }

    #[test]
    fn an_amount_keeps_the_digits_of_its_currency() {
        assert_eq!(usd("0.1").unwrap().to_decimal_string(), "0.10");
        assert_eq!(usd("20").unwrap().to_decimal_string(), "20.00");
        assert_eq!(usd("4.5000").unwrap().to_decimal_string(), "4.50");
        let yen = Money::parse("1200", "jpy".parse().unwrap()).unwrap();
        assert_eq!(yen.to_decimal_string(), "1200");
    }

    proptest! {
        #[test]
        fn people_see_the_same_digits_in_groups_of_three(
            minor in prop_oneof![0..2_000_u64, 0..10_000_000_000_u64],
            code in prop_oneof![Just("USD"), Just("CAD"), Just("JPY"), Just("KWD"), Just("EUR")],
        ) {
            let currency: Currency = code.parse().unwrap();
            let amount = MinorUnits::new(minor);
            let expected = currency.format(amount);

            let for_people = currency.format_for_people(amount);
            let plain: String = for_people.chars().filter(|c| "0123456789.".contains(*c)).collect();
            prop_assert_eq!(plain, expected.as_str());
            let whole = for_people.trim_start_matches(|c: char| !c.is_ascii_digit()).split('.').next().unwrap();
            let mut groups = whole.split(',');
            prop_assert!((1..=3).contains(&groups.next().unwrap().len()), "{}", for_people);
            prop_assert!(groups.all(|group| group.len() == 3), "{}", for_people);
        }
    }

    #[test]
    fn words_and_mistyped_numbers_are_told_apart() {
        assert!(matches!(usd("varies"), Err(MoneyError::Text(_))));
        assert!(matches!(usd("25 per agent"), Err(MoneyError::Text(_))));
        assert!(matches!(usd(""), Err(MoneyError::Text(_))));
        for mistyped in ["25,00", "$25", "1 000", "1e5", "+3", ".5", "5."] {
            assert!(
                matches!(usd(mistyped), Err(MoneyError::Malformed(_))),
                "{mistyped}"
            );
        }
    }

    #[test]
    fn amounts_out_of_range_are_refused() {
        assert!(matches!(usd("-1"), Err(MoneyError::Negative(_))));
        assert!(usd("-0").unwrap().is_zero());
        assert!(matches!(
            usd("1.005"),
            Err(MoneyError::TooManyDecimals { .. })
        ));
        assert!(matches!(usd("10000000.01"), Err(MoneyError::TooLarge(_))));
        assert!(matches!(
            usd("99999999999999999999999999999999"),
            Err(MoneyError::TooLarge(_))
        ));
        assert!(usd("10000000").is_ok());
    }

    #[test]
    fn people_see_symbols_and_separators() {
        assert_eq!(usd("1234567.5").unwrap().to_string(), "$1,234,567.50");
        let canadian = Money::parse("20", Currency::CAD).unwrap();
        assert_eq!(canadian.to_string(), "CA$20.00");
        let yen = Money::parse("1200", "JPY".parse().unwrap()).unwrap();
        assert_eq!(yen.to_string(), "JPY 1,200");
    }

    #[test]
    fn currencies_without_a_minor_unit_are_refused() {
        assert!("XAU".parse::<Currency>().is_err());
        assert!("dollar".parse::<Currency>().is_err());
        assert_eq!("cad".parse::<Currency>().unwrap(), Currency::CAD);
    }
}
