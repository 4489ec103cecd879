//! One fee over the term: its billing dates and what they add up to.

use chrono::{Months, NaiveDate};
use rust_decimal::Decimal;

use super::price;
use super::request::{FIRST_YEAR_MONTHS, QuoteRequest};
use crate::domain::fee::Fee;

/// One fee's part of a quote. Amounts are exact, in the fee's currency.
#[derive(Debug, Clone, PartialEq)]
pub struct Line<'a> {
    /// The fee.
    pub fee: &'a Fee,
    /// The units billed: the count of the fee's basis less what is included.
    pub quantity: u64,
    /// For one accrual period, after tiers, minimum and maximum; the low end of a range.
    pub amount: Decimal,
    /// The high end of a range; `None` where the price is exact.
    pub amount_max: Option<Decimal>,
    /// What one bill comes to: `amount` times the accrual periods it covers.
    pub billing_amount: Decimal,
    /// Billed on the start date.
    pub due_at_signup: Decimal,
    /// Billed within the term.
    pub term_total: Decimal,
    /// Billed within 12 months.
    pub first_year: Decimal,
    /// How `amount` comes about, in words.
    pub arithmetic: String,
    /// Whether the terms hold on the start date, so that the line counts in the sums by cadence.
    pub holds_at_start: bool,
}

impl<'a> Line<'a> {
    /// The line of `fee`; `None` when it neither holds on the start date nor bills within the horizon.
    pub(super) fn of(fee: &'a Fee, request: &QuoteRequest) -> Option<Line<'a>> {
        let count = request.counts().of(fee.basis());
        let holds_at_start = fee.effective().covers(request.starts_on());
        let bills: Vec<u32> = billing_months(fee, request).collect();
        if !holds_at_start && bills.is_empty() {
            return None;
        }
        let priced = price::price(fee, count);
        let arithmetic = price::explain(fee, count, &priced);
        let billing_amount = priced.amount * Decimal::from(accruals_per_bill(fee));
        let billed_within = |months: u32| {
            let bills = bills.iter().filter(|month| **month < months).count();
            billing_amount * Decimal::from(bills)
        };
        Some(Line {
            fee,
            quantity: priced.quantity,
            amount: priced.amount,
            amount_max: priced.amount_max,
            billing_amount,
            due_at_signup: billed_within(1),
            term_total: billed_within(request.term_months()),
            first_year: billed_within(FIRST_YEAR_MONTHS),
            arithmetic,
            holds_at_start,
        })
    }
}

/// How many accrual periods one bill covers.
fn accruals_per_bill(fee: &Fee) -> u32 {
    match (fee.cadence().months(), fee.billing_cadence().months()) {
        (Some(stated), Some(billed)) => billed / stated,
        _ => 1,
    }
}

/// The months after the start, within the horizon, in which these terms bill.
fn billing_months(fee: &Fee, request: &QuoteRequest) -> impl Iterator<Item = u32> {
    let (step, end) = match fee.billing_cadence().months() {
        Some(months) => (months, request.horizon_months()),
        None => (1, 1),
    };
    let (effective, starts_on) = (fee.effective(), request.starts_on());
    (0..end)
        .step_by(step as usize)
        .filter(move |month| effective.covers(billing_date(starts_on, *month)))
}

/// The start date plus `months`: the start's day of the month, or the month's last where it is shorter.
fn billing_date(starts_on: NaiveDate, months: u32) -> NaiveDate {
    starts_on
        .checked_add_months(Months::new(months))
        .expect("a request starts by 2199 and looks at most 120 months ahead")
}
