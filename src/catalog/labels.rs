//! Fees for people, on one line.

use chrono::NaiveDate;

use crate::domain::board::{ChannelFees, FeeStatus};
use crate::domain::fee::{Basis, Cadence, Fee, Price};

/// What `channel` costs on the day `on`, on one line: `$20.00/mo + $100.00 set-up`.
///
/// The four answers stay apart: amounts, `No pass-through fee`, `Fee on request`, `Fee not known`.
pub fn fee_label(channel: &ChannelFees, on: NaiveDate) -> String {
    match channel.status_on(on) {
        FeeStatus::None => "No pass-through fee".to_owned(),
        FeeStatus::Unpublished => "Fee on request".to_owned(),
        FeeStatus::Unknown => "Fee not known".to_owned(),
        FeeStatus::Charged => label_amounts(channel, on),
    }
}

/// The fees in force, recurring ones first; where none has begun yet, the announced ones with their day.
fn label_amounts(channel: &ChannelFees, on: NaiveDate) -> String {
    let mut in_force: Vec<&Fee> = channel
        .fees()
        .iter()
        .filter(|fee| fee.effective().covers(on))
        .collect();
    in_force.sort_by_key(|fee| fee.cadence() == Cadence::OneTime);
    let mut parts: Vec<String> = in_force.iter().map(|fee| fee_terms_label(fee)).collect();
    if parts.is_empty() {
        let announced = channel
            .fees()
            .iter()
            .filter(|fee| !fee.effective().has_ended_by(on));
        parts = announced.map(label_announced).collect();
    }
    let amounts = parts.join(" + ");
    if channel.is_partial() {
        format!("at least {amounts}")
    } else {
        amounts
    }
}

fn label_announced(fee: &Fee) -> String {
    match fee.effective().from() {
        Some(day) => format!("{} from {day}", fee_terms_label(fee)),
        None => fee_terms_label(fee),
    }
}

/// What one fee costs, on one line: `$15.00/agent/mo`.
pub fn fee_terms_label(fee: &Fee) -> String {
    let amount = match fee.price() {
        Price::Unit(unit) => unit.to_string(),
        Price::Range { low, high } => format!("{low} to {high}"),
        Price::Tiered(_) => "tiered".to_owned(),
    };
    let basis = match fee.basis() {
        Basis::Account => String::new(),
        basis => format!("/{basis}"),
    };
    let free = match fee.included() {
        0 => String::new(),
        included => format!(" after {included} free"),
    };
    format!("{amount}{basis}{}{free}", cadence_suffix(fee))
}

fn cadence_suffix(fee: &Fee) -> &'static str {
    match fee.cadence() {
        Cadence::OneTime if fee.key().as_str().contains("setup") => " set-up",
        Cadence::OneTime => " once",
        Cadence::Monthly => "/mo",
        Cadence::Quarterly => "/quarter",
        Cadence::Semiannual => "/6 mo",
        Cadence::Annual => "/yr",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::board::{ChannelState, FeeSet};
    use crate::domain::fee::Source;
    use crate::domain::fee_text::FeeText;

    fn fee(key: &str, amount: &str, cadence: &str, basis: &str) -> FeeText {
        FeeText {
            key: key.into(),
            label: key.into(),
            amount: Some(amount.into()),
            currency: "USD".into(),
            cadence: cadence.into(),
            basis: basis.into(),
            ..FeeText::default()
        }
    }

    fn label_of(fees: Vec<FeeText>, partial: bool) -> String {
        let source = Source::reseller_api(chrono::DateTime::UNIX_EPOCH);
        let fees = fees
            .iter()
            .map(|fee| fee.parse(source.clone()).unwrap())
            .collect();
        let state = ChannelState::Charged {
            fees: FeeSet::new(fees).unwrap(),
            partial,
        };
        let channel = ChannelFees {
            state,
            note: None,
            source: Some(source),
        };
        fee_label(&channel, "2026-11-23".parse().unwrap())
    }

    #[test]
    fn recurring_amounts_come_before_those_charged_once() {
        let fees = vec![
            fee("setup", "100", "one_time", "account"),
            fee("idx", "20", "monthly", "account"),
        ];
        assert_eq!(label_of(fees, false), "$20.00/mo + $100.00 set-up");
    }

    #[test]
    fn basis_included_units_ranges_and_gaps_show() {
        assert_eq!(
            label_of(vec![fee("idx", "15", "monthly", "agent")], false),
            "$15.00/agent/mo"
        );
        let free = FeeText {
            included: Some("5".into()),
            ..fee("idx", "150", "monthly", "feed")
        };
        assert_eq!(label_of(vec![free], false), "$150.00/feed/mo after 5 free");
        let range = FeeText {
            amount_max: Some("30".into()),
            ..fee("idx", "20", "annual", "account")
        };
        assert_eq!(label_of(vec![range], true), "at least $20.00 to $30.00/yr");
    }

    #[test]
    fn announced_fees_show_their_day() {
        let announced = FeeText {
            effective_from: Some("2027-01-01".into()),
            ..fee("idx", "20", "monthly", "account")
        };
        let today = FeeText {
            effective_to: Some("2027-01-01".into()),
            ..fee("idx", "15", "monthly", "account")
        };
        assert_eq!(
            label_of(vec![announced.clone()], false),
            "$20.00/mo from 2027-01-01"
        );
        assert_eq!(label_of(vec![today, announced], false), "$15.00/mo");
    }

    #[test]
    fn the_four_answers_stay_apart() {
        let label = |state| {
            let channel = ChannelFees {
                state,
                note: None,
                source: None,
            };
            fee_label(&channel, "2026-11-23".parse().unwrap())
        };
        assert_eq!(label(ChannelState::None), "No pass-through fee");
        assert_eq!(label(ChannelState::Unpublished), "Fee on request");
        assert_eq!(label(ChannelState::Unknown), "Fee not known");
    }
}
