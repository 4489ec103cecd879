//! What an editor says to have seen (RFC 9110, 13.1): nobody's edit is overwritten unseen.

use axum::http::header::{IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue};

use crate::domain::curated::CuratedEntry;
use crate::http::caching::to_json;
use crate::http::negotiation::{names_exactly, strong_etag_of};
use crate::http::problem::{ApiError, Fault, Place};
use crate::http::views::CuratedEntryView;

/// What is to be there for an edit to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Precondition {
    /// Nothing: `If-None-Match: *`.
    Absent,
    /// What has one of these tags: `If-Match`.
    Tagged(Vec<HeaderValue>),
}

impl Precondition {
    /// What `headers` say; `None` where they say nothing.
    ///
    /// # Errors
    /// When they say both, or name tags that are not to be there.
    pub(super) fn read(headers: &HeaderMap) -> Result<Option<Precondition>, ApiError> {
        let lines = |name| -> Vec<HeaderValue> { headers.get_all(name).iter().cloned().collect() };
        let (tagged, untagged) = (lines(IF_MATCH), lines(IF_NONE_MATCH));
        match (tagged.is_empty(), untagged.as_slice()) {
            (true, []) => Ok(None),
            (false, []) => Ok(Some(Precondition::Tagged(tagged))),
            (true, [any]) if any.as_bytes() == b"*" => Ok(Some(Precondition::Absent)),
            (true, _) => Err(refuse(
                "is only understood as \"If-None-Match: *\", for a new entry; to change one, send If-Match",
            )),
            (false, _) => Err(refuse(
                "stands beside If-Match; send If-Match to change an entry, or \"If-None-Match: *\" for a new one",
            )),
        }
    }

    /// Whether it holds where `entry` is there.
    pub(super) fn holds_for(&self, entry: Option<&CuratedEntry>) -> bool {
        match (self, entry) {
            (Precondition::Absent, entry) => entry.is_none(),
            (Precondition::Tagged(_), None) => false,
            (Precondition::Tagged(tags), Some(entry)) => {
                let json = to_json(&CuratedEntryView::of(entry));
                names_exactly(tags.iter(), &strong_etag_of(&json))
            }
        }
    }

    /// Whether it holds where `text` is there.
    pub(super) fn holds_for_text(&self, text: &str) -> bool {
        match self {
            Precondition::Absent => false,
            Precondition::Tagged(tags) => {
                names_exactly(tags.iter(), &strong_etag_of(text.as_bytes()))
            }
        }
    }
}

fn refuse(detail: &str) -> ApiError {
    ApiError::Invalid(vec![Fault {
        place: Place::Parameter("If-None-Match".to_owned()),
        detail: detail.to_owned(),
    }])
}
