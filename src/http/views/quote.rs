//! Quotes.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Amount, CurrencyTotalsView, Detail, SourceView, Time, words};
use crate::catalog::Freshness;
use crate::domain::board::{Eligibility, FeeStatus, Paperwork};
use crate::domain::fee::{Basis, Cadence};
use crate::domain::money::Currency;
use crate::domain::quote::{
    BoardQuote, ChannelQuote, Completeness, Line, Quote, QuoteRequest, Severity, Warning,
    WarningCode,
};
use crate::domain::version::{CatalogVersion, VersionHead};

/// What some boards cost a client of a given size, from a given day, for a given term.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Quote)]
pub struct QuoteView<'a> {
    /// The catalog the quote was made from.
    #[schema(value_type = i64, minimum = 1)]
    pub catalog_version: CatalogVersion,
    /// When the quote was made.
    pub quoted_at: Time,
    /// The first day.
    #[schema(value_type = String, format = Date)]
    pub starts_on: NaiveDate,
    /// When the vendor's whole list was last seen.
    pub checked_at: Time,
    /// When the quote's version of the catalog was published.
    pub changed_at: Time,
    /// Whether the vendor was last checked too long ago.
    pub stale: bool,
    /// When the catalog turns stale, and the quote with it.
    pub valid_until: Time,
    /// What was asked, with every default filled in.
    pub inputs: InputsView<'a>,
    /// How much of the pass-through part is known: this is the completeness of the quote.
    #[schema(value_type = words::Completeness)]
    pub completeness: Completeness,
    /// The same for each channel.
    pub completeness_by_channel: ByChannelView,
    /// The boards, in the order asked for.
    pub boards: Vec<QuotedBoardView<'a>>,
    /// One row a currency, which are never added; empty where no money is involved.
    pub totals: Vec<CurrencyTotalsView>,
    /// What a person must know beside the numbers.
    pub warnings: Vec<WarningView<'a>>,
}

impl<'a> QuoteView<'a> {
    /// `quote`, the answer to `request` from the catalog of `head`, made at `quoted_at`, when the newest catalog was
    /// as fresh as `freshness` says, for callers who are shown `detail`.
    pub fn of(
        quote: &'a Quote<'a>,
        request: &'a QuoteRequest,
        head: &VersionHead,
        freshness: Freshness,
        quoted_at: DateTime<Utc>,
        detail: Detail,
    ) -> QuoteView<'a> {
        let boards = quote.prices.boards.iter();
        QuoteView {
            catalog_version: head.version,
            quoted_at: Time(quoted_at),
            starts_on: request.starts_on(),
            checked_at: Time(freshness.checked_at),
            changed_at: Time(head.created_at),
            stale: freshness.is_stale(quoted_at),
            valid_until: Time(freshness.stale_after()),
            inputs: InputsView::of(request),
            completeness: quote.prices.pass_through,
            completeness_by_channel: ByChannelView {
                pass_through: quote.prices.pass_through,
                direct: quote.prices.direct,
            },
            boards: boards
                .map(|board| QuotedBoardView::of(board, detail))
                .collect(),
            totals: quote
                .prices
                .totals
                .iter()
                .map(CurrencyTotalsView::of)
                .collect(),
            warnings: quote.warnings.iter().map(WarningView::of).collect(),
        }
    }
}

/// What was asked, with every default filled in.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = QuoteInputs)]
pub struct InputsView<'a> {
    /// Ids of the boards.
    pub boards: Vec<&'a str>,
    /// Agents.
    pub agents: u32,
    /// Offices.
    pub offices: u32,
    /// Brokers.
    pub brokers: u32,
    /// Websites.
    pub websites: u32,
    /// Data feeds.
    pub feeds: u32,
    /// The term in months.
    #[schema(minimum = 1)]
    pub term_months: u32,
}

impl<'a> InputsView<'a> {
    fn of(request: &'a QuoteRequest) -> InputsView<'a> {
        let counts = request.counts();
        InputsView {
            boards: request.boards().iter().map(|id| id.as_str()).collect(),
            agents: counts.agents,
            offices: counts.offices,
            brokers: counts.brokers,
            websites: counts.websites,
            feeds: counts.feeds,
            term_months: request.term_months(),
        }
    }
}

/// How much is known of each channel.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CompletenessByChannel)]
pub struct ByChannelView {
    /// Of what the vendor bills.
    #[schema(value_type = words::Completeness)]
    pub pass_through: Completeness,
    /// Of what the boards bill.
    #[schema(value_type = words::Completeness)]
    pub direct: Completeness,
}

/// One board's part of a quote.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = QuotedBoard)]
pub struct QuotedBoardView<'a> {
    /// The vendor's id.
    #[schema(min_length = 1, max_length = 64)]
    pub id: &'a str,
    /// The full name.
    pub name: &'a str,
    /// The short name.
    #[schema(required = true)]
    pub abbreviation: Option<&'a str>,
    /// Who may have the board's listings.
    #[schema(value_type = words::Eligibility)]
    pub eligibility: Eligibility,
    /// How the board licenses a client.
    #[schema(value_type = words::Paperwork)]
    pub paperwork: Paperwork,
    /// What the vendor will bill.
    pub pass_through: QuotedChannelView<'a>,
    /// What the board will bill.
    pub direct: QuotedChannelView<'a>,
}

impl<'a> QuotedBoardView<'a> {
    fn of(quoted: &'a BoardQuote<'a>, detail: Detail) -> QuotedBoardView<'a> {
        let facts = &quoted.board.facts;
        QuotedBoardView {
            id: facts.id.as_str(),
            name: &facts.name,
            abbreviation: facts.abbreviation.as_deref(),
            eligibility: facts.eligibility,
            paperwork: facts.paperwork,
            pass_through: QuotedChannelView::of(&quoted.pass_through, detail),
            direct: QuotedChannelView::of(&quoted.direct, detail),
        }
    }
}

/// One channel's part of a board's quote.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = QuotedChannel)]
pub struct QuotedChannelView<'a> {
    /// The answer on the start date.
    #[schema(value_type = words::FeeStatus)]
    pub status: FeeStatus,
    /// Free text about the channel as a whole, verbatim.
    #[schema(required = true)]
    pub note: Option<&'a str>,
    /// One line a fee; empty unless charged.
    pub lines: Vec<QuotedLineView<'a>>,
}

impl<'a> QuotedChannelView<'a> {
    fn of(quoted: &'a ChannelQuote<'a>, detail: Detail) -> QuotedChannelView<'a> {
        let lines = quoted.lines.iter();
        QuotedChannelView {
            status: quoted.status,
            note: quoted.recorded.note.as_deref(),
            lines: lines.map(|line| QuotedLineView::of(line, detail)).collect(),
        }
    }
}

/// One fee's part of a quote.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = QuotedLine)]
pub struct QuotedLineView<'a> {
    /// Stable within board and channel.
    #[schema(pattern = "^[a-z0-9_]{1,64}$")]
    pub key: &'a str,
    /// Text for people.
    pub label: &'a str,
    /// What the fee is charged per.
    #[schema(value_type = words::Basis)]
    pub basis: Basis,
    /// The units billed: the count of the basis less what is included.
    #[schema(minimum = 0)]
    pub quantity: u64,
    /// The period `amount` is stated for.
    #[schema(value_type = words::Cadence)]
    pub cadence: Cadence,
    /// How often it is billed.
    #[schema(value_type = words::Cadence)]
    pub billed: Cadence,
    /// ISO 4217 code of every amount of the line.
    #[schema(value_type = String, pattern = "^[A-Z]{3}$")]
    pub currency: Currency,
    /// For one period and the whole quantity, after tiers, minimum and maximum; the low end of a range.
    pub amount: Amount,
    /// The high end of a range; null where the price is exact.
    #[schema(required = true)]
    pub amount_max: Option<Amount>,
    /// What one bill comes to.
    pub billing_amount: Amount,
    /// Billed within the term.
    pub term_total: Amount,
    /// Billed within 12 months.
    pub first_year: Amount,
    /// How `amount` comes about, in words.
    pub arithmetic: String,
    /// Who says so.
    pub source: SourceView,
    /// The fee's note, verbatim.
    #[schema(required = true)]
    pub note: Option<&'a str>,
    /// Billed on the start date.
    pub due_at_signup: Amount,
    /// The first day of these terms; null when they have always held.
    #[schema(value_type = Option<String>, format = Date, required = true)]
    pub effective_from: Option<NaiveDate>,
    /// The first day on which they no longer hold; null when no end is known.
    #[schema(value_type = Option<String>, format = Date, required = true)]
    pub effective_to: Option<NaiveDate>,
}

impl<'a> QuotedLineView<'a> {
    fn of(line: &'a Line<'a>, detail: Detail) -> QuotedLineView<'a> {
        let fee = line.fee;
        let amount = |amount| Amount::of(amount, fee.currency());
        QuotedLineView {
            key: fee.key().as_str(),
            label: fee.label(),
            basis: fee.basis(),
            quantity: line.quantity,
            cadence: fee.cadence(),
            billed: fee.billing_cadence(),
            currency: fee.currency(),
            amount: amount(line.amount),
            amount_max: line.amount_max.map(amount),
            billing_amount: amount(line.billing_amount),
            term_total: amount(line.term_total),
            first_year: amount(line.first_year),
            arithmetic: line.arithmetic(),
            source: SourceView::of(fee.source(), detail),
            note: fee.note(),
            due_at_signup: amount(line.due_at_signup),
            effective_from: fee.effective().from(),
            effective_to: fee.effective().to(),
        }
    }
}

/// One thing to know beside the numbers.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Warning)]
pub struct WarningView<'a> {
    /// What it is about.
    #[schema(value_type = words::WarningCode)]
    pub code: WarningCode,
    /// How much it weighs.
    #[schema(value_type = words::Severity)]
    pub severity: Severity,
    /// The board it is about; null for the quote as a whole.
    #[schema(required = true)]
    pub board_id: Option<&'a str>,
    /// A sentence for people.
    pub message: String,
}

impl<'a> WarningView<'a> {
    fn of(warning: &Warning<'a>) -> WarningView<'a> {
        WarningView {
            code: warning.code(),
            severity: warning.code().severity(),
            board_id: warning.board.map(|board| board.facts.id.as_str()),
            message: warning.message(),
        }
    }
}
