//! The amount of one accrual period: unit amount x quantity, or the tiers; then the minimum, then the maximum.

use rust_decimal::Decimal;

use crate::domain::fee::{BandPrice, Fee, Price, TierMode, Tiers};
use crate::domain::money::Money;

/// What a quantity costs for one accrual period.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Priced {
    /// The units billed: the count less what is included.
    pub(super) quantity: u64,
    /// The amount; the low end where the price is a range.
    pub(super) amount: Decimal,
    /// The high end of a range; `None` where the price is exact.
    pub(super) amount_max: Option<Decimal>,
}

/// Prices `count` units of the fee's basis.
pub(super) fn price(fee: &Fee, count: u64) -> Priced {
    let quantity = count.saturating_sub(fee.included());
    let (low, high) = match fee.price() {
        Price::Unit(unit) => (times(*unit, quantity), None),
        Price::Range { low, high } => (times(*low, quantity), Some(times(*high, quantity))),
        Price::Tiered(tiers) => (price_tiers(tiers, quantity), None),
    };
    Priced {
        quantity,
        amount: bounded(fee, quantity, low),
        amount_max: high.map(|high| bounded(fee, quantity, high)),
    }
}

fn times(unit: Money, quantity: u64) -> Decimal {
    match quantity {
        1 => unit.amount(),
        quantity => unit.amount() * Decimal::from(quantity),
    }
}

/// `times` times `amount`.
pub(super) fn multiply(amount: Decimal, times: u32) -> Decimal {
    match times {
        1 => amount,
        times => amount * Decimal::from(times),
    }
}

/// Zero billable units cost 0, whatever the minimum says; the maximum is never exceeded.
fn bounded(fee: &Fee, quantity: u64, amount: Decimal) -> Decimal {
    if quantity == 0 {
        return Decimal::ZERO;
    }
    let at_least = fee
        .minimum()
        .map_or(amount, |minimum| amount.max(minimum.amount()));
    fee.maximum()
        .map_or(at_least, |maximum| at_least.min(maximum.amount()))
}

fn price_tiers(tiers: &Tiers, quantity: u64) -> Decimal {
    if quantity == 0 {
        return Decimal::ZERO;
    }
    parts(tiers, quantity)
        .into_iter()
        .map(|(units, price)| price_band(price, units))
        .sum()
}

fn price_band(price: BandPrice, units: u64) -> Decimal {
    let unit = price
        .unit()
        .map_or(Decimal::ZERO, |unit| times(unit, units));
    let flat = price.flat().map_or(Decimal::ZERO, Money::amount);
    unit + flat
}

/// The units each band prices, with its price; bands that price none are left out.
fn parts(tiers: &Tiers, quantity: u64) -> Vec<(u64, BandPrice)> {
    let mut parts = Vec::new();
    let mut below = 0;
    for (up_to, price) in tiers.bands() {
        let end = up_to.map_or(quantity, |up_to| up_to.min(quantity));
        match tiers.mode() {
            TierMode::Graduated if end > below => parts.push((end - below, price)),
            TierMode::Volume if end == quantity => return vec![(quantity, price)],
            _ => {}
        }
        below = end;
    }
    parts
}

/// Appends in words how [`price`] comes from `count` units of which `quantity` are billed to `amount`.
pub(super) fn push_explanation(
    fee: &Fee,
    count: u64,
    quantity: u64,
    amount: Decimal,
    text: &mut String,
) {
    push_quantity(fee, count, quantity, text);
    match fee.price() {
        Price::Unit(unit) => {
            text.push_str(" x ");
            unit.push_for_people(text);
        }
        Price::Range { low, high } => {
            text.push_str(" x ");
            low.push_for_people(text);
            text.push_str(" to ");
            high.push_for_people(text);
        }
        Price::Tiered(tiers) => push_tiers(tiers, quantity, text),
    }
    if quantity > 0 {
        push_bound(", at least ", fee.minimum(), amount, text);
        push_bound(", at most ", fee.maximum(), amount, text);
    }
    let stated = fee.cadence().months();
    let billed = fee.billed().and_then(|billed| billed.months());
    if let (Some(stated), Some(billed)) = (stated, billed) {
        text.push_str(", billed every ");
        push_number(u64::from(billed), text);
        text.push_str(" months: x ");
        push_number(u64::from(billed / stated), text);
    }
}

fn push_quantity(fee: &Fee, count: u64, quantity: u64, text: &mut String) {
    push_number(count, text);
    text.push(' ');
    text.push_str(fee.basis().as_str());
    if count != 1 {
        text.push('s');
    }
    if fee.included() > 0 {
        text.push_str(" - ");
        push_number(fee.included(), text);
        text.push_str(" included = ");
        push_number(quantity, text);
    }
}

fn push_tiers(tiers: &Tiers, quantity: u64, text: &mut String) {
    text.push_str(", ");
    text.push_str(tiers.mode().as_str());
    text.push_str(" tiers: ");
    let parts = parts(tiers, quantity);
    if parts.is_empty() {
        text.push_str("nothing to bill");
    }
    for (position, (units, price)) in parts.into_iter().enumerate() {
        if position > 0 {
            text.push_str(" + ");
        }
        if let Some(unit) = price.unit() {
            push_number(units, text);
            text.push_str(" x ");
            unit.push_for_people(text);
        }
        if let Some(flat) = price.flat() {
            if price.unit().is_some() {
                text.push_str(" + ");
            }
            flat.push_for_people(text);
            text.push_str(" flat");
        }
    }
}

fn push_bound(words: &str, bound: Option<Money>, amount: Decimal, text: &mut String) {
    if let Some(bound) = bound.filter(|bound| bound.amount() == amount) {
        text.push_str(words);
        bound.push_for_people(text);
    }
}

fn push_number(number: u64, text: &mut String) {
    text.push_str(itoa::Buffer::new().format(number));
}
