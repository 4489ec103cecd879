//! Tiers as text: `9:20.00;100:=200.00;*:=300.00`.

use super::MAX_UNITS;
use crate::domain::fee::{Band, BandPrice, TierMode, Tiers};
use crate::domain::money::{Currency, Money};

/// The most bands of a tiered price.
const MAX_BANDS: usize = 100;

pub(super) fn parse_tiers(text: &str, mode: TierMode, currency: Currency) -> Result<Tiers, String> {
    let parts: Vec<&str> = text.split(';').map(str::trim).collect();
    if parts.len() > MAX_BANDS {
        return Err(format!(
            "has {} bands; at most {MAX_BANDS} are accepted",
            parts.len()
        ));
    }
    let (last, bounded) = parts.split_last().ok_or("is empty")?;
    let mut bands: Vec<Band> = Vec::with_capacity(bounded.len());
    for part in bounded {
        let (end, price) = split_band(part)?;
        let up_to = end.parse::<u64>().ok().filter(|end| (1..=MAX_UNITS).contains(end)).ok_or_else(|| {
            format!("\"{end}\" in \"{part}\" is no end of a band; give a whole number, and * for the last band alone")
        })?;
        if bands.last().is_some_and(|band| band.up_to >= up_to) {
            return Err(format!(
                "the end {up_to} in \"{part}\" is not above the one before it; put the bands in rising order"
            ));
        }
        bands.push(Band {
            up_to,
            price: parse_band_price(price, part, currency)?,
        });
    }
    let (end, price) = split_band(last)?;
    if end != "*" {
        return Err(format!(
            "the last band \"{last}\" ends at \"{end}\"; end it with * so that every quantity has a price"
        ));
    }
    Ok(Tiers {
        mode,
        bands,
        rest: parse_band_price(price, last, currency)?,
    })
}

fn split_band(part: &str) -> Result<(&str, &str), String> {
    part.split_once(':')
        .map(|(end, price)| (end.trim(), price.trim()))
        .ok_or_else(|| {
            format!("\"{part}\" is no band; write it like 9:20.00, 100:=200.00 or *:1.00=50.00")
        })
}

fn parse_band_price(price: &str, part: &str, currency: Currency) -> Result<BandPrice, String> {
    let money = |text: &str| {
        Money::parse(text, currency).map_err(|error| format!("in \"{part}\": {error}"))
    };
    match price.split_once('=') {
        None => money(price).map(BandPrice::Unit),
        Some(("", flat)) => money(flat).map(BandPrice::Flat),
        Some((unit, flat)) => Ok(BandPrice::UnitAndFlat {
            unit: money(unit)?,
            flat: money(flat)?,
        }),
    }
}

pub(super) fn print_tiers(tiers: &Tiers) -> String {
    let print_band = |(end, price): (Option<u64>, BandPrice)| {
        let end = end.map_or_else(|| "*".to_owned(), |end| end.to_string());
        let unit = price
            .unit()
            .map(Money::to_decimal_string)
            .unwrap_or_default();
        let flat = price
            .flat()
            .map(|flat| format!("={}", flat.to_decimal_string()))
            .unwrap_or_default();
        format!("{end}:{unit}{flat}")
    };
    tiers.bands().map(print_band).collect::<Vec<_>>().join(";")
}
