//! What a person must know beside the numbers.

mod collect;

use std::fmt;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};

use crate::domain::board::Board;
use crate::domain::fee::word_enum;
use crate::domain::money::Currency;

pub(super) use collect::{is_alike, of_board, of_quote};

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
pub struct Warning<'a> {
    /// The board it is about; `None` for the quote as a whole.
    pub board: Option<&'a Board>,
    matter: Matter<'a>,
}

/// What a warning says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Matter<'a> {
    Stale {
        checked_at: DateTime<Utc>,
    },
    MixedCurrency(Vec<Currency>),
    BoardInactive,
    ValueHeld {
        reason: &'a str,
    },
    PassThroughUnpublished,
    PassThroughUnknown,
    DirectFeeUnpublished,
    DirectFeeUnknown,
    FeeMissing,
    Range {
        label: &'a str,
    },
    BrokersOnly,
    PaperworkRequired,
    FeeChangesInTerm {
        on: NaiveDate,
    },
    CuratedUnverified {
        claim: &'a str,
        verified_on: Option<NaiveDate>,
    },
}

impl Warning<'_> {
    /// What it is about.
    pub fn code(&self) -> WarningCode {
        match self.matter {
            Matter::Stale { .. } => WarningCode::Stale,
            Matter::MixedCurrency(_) => WarningCode::MixedCurrency,
            Matter::BoardInactive => WarningCode::BoardInactive,
            Matter::ValueHeld { .. } => WarningCode::ValueHeld,
            Matter::PassThroughUnpublished => WarningCode::PassThroughUnpublished,
            Matter::PassThroughUnknown => WarningCode::PassThroughUnknown,
            Matter::DirectFeeUnpublished => WarningCode::DirectFeeUnpublished,
            Matter::DirectFeeUnknown => WarningCode::DirectFeeUnknown,
            Matter::FeeMissing | Matter::Range { .. } => WarningCode::Approximate,
            Matter::BrokersOnly => WarningCode::BrokersOnly,
            Matter::PaperworkRequired => WarningCode::PaperworkRequired,
            Matter::FeeChangesInTerm { .. } => WarningCode::FeeChangesInTerm,
            Matter::CuratedUnverified { .. } => WarningCode::CuratedUnverified,
        }
    }

    /// A sentence for people.
    pub fn message(&self) -> String {
        let mut message = String::new();
        self.write_message(&mut message)
            .expect("writing to a string cannot fail");
        message
    }

    /// The message of a warning that is about a board as a whole: fixed words, which JSON need not escape, around its
    /// name. `None` where the message says more.
    pub fn words_around_name(&self) -> Option<[&'static str; 2]> {
        Some(match self.matter {
            Matter::BoardInactive => [
                "",
                " is no longer in the vendor's list; this is its last known price.",
            ],
            Matter::PassThroughUnpublished => [
                "",
                " has a pass-through fee whose amount is not published; ask for it before quoting a total.",
            ],
            Matter::PassThroughUnknown => [
                "The pass-through fee of ",
                " is not known; ask for it before quoting a total.",
            ],
            Matter::DirectFeeUnpublished => [
                "",
                " bills its members a fee whose amount is not published.",
            ],
            Matter::DirectFeeUnknown => [
                "Nothing is recorded about fees that ",
                " bills its members itself.",
            ],
            Matter::FeeMissing => [
                "A fee of ",
                " is missing from the list; the totals are a lower bound.",
            ],
            Matter::BrokersOnly => ["", " serves brokers only; an agent cannot sign up alone."],
            Matter::PaperworkRequired => ["", " needs forms to be signed before listings appear."],
            Matter::Stale { .. }
            | Matter::MixedCurrency(_)
            | Matter::ValueHeld { .. }
            | Matter::Range { .. }
            | Matter::FeeChangesInTerm { .. }
            | Matter::CuratedUnverified { .. } => return None,
        })
    }

    /// Writes [`message`](Self::message).
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_message(&self, out: &mut impl fmt::Write) -> fmt::Result {
        let name = self.name();
        if let Some([before, after]) = self.words_around_name() {
            return write!(out, "{before}{name}{after}");
        }
        match &self.matter {
            Matter::Stale { checked_at } => {
                let at = checked_at.to_rfc3339_opts(SecondsFormat::Secs, true);
                write!(
                    out,
                    "The vendor was last checked at {at}; prices may have changed since."
                )
            }
            Matter::MixedCurrency(currencies) => {
                let codes: Vec<&str> = currencies.iter().map(|currency| currency.code()).collect();
                let codes = codes.join(" and ");
                write!(out, "Amounts are in {codes}; they are not added together.")
            }
            Matter::ValueHeld { reason } => {
                write!(
                    out,
                    "What the vendor now says of {name} is implausible and is being checked ({reason}); the price is the one before."
                )
            }
            Matter::Range { label } => {
                write!(
                    out,
                    "{label} of {name} is a range; totals count its low end."
                )
            }
            Matter::FeeChangesInTerm { on } => {
                write!(out, "Fees of {name} change on {on}, inside the term.")
            }
            Matter::CuratedUnverified { claim, verified_on } => {
                let since = unverified_words(*verified_on);
                write!(out, "{claim} of {name} {since}.")
            }
            // Their words are around the name.
            _ => Ok(()),
        }
    }

    /// The name of the board it is about; empty where it is about the quote as a whole.
    pub fn name(&self) -> &str {
        self.board.map_or("", |board| &board.facts.name)
    }
}

fn unverified_words(verified_on: Option<NaiveDate>) -> &'static str {
    match verified_on {
        // The day itself is for staff, and stands beside the source where they read it.
        Some(_) => "was last verified longer ago than a year",
        None => "has never been verified",
    }
}
