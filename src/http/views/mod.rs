//! What callers see of the domain: the JSON of the API and of the terminal's `--json`, from the same types.
//!
//! Views borrow from the catalog and are made by their `of`. What only staff may see (`internal_note`, `verified_on`, the
//! source's `url`, who published a version) is left out here and nowhere else, by [`Detail`].

mod audit;
mod board;
mod catalog;
mod change;
mod curated;
mod options;
mod quote;
mod run;
mod totals;
mod values;

pub(crate) mod words;

pub use audit::{AuditPageView, AuditRecordView};
pub use board::{BoardPageView, BoardView, ChannelView, FeeView, SourceView, TierView};
pub use catalog::{CatalogView, CountsView};
pub use change::{
    BoardHistoryView, BoardVersionView, CatalogChangedView, ChangeSideView, ChangeView,
    ChangedFeeView, ChangesPageView,
};
pub use curated::{
    CuratedDifferenceView, CuratedEntryView, CuratedFeeView, CuratedItemView, CuratedPageView,
    CuratedSourceView, CuratedTierView, DescribedBoardView, ImportView,
};
pub use options::{OptionView, OptionsView};
pub use quote::{
    ByChannelView, InputsView, QuoteView, QuotedBoardView, QuotedChannelView, QuotedLineView,
    WarningView,
};
pub use run::{
    DifferenceView, RunCountsView, RunStartedView, SyncRunPageView, SyncRunView,
    SyncRunWithDifferencesView,
};
pub use totals::{CurrencyTotalsView, TotalsView};
pub(crate) use values::PlaceCode;
pub use values::{Amount, Time};

/// How much a caller is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// What anybody may see.
    Public,
    /// All of it: the caller has a token.
    Staff,
}
