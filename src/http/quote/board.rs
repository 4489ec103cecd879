//! A board's part of a quote as JSON, and the form of it: the text that all requests have in common, written once.

use std::ops::Range;

use chrono::NaiveDate;

use crate::catalog::{BoardForm, BoardGap, Form};
use crate::domain::board::Board;
use crate::domain::fee::Source;
use crate::domain::money::{Currency, MinorUnits};
use crate::domain::quote::{BoardQuote, ChannelQuote, Counts, Figure, Line, Prices, QuoteRequest};
use crate::http::json::JsonText;

/// Bytes of a form, mostly.
const FORM_BYTES: usize = 2_048;
/// A day to quote fees on that hold on every day.
const ANY_DAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 1, 1).expect("it is a day");

/// The form of `board`, in whose gaps stand the figures of a request that gives nothing but the board; `None` where its
/// lines depend on the day, because terms of a fee begin or end.
pub(super) fn form(board: &Board) -> Option<BoardForm> {
    if board.term_edges().next().is_some() {
        return None;
    }
    let ids = vec![board.facts.id.clone()];
    let term_months = QuoteRequest::DEFAULT_TERM_MONTHS;
    let request = QuoteRequest::new(ids, Counts::default(), term_months, ANY_DAY).ok()?;
    let prices = Prices::of([board], &request);
    let quoted = prices.boards.first()?;
    Some(BoardForm {
        prices: prices_form(quoted),
        warnings: quoted
            .warns_always_alike()
            .then(|| warnings_text(quoted, &request)),
    })
}

fn prices_form(quoted: &BoardQuote<'_>) -> Form<BoardGap> {
    let mut json = JsonText::with_room(FORM_BYTES);
    let mut gaps = Vec::new();
    let mut writing = BoardText {
        json: &mut json,
        gaps: Some(&mut gaps),
        line: 0,
    };
    writing.board(quoted);
    json.into_form(gaps)
}

fn warnings_text(quoted: &BoardQuote<'_>, request: &QuoteRequest) -> Box<str> {
    let mut json = JsonText::with_room(FORM_BYTES);
    json.items(&quoted.warnings(request), JsonText::warning);
    let text = json.finish();
    let text = std::str::from_utf8(&text).expect("JSON is UTF-8");
    text.into()
}

impl JsonText {
    /// Writes a board's part.
    pub(super) fn board(&mut self, quoted: &BoardQuote<'_>) {
        let mut writing = BoardText {
            json: self,
            gaps: None,
            line: 0,
        };
        writing.board(quoted);
    }

    /// Writes a board's part, which answers `request`, by its form.
    pub(super) fn fill(
        &mut self,
        form: &Form<BoardGap>,
        quoted: &BoardQuote<'_>,
        request: &QuoteRequest,
    ) {
        let is_open = |gap: BoardGap| {
            let line = line(quoted, gap.line as usize);
            !line.is_usual(gap.figure, request)
        };
        for (piece, gap) in form.pieces(is_open) {
            self.raw(piece);
            if let Some(gap) = gap {
                self.figure(line(quoted, gap.line as usize), gap.figure);
            }
        }
    }

    /// Writes a figure; texts that are never null without their quotes, which belong to the pieces around.
    fn figure(&mut self, line: &Line<'_>, figure: Figure) {
        let amount = match figure {
            Figure::Quantity => return self.number(line.quantity),
            // Letters, digits, and signs that need no escape.
            Figure::Arithmetic => return self.plain_of(|pieces| line.write_arithmetic(pieces)),
            Figure::Units => return self.plain_of(|pieces| line.write_units(pieces)),
            Figure::AmountMax => return self.amount_or_null(line.amount_max, line.fee.currency()),
            Figure::Amount => line.amount,
            Figure::BillingAmount => line.billing_amount,
            Figure::TermTotal => line.term_total,
            Figure::FirstYear => line.first_year,
            Figure::DueAtSignup => line.due_at_signup,
        };
        self.decimal(amount, line.fee.currency());
    }

    fn amount_or_null(&mut self, amount: Option<MinorUnits>, currency: Currency) {
        match amount {
            Some(amount) => self.amount(amount, currency),
            None => self.raw("null"),
        }
    }
}

/// The line of this number: those of pass-through fees come first.
fn line<'q>(quoted: &'q BoardQuote<'_>, number: usize) -> &'q Line<'q> {
    let passed = &quoted.pass_through.lines;
    match number.checked_sub(passed.len()) {
        None => &passed[number],
        Some(number) => &quoted.direct.lines[number],
    }
}

/// A board's part that is being written.
struct BoardText<'j> {
    json: &'j mut JsonText,
    /// Where figures stand that depend on the request; `None` where that is not asked.
    gaps: Option<&'j mut Vec<(Range<usize>, BoardGap)>>,
    /// The number of the line.
    line: u32,
}

impl BoardText<'_> {
    fn board(&mut self, quoted: &BoardQuote<'_>) {
        let facts = &quoted.board.facts;
        let json = &mut *self.json;
        json.raw("{\"id\":");
        json.string(facts.id.as_str());
        json.raw(",\"name\":");
        json.string(&facts.name);
        json.raw(",\"abbreviation\":");
        json.string_or_null(facts.abbreviation.as_deref());
        json.raw(",\"eligibility\":\"");
        json.raw(facts.eligibility.as_str());
        json.raw("\",\"paperwork\":\"");
        json.raw(facts.paperwork.as_str());
        json.raw("\",\"pass_through\":");
        self.channel(&quoted.pass_through);
        self.json.raw(",\"direct\":");
        self.channel(&quoted.direct);
        self.json.raw("}");
    }

    fn channel(&mut self, quoted: &ChannelQuote<'_>) {
        let json = &mut *self.json;
        json.raw("{\"status\":\"");
        json.raw(quoted.status.as_str());
        json.raw("\",\"note\":");
        json.string_or_null(quoted.recorded.note.as_deref());
        json.raw(",\"lines\":[");
        for (position, line) in quoted.lines.iter().enumerate() {
            if position > 0 {
                self.json.raw(",");
            }
            self.line(line);
            self.line += 1;
        }
        self.json.raw("]}");
    }

    fn line(&mut self, line: &Line<'_>) {
        let fee = line.fee;
        let json = &mut *self.json;
        json.raw("{\"key\":");
        json.string(fee.key().as_str());
        json.raw(",\"label\":");
        json.string(fee.label());
        json.raw(",\"basis\":\"");
        json.raw(fee.basis().as_str());
        json.raw("\",\"quantity\":");
        self.figure(line, Figure::Quantity);
        let json = &mut *self.json;
        json.raw(",\"cadence\":\"");
        json.raw(fee.cadence().as_str());
        json.raw("\",\"billed\":\"");
        json.raw(fee.billing_cadence().as_str());
        json.raw("\",\"currency\":\"");
        json.raw(fee.currency().code());
        json.raw("\"");
        self.text("amount", line, Figure::Amount);
        self.json.raw(",\"amount_max\":");
        self.figure(line, Figure::AmountMax);
        self.text("billing_amount", line, Figure::BillingAmount);
        self.text("term_total", line, Figure::TermTotal);
        self.text("first_year", line, Figure::FirstYear);
        self.arithmetic(line);
        self.json.raw(",\"source\":");
        self.source(fee.source());
        self.json.raw(",\"note\":");
        self.json.string_or_null(fee.note());
        self.text("due_at_signup", line, Figure::DueAtSignup);
        let json = &mut *self.json;
        json.raw(",\"effective_from\":");
        json.date_or_null(fee.effective().from());
        json.raw(",\"effective_to\":");
        json.date_or_null(fee.effective().to());
        json.raw("}");
    }

    /// Writes a member that is a text.
    fn text(&mut self, name: &str, line: &Line<'_>, figure: Figure) {
        self.json.raw(",\"");
        self.json.raw(name);
        self.json.raw("\":\"");
        self.figure(line, figure);
        self.json.raw("\"");
    }

    fn arithmetic(&mut self, line: &Line<'_>) {
        if !line.differs_in_units_alone() {
            return self.text("arithmetic", line, Figure::Arithmetic);
        }
        self.json.raw(",\"arithmetic\":\"");
        self.figure(line, Figure::Units);
        self.json.plain_of(|pieces| line.write_price(pieces));
        self.json.raw("\"");
    }

    fn figure(&mut self, line: &Line<'_>, figure: Figure) {
        let start = self.json.len();
        self.json.figure(line, figure);
        if let Some(gaps) = &mut self.gaps
            && line.depends_on_request(figure)
        {
            let line = self.line;
            gaps.push((start..self.json.len(), BoardGap { line, figure }));
        }
    }

    /// When a value was verified, and where, is for staff.
    fn source(&mut self, source: &Source) {
        self.json.raw("{\"kind\":\"");
        self.json.raw(source.kind.as_str());
        self.json.raw("\",\"observed_at\":");
        self.json.time(source.observed_at);
        self.json.raw(",\"verified_on\":null,\"url\":null}");
    }
}
