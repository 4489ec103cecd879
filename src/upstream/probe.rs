//! What the mapping made of one page: taken, not found, not used.

use chrono::{DateTime, Utc};
use serde_json::Value;
use url::Url;

use super::error::UpstreamError;
use super::fetched::{FetchedBoard, RejectedRow};
use super::mapping::{FeeSpec, Field, Mapping, RowError};
use super::notices::Notices;
use super::transport::Page;
use super::unused::{UnusedField, UnusedFields, example};

/// The most boards shown.
const MAX_BOARDS: usize = 5;
/// The most refused results shown.
const MAX_REJECTED: usize = 20;

/// One page looked at through the mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The address asked, without credentials.
    pub url: Url,
    /// Whether the vendor marks itself as the sandbox.
    pub sandbox: bool,
    /// Results on the page.
    pub results: usize,
    /// The number of all results, as far as the vendor says.
    pub total: Option<u64>,
    /// Every mapped field, in the order of the configuration.
    pub fields: Vec<ProbedField>,
    /// What the results hold beside it.
    pub unused: Vec<UnusedField>,
    /// Words nobody has told us the meaning of, and what else was met; at most a hundred lines.
    pub notices: Vec<String>,
    /// Results that are no board; at most twenty.
    pub rejected: Vec<RejectedRow>,
    /// The first boards as they were read; at most five.
    pub boards: Vec<FetchedBoard>,
}

/// One mapped field and what was found of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbedField {
    /// Its path in the configuration: `upstream.mapping.fees[0].amount`.
    pub path: String,
    /// Where it points, or the constant in quotes.
    pub from: String,
    /// Places in which it stood and was not null.
    pub found: usize,
    /// Places looked at: results, or elements of a fee's list.
    pub places: usize,
    /// A value as the vendor writes it, shortened; `None` when nothing was found.
    pub example: Option<String>,
}

impl Probe {
    /// Looks at one page.
    ///
    /// # Errors
    /// When there is no list of results, or the total is no number.
    pub(super) fn of_page(
        mapping: &Mapping,
        url: Url,
        page: &Page,
        observed_at: DateTime<Utc>,
    ) -> Result<Probe, UpstreamError> {
        let mut results = Vec::new();
        let head = mapping.read_page(page, &mut |result| {
            results.push(result);
            Ok(())
        })?;
        let mut notices = Notices::default();
        let mut unused = UnusedFields::new(mapping);
        let (mut boards, mut rejected) = (Vec::new(), Vec::new());
        for result in &results {
            unused.look_at(result);
            match mapping.read_board(result, observed_at, &mut notices) {
                Ok(board) => boards.push(board),
                Err(RowError::NoId(row) | RowError::NoName(row) | RowError::Unfit(row)) => {
                    rejected.push(row);
                }
            }
        }
        boards.truncate(MAX_BOARDS);
        rejected.truncate(MAX_REJECTED);
        Ok(Probe {
            url,
            sandbox: page.sandbox,
            results: results.len(),
            total: head.total,
            fields: probe_fields(mapping, &results),
            unused: unused.into_fields(),
            notices: notices.into_lines(),
            rejected,
            boards,
        })
    }
}

fn probe_fields(mapping: &Mapping, results: &[Value]) -> Vec<ProbedField> {
    let board = mapping.board.fields().into_iter();
    let results: Vec<&Value> = results.iter().collect();
    let mut fields: Vec<ProbedField> = board
        .filter_map(|field| probe_field(field, &results))
        .collect();
    for fee in &mapping.fees {
        let places = places_of(fee, &results);
        let probed = fee.fields().into_iter();
        fields.extend(probed.filter_map(|field| probe_field(field, &places)));
    }
    fields
}

/// The results themselves, or the elements of their lists.
fn places_of<'v>(fee: &FeeSpec, results: &[&'v Value]) -> Vec<&'v Value> {
    let Some(list) = &fee.list else {
        return results.to_vec();
    };
    let lists = results
        .iter()
        .filter_map(|result| list.find(result)?.as_array());
    lists.flatten().collect()
}

/// What was found of one field; `None` when it is not mapped.
fn probe_field(field: &Field, places: &[&Value]) -> Option<ProbedField> {
    let pointers: Vec<String> = field.pointers().iter().map(ToString::to_string).collect();
    let from = match field.constant() {
        Some(constant) => format!("\"{constant}\""),
        None if pointers.is_empty() => return None,
        None => pointers.join(" or "),
    };
    let values = places.iter().filter_map(|place| field.first_value(place));
    let constant = field.constant().map(str::to_owned);
    Some(ProbedField {
        path: field.path().to_owned(),
        from,
        found: match constant {
            Some(_) => places.len(),
            None => values.clone().count(),
        },
        places: places.len(),
        example: constant.or_else(|| values.clone().next().map(example)),
    })
}
