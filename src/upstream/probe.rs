//! What the mapping made of one page: taken, not found, not used.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::Value;
use url::Url;

use super::client::{FetchedBoard, RejectedRow};
use super::error::UpstreamError;
use super::excerpt::excerpt;
use super::mapping::{FeeSpec, Field, Mapping, RowError};
use super::notices::Notices;
use super::transport::Page;

/// The most boards shown.
const MAX_BOARDS: usize = 5;
/// The most refused results shown.
const MAX_REJECTED: usize = 20;
/// The most characters of an example.
const MAX_EXAMPLE_CHARS: usize = 60;
/// The most unused fields remembered.
const MAX_UNUSED: usize = 200;
/// How deep unused fields are looked for.
const MAX_DEPTH: usize = 4;
/// Part of how the vendor's API links its resources, not of what a board is.
const ENVELOPE: &str = "/links";

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

/// A field of the results that the mapping does not use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusedField {
    /// Where it stands; `*` for any element of a list.
    pub pointer: String,
    /// How often it was there and not null.
    pub found: usize,
    /// A value as the vendor writes it, shortened; `None` when it was always null.
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
        let results = mapping.results(&page.document)?;
        let mut notices = Notices::default();
        let mut unused = UnusedFields::new(mapping);
        let (mut boards, mut rejected) = (Vec::new(), Vec::new());
        for result in results {
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
            total: mapping.total(&page.document)?,
            fields: probe_fields(mapping, results),
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

fn example(value: &Value) -> String {
    match value {
        Value::String(text) => excerpt(text, MAX_EXAMPLE_CHARS),
        other => excerpt(&other.to_string(), MAX_EXAMPLE_CHARS),
    }
}

/// Finds what results hold that a mapping does not use.
pub(super) struct UnusedFields {
    used: BTreeSet<String>,
    lists: BTreeSet<String>,
    found: BTreeMap<String, (usize, Option<String>)>,
}

impl UnusedFields {
    /// Nothing looked at yet.
    pub(super) fn new(mapping: &Mapping) -> UnusedFields {
        let mut used = BTreeSet::from([ENVELOPE.to_owned()]);
        let mut lists = BTreeSet::new();
        let pointers = |field: &Field| field.pointers().to_vec();
        let board = mapping.board.fields().into_iter().flat_map(pointers);
        used.extend(board.map(|pointer| pointer.as_str().to_owned()));
        for fee in &mapping.fees {
            let prefix = match &fee.list {
                Some(list) => format!("{}/*", list.as_str()),
                None => String::new(),
            };
            lists.extend(fee.list.iter().map(|list| list.as_str().to_owned()));
            let pointers = fee.fields().into_iter().flat_map(pointers);
            used.extend(pointers.map(|pointer| format!("{prefix}{}", pointer.as_str())));
        }
        UnusedFields {
            used,
            lists,
            found: BTreeMap::new(),
        }
    }

    /// Looks at one result.
    pub(super) fn look_at(&mut self, result: &Value) {
        self.walk(result, String::new(), 0);
    }

    fn walk(&mut self, value: &Value, pointer: String, depth: usize) {
        if self.used.contains(&pointer) {
            return;
        }
        match value {
            Value::Object(fields) if depth < MAX_DEPTH => {
                for (name, value) in fields {
                    let name = name.replace('~', "~0").replace('/', "~1");
                    self.walk(value, format!("{pointer}/{name}"), depth + 1);
                }
            }
            Value::Array(elements) if self.lists.contains(&pointer) => {
                for element in elements {
                    self.walk(element, format!("{pointer}/*"), depth + 1);
                }
            }
            _ if pointer.is_empty() || self.is_used_inside(&pointer) => {}
            _ => self.note(pointer, value),
        }
    }

    /// Whether the mapping uses something inside what stands at `pointer`.
    fn is_used_inside(&self, pointer: &str) -> bool {
        let inside = format!("{pointer}/");
        let uses = |used: &BTreeSet<String>| {
            used.range(inside.clone()..)
                .next()
                .is_some_and(|found| found.starts_with(&inside))
        };
        uses(&self.used) || self.lists.contains(pointer) || uses(&self.lists)
    }

    fn note(&mut self, pointer: String, value: &Value) {
        if self.found.len() >= MAX_UNUSED && !self.found.contains_key(&pointer) {
            return;
        }
        let (count, shown) = self.found.entry(pointer).or_default();
        if !value.is_null() {
            *count += 1;
            shown.get_or_insert_with(|| example(value));
        }
    }

    /// Where they stand.
    pub(super) fn pointers(&self) -> Vec<String> {
        let pointers = self.found.keys();
        pointers
            .map(|pointer| excerpt(pointer, MAX_EXAMPLE_CHARS))
            .collect()
    }

    fn into_fields(self) -> Vec<UnusedField> {
        let fields = self.found.into_iter();
        fields
            .map(|(pointer, (found, example))| UnusedField {
                pointer: excerpt(&pointer, MAX_EXAMPLE_CHARS),
                found,
                example,
            })
            .collect()
    }
}
