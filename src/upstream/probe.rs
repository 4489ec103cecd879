//! What the mapping made of one page: taken, not found, not used.

use chrono::{DateTime, Utc};
use serde_json::Value;
use url::Url;

use super::collect::MAX_RESULTS;
use super::error::UpstreamError;
use super::fetched::{FetchedBoard, RejectedRow};
use super::mapping::{Field, Mapping, Pointer, RowError};
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
    pub results: u64,
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
    /// Looks at one page, one result after the other: none is kept, so that a page costs no more here than in a sync.
    ///
    /// # Errors
    /// When there is no list of results, more of them than any vendor has boards, or a total that is no number.
    pub(super) fn of_page(
        mapping: &Mapping,
        url: Url,
        page: &Page,
        observed_at: DateTime<Utc>,
    ) -> Result<Probe, UpstreamError> {
        let mut sights = sights_of(mapping);
        let mut notices = Notices::default();
        let mut unused = UnusedFields::new(mapping);
        let (mut boards, mut rejected) = (Vec::new(), Vec::new());
        let mut results = 0;
        let head = mapping.read_page(page, &mut |result| {
            results += 1;
            if results > MAX_RESULTS {
                return Err(UpstreamError::TooManyResults { limit: MAX_RESULTS });
            }
            unused.look_at(&result);
            sights.iter_mut().for_each(|sight| sight.look_at(&result));
            match mapping.read_board(&result, observed_at, &mut notices) {
                Ok(board) if boards.len() < MAX_BOARDS => boards.push(board),
                Err(RowError::NoId(row) | RowError::NoName(row) | RowError::Unfit(row))
                    if rejected.len() < MAX_REJECTED =>
                {
                    rejected.push(row);
                }
                Ok(_) | Err(_) => {}
            }
            Ok(())
        })?;
        Ok(Probe {
            url,
            sandbox: page.sandbox,
            results,
            total: head.total,
            fields: sights.into_iter().map(|sight| sight.probed).collect(),
            unused: unused.into_fields(),
            notices: notices.into_lines(),
            rejected,
            boards,
        })
    }
}

/// One mapped field, and what was seen of it so far.
struct Sight<'m> {
    field: &'m Field,
    /// The list whose elements hold it; `None` where that is the result itself.
    list: Option<&'m Pointer>,
    probed: ProbedField,
}

/// Every mapped field, nothing of it seen yet.
fn sights_of(mapping: &Mapping) -> Vec<Sight<'_>> {
    let board = mapping
        .board
        .fields()
        .into_iter()
        .map(|field| (field, None));
    let fees = mapping.fees.iter().flat_map(|fee| {
        let fields = fee.fields().into_iter();
        fields.map(|field| (field, fee.list.as_ref()))
    });
    let sights = board.chain(fees);
    sights
        .filter_map(|(field, list)| Sight::new(field, list))
        .collect()
}

impl<'m> Sight<'m> {
    /// A field before the first result; `None` when it is not mapped.
    fn new(field: &'m Field, list: Option<&'m Pointer>) -> Option<Sight<'m>> {
        let pointers: Vec<String> = field.pointers().iter().map(ToString::to_string).collect();
        let from = match field.constant() {
            Some(constant) => format!("\"{constant}\""),
            None if pointers.is_empty() => return None,
            None => pointers.join(" or "),
        };
        let probed = ProbedField {
            path: field.path().to_owned(),
            from,
            found: 0,
            places: 0,
            example: field.constant().map(str::to_owned),
        };
        Some(Sight {
            field,
            list,
            probed,
        })
    }

    /// Looks at the places of one result: itself, or the elements of the list.
    fn look_at(&mut self, result: &Value) {
        match self.list {
            None => self.look_at_place(result),
            Some(list) => {
                let elements = list.find(result).and_then(Value::as_array);
                for element in elements.into_iter().flatten() {
                    self.look_at_place(element);
                }
            }
        }
    }

    fn look_at_place(&mut self, place: &Value) {
        let value = self.field.first_value(place);
        let probed = &mut self.probed;
        probed.places += 1;
        if value.is_some() || self.field.constant().is_some() {
            probed.found += 1;
        }
        if let Some(value) = value {
            probed.example.get_or_insert_with(|| example(value));
        }
    }
}
