//! A quote as JSON: what serde makes of [`QuoteView`](crate::http::views::QuoteView), written straight into a text.
//!
//! Quotes are asked for while somebody types, and each is another one, so nothing can be prepared. The members and
//! their order are those of the view, which is the document's schema; a test compares the two byte for byte.

use crate::catalog::Freshness;
use crate::domain::fee::Source;
use crate::domain::money::Currency;
use crate::domain::quote::{
    BoardQuote, ChannelQuote, CurrencyTotals, Line, Quote, QuoteRequest, Totals, Warning,
};
use crate::domain::version::VersionHead;
use crate::http::json::JsonText;
use chrono::{DateTime, Utc};

/// Bytes of a quote without boards.
const FRAME_BYTES: usize = 1_536;
/// Bytes that a board adds, mostly.
const BOARD_BYTES: usize = 1_536;

/// `quote`, the answer to `request` from the catalog of `head`, made at `quoted_at`, when the newest catalog was as
/// fresh as `freshness` says.
pub(super) fn render(
    quote: &Quote<'_>,
    request: &QuoteRequest,
    head: &VersionHead,
    freshness: Freshness,
    quoted_at: DateTime<Utc>,
) -> Vec<u8> {
    let mut json = JsonText::with_capacity(FRAME_BYTES + BOARD_BYTES * quote.boards.len());
    json.raw("{\"catalog_version\":");
    json.number(head.version.get());
    json.raw(",\"quoted_at\":");
    json.time(quoted_at);
    json.raw(",\"starts_on\":");
    json.date(request.starts_on());
    json.raw(",\"checked_at\":");
    json.time(freshness.checked_at);
    json.raw(",\"changed_at\":");
    json.time(head.created_at);
    json.raw(match freshness.is_stale(quoted_at) {
        true => ",\"stale\":true,\"valid_until\":",
        false => ",\"stale\":false,\"valid_until\":",
    });
    json.time(freshness.stale_after());
    json.inputs(request);
    json.raw(",\"completeness\":\"");
    json.raw(quote.pass_through.as_str());
    json.raw("\",\"completeness_by_channel\":{\"pass_through\":\"");
    json.raw(quote.pass_through.as_str());
    json.raw("\",\"direct\":\"");
    json.raw(quote.direct.as_str());
    json.raw("\"},\"boards\":");
    json.array(&quote.boards, JsonText::board);
    json.raw(",\"totals\":");
    json.array(&quote.totals, JsonText::currency_totals);
    json.raw(",\"warnings\":");
    json.array(&quote.warnings, JsonText::warning);
    json.raw("}");
    json.into_bytes()
}

impl JsonText {
    fn array<T>(&mut self, items: &[T], write: impl Fn(&mut JsonText, &T)) {
        self.raw("[");
        for (position, item) in items.iter().enumerate() {
            if position > 0 {
                self.raw(",");
            }
            write(self, item);
        }
        self.raw("]");
    }

    fn inputs(&mut self, request: &QuoteRequest) {
        let counts = request.counts();
        self.raw(",\"inputs\":{\"boards\":");
        self.array(request.boards(), |json, id| json.string(id.as_str()));
        self.raw(",\"agents\":");
        self.number(counts.agents);
        self.raw(",\"offices\":");
        self.number(counts.offices);
        self.raw(",\"brokers\":");
        self.number(counts.brokers);
        self.raw(",\"websites\":");
        self.number(counts.websites);
        self.raw(",\"feeds\":");
        self.number(counts.feeds);
        self.raw(",\"term_months\":");
        self.number(request.term_months());
        self.raw("}");
    }

    fn board(&mut self, quoted: &BoardQuote<'_>) {
        let facts = &quoted.board.facts;
        self.raw("{\"id\":");
        self.string(facts.id.as_str());
        self.raw(",\"name\":");
        self.string(&facts.name);
        self.raw(",\"abbreviation\":");
        self.string_or_null(facts.abbreviation.as_deref());
        self.raw(",\"eligibility\":\"");
        self.raw(facts.eligibility.as_str());
        self.raw("\",\"paperwork\":\"");
        self.raw(facts.paperwork.as_str());
        self.raw("\",\"pass_through\":");
        self.channel(&quoted.pass_through);
        self.raw(",\"direct\":");
        self.channel(&quoted.direct);
        self.raw("}");
    }

    fn channel(&mut self, quoted: &ChannelQuote<'_>) {
        self.raw("{\"status\":\"");
        self.raw(quoted.status.as_str());
        self.raw("\",\"note\":");
        self.string_or_null(quoted.recorded.note.as_deref());
        self.raw(",\"lines\":");
        self.array(&quoted.lines, JsonText::line);
        self.raw("}");
    }

    fn line(&mut self, line: &Line<'_>) {
        let (fee, currency) = (line.fee, line.fee.currency());
        self.raw("{\"key\":");
        self.string(fee.key().as_str());
        self.raw(",\"label\":");
        self.string(fee.label());
        self.raw(",\"basis\":\"");
        self.raw(fee.basis().as_str());
        self.raw("\",\"quantity\":");
        self.number(line.quantity);
        self.raw(",\"cadence\":\"");
        self.raw(fee.cadence().as_str());
        self.raw("\",\"billed\":\"");
        self.raw(fee.billing_cadence().as_str());
        self.raw("\",\"currency\":\"");
        self.raw(currency.code());
        self.raw("\",\"amount\":");
        self.amount(line.amount, currency);
        self.raw(",\"amount_max\":");
        match line.amount_max {
            Some(amount) => self.amount(amount, currency),
            None => self.raw("null"),
        }
        self.raw(",\"billing_amount\":");
        self.amount(line.billing_amount, currency);
        self.raw(",\"term_total\":");
        self.amount(line.term_total, currency);
        self.raw(",\"first_year\":");
        self.amount(line.first_year, currency);
        self.raw(",\"arithmetic\":");
        self.plain_string(|text| line.push_arithmetic(text));
        self.raw(",\"source\":");
        self.source(fee.source());
        self.raw(",\"note\":");
        self.string_or_null(fee.note());
        self.raw(",\"due_at_signup\":");
        self.amount(line.due_at_signup, currency);
        self.raw(",\"effective_from\":");
        self.date_or_null(fee.effective().from());
        self.raw(",\"effective_to\":");
        self.date_or_null(fee.effective().to());
        self.raw("}");
    }

    /// When a value was verified, and where, is for staff.
    fn source(&mut self, source: &Source) {
        self.raw("{\"kind\":\"");
        self.raw(source.kind.as_str());
        self.raw("\",\"observed_at\":");
        self.time(source.observed_at);
        self.raw(",\"verified_on\":null,\"url\":null}");
    }

    fn currency_totals(&mut self, row: &CurrencyTotals) {
        self.raw("{\"currency\":\"");
        self.raw(row.currency.code());
        self.raw("\",\"pass_through\":");
        let start = self.len();
        self.totals_or_null(row.pass_through.as_ref(), row.currency);
        let end = self.len();
        self.raw(",\"direct\":");
        self.totals_or_null(row.direct.as_ref(), row.currency);
        self.raw(",\"combined\":");
        // Mostly one channel alone has fees of which anything is known.
        match row.pass_through.as_ref() == Some(&row.combined) {
            true => self.again(start, end),
            false => self.totals_or_null(Some(&row.combined), row.currency),
        }
        self.raw("}");
    }

    fn totals_or_null(&mut self, totals: Option<&Totals>, currency: Currency) {
        let Some(totals) = totals else {
            return self.raw("null");
        };
        self.raw("{\"due_at_signup\":");
        self.amount(totals.due_at_signup, currency);
        self.raw(",\"one_time\":");
        self.amount(totals.one_time, currency);
        self.raw(",\"monthly\":");
        self.amount(totals.monthly, currency);
        self.raw(",\"quarterly\":");
        self.amount(totals.quarterly, currency);
        self.raw(",\"semiannual\":");
        self.amount(totals.semiannual, currency);
        self.raw(",\"annual\":");
        self.amount(totals.annual, currency);
        self.raw(",\"monthly_equivalent\":");
        self.amount(totals.monthly_equivalent, currency);
        self.raw(",\"first_year\":");
        self.amount(totals.first_year, currency);
        self.raw(",\"term_total\":");
        self.amount(totals.term_total, currency);
        self.raw("}");
    }

    fn warning(&mut self, warning: &Warning) {
        self.raw("{\"code\":\"");
        self.raw(warning.code.as_str());
        self.raw("\",\"severity\":\"");
        self.raw(warning.code.severity().as_str());
        self.raw("\",\"board_id\":");
        self.string_or_null(warning.board_id.as_ref().map(|id| id.as_str()));
        self.raw(",\"message\":");
        self.string(&warning.message);
        self.raw("}");
    }
}
