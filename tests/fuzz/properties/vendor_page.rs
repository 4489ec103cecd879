//! A page of the vendor: read whole and the same each time, or refused with a sentence that repeats nothing of it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use ptf_cache::catalog::content_hash;
use ptf_cache::domain::board::{FeeStatus, VendorBoard};
use ptf_cache::domain::rows::SourceRows;
use ptf_cache::sync::plan;
use ptf_cache::upstream::{Fetched, Mapping, Reading, UpstreamError, read_list};
use serde_json::json;

/// The most characters of a sentence, whatever the vendor sends.
const MAX_SENTENCE_CHARS: usize = 1_000;

static MAPPING: LazyLock<Mapping> =
    LazyLock::new(|| Mapping::from_config("ihomefinder", &json!({})).unwrap());

/// Reads `page` as a whole list.
///
/// # Panics
/// Where it is read differently the second time, or makes a board that cannot be.
pub(crate) fn hold(page: &[u8]) {
    match read(page, 0) {
        Err(error) => {
            let sentence = error.to_string();
            let length = sentence.chars().count();
            assert!(length > 10 && length < MAX_SENTENCE_CHARS, "{sentence}");
            assert!(!sentence.chars().any(char::is_control), "{sentence:?}");
        }
        Ok(fetched) => {
            check_boards(&fetched);
            check_that_it_settles(page, fetched);
        }
    }
}

fn read(page: &[u8], hours: i64) -> Result<Fetched, UpstreamError> {
    let observed_at = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::hours(hours);
    read_list(&MAPPING, page, observed_at)
}

fn check_boards(fetched: &Fetched) {
    let ids: BTreeSet<_> = fetched.boards.iter().map(|board| &board.facts.id).collect();
    assert_eq!(ids.len(), fetched.boards.len(), "an id came twice");
    assert!(!ids.is_empty(), "an empty list passed");
    for board in &fetched.boards {
        assert!(!board.facts.name.trim().is_empty(), "{board:?}");
        for reading in [&board.pass_through, &board.direct] {
            let Reading::Read(fees) = reading else {
                continue;
            };
            // Whatever has no fee is one of the three other answers, never a fee of nothing.
            assert_eq!(fees.status() == FeeStatus::Charged, !fees.fees().is_empty());
        }
    }
}

/// Published once, the same page says nothing new, and the catalog it makes has a hash.
fn check_that_it_settles(page: &[u8], fetched: Fetched) {
    let first = plan(&SourceRows::default(), &fetched);
    let rows = SourceRows::default().with(&first.changes);
    let boards = rows.merge_all();
    let hash = content_hash(&boards);
    let again = plan(&rows, &read(page, 9).expect("it was read before"));
    assert!(again.changes.is_empty(), "{:?}", again.changes);
    assert_eq!(content_hash(rows.merge_all()), hash);
    let words: Vec<&VendorBoard> = rows.vendor.values().map(|row| &row.board).collect();
    assert!(serde_json::to_string(&words).is_ok());
}
