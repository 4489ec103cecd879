//! A quote as JSON: what serde makes of [`QuoteView`](crate::http::views::QuoteView), written straight into memory.
//!
//! Quotes are asked for while somebody types, and each is another one: nothing can be prepared but the text between the
//! figures. The members and their order are those of the view, which is the document's schema; a test compares the two
//! byte for byte.

use std::ops::Range;
use std::sync::LazyLock;

use bytes::Bytes;
use chrono::{DateTime, Utc};

use crate::catalog::{BoardGap, Form, FrameGap, Freshness};
use crate::domain::money::Currency;
use crate::domain::quote::{CurrencyTotals, Quote, QuoteRequest, Totals, Warning, WarningCode};
use crate::domain::version::VersionHead;
use crate::http::json::JsonText;

/// Bytes of a quote without boards.
const FRAME_BYTES: usize = 1_536;
/// Bytes that a board adds, mostly.
const BOARD_BYTES: usize = 1_536;

/// What every quote from the catalog of `head` says while the newest is as fresh as `freshness` says.
pub(super) fn frame(head: &VersionHead, freshness: Freshness) -> Form<FrameGap> {
    let mut json = JsonText::with_room(FRAME_BYTES);
    let mut gaps = Vec::new();
    json.raw("{\"catalog_version\":");
    json.raw(&head.version.get().to_string());
    json.raw(",\"quoted_at\":");
    gaps.push((json.len()..json.len(), FrameGap::QuotedAt));
    json.raw(",\"starts_on\":");
    gaps.push((json.len()..json.len(), FrameGap::StartsOn));
    json.raw(",\"checked_at\":");
    json.time(freshness.checked_at);
    json.raw(",\"changed_at\":");
    json.time(head.created_at);
    json.raw(",\"stale\":");
    gaps.push((json.len()..json.len(), FrameGap::Stale));
    json.raw(",\"valid_until\":");
    json.time(freshness.stale_after());
    json.into_form(gaps)
}

/// How a quote is written.
pub(super) struct Rendering<'a> {
    /// What is quoted.
    pub(super) quote: &'a Quote<'a>,
    /// What was asked.
    pub(super) request: &'a QuoteRequest,
    /// What every quote of the catalog says.
    pub(super) frame: &'a Form<FrameGap>,
    /// When it is made.
    pub(super) quoted_at: DateTime<Utc>,
    /// Whether the vendor was last checked too long ago.
    pub(super) is_stale: bool,
}

impl Rendering<'_> {
    /// The quote; each board by its form, which `form_of` finds by its position in the request, where there is one.
    pub(super) fn write<'f>(&self, form_of: impl Fn(usize) -> Option<&'f Form<BoardGap>>) -> Bytes {
        let quote = self.quote;
        let room = FRAME_BYTES + BOARD_BYTES * quote.boards.len();
        let mut json = JsonText::with_room(room);
        self.write_frame(&mut json);
        json.inputs(self.request);
        json.raw(",\"completeness\":\"");
        json.raw(quote.pass_through.as_str());
        json.raw("\",\"completeness_by_channel\":{\"pass_through\":\"");
        json.raw(quote.pass_through.as_str());
        json.raw("\",\"direct\":\"");
        json.raw(quote.direct.as_str());
        json.raw("\"},\"boards\":[");
        for (position, board) in quote.boards.iter().enumerate() {
            if position > 0 {
                json.raw(",");
            }
            match form_of(position) {
                Some(form) => json.fill(form, board, self.request),
                None => json.board(board),
            }
        }
        json.raw("],\"totals\":");
        json.array(&quote.totals, JsonText::currency_totals);
        json.raw(",\"warnings\":");
        json.array(&quote.warnings, JsonText::warning);
        json.raw("}");
        json.finish()
    }

    fn write_frame(&self, json: &mut JsonText) {
        for (piece, gap) in self.frame.pieces(|_| true) {
            json.raw(piece);
            match gap {
                Some(FrameGap::QuotedAt) => json.time(self.quoted_at),
                Some(FrameGap::StartsOn) => json.date(self.request.starts_on()),
                Some(FrameGap::Stale) if self.is_stale => json.raw("true"),
                Some(FrameGap::Stale) => json.raw("false"),
                None => {}
            }
        }
    }
}

impl JsonText {
    /// Writes the items of a list.
    pub(super) fn array<T>(&mut self, items: &[T], write: impl Fn(&mut JsonText, &T)) {
        self.raw("[");
        for (position, item) in items.iter().enumerate() {
            if position > 0 {
                self.raw(",");
            }
            write(self, item);
        }
        self.raw("]");
    }

    /// What has been written, with `gaps`.
    pub(super) fn into_form<G: Copy>(self, gaps: Vec<(Range<usize>, G)>) -> Form<G> {
        let text = self.finish();
        let text = std::str::from_utf8(&text).expect("JSON is UTF-8");
        Form::new(text, gaps)
    }

    fn inputs(&mut self, request: &QuoteRequest) {
        let counts = request.counts();
        self.raw(",\"inputs\":{\"boards\":");
        self.array(request.boards(), |json, id| json.string(id.as_str()));
        self.raw(",\"agents\":");
        self.number(counts.agents.into());
        self.raw(",\"offices\":");
        self.number(counts.offices.into());
        self.raw(",\"brokers\":");
        self.number(counts.brokers.into());
        self.raw(",\"websites\":");
        self.number(counts.websites.into());
        self.raw(",\"feeds\":");
        self.number(counts.feeds.into());
        self.raw(",\"term_months\":");
        self.number(request.term_months().into());
        self.raw("}");
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
        // The quotes of an amount belong to the pieces around it: fewer pieces to write.
        let mut figure = |piece: &str, amount| {
            self.raw(piece);
            self.decimal(amount, currency);
        };
        figure("{\"due_at_signup\":\"", totals.due_at_signup);
        figure("\",\"one_time\":\"", totals.one_time);
        figure("\",\"monthly\":\"", totals.monthly);
        figure("\",\"quarterly\":\"", totals.quarterly);
        figure("\",\"semiannual\":\"", totals.semiannual);
        figure("\",\"annual\":\"", totals.annual);
        figure("\",\"monthly_equivalent\":\"", totals.monthly_equivalent);
        figure("\",\"first_year\":\"", totals.first_year);
        figure("\",\"term_total\":\"", totals.term_total);
        self.raw("\"}");
    }

    fn warning(&mut self, warning: &Warning<'_>) {
        self.raw(&WARNING_HEADS[warning.code() as usize]);
        self.string_or_null(warning.board.map(|board| board.facts.id.as_str()));
        self.raw(",\"message\":");
        match warning.words_around_name() {
            Some([before, after]) => {
                self.raw("\"");
                self.raw(before);
                self.escaped(warning.name());
                self.raw(after);
                self.raw("\"}");
            }
            None => {
                self.string_of(|pieces| warning.write_message(pieces));
                self.raw("}");
            }
        }
    }
}

/// How the warning of each code begins.
static WARNING_HEADS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let codes = WarningCode::ALL.iter();
    let head = |code: &WarningCode| {
        let severity = code.severity();
        format!("{{\"code\":\"{code}\",\"severity\":\"{severity}\",\"board_id\":")
    };
    codes.map(head).collect()
});
