//! Sums by currency and, inside a currency, by channel. Two currencies are never added.

use super::{BoardQuote, Completeness, Line};
use crate::domain::board::Channel;
use crate::domain::fee::Cadence;
use crate::domain::money::{Currency, MinorUnits};

/// The sums of one currency.
#[derive(Debug, Clone, PartialEq)]
pub struct CurrencyTotals {
    /// The currency of every figure in the row.
    pub currency: Currency,
    /// What the vendor will bill; `None` when nothing is known of pass-through fees.
    pub pass_through: Option<Totals>,
    /// What the boards will bill; `None` when nothing is known of direct fees.
    pub direct: Option<Totals>,
    /// Both together, as far as known.
    pub combined: Totals,
}

/// The figures of one row, in the minor unit of its currency.
#[derive(Debug, Clone, PartialEq)]
pub struct Totals {
    /// Billed on the start date.
    pub due_at_signup: MinorUnits,
    /// Line amounts charged once, of terms that hold on the start date.
    pub one_time: MinorUnits,
    /// Line amounts stated for a month, likewise.
    pub monthly: MinorUnits,
    /// Line amounts stated for three months, likewise.
    pub quarterly: MinorUnits,
    /// Line amounts stated for six months, likewise.
    pub semiannual: MinorUnits,
    /// Line amounts stated for a year, likewise.
    pub annual: MinorUnits,
    /// All recurring amounts divided down to a month, rounded once, half to even: rows of it need not add up.
    pub monthly_equivalent: MinorUnits,
    /// Billed within 12 months.
    pub first_year: MinorUnits,
    /// Billed within the term.
    pub term_total: MinorUnits,
}

/// Running sums; the monthly equivalent is derived from them at the end.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    due_at_signup: MinorUnits,
    one_time: MinorUnits,
    monthly: MinorUnits,
    quarterly: MinorUnits,
    semiannual: MinorUnits,
    annual: MinorUnits,
    first_year: MinorUnits,
    term_total: MinorUnits,
}

impl Sums {
    fn add_line(&mut self, line: &Line<'_>) {
        self.due_at_signup += line.due_at_signup;
        self.first_year += line.first_year;
        self.term_total += line.term_total;
        if line.holds_at_start {
            *self.of_cadence(line.fee.cadence()) += line.amount;
        }
    }

    fn of_cadence(&mut self, cadence: Cadence) -> &mut MinorUnits {
        match cadence {
            Cadence::OneTime => &mut self.one_time,
            Cadence::Monthly => &mut self.monthly,
            Cadence::Quarterly => &mut self.quarterly,
            Cadence::Semiannual => &mut self.semiannual,
            Cadence::Annual => &mut self.annual,
        }
    }

    fn plus(self, other: Sums) -> Sums {
        Sums {
            due_at_signup: self.due_at_signup + other.due_at_signup,
            one_time: self.one_time + other.one_time,
            monthly: self.monthly + other.monthly,
            quarterly: self.quarterly + other.quarterly,
            semiannual: self.semiannual + other.semiannual,
            annual: self.annual + other.annual,
            first_year: self.first_year + other.first_year,
            term_total: self.term_total + other.term_total,
        }
    }

    fn finish(self) -> Totals {
        Totals {
            due_at_signup: self.due_at_signup,
            one_time: self.one_time,
            monthly: self.monthly,
            quarterly: self.quarterly,
            semiannual: self.semiannual,
            annual: self.annual,
            monthly_equivalent: self.monthly_equivalent(),
            first_year: self.first_year,
            term_total: self.term_total,
        }
    }

    /// One twelfth of what a year comes to, from unrounded sums.
    fn monthly_equivalent(self) -> MinorUnits {
        let others = self.quarterly * 4 + self.semiannual * 2 + self.annual;
        match others.is_zero() {
            // No twelfth of anything: exact as it is.
            true => self.monthly,
            false => (self.monthly * 12 + others).divided_by(12),
        }
    }
}

/// The rows of a quote, in order of currency code.
pub(super) fn sum(
    boards: &[BoardQuote<'_>],
    pass_through: Completeness,
    direct: Completeness,
) -> Vec<CurrencyTotals> {
    let mut rows = Rows::default();
    for board in boards {
        for (position, channel) in [Channel::PassThrough, Channel::Direct]
            .into_iter()
            .enumerate()
        {
            for line in &board.channel(channel).lines {
                let sums = rows.of(line.fee.currency());
                sums[position].get_or_insert_default().add_line(line);
            }
        }
    }
    let of_channel = |completeness: Completeness, sums: Option<Sums>| {
        let is_known = completeness != Completeness::Unknown;
        is_known.then(|| sums.unwrap_or_default().finish())
    };
    let totals = |(currency, [passed, billed]): Row| {
        let pass_through = of_channel(pass_through, passed);
        let direct = of_channel(direct, billed);
        let combined = match (passed, billed, &pass_through, &direct) {
            // Mostly one channel alone has fees.
            (_, None, Some(alone), _) | (None, _, _, Some(alone)) => alone.clone(),
            _ => passed
                .unwrap_or_default()
                .plus(billed.unwrap_or_default())
                .finish(),
        };
        CurrencyTotals {
            currency,
            pass_through,
            direct,
            combined,
        }
    };
    let mut totals: Vec<CurrencyTotals> = rows
        .first
        .into_iter()
        .chain(rows.others)
        .map(totals)
        .collect();
    totals.sort_unstable_by_key(|row| row.currency);
    totals
}

/// The sums of a currency, by channel.
type Row = (Currency, [Option<Sums>; 2]);

/// The sums by currency. A quote has few currencies, and mostly one, which needs no list.
#[derive(Default)]
struct Rows {
    first: Option<Row>,
    others: Vec<Row>,
}

impl Rows {
    /// The sums of `currency`, which begin here when it is new.
    fn of(&mut self, currency: Currency) -> &mut [Option<Sums>; 2] {
        let new = || (currency, [None, None]);
        let first = self.first.get_or_insert_with(new);
        if first.0 == currency {
            return &mut first.1;
        }
        let known = self.others.iter().position(|(known, _)| *known == currency);
        let position = known.unwrap_or_else(|| {
            self.others.push(new());
            self.others.len() - 1
        });
        &mut self.others[position].1
    }
}
