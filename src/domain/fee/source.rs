//! Who says so, since when, and where it can be checked.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::word::word_enum;

word_enum! {
    /// Who says so.
    SourceKind {
        /// The vendor's Reseller API.
        ResellerApi = "reseller_api",
        /// The list our staff keep.
        Curated = "curated",
    }
}

/// Who says so, since when, and where it can be checked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Source {
    /// Who.
    pub kind: SourceKind,
    /// When this value was first seen.
    pub observed_at: DateTime<Utc>,
    /// The day staff last checked it against the board's own word; `None` when never.
    pub verified_on: Option<NaiveDate>,
    /// The page that says it.
    pub url: Option<String>,
    /// For staff only: never shown without a token.
    pub internal_note: Option<String>,
}

impl Source {
    /// The vendor's word, first seen at `observed_at`.
    pub fn reseller_api(observed_at: DateTime<Utc>) -> Source {
        Source {
            kind: SourceKind::ResellerApi,
            observed_at,
            verified_on: None,
            url: None,
            internal_note: None,
        }
    }

    /// Whether both say the same, whenever it was first seen.
    pub fn same_word(&self, other: &Source) -> bool {
        self.kind == other.kind
            && self.verified_on == other.verified_on
            && self.url == other.url
            && self.internal_note == other.internal_note
    }
}
