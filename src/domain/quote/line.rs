//! One fee over the term: its billing dates and what they add up to.

use std::fmt;

use chrono::{Months, NaiveDate};

use super::price;
use super::request::{Counts, FIRST_YEAR_MONTHS, QuoteRequest};
use crate::domain::fee::{Basis, Fee};
use crate::domain::money::MinorUnits;
use crate::domain::period::Period;

/// One fee's part of a quote. Amounts are in the minor unit of the fee's currency.
#[derive(Debug, Clone, PartialEq)]
pub struct Line<'a> {
    /// The fee.
    pub fee: &'a Fee,
    /// The units billed: the count of the fee's basis less what is included.
    pub quantity: u64,
    /// For one accrual period, after tiers, minimum and maximum; the low end of a range.
    pub amount: MinorUnits,
    /// The high end of a range; `None` where the price is exact.
    pub amount_max: Option<MinorUnits>,
    /// What one bill comes to: `amount` times the accrual periods it covers.
    pub billing_amount: MinorUnits,
    /// Billed on the start date.
    pub due_at_signup: MinorUnits,
    /// Billed within the term.
    pub term_total: MinorUnits,
    /// Billed within 12 months.
    pub first_year: MinorUnits,
    /// The units asked for, of which `quantity` are billed.
    count: u64,
    /// Whether the terms hold on the start date, so that the line counts in the sums by cadence.
    pub holds_at_start: bool,
}

/// What a line says that its fee alone does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// [`Line::quantity`].
    Quantity,
    /// [`Line::amount`].
    Amount,
    /// [`Line::amount_max`].
    AmountMax,
    /// [`Line::billing_amount`].
    BillingAmount,
    /// [`Line::term_total`].
    TermTotal,
    /// [`Line::first_year`].
    FirstYear,
    /// [`Line::arithmetic`].
    Arithmetic,
    /// [`Line::write_units`].
    Units,
    /// [`Line::due_at_signup`].
    DueAtSignup,
}

impl<'a> Line<'a> {
    /// The line of `fee`; `None` when it neither holds on the start date nor bills within the horizon.
    pub(super) fn of(fee: &'a Fee, request: &QuoteRequest) -> Option<Line<'a>> {
        let count = request.counts().of(fee.basis());
        let holds_at_start = fee.effective().covers(request.starts_on());
        let bills = |months: u32| count_bills(fee, request.starts_on(), months);
        if !holds_at_start && bills(request.horizon_months()) == 0 {
            return None;
        }
        let priced = price::price(fee, count);
        let billing_amount = priced.amount * u64::from(accruals_per_bill(fee));
        let billed_within = |months: u32| billing_amount * u64::from(bills(months));
        Some(Line {
            fee,
            quantity: priced.quantity,
            amount: priced.amount,
            amount_max: priced.amount_max,
            billing_amount,
            due_at_signup: billed_within(1),
            term_total: billed_within(request.term_months()),
            first_year: billed_within(FIRST_YEAR_MONTHS),
            count,
            holds_at_start,
        })
    }

    /// How `amount` comes about, in words: `1 account x $20.00`.
    pub fn arithmetic(&self) -> String {
        let mut text = String::new();
        self.write_arithmetic(&mut text)
            .expect("writing to a string cannot fail");
        text
    }

    /// Writes [`arithmetic`](Self::arithmetic): digits, Latin letters, spaces, `:` and `$,.+-=x` alone.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_arithmetic(&self, out: &mut impl fmt::Write) -> fmt::Result {
        self.write_units(out)?;
        self.write_price(out)
    }

    /// Writes how the arithmetic begins, with the units: `1 account`.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_units(&self, out: &mut impl fmt::Write) -> fmt::Result {
        price::explain_quantity(self.fee, self.count, self.quantity, out)
    }

    /// Writes how the arithmetic goes on after the units: ` x $20.00`.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_price(&self, out: &mut impl fmt::Write) -> fmt::Result {
        price::explain_amount(self.fee, self.quantity, self.amount, out)
    }

    /// Whether only the units of the arithmetic may differ between two lines of this fee.
    pub fn differs_in_units_alone(&self) -> bool {
        price::is_explained_alike(self.fee)
    }

    /// Whether `figure` may differ between two requests for a line of this fee, whose terms always hold.
    pub fn depends_on_request(&self, figure: Figure) -> bool {
        let is_of_account = self.fee.basis() == Basis::Account;
        let is_once = self.fee.billing_cadence().months().is_none();
        match figure {
            Figure::TermTotal => !is_of_account || !is_once,
            Figure::AmountMax => !is_of_account && self.fee.is_range(),
            _ => !is_of_account,
        }
    }

    /// Whether `figure` is for sure the one that a request has which gives nothing but the board: that the terms always
    /// hold is taken for granted.
    pub fn is_usual(&self, figure: Figure, request: &QuoteRequest) -> bool {
        let is_usual_term = request.term_months() == QuoteRequest::DEFAULT_TERM_MONTHS;
        self.count == u64::from(Counts::USUAL) && (figure != Figure::TermTotal || is_usual_term)
    }
}

/// How many accrual periods one bill covers.
fn accruals_per_bill(fee: &Fee) -> u32 {
    match (fee.cadence().months(), fee.billing_cadence().months()) {
        (Some(stated), Some(billed)) => billed / stated,
        _ => 1,
    }
}

/// How often these terms bill in the first `months` months from `starts_on`.
fn count_bills(fee: &Fee, starts_on: NaiveDate, months: u32) -> u32 {
    let (step, end) = match fee.billing_cadence().months() {
        Some(step) => (step, months),
        None => (1, 1),
    };
    let effective = fee.effective();
    if effective == Period::ALWAYS {
        return end.div_ceil(step);
    }
    let bills = (0..end)
        .step_by(step as usize)
        .filter(|month| effective.covers(billing_date(starts_on, *month)));
    u32::try_from(bills.count()).expect("a term has at most 120 months")
}

/// The start date plus `months`: the start's day of the month, or the month's last where it is shorter.
fn billing_date(starts_on: NaiveDate, months: u32) -> NaiveDate {
    starts_on
        .checked_add_months(Months::new(months))
        .expect("a request starts by 2199 and looks at most 120 months ahead")
}
