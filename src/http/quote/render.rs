//! A quote as JSON: what serde makes of [`QuoteView`](crate::http::views::QuoteView), written straight into memory.
//!
//! Quotes are asked for while somebody types, and each is another one: nothing can be prepared but the text between the
//! figures. The members and their order are those of the view, which is the document's schema; a test compares the two
//! byte for byte.

use std::cell::Cell;
use std::ops::Range;
use std::sync::LazyLock;

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::Made;
use crate::catalog::{BoardForm, Form, FrameGap, Freshness, QuoteFrame};
use crate::domain::money::{Currency, MinorUnits};
use crate::domain::quote::{
    Counts, CurrencyTotals, Prices, QuoteRequest, Totals, Warning, WarningCode,
};
use crate::domain::version::VersionHead;
use crate::http::json::JsonText;

/// Bytes of a quote without boards.
const FRAME_BYTES: usize = 1_536;
/// Bytes that a board adds, mostly.
const BOARD_BYTES: usize = 1_536;

/// What every quote from the catalog of `head` says while the newest is as fresh as `freshness` says.
pub(super) fn frame(head: &VersionHead, freshness: Freshness) -> QuoteFrame {
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
    let form = json.into_form(gaps);
    let of_boards = xxh3_64(&head.content_hash.0);
    QuoteFrame {
        seed: xxh3_64_with_seed(form.text().as_bytes(), of_boards),
        form,
    }
}

/// What the filled frame of a quote depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FrameFacts {
    seed: u64,
    made: Made,
    starts_on: NaiveDate,
}

thread_local! {
    /// The frame that the thread filled last: within a second the next quote mostly has the same.
    static LAST_FRAME: Cell<Option<(FrameFacts, Vec<u8>)>> = const { Cell::new(None) };
}

/// How a quote is written.
pub(super) struct Rendering<'a> {
    /// What is quoted.
    pub(super) prices: &'a Prices<'a>,
    /// What was asked.
    pub(super) request: &'a QuoteRequest,
    /// What every quote of the catalog says.
    pub(super) frame: &'a QuoteFrame,
    /// When it is made.
    pub(super) made: Made,
    /// When the vendor was last checked, where that is too long ago.
    pub(super) stale_since: Option<DateTime<Utc>>,
}

impl Rendering<'_> {
    /// The quote; each board by its form, which `form_of` finds by its position in the request, where there is one.
    pub(super) fn write<'f>(&self, form_of: impl Fn(usize) -> Option<&'f BoardForm>) -> Bytes {
        let prices = self.prices;
        let room = FRAME_BYTES + BOARD_BYTES * prices.boards.len();
        let mut json = JsonText::with_room(room);
        self.write_frame(&mut json);
        json.inputs(self.request);
        json.raw(",\"completeness\":\"");
        json.raw(prices.pass_through.as_str());
        json.raw("\",\"completeness_by_channel\":{\"pass_through\":\"");
        json.raw(prices.pass_through.as_str());
        json.raw("\",\"direct\":\"");
        json.raw(prices.direct.as_str());
        json.raw("\"},\"boards\":[");
        for (position, board) in prices.boards.iter().enumerate() {
            if position > 0 {
                json.raw(",");
            }
            match form_of(position) {
                Some(form) => json.fill(&form.prices, board, self.request),
                None => json.board(board),
            }
        }
        json.raw("],\"totals\":[");
        json.items(&prices.totals, JsonText::currency_totals);
        json.raw("],\"warnings\":[");
        self.write_warnings(&mut json, form_of);
        json.raw("]}");
        json.finish()
    }

    fn write_warnings<'f>(
        &self,
        json: &mut JsonText,
        form_of: impl Fn(usize) -> Option<&'f BoardForm>,
    ) {
        let start = json.len();
        json.items(&self.prices.warnings(self.stale_since), JsonText::warning);
        for (position, board) in self.prices.boards.iter().enumerate() {
            let prepared = form_of(position).and_then(|form| form.warnings.as_deref());
            let computed = match prepared {
                Some(_) => Vec::new(),
                None => board.warnings(self.request),
            };
            if prepared.is_none_or(str::is_empty) && computed.is_empty() {
                continue;
            }
            if json.len() > start {
                json.raw(",");
            }
            json.raw(prepared.unwrap_or_default());
            json.items(&computed, JsonText::warning);
        }
    }

    fn write_frame(&self, json: &mut JsonText) {
        let facts = FrameFacts {
            seed: self.frame.seed,
            made: self.made,
            starts_on: self.request.starts_on(),
        };
        let known = LAST_FRAME.take().filter(|(of, _)| *of == facts);
        let filled = known.unwrap_or_else(|| {
            let mut text = JsonText::with_room(FRAME_BYTES);
            self.fill_frame(&mut text);
            (facts, text.finish().to_vec())
        });
        json.copy(&filled.1);
        LAST_FRAME.set(Some(filled));
    }

    fn fill_frame(&self, json: &mut JsonText) {
        for (piece, gap) in self.frame.form.pieces(|_| true) {
            json.raw(piece);
            match gap {
                Some(FrameGap::QuotedAt) => json.time(self.made.moment()),
                Some(FrameGap::StartsOn) => json.date(self.request.starts_on()),
                Some(FrameGap::Stale) if self.made.is_stale => json.raw("true"),
                Some(FrameGap::Stale) => json.raw("false"),
                None => {}
            }
        }
    }
}

impl JsonText {
    /// Writes the items of a list, with commas between them.
    pub(super) fn items<T>(&mut self, items: &[T], write: impl Fn(&mut JsonText, &T)) {
        for (position, item) in items.iter().enumerate() {
            if position > 0 {
                self.raw(",");
            }
            write(self, item);
        }
    }

    /// What has been written, with `gaps`.
    pub(super) fn into_form<G: Copy>(self, gaps: Vec<(Range<usize>, G)>) -> Form<G> {
        let text = self.finish();
        let text = std::str::from_utf8(&text).expect("JSON is UTF-8");
        Form::new(text, gaps)
    }

    fn inputs(&mut self, request: &QuoteRequest) {
        self.raw(",\"inputs\":{\"boards\":[");
        self.items(request.boards(), |json, id| json.string(id.as_str()));
        let (counts, term_months) = (request.counts(), request.term_months());
        let is_open = |input: Input| input.of(counts, term_months) != input.usual();
        for (piece, input) in INPUTS.pieces(is_open) {
            self.raw(piece);
            if let Some(input) = input {
                self.number(input.of(counts, term_months).into());
            }
        }
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
        let longer = [totals.quarterly, totals.semiannual, totals.annual];
        if longer == [MinorUnits::ZERO; 3] && currency.digits() == 2 {
            // Hardly any fee is stated for more than a month and less than once.
            figure(
                "\",\"quarterly\":\"0.00\",\"semiannual\":\"0.00\",\"annual\":\"0.00\",\"monthly_equivalent\":\"",
                totals.monthly_equivalent,
            );
        } else {
            figure("\",\"quarterly\":\"", totals.quarterly);
            figure("\",\"semiannual\":\"", totals.semiannual);
            figure("\",\"annual\":\"", totals.annual);
            figure("\",\"monthly_equivalent\":\"", totals.monthly_equivalent);
        }
        figure("\",\"first_year\":\"", totals.first_year);
        figure("\",\"term_total\":\"", totals.term_total);
        self.raw("\"}");
    }

    pub(super) fn warning(&mut self, warning: &Warning<'_>) {
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

/// What a request gives besides boards and a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Input {
    Agents,
    Offices,
    Brokers,
    Websites,
    Feeds,
    TermMonths,
}

impl Input {
    /// All of them, in the order in which a quote repeats them.
    const ALL: [(Input, &str); 6] = [
        (Input::Agents, "agents"),
        (Input::Offices, "offices"),
        (Input::Brokers, "brokers"),
        (Input::Websites, "websites"),
        (Input::Feeds, "feeds"),
        (Input::TermMonths, "term_months"),
    ];

    fn of(self, counts: Counts, term_months: u32) -> u32 {
        match self {
            Input::Agents => counts.agents,
            Input::Offices => counts.offices,
            Input::Brokers => counts.brokers,
            Input::Websites => counts.websites,
            Input::Feeds => counts.feeds,
            Input::TermMonths => term_months,
        }
    }

    /// What it is unless it is given.
    fn usual(self) -> u32 {
        match self {
            Input::TermMonths => QuoteRequest::DEFAULT_TERM_MONTHS,
            _ => Counts::USUAL,
        }
    }
}

/// What follows the boards that were asked for, with the inputs that are usual.
static INPUTS: LazyLock<Form<Input>> = LazyLock::new(|| {
    let mut json = JsonText::with_room(FRAME_BYTES);
    let mut gaps = Vec::new();
    json.raw("]");
    for (input, name) in Input::ALL {
        json.raw(",\"");
        json.raw(name);
        json.raw("\":");
        let start = json.len();
        json.number(input.usual().into());
        gaps.push((start..json.len(), input));
    }
    json.raw("}");
    json.into_form(gaps)
});

/// How the warning of each code begins.
static WARNING_HEADS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let codes = WarningCode::ALL.iter();
    let head = |code: &WarningCode| {
        let severity = code.severity();
        format!("{{\"code\":\"{code}\",\"severity\":\"{severity}\",\"board_id\":")
    };
    codes.map(head).collect()
});
