//! The amount of one accrual period: unit amount x quantity, or the tiers; then the minimum, then the maximum.

use std::fmt::Write;

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
    unit.amount() * Decimal::from(quantity)
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

/// The arithmetic of [`price`] in words: `1 account x $20.00`.
pub(super) fn explain(fee: &Fee, count: u64, priced: &Priced) -> String {
    let mut text = explain_quantity(fee, count, priced.quantity);
    match fee.price() {
        Price::Unit(unit) => push(&mut text, format_args!(" x {unit}")),
        Price::Range { low, high } => push(&mut text, format_args!(" x {low} to {high}")),
        Price::Tiered(tiers) => explain_tiers(tiers, priced.quantity, &mut text),
    }
    if priced.quantity > 0 {
        explain_bounds(fee, priced, &mut text);
    }
    if let (Some(stated), Some(billed)) = (
        fee.cadence().months(),
        fee.billed().and_then(|billed| billed.months()),
    ) {
        push(
            &mut text,
            format_args!(", billed every {billed} months: x {}", billed / stated),
        );
    }
    text
}

fn explain_quantity(fee: &Fee, count: u64, quantity: u64) -> String {
    let plural = if count == 1 { "" } else { "s" };
    let basis = fee.basis();
    match fee.included() {
        0 => format!("{count} {basis}{plural}"),
        included => format!("{count} {basis}{plural} - {included} included = {quantity}"),
    }
}

fn explain_tiers(tiers: &Tiers, quantity: u64, text: &mut String) {
    let of_band = |(units, price): (u64, BandPrice)| match price {
        BandPrice::Unit(unit) => format!("{units} x {unit}"),
        BandPrice::Flat(flat) => format!("{flat} flat"),
        BandPrice::UnitAndFlat { unit, flat } => format!("{units} x {unit} + {flat} flat"),
    };
    let bands: Vec<String> = parts(tiers, quantity).into_iter().map(of_band).collect();
    let sum = if bands.is_empty() {
        "nothing to bill".to_owned()
    } else {
        bands.join(" + ")
    };
    push(text, format_args!(", {} tiers: {sum}", tiers.mode()));
}

fn explain_bounds(fee: &Fee, priced: &Priced, text: &mut String) {
    if let Some(minimum) = fee
        .minimum()
        .filter(|minimum| minimum.amount() == priced.amount)
    {
        push(text, format_args!(", at least {minimum}"));
    }
    if let Some(maximum) = fee
        .maximum()
        .filter(|maximum| maximum.amount() == priced.amount)
    {
        push(text, format_args!(", at most {maximum}"));
    }
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments)
        .expect("writing to a String cannot fail");
}
