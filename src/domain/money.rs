//! Exact amounts of money: a non-negative decimal with the digits of its currency. No floats anywhere.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

/// The largest amount one fee may state, in units of its currency.
///
/// No board charges near this; it keeps every product in a quote (a million units, 120 months, 50 boards)
/// far inside the 28 digits of a [`Decimal`], so that quote arithmetic cannot overflow.
pub const MAX_AMOUNT: Decimal = Decimal::from_parts(10_000_000, 0, 0, false, 0);

/// An ISO 4217 currency that has a minor unit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// The United States dollar.
    pub const USD: Currency = Currency(iso_currency::Currency::USD);
    /// The Canadian dollar.
    pub const CAD: Currency = Currency(iso_currency::Currency::CAD);

    /// The three-letter code, upper case.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimals amounts of this currency have: 2 for USD, 0 for JPY.
    pub fn digits(self) -> u32 {
        u32::from(self.0.exponent().unwrap_or(0))
    }

    /// Appends what is written before an amount for people: `$`, `CA$`, else the code and a space.
    fn push_prefix(self, text: &mut String) {
        match self.code() {
            "USD" => text.push('$'),
            "CAD" => text.push_str("CA$"),
            code => {
                text.push_str(code);
                text.push(' ');
            }
        }
    }

    /// `amount` as a decimal string with exactly this currency's digits.
    ///
    /// The amount must already fit the digits; anything beyond them would be rounded half to even.
    pub fn format(self, amount: Decimal) -> String {
        let mut text = String::new();
        self.push(amount, &mut text);
        text
    }

    /// Appends [`format`](Self::format) of `amount` to `text`.
    pub fn push(self, amount: Decimal, text: &mut String) {
        let digits = self.digits();
        let Some(minor) = minor_units(amount, digits) else {
            text.push_str(&format!("{:.*}", digits as usize, amount.round_dp(digits)));
            return;
        };
        let one = 10_u64.pow(digits);
        text.push_str(itoa::Buffer::new().format(minor / one));
        if digits > 0 {
            text.push('.');
        }
        let (mut fraction, mut place) = (minor % one, one / 10);
        while place > 0 {
            text.push(char::from(b'0' + (fraction / place) as u8));
            fraction %= place;
            place /= 10;
        }
    }

    /// `amount` for people: symbol, thousands separators, the currency's digits.
    pub fn format_for_people(self, amount: Decimal) -> String {
        let mut text = String::new();
        self.push_for_people(amount, &mut text);
        text
    }

    /// Appends [`format_for_people`](Self::format_for_people) of `amount` to `text`.
    pub fn push_for_people(self, amount: Decimal, text: &mut String) {
        self.push_prefix(text);
        let start = text.len();
        self.push(amount, text);
        let fraction = match self.digits() as usize {
            0 => 0,
            digits => digits + 1,
        };
        let mut comma = text.len() - fraction;
        while comma > start + 3 {
            comma -= 3;
            text.insert(comma, ',');
        }
    }
}

/// `amount` in units of its last digit, of which there are `digits`; `None` where it has more of them, is negative, or
/// is too large by far.
fn minor_units(amount: Decimal, digits: u32) -> Option<u64> {
    let mantissa = u64::try_from(amount.mantissa()).ok()?;
    let missing = digits.checked_sub(amount.scale())?;
    match missing {
        0 => Some(mantissa),
        missing => mantissa.checked_mul(10_u64.checked_pow(missing)?),
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    /// Reads a three-letter code in any case; codes without a minor unit (gold, test codes) are refused.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let code = text.trim().to_ascii_uppercase();
        iso_currency::Currency::from_code(&code)
            .filter(|currency| currency.exponent().is_some())
            .map(Currency)
            .ok_or(UnknownCurrency(text.to_owned()))
    }
}

/// The text is not the code of an ISO 4217 currency in use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not an ISO 4217 currency; use a code such as USD or CAD")]
pub struct UnknownCurrency(pub String);

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Ord for Currency {
    fn cmp(&self, other: &Self) -> Ordering {
        self.code().cmp(other.code())
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Currency {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.code().hash(state);
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// An amount from 0 to [`MAX_AMOUNT`] in a currency, at exactly the currency's digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    amount: Decimal,
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
        let mut scaled = amount.abs();
        scaled.rescale(digits);
        if scaled != amount.abs() {
            return Err(MoneyError::TooManyDecimals {
                text: text.to_owned(),
                currency,
                digits,
            });
        }
        Ok(Money {
            amount: scaled,
            currency,
        })
    }

    /// The amount as a decimal.
    pub fn amount(self) -> Decimal {
        self.amount
    }

    /// The currency.
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// Whether the amount is 0.
    pub fn is_zero(self) -> bool {
        self.amount.is_zero()
    }

    /// Appends the amount for people, as it is displayed: `$1,250.00`.
    pub fn push_for_people(self, text: &mut String) {
        self.currency.push_for_people(self.amount, text);
    }

    /// The amount alone, as a decimal string with the currency's digits.
    pub fn to_decimal_string(self) -> String {
        self.currency.format(self.amount)
    }
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
        f.write_str(&self.currency.format_for_people(self.amount))
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
        fn amounts_are_written_as_decimals_are(
            minor in prop_oneof![0..2_000_i64, 0..10_000_000_000_i64],
            scale in 0..=3_u32,
            code in prop_oneof![Just("USD"), Just("CAD"), Just("JPY"), Just("KWD"), Just("EUR")],
        ) {
            let currency: Currency = code.parse().unwrap();
            let digits = currency.digits();
            let amount = Decimal::new(minor, scale);
            let expected = format!("{:.*}", digits as usize, amount.round_dp(digits));
            prop_assert_eq!(currency.format(amount), expected.as_str());

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
