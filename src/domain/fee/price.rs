//! What one unit costs: an amount, a range, or tiers.

use serde::Serialize;

use super::word::word_enum;
use crate::domain::money::Money;

word_enum! {
    /// How tiers price a quantity.
    TierMode {
        /// The band that holds the whole quantity prices all of it.
        Volume = "volume",
        /// Each band prices its own part of the quantity.
        Graduated = "graduated",
    }
}

/// What one band of a tiered price charges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BandPrice {
    /// An amount per unit.
    Unit(Money),
    /// One amount for the band, however many units.
    Flat(Money),
    /// Both: the flat amount and the amount per unit.
    UnitAndFlat {
        /// Per unit.
        unit: Money,
        /// For the band.
        flat: Money,
    },
}

impl BandPrice {
    /// The amount per unit, if the band has one.
    pub fn unit(self) -> Option<Money> {
        match self {
            BandPrice::Unit(unit) | BandPrice::UnitAndFlat { unit, .. } => Some(unit),
            BandPrice::Flat(_) => None,
        }
    }

    /// The flat amount, if the band has one.
    pub fn flat(self) -> Option<Money> {
        match self {
            BandPrice::Flat(flat) | BandPrice::UnitAndFlat { flat, .. } => Some(flat),
            BandPrice::Unit(_) => None,
        }
    }
}

/// One band of a tiered price with an upper end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Band {
    /// The last quantity that belongs to the band.
    pub up_to: u64,
    /// What it charges.
    pub price: BandPrice,
}

/// A tiered price: bands of rising upper ends and one last band without an end, so that every quantity has a band.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Tiers {
    /// How the bands apply.
    pub(in crate::domain) mode: TierMode,
    /// The bands that have an end, `up_to` strictly rising from 1.
    pub(in crate::domain) bands: Vec<Band>,
    /// What every quantity above them is charged.
    pub(in crate::domain) rest: BandPrice,
}

impl Tiers {
    /// How the bands apply.
    pub fn mode(&self) -> TierMode {
        self.mode
    }

    /// Every band in order; the last one's end is `None`.
    pub fn bands(&self) -> impl Iterator<Item = (Option<u64>, BandPrice)> + '_ {
        let bounded = self.bands.iter().map(|band| (Some(band.up_to), band.price));
        bounded.chain(std::iter::once((None, self.rest)))
    }
}

/// What one unit costs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Price {
    /// The same amount for every unit.
    Unit(Money),
    /// Somewhere between two amounts a unit: totals count the low end, and the quote is a lower bound.
    Range {
        /// The low end.
        low: Money,
        /// The high end, above the low one.
        high: Money,
    },
    /// An amount that depends on the quantity.
    Tiered(Tiers),
}
