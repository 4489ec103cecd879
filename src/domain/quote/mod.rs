//! A quote: what some boards cost a client of a given size, from a given day, for a given term.
//!
//! [`quote`] is a pure function of boards, request and date. It computes in whole minor units and rounds once, in
//! [`Totals::monthly_equivalent`].
//!
//! | module | holds |
//! | --- | --- |
//! | `request` | what is asked, checked |
//! | `price` | the amount of one accrual period for a quantity |
//! | `line` | one fee over the term: billing dates and sums |
//! | `totals` | sums by currency and channel |
//! | `warning` | what a person must know beside the numbers |

mod line;
mod price;
mod request;
mod totals;
mod warning;

#[cfg(test)]
mod worked_examples;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use smallvec::SmallVec;

use super::board::{Board, Channel, ChannelFees, FeeStatus};
use super::fee::{Fee, word_enum};

pub use line::{Figure, Line};
pub use request::{Counts, InvalidInput, QuoteRequest};
pub use request::{MAX_BOARDS, MAX_COUNT, MAX_TERM_MONTHS};
pub use totals::{CurrencyTotals, Totals};
pub use warning::{Severity, Warning, WarningCode};

word_enum! {
    /// How much of the price is known.
    Completeness {
        /// Every board is charged or free, with exact amounts.
        Complete = "complete",
        /// Some part is unpublished, unknown or a range: the totals are what is known so far.
        LowerBound = "lower_bound",
        /// Nothing is known of any board.
        Unknown = "unknown",
    }
}

/// The answer to a [`QuoteRequest`].
#[derive(Debug, Clone, PartialEq)]
pub struct Quote<'a> {
    /// The numbers.
    pub prices: Prices<'a>,
    /// What a person must know beside the numbers: of the quote as a whole first, then board by board.
    pub warnings: Vec<Warning<'a>>,
}

/// What is named for a quote, which is mostly one board: a few need no memory of their own.
pub type Few<T> = SmallVec<[T; 2]>;

/// The numbers of a [`Quote`], which are not all of the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Prices<'a> {
    /// How much of the pass-through part is known: this is the completeness of the quote.
    pub pass_through: Completeness,
    /// How much of the direct part is known.
    pub direct: Completeness,
    /// The boards, in the order asked for.
    pub boards: Vec<BoardQuote<'a>>,
    /// One row a currency, in order of code; empty where no money is involved.
    pub totals: Vec<CurrencyTotals>,
}

impl<'a> Prices<'a> {
    /// The prices of `boards`, which are the request's boards in its order.
    pub fn of(boards: impl IntoIterator<Item = &'a Board>, request: &QuoteRequest) -> Prices<'a> {
        let boards: Vec<BoardQuote<'a>> = boards
            .into_iter()
            .map(|board| quote_board(board, request))
            .collect();
        let pass_through = completeness(&boards, Channel::PassThrough);
        let direct = completeness(&boards, Channel::Direct);
        Prices {
            totals: totals::sum(&boards, pass_through, direct),
            pass_through,
            direct,
            boards,
        }
    }

    /// The warnings about the quote as a whole. `stale_since` is when the vendor was last checked, where that is too
    /// long ago.
    pub fn warnings(&self, stale_since: Option<DateTime<Utc>>) -> Vec<Warning<'a>> {
        warning::of_quote(&self.totals, stale_since)
    }
}

/// One board's part of a quote.
#[derive(Debug, Clone, PartialEq)]
pub struct BoardQuote<'a> {
    /// The board.
    pub board: &'a Board,
    /// What the vendor will bill.
    pub pass_through: ChannelQuote<'a>,
    /// What the board will bill.
    pub direct: ChannelQuote<'a>,
}

impl<'a> BoardQuote<'a> {
    /// The part of `channel`.
    pub fn channel(&self, channel: Channel) -> &ChannelQuote<'a> {
        match channel {
            Channel::PassThrough => &self.pass_through,
            Channel::Direct => &self.direct,
        }
    }

    /// The warnings about this board, whose part answers `request`.
    pub fn warnings(&self, request: &QuoteRequest) -> Vec<Warning<'a>> {
        warning::of_board(self, request)
    }

    /// Whether the warnings are the same on whatever day and for whatever term: that the terms of all fees always hold
    /// is taken for granted.
    pub fn warns_always_alike(&self) -> bool {
        warning::is_alike(self)
    }
}

/// One channel's part of a board's quote.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelQuote<'a> {
    /// The answer on the start date.
    pub status: FeeStatus,
    /// What is recorded.
    pub recorded: &'a ChannelFees,
    /// One line a fee that holds on the start date or bills within the horizon; empty unless charged.
    pub lines: Vec<Line<'a>>,
}

impl ChannelQuote<'_> {
    /// How much is known of this channel of this board.
    fn completeness(&self) -> Completeness {
        match self.status {
            FeeStatus::None => Completeness::Complete,
            FeeStatus::Unpublished | FeeStatus::Unknown => Completeness::Unknown,
            FeeStatus::Charged if self.is_approximate() => Completeness::LowerBound,
            FeeStatus::Charged => Completeness::Complete,
        }
    }

    /// Whether amounts are given, but only as the low end of what it may cost.
    fn is_approximate(&self) -> bool {
        self.recorded.is_partial() || self.lines.iter().any(|line| line.fee.is_range())
    }
}

/// What `count` units of the fee's basis cost for one period of its cadence; the high end where the price is a range.
pub fn period_amount(fee: &Fee, count: u64) -> Decimal {
    let priced = price::price(fee, count);
    let amount = priced.amount_max.unwrap_or(priced.amount);
    fee.currency().exact(amount)
}

/// Quotes `boards`, which are the request's boards in its order.
///
/// `stale_since` is when the vendor was last checked, where that is too long ago; it only adds a warning.
pub fn quote<'a>(
    boards: impl IntoIterator<Item = &'a Board>,
    request: &QuoteRequest,
    stale_since: Option<DateTime<Utc>>,
) -> Quote<'a> {
    let prices = Prices::of(boards, request);
    let mut warnings = prices.warnings(stale_since);
    let of_boards = prices.boards.iter().map(|board| board.warnings(request));
    warnings.extend(of_boards.flatten());
    Quote { prices, warnings }
}

fn quote_board<'a>(board: &'a Board, request: &QuoteRequest) -> BoardQuote<'a> {
    BoardQuote {
        board,
        pass_through: quote_channel(&board.pass_through, request),
        direct: quote_channel(&board.direct, request),
    }
}

fn quote_channel<'a>(recorded: &'a ChannelFees, request: &QuoteRequest) -> ChannelQuote<'a> {
    let status = recorded.status_on(request.starts_on());
    let lines = match status {
        FeeStatus::Charged => {
            let fees = recorded.fees();
            // Room at once: nearly every fee has a line.
            let mut lines = Vec::with_capacity(fees.len());
            lines.extend(fees.iter().filter_map(|fee| Line::of(fee, request)));
            lines
        }
        _ => Vec::new(),
    };
    ChannelQuote {
        status,
        recorded,
        lines,
    }
}

/// Complete when all of it is, unknown when all of it is, a lower bound in between.
fn completeness(boards: &[BoardQuote<'_>], channel: Channel) -> Completeness {
    let mut parts = boards
        .iter()
        .map(|board| board.channel(channel).completeness());
    let Some(first) = parts.next() else {
        return Completeness::Unknown;
    };
    if parts.all(|part| part == first) {
        first
    } else {
        Completeness::LowerBound
    }
}
