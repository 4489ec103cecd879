//! The amount of one accrual period: unit amount x quantity, or the tiers; then the minimum, then the maximum.

use std::fmt;

use crate::domain::fee::{BandPrice, Fee, Price, TierMode, Tiers};
use crate::domain::money::{MinorUnits, Money};

/// What a quantity costs for one accrual period.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Priced {
    /// The units billed: the count less what is included.
    pub(super) quantity: u64,
    /// The amount; the low end where the price is a range.
    pub(super) amount: MinorUnits,
    /// The high end of a range; `None` where the price is exact.
    pub(super) amount_max: Option<MinorUnits>,
}

/// Prices `count` units of the fee's basis.
pub(super) fn price(fee: &Fee, count: u64) -> Priced {
    let quantity = count.saturating_sub(fee.included());
    let (low, high) = match fee.price() {
        Price::Unit(unit) => (unit.minor_units() * quantity, None),
        Price::Range { low, high } => (
            low.minor_units() * quantity,
            Some(high.minor_units() * quantity),
        ),
        Price::Tiered(tiers) => (price_tiers(tiers, quantity), None),
    };
    Priced {
        quantity,
        amount: bounded(fee, quantity, low),
        amount_max: high.map(|high| bounded(fee, quantity, high)),
    }
}

/// Zero billable units cost 0, whatever the minimum says; the maximum is never exceeded.
fn bounded(fee: &Fee, quantity: u64, amount: MinorUnits) -> MinorUnits {
    if quantity == 0 {
        return MinorUnits::ZERO;
    }
    let at_least = fee
        .minimum()
        .map_or(amount, |minimum| amount.max(minimum.minor_units()));
    fee.maximum()
        .map_or(at_least, |maximum| at_least.min(maximum.minor_units()))
}

fn price_tiers(tiers: &Tiers, quantity: u64) -> MinorUnits {
    if quantity == 0 {
        return MinorUnits::ZERO;
    }
    parts(tiers, quantity)
        .into_iter()
        .map(|(units, price)| price_band(price, units))
        .sum()
}

fn price_band(price: BandPrice, units: u64) -> MinorUnits {
    let unit = price
        .unit()
        .map_or(MinorUnits::ZERO, |unit| unit.minor_units() * units);
    let flat = price.flat().map_or(MinorUnits::ZERO, Money::minor_units);
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

/// Writes in words how [`price`] comes from the `quantity` that is billed to `amount`: what follows the
/// [quantity](explain_quantity).
pub(super) fn explain_amount(
    fee: &Fee,
    quantity: u64,
    amount: MinorUnits,
    out: &mut impl fmt::Write,
) -> fmt::Result {
    match fee.price() {
        Price::Unit(unit) => {
            out.write_str(" x ")?;
            unit.write_for_people(out)?;
        }
        Price::Range { low, high } => {
            out.write_str(" x ")?;
            low.write_for_people(out)?;
            out.write_str(" to ")?;
            high.write_for_people(out)?;
        }
        Price::Tiered(tiers) => explain_tiers(tiers, quantity, out)?,
    }
    if quantity > 0 {
        explain_bound(", at least ", fee.minimum(), amount, out)?;
        explain_bound(", at most ", fee.maximum(), amount, out)?;
    }
    let stated = fee.cadence().months();
    let billed = fee.billed().and_then(|billed| billed.months());
    if let (Some(stated), Some(billed)) = (stated, billed) {
        let times = billed / stated;
        write!(out, ", billed every {billed} months: x {times}")?;
    }
    Ok(())
}

/// Whether the words of [`explain_amount`] are the same for every quantity.
pub(super) fn is_explained_alike(fee: &Fee) -> bool {
    let is_tiered = matches!(fee.price(), Price::Tiered(_));
    !is_tiered && fee.minimum().is_none() && fee.maximum().is_none()
}

/// Writes in words how `quantity` comes from `count` units: `1 account`.
pub(super) fn explain_quantity(
    fee: &Fee,
    count: u64,
    quantity: u64,
    out: &mut impl fmt::Write,
) -> fmt::Result {
    write_number(count, out)?;
    out.write_str(" ")?;
    out.write_str(fee.basis().as_str())?;
    if count != 1 {
        out.write_str("s")?;
    }
    if fee.included() > 0 {
        out.write_str(" - ")?;
        write_number(fee.included(), out)?;
        out.write_str(" included = ")?;
        write_number(quantity, out)?;
    }
    Ok(())
}

fn explain_tiers(tiers: &Tiers, quantity: u64, out: &mut impl fmt::Write) -> fmt::Result {
    out.write_str(", ")?;
    out.write_str(tiers.mode().as_str())?;
    out.write_str(" tiers: ")?;
    let parts = parts(tiers, quantity);
    if parts.is_empty() {
        out.write_str("nothing to bill")?;
    }
    for (position, (units, price)) in parts.into_iter().enumerate() {
        if position > 0 {
            out.write_str(" + ")?;
        }
        if let Some(unit) = price.unit() {
            write_number(units, out)?;
            out.write_str(" x ")?;
            unit.write_for_people(out)?;
        }
        if let Some(flat) = price.flat() {
            if price.unit().is_some() {
                out.write_str(" + ")?;
            }
            flat.write_for_people(out)?;
            out.write_str(" flat")?;
        }
    }
    Ok(())
}

fn explain_bound(
    words: &str,
    bound: Option<Money>,
    amount: MinorUnits,
    out: &mut impl fmt::Write,
) -> fmt::Result {
    match bound.filter(|bound| bound.minor_units() == amount) {
        Some(bound) => {
            out.write_str(words)?;
            bound.write_for_people(out)
        }
        None => Ok(()),
    }
}

fn write_number(number: u64, out: &mut impl fmt::Write) -> fmt::Result {
    out.write_str(itoa::Buffer::new().format(number))
}
