//! The catalog as a whole: version and freshness.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::Time;
use crate::catalog::{Counts, Snapshot};
use crate::domain::version::CatalogVersion;

/// Which catalog answers, and how fresh it is.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Catalog)]
pub struct CatalogView {
    /// The version's number.
    #[schema(value_type = i64, minimum = 1)]
    pub version: CatalogVersion,
    /// SHA-256 of the canonical content.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub content_hash: String,
    /// When the version was published.
    pub created_at: Time,
    /// When the vendor's whole list was last seen.
    pub checked_at: Time,
    /// When the content last changed.
    pub changed_at: Time,
    /// Whether the vendor was last checked too long ago.
    pub stale: bool,
    /// From when on the catalog is stale, unless it is checked again.
    pub stale_after: Time,
    /// How many boards there are of each kind.
    pub counts: CountsView,
}

impl CatalogView {
    /// `snapshot` as it is at `now`.
    pub fn of(snapshot: &Snapshot, now: DateTime<Utc>) -> CatalogView {
        let head = snapshot.catalog.head();
        let freshness = snapshot.freshness;
        CatalogView {
            version: head.version,
            content_hash: head.content_hash.to_string(),
            created_at: Time(head.created_at),
            checked_at: Time(freshness.checked_at),
            changed_at: Time(head.created_at),
            stale: freshness.is_stale(now),
            stale_after: Time(freshness.stale_after()),
            counts: CountsView::of(snapshot.catalog.counts()),
        }
    }
}

/// How many boards there are of each kind.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CatalogCounts)]
pub struct CountsView {
    /// All boards, inactive ones included.
    #[schema(value_type = i64, minimum = 0)]
    pub boards: usize,
    /// Boards in the lists.
    #[schema(value_type = i64, minimum = 0)]
    pub active: usize,
    /// Active boards with known pass-through amounts.
    #[schema(value_type = i64, minimum = 0)]
    pub charged: usize,
    /// Active boards that charge no pass-through fee.
    #[schema(value_type = i64, minimum = 0)]
    pub none: usize,
    /// Active boards whose pass-through fee is not published.
    #[schema(value_type = i64, minimum = 0)]
    pub unpublished: usize,
    /// Active boards of whose pass-through fee nothing is known.
    #[schema(value_type = i64, minimum = 0)]
    pub unknown: usize,
}

impl CountsView {
    fn of(counts: Counts) -> CountsView {
        CountsView {
            boards: counts.boards,
            active: counts.active,
            charged: counts.charged,
            none: counts.none,
            unpublished: counts.unpublished,
            unknown: counts.unknown,
        }
    }
}
