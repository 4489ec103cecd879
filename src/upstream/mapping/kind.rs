//! What a mapped value must be, and the text of the vendor's JSON values.

use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

use serde_json::{Number, Value};

use crate::domain::board::Code;
use crate::domain::fee::FeeKey;
use crate::domain::fee_text::read_date;
use crate::domain::money::{Currency, Money, MoneyError};

/// The largest power of ten that a number written with an exponent is expanded by.
const MAX_EXPONENT: i32 = 30;

/// What a mapped value must be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Any text.
    Text,
    /// Text that differs from board to board: never a constant.
    Own,
    /// A board's id: as `Own`, and a number counts only when it is whole.
    Id,
    /// The key of a fee: made a slug where it comes from the vendor.
    Key,
    /// An amount of money.
    Amount,
    /// A number of units.
    Units,
    /// A day.
    Date,
    /// Two-letter codes, several in one text.
    Codes,
    /// One of a fixed set of our words.
    Word(fn(&str) -> Result<(), String>),
}

impl Kind {
    /// One of the words that `T` reads.
    pub(super) fn word<T>() -> Kind
    where
        T: FromStr,
        T::Err: Display,
    {
        Kind::Word(|text| {
            text.parse::<T>()
                .map(drop)
                .map_err(|error| error.to_string())
        })
    }

    /// A two-letter code.
    pub(super) fn code() -> Kind {
        Kind::Word(|text| {
            Code::parse(text)
                .map(drop)
                .map_err(|error| error.to_string())
        })
    }

    /// Whether a constant makes no sense.
    pub(super) fn must_point(self) -> bool {
        matches!(self, Kind::Own | Kind::Id)
    }

    /// Whether text of the vendor stays as it is where `values` does not name it: numbers cannot all be listed.
    pub(super) fn is_open(self) -> bool {
        matches!(self, Kind::Amount | Kind::Units | Kind::Date)
    }

    /// Checks a word that the configuration says is ours.
    ///
    /// # Errors
    /// What is wrong with it and the remedy.
    pub(super) fn check(self, text: &str) -> Result<(), String> {
        match self {
            Kind::Text | Kind::Own | Kind::Id => Ok(()),
            Kind::Key => FeeKey::parse(text)
                .map(drop)
                .map_err(|error| error.to_string()),
            Kind::Amount => match Money::parse(text, Currency::USD) {
                // The currency is the board's affair: its decimals are checked when it is known.
                Ok(_) | Err(MoneyError::TooManyDecimals { .. }) => Ok(()),
                Err(error) => Err(error.to_string()),
            },
            Kind::Units => text
                .parse::<u64>()
                .map(drop)
                .map_err(|_| format!("\"{text}\" is not a whole number")),
            Kind::Date => read_date(text).map(drop),
            Kind::Codes => split_codes(text)
                .try_for_each(|code| Code::parse(code).map(drop))
                .map_err(|error| error.to_string()),
            Kind::Word(check) => check(text),
        }
    }

    /// Whether text of the vendor can be taken as it is.
    pub(super) fn accepts(self, text: &str) -> bool {
        match self {
            Kind::Word(check) => check(text).is_ok(),
            _ => true,
        }
    }

    /// The text of a plain JSON value; `None` for a list or a table, and for a number that is no id.
    pub(super) fn scalar_text(self, value: &Value) -> Option<Cow<'_, str>> {
        match (value, self) {
            (Value::String(text), Kind::Id) => Some(Cow::Borrowed(text)),
            (Value::String(text), _) => Some(Cow::Borrowed(text.trim())),
            (Value::Number(number), Kind::Id) => whole_number(number),
            (Value::Number(number), Kind::Amount) => Some(plain_decimal(number)),
            (Value::Number(number), _) => Some(Cow::Borrowed(number.as_str())),
            (Value::Bool(truth), _) => Some(Cow::Borrowed(if *truth { "true" } else { "false" })),
            (Value::Null | Value::Array(_) | Value::Object(_), _) => None,
        }
    }
}

/// The parts of `"CA;NV"`, `"CA, NV"` or `"CA NV"`.
pub(super) fn split_codes(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, ';' | ',' | '/' | '|'))
        .filter(|code| !code.is_empty())
}

/// The digits of a number written without a point or an exponent.
fn whole_number(number: &Number) -> Option<Cow<'_, str>> {
    let text = number.as_str();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_whole = digits.bytes().all(|byte| byte.is_ascii_digit());
    is_whole.then_some(Cow::Borrowed(text))
}

/// The number without an exponent, exactly; as it is where that would be absurdly long.
fn plain_decimal(number: &Number) -> Cow<'_, str> {
    let text = number.as_str();
    match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            expand(mantissa, exponent).map_or(Cow::Borrowed(text), Cow::Owned)
        }
        None => Cow::Borrowed(text),
    }
}

fn expand(mantissa: &str, exponent: &str) -> Option<String> {
    let exponent: i32 = exponent.parse().ok()?;
    if exponent.abs() > MAX_EXPONENT || mantissa.len() > MAX_EXPONENT as usize {
        return None;
    }
    let (sign, digits) = match mantissa.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", mantissa),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let point = i32::try_from(whole.len()).ok()? + exponent;
    let padding = "0".repeat(usize::try_from(1 - point).unwrap_or(0));
    let mut expanded = format!("{padding}{whole}{fraction}");
    let point = usize::try_from(point.max(1)).ok()?;
    while expanded.len() < point {
        expanded.push('0');
    }
    if expanded.len() > point {
        expanded.insert(point, '.');
    }
    let leading = expanded.len() - expanded.trim_start_matches('0').len();
    let kept = leading.min(expanded.find('.').unwrap_or(expanded.len()) - 1);
    Some(format!("{sign}{}", &expanded[kept..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(json: &str) -> String {
        let value: Value = serde_json::from_str(json).unwrap();
        Kind::Amount.scalar_text(&value).unwrap().into_owned()
    }

    #[test]
    fn an_amount_with_an_exponent_is_expanded_exactly() {
        for (json, plain) in [
            ("25", "25"),
            ("0.10", "0.10"),
            ("2e1", "20"),
            ("2.5E+1", "25"),
            ("2.55e1", "25.5"),
            ("1250e-2", "12.50"),
            ("5e-2", "0.05"),
            ("-1.5e0", "-1.5"),
            ("0e5", "0"),
            ("0.025e3", "25"),
            ("1e300", "1e+300"),
            ("\"1e2\"", "1e2"),
        ] {
            assert_eq!(amount(json), plain, "{json}");
        }
    }

    #[test]
    fn an_id_is_text_as_it_stands_or_a_whole_number() {
        let id = |json: &str| {
            let value: Value = serde_json::from_str(json).unwrap();
            Kind::Id.scalar_text(&value).map(Cow::into_owned)
        };
        assert_eq!(id("12").as_deref(), Some("12"));
        assert_eq!(id("\"012 \"").as_deref(), Some("012 "));
        assert_eq!(id("12.0"), None);
        assert_eq!(id("1e3"), None);
        assert_eq!(id("[1]"), None);
    }

    #[test]
    fn codes_are_split_at_whatever_divides_them() {
        let codes: Vec<_> = split_codes("CA;NV, OR  WA/ID|").collect();
        assert_eq!(codes, ["CA", "NV", "OR", "WA", "ID"]);
    }
}
