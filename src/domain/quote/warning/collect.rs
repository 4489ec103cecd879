//! Which warnings a quote has.

use chrono::{DateTime, Months, NaiveDate, Utc};

use super::{Matter, Warning};
use crate::domain::board::{Channel, Eligibility, FeeStatus, Paperwork};
use crate::domain::fee::{Fee, Source, SourceKind};
use crate::domain::period::Period;
use crate::domain::quote::{BoardQuote, ChannelQuote, CurrencyTotals, QuoteRequest};

/// The warnings about a quote as a whole, whose rows are `totals`.
pub(in super::super) fn of_quote<'a>(
    totals: &[CurrencyTotals],
    stale_since: Option<DateTime<Utc>>,
) -> Vec<Warning<'a>> {
    let mut matters = Vec::new();
    if let Some(checked_at) = stale_since {
        matters.push(Matter::Stale { checked_at });
    }
    if totals.len() > 1 {
        let currencies = totals.iter().map(|row| row.currency);
        matters.push(Matter::MixedCurrency(currencies.collect()));
    }
    let warning = |matter| Warning {
        board: None,
        matter,
    };
    matters.into_iter().map(warning).collect()
}

/// The warnings about a board.
pub(in super::super) fn of_board<'a>(
    quoted: &BoardQuote<'a>,
    request: &QuoteRequest,
) -> Vec<Warning<'a>> {
    let mut warnings = Vec::new();
    let board = Some(quoted.board);
    warn_board(quoted, request, &mut |matter| {
        warnings.push(Warning { board, matter });
    });
    warnings
}

/// Whether the warnings about a board, whose fees hold on every day, are the same for every request: those that depend
/// on the day are of what was verified once.
pub(in super::super) fn is_alike(quoted: &BoardQuote<'_>) -> bool {
    let mut is_alike = true;
    for channel in [&quoted.pass_through, &quoted.direct] {
        each_claim(channel, |_, source| {
            is_alike &= source.kind != SourceKind::Curated;
        });
    }
    is_alike
}

fn warn_board<'a>(
    quoted: &BoardQuote<'a>,
    request: &QuoteRequest,
    warn: &mut impl FnMut(Matter<'a>),
) {
    let board = quoted.board;
    if !board.active {
        warn(Matter::BoardInactive);
    }
    for held in &board.held {
        let reason = &held.reason;
        warn(Matter::ValueHeld { reason });
    }
    warn_channel(Channel::PassThrough, &quoted.pass_through, warn);
    warn_channel(Channel::Direct, &quoted.direct, warn);
    if board.facts.eligibility == Eligibility::BrokersOnly {
        warn(Matter::BrokersOnly);
    }
    if board.facts.paperwork == Paperwork::Manual {
        warn(Matter::PaperworkRequired);
    }
    for channel in [&quoted.pass_through, &quoted.direct] {
        warn_terms(channel, request, warn);
    }
}

fn warn_channel<'a>(
    channel: Channel,
    quoted: &ChannelQuote<'a>,
    warn: &mut impl FnMut(Matter<'a>),
) {
    match (channel, quoted.status) {
        (Channel::PassThrough, FeeStatus::Unpublished) => warn(Matter::PassThroughUnpublished),
        (Channel::PassThrough, FeeStatus::Unknown) => warn(Matter::PassThroughUnknown),
        (Channel::Direct, FeeStatus::Unpublished) => warn(Matter::DirectFeeUnpublished),
        (Channel::Direct, FeeStatus::Unknown) => warn(Matter::DirectFeeUnknown),
        (_, FeeStatus::Charged | FeeStatus::None) => {}
    }
    if quoted.recorded.is_partial() && quoted.status == FeeStatus::Charged {
        warn(Matter::FeeMissing);
    }
    for line in quoted.lines.iter().filter(|line| line.fee.is_range()) {
        let label = line.fee.label();
        warn(Matter::Range { label });
    }
}

fn warn_terms<'a>(
    quoted: &ChannelQuote<'a>,
    request: &QuoteRequest,
    warn: &mut impl FnMut(Matter<'a>),
) {
    if quoted.status == FeeStatus::Charged {
        for on in changes_in_term(quoted.recorded.fees(), request) {
            warn(Matter::FeeChangesInTerm { on });
        }
    }
    each_claim(quoted, |claim, source| {
        let verified_on = source.verified_on;
        if source.kind == SourceKind::Curated && is_unverified(verified_on, request.starts_on()) {
            warn(Matter::CuratedUnverified { claim, verified_on });
        }
    });
}

/// Tells what the channel's part of the price rests on, and who says it: every line, or the word that there is no fee.
fn each_claim<'a>(quoted: &ChannelQuote<'a>, mut tell: impl FnMut(&'a str, &'a Source)) {
    match quoted.status {
        FeeStatus::Charged => {
            for line in &quoted.lines {
                tell(line.fee.label(), line.fee.source());
            }
        }
        FeeStatus::None => {
            if let Some(source) = &quoted.recorded.source {
                tell("The absence of a fee", source);
            }
        }
        FeeStatus::Unpublished | FeeStatus::Unknown => {}
    }
}

/// The days inside the term on which some fee begins or ends, in order, each once.
fn changes_in_term(fees: &[Fee], request: &QuoteRequest) -> Vec<NaiveDate> {
    if fees.iter().all(|fee| fee.effective() == Period::ALWAYS) {
        return Vec::new();
    }
    let starts_on = request.starts_on();
    let ends_on = starts_on + Months::new(request.term_months());
    let edges = fees
        .iter()
        .flat_map(|fee| [fee.effective().from(), fee.effective().to()]);
    let mut days: Vec<NaiveDate> = edges
        .flatten()
        .filter(|day| *day > starts_on && *day < ends_on)
        .collect();
    days.sort_unstable();
    days.dedup();
    days
}

/// Whether a value was verified longer than a year before `day`, or never.
fn is_unverified(verified_on: Option<NaiveDate>, day: NaiveDate) -> bool {
    verified_on.is_none_or(|verified| verified < day - Months::new(12))
}
