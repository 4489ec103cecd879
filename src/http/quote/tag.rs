//! The entity tag of a quote.

use axum::http::HeaderValue;
use chrono::{DateTime, Datelike, Utc};
use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128_with_seed};

use crate::catalog::Freshness;
use crate::domain::quote::QuoteRequest;
use crate::domain::version::VersionHead;
use crate::http::negotiation::etag_from;

/// The weak tag of the quote that answers `request` from the catalog of `head`, made at `now`, when the newest is as
/// fresh as `freshness` says, so that it `is_stale` or not.
///
/// A quote is a pure function of these, so the tag is of them: they are a tenth of its bytes.
pub(crate) fn tag(
    request: &QuoteRequest,
    head: &VersionHead,
    freshness: Freshness,
    now: DateTime<Utc>,
    is_stale: bool,
) -> HeaderValue {
    let counts = request.counts();
    let counts = [
        counts.agents,
        counts.offices,
        counts.brokers,
        counts.websites,
        counts.feeds,
        request.term_months(),
    ];
    let moments = [
        head.version.get(),
        head.created_at.timestamp_millis(),
        freshness.checked_at.timestamp_millis(),
        freshness.max_age.num_milliseconds(),
        // A quote says when it was made to the second, and whether it is stale.
        now.timestamp(),
        i64::from(is_stale),
        i64::from(request.starts_on().num_days_from_ce()),
    ];
    let mut facts = [0; 32 + 8 * 7 + 4 * 6];
    facts[..32].copy_from_slice(&head.content_hash.0);
    for (place, moment) in facts[32..88].chunks_exact_mut(8).zip(moments) {
        place.copy_from_slice(&moment.to_le_bytes());
    }
    for (place, count) in facts[88..].chunks_exact_mut(4).zip(counts) {
        place.copy_from_slice(&count.to_le_bytes());
    }
    let boards = request.boards().iter();
    let of_boards = boards.fold(0, |hash, id| {
        xxh3_64_with_seed(id.as_str().as_bytes(), hash)
    });
    etag_from(xxh3_128_with_seed(&facts, of_boards))
}
