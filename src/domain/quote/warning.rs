//! What a person must know beside the numbers.

use chrono::{DateTime, Months, NaiveDate, SecondsFormat, Utc};

use super::{BoardQuote, ChannelQuote, CurrencyTotals, QuoteRequest};
use crate::domain::board::{BoardId, Channel, Eligibility, FeeStatus, Paperwork};
use crate::domain::fee::{Fee, Source, SourceKind, word_enum};

word_enum! {
    /// How much a warning weighs.
    Severity {
        /// The price or the order may be wrong because of it.
        Warning = "warning",
        /// Good to know.
        Notice = "notice",
    }
}

word_enum! {
    /// What a warning is about.
    WarningCode {
        /// There is a pass-through fee of an unpublished amount.
        PassThroughUnpublished = "pass_through_unpublished",
        /// Nobody has said anything about pass-through fees.
        PassThroughUnknown = "pass_through_unknown",
        /// Nobody has said anything about direct fees.
        DirectFeeUnknown = "direct_fee_unknown",
        /// There is a direct fee of an unpublished amount.
        DirectFeeUnpublished = "direct_fee_unpublished",
        /// Totals count the low end of a range, or a fee is missing beside others.
        Approximate = "approximate",
        /// The board serves brokers alone.
        BrokersOnly = "brokers_only",
        /// Forms must be signed.
        PaperworkRequired = "paperwork_required",
        /// The vendor was last checked too long ago.
        Stale = "stale",
        /// Terms begin or end inside the term.
        FeeChangesInTerm = "fee_changes_in_term",
        /// Several currencies, which are not added.
        MixedCurrency = "mixed_currency",
        /// The vendor no longer lists the board.
        BoardInactive = "board_inactive",
        /// A curated fee was verified longer ago than a year, or never.
        CuratedUnverified = "curated_unverified",
        /// An implausible new value is held back; the old one counts.
        ValueHeld = "value_held",
    }
}

impl WarningCode {
    /// How much it weighs.
    pub fn severity(self) -> Severity {
        match self {
            WarningCode::DirectFeeUnknown
            | WarningCode::PaperworkRequired
            | WarningCode::FeeChangesInTerm
            | WarningCode::CuratedUnverified => Severity::Notice,
            WarningCode::PassThroughUnpublished
            | WarningCode::PassThroughUnknown
            | WarningCode::DirectFeeUnpublished
            | WarningCode::Approximate
            | WarningCode::BrokersOnly
            | WarningCode::Stale
            | WarningCode::MixedCurrency
            | WarningCode::BoardInactive
            | WarningCode::ValueHeld => Severity::Warning,
        }
    }
}

/// One thing to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// What it is about.
    pub code: WarningCode,
    /// The board it is about; `None` for the quote as a whole.
    pub board_id: Option<BoardId>,
    /// A sentence for people.
    pub message: String,
}

/// All warnings: of the quote as a whole first, then board by board.
pub(super) fn collect(
    boards: &[BoardQuote<'_>],
    totals: &[CurrencyTotals],
    request: &QuoteRequest,
    stale_since: Option<DateTime<Utc>>,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if let Some(checked_at) = stale_since {
        let at = checked_at.to_rfc3339_opts(SecondsFormat::Secs, true);
        warnings.push(of_quote(
            WarningCode::Stale,
            format!("The vendor was last checked at {at}; prices may have changed since."),
        ));
    }
    if totals.len() > 1 {
        let currencies: Vec<&str> = totals.iter().map(|row| row.currency.code()).collect();
        warnings.push(of_quote(
            WarningCode::MixedCurrency,
            format!(
                "Amounts are in {}; they are not added together.",
                currencies.join(" and ")
            ),
        ));
    }
    for board in boards {
        warn_board(board, request, &mut warnings);
    }
    warnings
}

fn of_quote(code: WarningCode, message: String) -> Warning {
    Warning {
        code,
        board_id: None,
        message,
    }
}

fn warn_board(quoted: &BoardQuote<'_>, request: &QuoteRequest, warnings: &mut Vec<Warning>) {
    let board = quoted.board;
    let name = &board.facts.name;
    let mut warn = |code: WarningCode, message: String| {
        warnings.push(Warning {
            code,
            board_id: Some(board.facts.id.clone()),
            message,
        });
    };
    if !board.active {
        warn(
            WarningCode::BoardInactive,
            format!("{name} is no longer in the vendor's list; this is its last known price."),
        );
    }
    for held in &board.held {
        let reason = &held.reason;
        warn(
            WarningCode::ValueHeld,
            format!(
                "What the vendor now says of {name} is implausible and is being checked ({reason}); the price is the one before."
            ),
        );
    }
    warn_channel(Channel::PassThrough, &quoted.pass_through, name, &mut warn);
    warn_channel(Channel::Direct, &quoted.direct, name, &mut warn);
    if board.facts.eligibility == Eligibility::BrokersOnly {
        warn(
            WarningCode::BrokersOnly,
            format!("{name} serves brokers only; an agent cannot sign up alone."),
        );
    }
    if board.facts.paperwork == Paperwork::Manual {
        warn(
            WarningCode::PaperworkRequired,
            said([
                name,
                " needs forms to be signed before listings appear.",
                "",
            ]),
        );
    }
    for channel in [&quoted.pass_through, &quoted.direct] {
        warn_terms(channel, request, name, &mut warn);
    }
}

/// A sentence put together at once: most quotes have one of these.
fn said(parts: [&str; 3]) -> String {
    parts.concat()
}

fn warn_channel(
    channel: Channel,
    quoted: &ChannelQuote<'_>,
    name: &str,
    warn: &mut impl FnMut(WarningCode, String),
) {
    match (channel, quoted.status) {
        (Channel::PassThrough, FeeStatus::Unpublished) => warn(
            WarningCode::PassThroughUnpublished,
            format!(
                "{name} has a pass-through fee whose amount is not published; ask for it before quoting a total."
            ),
        ),
        (Channel::PassThrough, FeeStatus::Unknown) => warn(
            WarningCode::PassThroughUnknown,
            format!(
                "The pass-through fee of {name} is not known; ask for it before quoting a total."
            ),
        ),
        (Channel::Direct, FeeStatus::Unpublished) => warn(
            WarningCode::DirectFeeUnpublished,
            format!("{name} bills its members a fee whose amount is not published."),
        ),
        (Channel::Direct, FeeStatus::Unknown) => warn(
            WarningCode::DirectFeeUnknown,
            said([
                "Nothing is recorded about fees that ",
                name,
                " bills its members itself.",
            ]),
        ),
        (_, FeeStatus::Charged | FeeStatus::None) => {}
    }
    if quoted.recorded.is_partial() && quoted.status == FeeStatus::Charged {
        warn(
            WarningCode::Approximate,
            format!("A fee of {name} is missing from the list; the totals are a lower bound."),
        );
    }
    for line in quoted.lines.iter().filter(|line| line.fee.is_range()) {
        let label = line.fee.label();
        warn(
            WarningCode::Approximate,
            format!("{label} of {name} is a range; totals count its low end."),
        );
    }
}

fn warn_terms(
    quoted: &ChannelQuote<'_>,
    request: &QuoteRequest,
    name: &str,
    warn: &mut impl FnMut(WarningCode, String),
) {
    if quoted.status == FeeStatus::Charged {
        for day in changes_in_term(quoted.recorded.fees(), request) {
            warn(
                WarningCode::FeeChangesInTerm,
                format!("Fees of {name} change on {day}, inside the term."),
            );
        }
    }
    for (claim, source) in claims(quoted) {
        let unverified = is_unverified(source.verified_on, request.starts_on());
        if source.kind == SourceKind::Curated && unverified {
            let since = unverified_words(source.verified_on);
            warn(
                WarningCode::CuratedUnverified,
                format!("{claim} of {name} {since}."),
            );
        }
    }
}

/// What the channel's part of the price rests on, and who says it: every line, or the word that there is no fee.
fn claims<'a>(quoted: &'a ChannelQuote<'_>) -> Vec<(&'a str, &'a Source)> {
    match quoted.status {
        FeeStatus::Charged => quoted
            .lines
            .iter()
            .map(|line| (line.fee.label(), line.fee.source()))
            .collect(),
        FeeStatus::None => quoted
            .recorded
            .source
            .iter()
            .map(|source| ("The absence of a fee", source))
            .collect(),
        FeeStatus::Unpublished | FeeStatus::Unknown => Vec::new(),
    }
}

/// The days inside the term on which some fee begins or ends, in order, each once.
fn changes_in_term(fees: &[Fee], request: &QuoteRequest) -> Vec<NaiveDate> {
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

fn unverified_words(verified_on: Option<NaiveDate>) -> &'static str {
    match verified_on {
        // The day itself is for staff, and stands beside the source where they read it.
        Some(_) => "was last verified longer ago than a year",
        None => "has never been verified",
    }
}
