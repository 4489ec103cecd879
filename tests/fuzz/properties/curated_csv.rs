//! A file of the curated list: read whole, as it will be written again, or refused with a place and a reason.

use chrono::DateTime;
use ptf_cache::curation::csv::{ParseOptions, parse_entries, write_entries};
use ptf_cache::domain::board::{BoardFacts, BoardId, Code, Eligibility, Paperwork};

/// Reads `file`.
///
/// # Panics
/// Where the file is refused without a reason, or taken as something that is written differently.
pub(crate) fn hold(file: &[u8]) {
    let named = options(false);
    if let Err(errors) = parse_entries(file, &known, &named) {
        assert!(!errors.is_empty(), "refused without a reason");
        assert!(errors.iter().all(|error| !error.problem.is_empty()));
    }
    // Names aside, so that the fuzzer need not guess one to get any further.
    let accepting = options(true);
    let Ok(entries) = parse_entries(file, &known, &accepting) else {
        return;
    };
    let written = write_entries(entries.iter());
    let again = parse_entries(written.as_bytes(), &known, &accepting);
    assert_eq!(again, Ok(entries), "written as\n{written}");
}

fn options(accept_names: bool) -> ParseOptions {
    ParseOptions {
        recorded_at: DateTime::UNIX_EPOCH,
        accept_names,
        to_accept_names: "--accept-names",
    }
}

/// The vendor's word on every board whose id is a number; it has no other.
fn known(id: &BoardId) -> Option<BoardFacts> {
    id.as_str()
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| BoardFacts {
            id: id.clone(),
            name: "Cedar Valley MLS".to_owned(),
            abbreviation: Some("CVMLS".to_owned()),
            states: vec![],
            country: Code::US,
            eligibility: Eligibility::Unknown,
            paperwork: Paperwork::Unknown,
            coverage_url: None,
        })
}
