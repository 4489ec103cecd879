//! The entity tag of a quote.

use axum::http::HeaderValue;
use chrono::Datelike;
use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128_with_seed};

use super::Made;
use crate::domain::quote::QuoteRequest;
use crate::http::caching::passing_header;
use crate::http::negotiation::weak_tag;

/// The weak tag of the quote that answers `request` within the frame of this seed, `made` as it says.
///
/// A quote is a pure function of these, so the tag is of them: they are a fiftieth of its bytes.
pub(crate) fn tag(request: &QuoteRequest, seed: u64, made: Made) -> HeaderValue {
    let counts = request.counts();
    let numbers = [
        counts.agents,
        counts.offices,
        counts.brokers,
        counts.websites,
        counts.feeds,
        request.term_months(),
        request.starts_on().num_days_from_ce().unsigned_abs(),
        u32::from(made.is_stale),
    ];
    let mut facts = [0; 8 + 4 * 8];
    facts[..8].copy_from_slice(&made.at_secs.to_le_bytes());
    for (place, number) in facts[8..].chunks_exact_mut(4).zip(numbers) {
        place.copy_from_slice(&number.to_le_bytes());
    }
    let boards = request.boards().iter();
    let of_boards = boards.fold(seed, |hash, id| {
        xxh3_64_with_seed(id.as_str().as_bytes(), hash)
    });
    passing_header(&weak_tag(xxh3_128_with_seed(&facts, of_boards)))
}
