//! The schemas of fixed words, made from the words themselves: the document cannot fall behind.

use crate::domain::{audit, board, change, fee, quote, run, version};
use crate::http::{filter, problem};

/// Declares a schema of the words of an enum made by `word_enum!`.
macro_rules! word_schemas {
    ($($name:ident = $domain:path, $description:literal;)+) => { $(
        #[doc = concat!("Schema: ", $description)]
        #[derive(Debug)]
        pub(crate) struct $name;

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                use $domain as Words;
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::Type::String)
                    .description(Some($description))
                    .enum_values(Some(Words::ALL.iter().map(|word| word.as_str())))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}
    )+ };
}

word_schemas! {
    Basis = fee::Basis, "What a fee is charged per; `account` is always 1.";
    Cadence = fee::Cadence, "The period an amount is stated for.";
    TierMode = fee::TierMode, "How tiers price a quantity: `volume` by the band that holds all of it, `graduated` band by band.";
    SourceKind = fee::SourceKind, "Who says so: the vendor's API, or the list kept by hand.";
    Eligibility = board::Eligibility, "Who may have the board's listings.";
    Paperwork = board::Paperwork, "How the board licenses a client.";
    Channel = board::Channel, "Who bills a fee: the vendor passes it along, or the board bills its member directly.";
    HeldPart = board::HeldPart, "The part of a board that is held back: all of it, its pass-through fees, or its direct fees.";
    FeeStatus = board::FeeStatus, "`charged`: there are amounts. `none`: somebody asserts that there is no fee. `unpublished`: there is a fee of an unpublished amount. `unknown`: nobody has said anything.";
    Completeness = quote::Completeness, "`complete`: every amount is known exactly. `lower_bound`: the totals are what is known so far. `unknown`: nothing is known.";
    Severity = quote::Severity, "How much a warning weighs.";
    WarningCode = quote::WarningCode, "What a warning is about.";
    Cause = version::Cause, "Why a version came to be: a sync found something new, staff edited the curated list, somebody approved a quarantined run, or terms began or ended at midnight.";
    ChangeKind = change::ChangeKind, "What kind of change. A board that the vendor no longer lists is `board_removed` and stays as an inactive one.";
    EligibilityFilter = filter::EligibilityFilter, "For whom boards are listed.";
    Action = audit::Action, "What somebody did by hand.";
    Trigger = run::Trigger, "What started a sync run.";
    Outcome = run::Outcome, "How a sync run ended: `published` and `unchanged` are as it should be; `held` published but kept some old values; `quarantined` published nothing until somebody approves; `failed` and `skipped` published nothing.";
    FailureClass = run::FailureClass, "Why a sync run failed.";
    ProblemCode = problem::ProblemCode, "The kind of a problem, for programmes.";
}
