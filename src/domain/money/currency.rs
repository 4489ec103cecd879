//! Currencies, and how amounts of them are written.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

use super::minor_units::{DecimalText, MinorUnits, ShortDecimal};

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
    #[inline]
    pub fn digits(self) -> u32 {
        match self {
            // Asked for with every amount, and nearly always these: without a look at the list.
            Currency::USD | Currency::CAD => 2,
            Currency(other) => u32::from(other.exponent().unwrap_or(0)),
        }
    }

    /// What is written before an amount for people: `$`, `CA$`, else the code and a space.
    fn write_prefix(self, out: &mut impl fmt::Write) -> fmt::Result {
        match self.code() {
            "USD" => out.write_str("$"),
            "CAD" => out.write_str("CA$"),
            code => {
                out.write_str(code)?;
                out.write_str(" ")
            }
        }
    }

    /// `amount` as a decimal text with exactly this currency's digits: `1250.00`.
    #[inline]
    pub fn decimal(self, amount: MinorUnits) -> DecimalText {
        DecimalText::of(amount, self.digits())
    }

    /// What [`decimal`](Self::decimal) gives, where it is short.
    #[inline]
    pub fn short_decimal(self, amount: MinorUnits) -> Option<ShortDecimal> {
        ShortDecimal::of(amount, self.digits())
    }

    /// `amount` as a number in units of the currency.
    ///
    /// # Panics
    /// When it is beyond the 28 digits of a [`Decimal`], which the amount of one period is far from.
    pub fn exact(self, amount: MinorUnits) -> Decimal {
        let number = i128::try_from(amount.get()).expect("an amount is far below the limit");
        Decimal::from_i128_with_scale(number, self.digits())
    }

    /// [`decimal`](Self::decimal) as a string.
    pub fn format(self, amount: MinorUnits) -> String {
        self.decimal(amount).as_str().to_owned()
    }

    /// Writes `amount` for people: symbol, thousands separators, the currency's digits.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_for_people(self, amount: MinorUnits, out: &mut impl fmt::Write) -> fmt::Result {
        self.write_prefix(out)?;
        let decimal = self.decimal(amount);
        let (whole, fraction) = decimal.split();
        let (first, groups) = whole.split_at((whole.len() + 2) % 3 + 1);
        out.write_str(first)?;
        for start in (0..groups.len()).step_by(3) {
            out.write_str(",")?;
            out.write_str(&groups[start..start + 3])?;
        }
        out.write_str(fraction)
    }

    /// What [`write_for_people`](Self::write_for_people) writes.
    pub fn format_for_people(self, amount: MinorUnits) -> String {
        let mut text = String::new();
        self.write_for_people(amount, &mut text)
            .expect("writing to a string cannot fail");
        text
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_currencies_have_the_digits_that_the_list_says() {
        for currency in [Currency::USD, Currency::CAD] {
            let listed = currency.0.exponent().map(u32::from);
            assert_eq!(Some(currency.digits()), listed, "{currency}");
        }
    }
}
