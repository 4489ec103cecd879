//! One fee of a board read where the mapping says it stands.

use serde_json::Value;

use crate::domain::fee::FeeKey;
use crate::domain::fee_text::FeeText;
use crate::domain::money::{Currency, Money, MoneyError};
use crate::upstream::notices::Notices;

use super::field::{Field, Found};
use super::spec::FeeSpec;

/// What one place says of one fee.
#[derive(Debug)]
pub(super) enum FeeReading {
    /// No amount at all.
    Absent {
        /// The text people see for it.
        label: String,
        /// The vendor's note.
        note: Option<String>,
    },
    /// An amount of 0: the vendor asserts that there is no such fee.
    Zero {
        /// The vendor's note.
        note: Option<String>,
    },
    /// There is a fee, and its price cannot be told.
    Unpublished {
        /// The text people see for it.
        label: String,
        /// The vendor's words in place of an amount, and its note.
        note: Option<String>,
        /// Whether there was an amount, only not what it is for.
        has_amount: bool,
    },
    /// A fee with its price, still to be checked as a whole.
    Priced(Box<FeeText>),
    /// An amount that is wrong.
    Refused(String),
}

/// What the amount of a fee is.
enum Amount {
    Absent,
    Zero,
    Given,
    Words(String),
    Refused(String),
}

impl FeeSpec {
    /// Reads the fee in `place`; `board_currency` counts where the fee does not say its own.
    pub(super) fn read(
        &self,
        place: &Value,
        board_currency: Option<Currency>,
        notices: &mut Notices,
    ) -> FeeReading {
        let read = |field: &Field, notices: &mut Notices| field.read(place, notices).text();
        let note = read(&self.note, notices);
        let currency = self.read_currency(place, board_currency, notices);
        let mut text = FeeText {
            amount: read(&self.amount, notices),
            amount_max: read(&self.amount_max, notices),
            tiers: read(&self.tiers, notices),
            minimum: read(&self.minimum, notices),
            maximum: read(&self.maximum, notices),
            ..FeeText::default()
        };
        match judge_amount(&text, currency) {
            Amount::Absent => {
                let label = self.read_name(place, notices).1;
                return FeeReading::Absent { label, note };
            }
            Amount::Zero => return FeeReading::Zero { note },
            Amount::Refused(reason) => {
                return FeeReading::Refused(format!("{}: {reason}", self.path));
            }
            Amount::Words(words) => {
                return FeeReading::Unpublished {
                    label: self.read_name(place, notices).1,
                    note: Some(note.map_or(words.clone(), |note| format!("{words}; {note}"))),
                    has_amount: false,
                };
            }
            Amount::Given => {}
        }
        (text.key, text.label) = self.read_name(place, notices);
        text.currency = currency
            .map(|currency| currency.code().to_owned())
            .unwrap_or_default();
        text.note = note;
        self.read_terms(place, text, notices)
    }

    /// Adds what the amount is for; without cadence, basis and currency it is no price.
    fn read_terms(&self, place: &Value, mut text: FeeText, notices: &mut Notices) -> FeeReading {
        let mut unknown = Vec::new();
        let mut word = |name: &'static str, field: &Field, needed: bool, notices: &mut Notices| {
            let found = field.read(place, notices);
            if found == Found::NotUnderstood || (needed && found == Found::Absent) {
                unknown.push(name);
            }
            found.text()
        };
        text.cadence = word("cadence", &self.cadence, true, notices).unwrap_or_default();
        text.basis = word("basis", &self.basis, true, notices).unwrap_or_default();
        text.billed = word("billed", &self.billed, false, notices);
        text.tier_mode = word("tier_mode", &self.tier_mode, false, notices);
        if text.currency.is_empty() {
            unknown.push("currency");
        }
        if !unknown.is_empty() {
            notices.add(format!(
                "{}: an amount without a known {} is taken as unpublished",
                self.path,
                unknown.join(" and ")
            ));
            return FeeReading::Unpublished {
                label: text.label,
                note: text.note,
                has_amount: true,
            };
        }
        text.included = self.included.read(place, notices).text();
        text.effective_from = self.effective_from.read(place, notices).text();
        text.effective_to = self.effective_to.read(place, notices).text();
        FeeReading::Priced(Box::new(text))
    }

    /// The fee's own currency, else the board's; `None` where its own is no currency that is known.
    fn read_currency(
        &self,
        place: &Value,
        board_currency: Option<Currency>,
        notices: &mut Notices,
    ) -> Option<Currency> {
        match self.currency.read(place, notices) {
            Found::Text(text) => text.parse().ok(),
            Found::Absent => board_currency,
            Found::NotUnderstood => None,
        }
    }

    /// Key and label, each standing in for the other.
    fn read_name(&self, place: &Value, notices: &mut Notices) -> (String, String) {
        let key = self.key.read(place, notices).text();
        let label = self.label.read(place, notices).text();
        let named = key.as_deref().or(label.as_deref()).unwrap_or_default();
        let slug = match self.key.constant() {
            Some(key) => key.to_owned(),
            None => FeeKey::slug(named).as_str().to_owned(),
        };
        let label = label.or(key).unwrap_or_else(|| slug.clone());
        (slug, label)
    }
}

/// Judges the amount; drops a high end that is the low end.
fn judge_amount(text: &FeeText, currency: Option<Currency>) -> Amount {
    let Some(amount) = &text.amount else {
        let has_price = text.tiers.is_some() || text.amount_max.is_some();
        return if has_price {
            Amount::Given
        } else {
            Amount::Absent
        };
    };
    let is_zero = |text: &String| {
        Money::parse(text, currency.unwrap_or(Currency::USD)).is_ok_and(Money::is_zero)
    };
    if text.maximum.as_ref().is_some_and(is_zero) && !is_zero(amount) {
        return Amount::Refused(
            "a maximum of 0 would make the fee free; if it means that there is none, map it with values = { \"0\" = \"\" }".to_owned(),
        );
    }
    match Money::parse(amount, currency.unwrap_or(Currency::USD)) {
        Ok(money) if money.is_zero() => {
            let others = [&text.amount_max, &text.minimum, &text.tiers];
            let is_free = others.into_iter().flatten().all(is_zero);
            if is_free { Amount::Zero } else { Amount::Given }
        }
        Ok(_) => Amount::Given,
        Err(MoneyError::Text(words)) => Amount::Words(words),
        Err(MoneyError::TooManyDecimals { .. }) if currency.is_none() => Amount::Given,
        Err(error) => Amount::Refused(error.to_string()),
    }
}
