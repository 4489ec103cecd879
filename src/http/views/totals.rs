//! The sums of a quote.

use serde::Serialize;
use utoipa::ToSchema;

use super::Amount;
use crate::domain::money::Currency;
use crate::domain::quote::{CurrencyTotals, Totals};

/// The sums of one currency. A channel of which nothing is known is null, never zero.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CurrencyTotals)]
pub struct CurrencyTotalsView {
    /// ISO 4217 code of every amount of the row.
    #[schema(value_type = String, pattern = "^[A-Z]{3}$")]
    pub currency: Currency,
    /// What the vendor will bill.
    #[schema(required = true)]
    pub pass_through: Option<TotalsView>,
    /// What the boards will bill.
    #[schema(required = true)]
    pub direct: Option<TotalsView>,
    /// Both together, as far as known.
    pub combined: TotalsView,
}

impl CurrencyTotalsView {
    pub(super) fn of(row: &CurrencyTotals) -> CurrencyTotalsView {
        let view = |totals: &Totals| TotalsView::of(totals, row.currency);
        CurrencyTotalsView {
            currency: row.currency,
            pass_through: row.pass_through.as_ref().map(view),
            direct: row.direct.as_ref().map(view),
            combined: view(&row.combined),
        }
    }
}

/// The figures of one row.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Totals)]
pub struct TotalsView {
    /// Billed on the start date.
    pub due_at_signup: Amount,
    /// Amounts charged once.
    pub one_time: Amount,
    /// Amounts stated for a month.
    pub monthly: Amount,
    /// Amounts stated for three months.
    pub quarterly: Amount,
    /// Amounts stated for six months.
    pub semiannual: Amount,
    /// Amounts stated for a year.
    pub annual: Amount,
    /// All recurring amounts divided down to a month, rounded once.
    pub monthly_equivalent: Amount,
    /// Billed within 12 months, also when the term is shorter.
    pub first_year: Amount,
    /// Billed within the term.
    pub term_total: Amount,
}

impl TotalsView {
    fn of(totals: &Totals, currency: Currency) -> TotalsView {
        let amount = |amount| Amount::of(amount, currency);
        TotalsView {
            due_at_signup: amount(totals.due_at_signup),
            one_time: amount(totals.one_time),
            monthly: amount(totals.monthly),
            quarterly: amount(totals.quarterly),
            semiannual: amount(totals.semiannual),
            annual: amount(totals.annual),
            monthly_equivalent: amount(totals.monthly_equivalent),
            first_year: amount(totals.first_year),
            term_total: amount(totals.term_total),
        }
    }
}
