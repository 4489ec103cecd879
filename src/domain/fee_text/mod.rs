//! The one text form of a fee, shared by the curated CSV, the database columns and the vendor mapping.
//!
//! One parser and one printer: what [`FeeText::parse`] accepts, [`FeeText::print`] writes back the same.

mod text;
mod tiers;

use chrono::NaiveDate;

pub use text::{MAX_LABEL_CHARS, MAX_NOTE_CHARS, check_text, read_date, read_note};

use super::fee::{Cadence, Fee, FeeKey, Price, Source, TierMode};
use super::money::{Currency, Money};
use super::period::Period;
use tiers::{parse_tiers, print_tiers};

/// The most units that can be free, or lie below a band's end.
const MAX_UNITS: u64 = 1_000_000_000;

/// A fee as texts, a field a column; `None` or blank is "not given". The names are the CSV columns'.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeeText {
    /// Stable within (board, channel).
    pub key: String,
    /// Text shown to people.
    pub label: String,
    /// Amount per unit; empty when there are tiers.
    pub amount: Option<String>,
    /// High end of a range.
    pub amount_max: Option<String>,
    /// ISO 4217 code.
    pub currency: String,
    /// The period the amount is stated for.
    pub cadence: String,
    /// How often it is billed, where that is less often.
    pub billed: Option<String>,
    /// What it is charged per.
    pub basis: String,
    /// Free units.
    pub included: Option<String>,
    /// How tiers apply.
    pub tier_mode: Option<String>,
    /// Tiers: `9:20.00;100:=200.00;*:=300.00`.
    pub tiers: Option<String>,
    /// Least per accrual period.
    pub minimum: Option<String>,
    /// Most per accrual period.
    pub maximum: Option<String>,
    /// First day, `YYYY-MM-DD`.
    pub effective_from: Option<String>,
    /// First day no longer covered.
    pub effective_to: Option<String>,
    /// Free text.
    pub note: Option<String>,
}

/// What is wrong with one field, and how to put it right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct FieldError {
    /// The field, by its CSV column name.
    pub field: &'static str,
    /// The value as given; empty when it is missing.
    pub value: String,
    /// What is wrong and the remedy.
    pub problem: String,
}

/// Collects what is wrong while the fields that are right go on.
#[derive(Default)]
struct Problems(Vec<FieldError>);

impl Problems {
    fn add(&mut self, field: &'static str, value: &str, problem: impl ToString) {
        self.0.push(FieldError {
            field,
            value: value.to_owned(),
            problem: problem.to_string(),
        });
    }

    /// The value, or `None` after noting the error.
    fn keep<T, E: ToString>(
        &mut self,
        field: &'static str,
        value: &str,
        result: Result<T, E>,
    ) -> Option<T> {
        result
            .map_err(|error| self.add(field, value, error.to_string()))
            .ok()
    }

    /// Reads an optional field: outer `None` after an error, inner `None` when blank.
    fn optional<T, E: ToString>(
        &mut self,
        field: &'static str,
        value: &Option<String>,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Option<T>> {
        match given(value) {
            None => Some(None),
            Some(text) => self.keep(field, text, read(text)).map(Some),
        }
    }
}

/// The text, unless it is absent or blank.
fn given(value: &Option<String>) -> Option<&str> {
    value
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

impl FeeText {
    /// Reads the fee, asserted by `source`.
    ///
    /// # Errors
    /// Every field that is wrong, by name, with its value and the remedy.
    pub fn parse(&self, source: Source) -> Result<Fee, Vec<FieldError>> {
        let mut problems = Problems::default();
        let fee = self.parse_collecting(source, &mut problems);
        match fee {
            Some(fee) if problems.0.is_empty() => Ok(fee),
            _ => Err(problems.0),
        }
    }

    fn parse_collecting(&self, source: Source, problems: &mut Problems) -> Option<Fee> {
        let key = problems.keep("fee_key", &self.key, FeeKey::parse(self.key.trim()));
        let label = problems.keep("label", &self.label, read_label(&self.label));
        let note = problems.keep("note", "", read_note(&self.note));
        let cadence = problems.keep("cadence", &self.cadence, required_word(&self.cadence));
        let basis = problems.keep("basis", &self.basis, required_word(&self.basis));
        let billed = problems.optional("billed", &self.billed, str::parse::<Cadence>);
        let included = problems.optional("included", &self.included, read_units);
        let effective = self.parse_effective(problems);
        let currency = problems.keep(
            "currency",
            &self.currency,
            self.currency.parse::<Currency>(),
        )?;
        let price = self.parse_price(currency, problems);
        let read_money = |text: &str| Money::parse(text, currency);
        let minimum = problems.optional("minimum", &self.minimum, read_money)?;
        let maximum = problems.optional("maximum", &self.maximum, read_money)?;
        if let (Some(low), Some(high)) = (minimum, maximum)
            && low.minor_units() > high.minor_units()
        {
            let value = low.to_decimal_string();
            problems.add(
                "minimum",
                &value,
                format!(
                    "\"{value}\" is more than the maximum \"{}\"; lower it",
                    high.to_decimal_string()
                ),
            );
        }
        let (cadence, billed) = (cadence?, billed?);
        check_billed(cadence, billed, problems);
        Some(Fee {
            key: key?,
            label: label?,
            price: price?,
            currency,
            included: included?.unwrap_or(0),
            minimum,
            maximum,
            cadence,
            billed: billed.filter(|billed| *billed != cadence),
            basis: basis?,
            effective: effective?,
            note: note?,
            source,
        })
    }

    fn parse_effective(&self, problems: &mut Problems) -> Option<Period> {
        let from = problems.optional("effective_from", &self.effective_from, read_date)?;
        let to = problems.optional("effective_to", &self.effective_to, read_date)?;
        let value = self.effective_to.as_deref().unwrap_or_default();
        problems.keep("effective_to", value, Period::new(from, to))
    }

    fn parse_price(&self, currency: Currency, problems: &mut Problems) -> Option<Price> {
        let read_money = |text: &str| Money::parse(text, currency);
        let amount = problems.optional("amount", &self.amount, read_money)?;
        let amount_max = problems.optional("amount_max", &self.amount_max, read_money)?;
        let mode = problems.optional("tier_mode", &self.tier_mode, str::parse::<TierMode>)?;
        let tiers = given(&self.tiers);
        match (amount, amount_max, mode, tiers) {
            (Some(unit), None, None, None) => Some(Price::Unit(unit)),
            (Some(low), Some(high), None, None) if high.minor_units() > low.minor_units() => {
                Some(Price::Range { low, high })
            }
            (Some(low), Some(high), None, None) => {
                let value = high.to_decimal_string();
                let low = low.to_decimal_string();
                problems.add("amount_max", &value, format!("\"{value}\" is not above the amount \"{low}\"; give the high end of the range or leave it empty"));
                None
            }
            (None, None, Some(mode), Some(text)) => problems
                .keep("tiers", text, parse_tiers(text, mode, currency))
                .map(Price::Tiered),
            (None, None, None, Some(text)) => {
                problems.add(
                    "tier_mode",
                    "",
                    format!("is missing beside the tiers \"{text}\"; give volume or graduated"),
                );
                None
            }
            (None, None, Some(mode), None) => {
                problems.add("tiers", "", format!("is missing beside the tier_mode \"{mode}\"; give tiers such as 9:20.00;*:=200.00"));
                None
            }
            (None, Some(high), None, None) => {
                let value = high.to_decimal_string();
                problems.add("amount", "", format!("is missing beside the amount_max \"{value}\"; give the low end of the range"));
                None
            }
            (None, None, None, None) => {
                problems.add(
                    "amount",
                    "",
                    "is missing; give an amount or tiers, or set the status to unpublished",
                );
                None
            }
            (_, _, _, Some(_)) | (_, _, Some(_), _) => {
                let value = self
                    .amount
                    .as_deref()
                    .or(self.amount_max.as_deref())
                    .unwrap_or_default();
                problems.add(
                    "amount",
                    value,
                    format!("\"{value}\" stands beside tiers; leave either empty"),
                );
                None
            }
        }
    }

    /// The text form of `fee`: parsing it gives the same fee.
    pub fn print(fee: &Fee) -> FeeText {
        let (amount, amount_max, tiers) = match &fee.price {
            Price::Unit(unit) => (Some(*unit), None, None),
            Price::Range { low, high } => (Some(*low), Some(*high), None),
            Price::Tiered(tiers) => (None, None, Some(tiers)),
        };
        let decimal = |money: Option<Money>| money.map(Money::to_decimal_string);
        let date = |date: Option<NaiveDate>| date.map(|date| date.to_string());
        FeeText {
            key: fee.key.as_str().to_owned(),
            label: fee.label.clone(),
            amount: decimal(amount),
            amount_max: decimal(amount_max),
            currency: fee.currency.code().to_owned(),
            cadence: fee.cadence.to_string(),
            billed: fee.billed.map(|billed| billed.to_string()),
            basis: fee.basis.to_string(),
            included: Some(fee.included.to_string()),
            tier_mode: tiers.map(|tiers| tiers.mode.to_string()),
            tiers: tiers.map(print_tiers),
            minimum: decimal(fee.minimum),
            maximum: decimal(fee.maximum),
            effective_from: date(fee.effective.from()),
            effective_to: date(fee.effective.to()),
            note: fee.note.clone(),
        }
    }
}

fn read_label(text: &str) -> Result<String, String> {
    let label = text.trim();
    if label.is_empty() {
        return Err("is missing; give the text that people see".to_owned());
    }
    check_text(label, MAX_LABEL_CHARS)?;
    Ok(label.to_owned())
}

fn required_word<T>(text: &str) -> Result<T, String>
where
    T: std::str::FromStr<Err = super::fee::UnknownWord>,
{
    text.trim().parse::<T>().map_err(|error| match text.trim() {
        "" => format!("is missing; give one of {}", error.known),
        _ => error.to_string(),
    })
}

fn read_units(text: &str) -> Result<u64, String> {
    let units = text.parse::<u64>().ok().filter(|units| *units <= MAX_UNITS);
    units.ok_or_else(|| format!("\"{text}\" is not a whole number from 0 to {MAX_UNITS}"))
}

/// `billed` must be a longer period than the cadence; a fee charged once is billed once.
fn check_billed(cadence: Cadence, billed: Option<Cadence>, problems: &mut Problems) {
    let Some(billed) = billed.filter(|billed| *billed != cadence) else {
        return;
    };
    let problem = match (cadence.months(), billed.months()) {
        (None, _) => format!("\"{billed}\" stands on a fee charged once; leave it empty"),
        (Some(_), None) => format!(
            "\"{billed}\" is no billing interval; give a period longer than {cadence} or leave it empty"
        ),
        (Some(stated), Some(charged)) if charged < stated => {
            format!(
                "\"{billed}\" is shorter than the cadence {cadence}; state the amount for the shorter period"
            )
        }
        _ => return,
    };
    problems.add("billed", billed.as_str(), problem);
}

#[cfg(test)]
mod tests;
