//! One result of the vendor read as a board.

use chrono::{DateTime, Utc};
use serde_json::Value;
use url::Url;

use crate::domain::board::{
    BoardFacts, BoardId, Channel, Code, Eligibility, MAX_NAME_CHARS, Paperwork,
};
use crate::domain::fee::Source;
use crate::domain::fee_text::check_text;
use crate::domain::money::Currency;
use crate::upstream::excerpt::excerpt;
use crate::upstream::fetched::{FetchedBoard, RejectedRow};
use crate::upstream::notices::Notices;

use super::Mapping;
use super::field::{Field, Found};
use super::kind::split_codes;

/// The most characters of a name or an id that a message shows.
const MAX_SHOWN_CHARS: usize = 80;
/// The most bytes of a text that names states.
const MAX_STATES_BYTES: usize = 2_000;
/// The most characters of a web address.
const MAX_URL_CHARS: usize = 2_000;

/// Why a result is no board.
#[derive(Debug)]
pub(in crate::upstream) enum RowError {
    /// There is no id.
    NoId(RejectedRow),
    /// There is an id, and no name.
    NoName(RejectedRow),
    /// Something about the board itself is wrong.
    Unfit(RejectedRow),
}

/// The board's country: what to show, and whether its currency may be taken from it.
struct Country {
    shown: Code,
    currency: Option<Currency>,
}

impl Mapping {
    /// Reads one result, seen at `observed_at`.
    ///
    /// # Errors
    /// When it cannot be told which board it is, or its name cannot be shown. Wrong fees are no error: the channel
    /// is then rejected, the board stays.
    pub(in crate::upstream) fn read_board(
        &self,
        result: &Value,
        observed_at: DateTime<Utc>,
        notices: &mut Notices,
    ) -> Result<FetchedBoard, RowError> {
        let id = self.read_id(result, notices)?;
        let name = self.read_name(result, &id, notices)?;
        let country = self.read_country(result, notices);
        let source = Source::reseller_api(observed_at);
        let currency = country.currency;
        let [pass_through, direct] = [Channel::PassThrough, Channel::Direct]
            .map(|channel| self.read_channel(channel, result, currency, &source, notices));
        let facts = BoardFacts {
            abbreviation: self.read_abbreviation(result, &id, &name, notices)?,
            id,
            name,
            states: self.read_states(result, notices),
            country: country.shown,
            eligibility: read_word(&self.board.eligibility, result, notices)
                .unwrap_or(Eligibility::Unknown),
            paperwork: read_word(&self.board.paperwork, result, notices)
                .unwrap_or(Paperwork::Unknown),
            coverage_url: self.read_coverage_url(result, notices),
        };
        Ok(FetchedBoard {
            facts: facts.into(),
            pass_through,
            direct,
        })
    }

    fn read_id(&self, result: &Value, notices: &mut Notices) -> Result<BoardId, RowError> {
        let name = || {
            let name = self.board.name.read(result, &mut Notices::default()).text();
            name.map(|name| excerpt(&name, MAX_SHOWN_CHARS))
        };
        let refuse = |reason: String| RejectedRow {
            id: None,
            name: name(),
            reason,
        };
        match self.board.id.read(result, notices) {
            Found::Text(text) => BoardId::parse(&text).map_err(|_| {
                let shown = excerpt(&text, MAX_SHOWN_CHARS);
                RowError::Unfit(refuse(format!("the id \"{shown}\" cannot be used: an id has 1 to 64 bytes, no white space, commas or control characters, and is no word of a path")))
            }),
            Found::NotUnderstood => Err(RowError::Unfit(refuse(
                "the id is neither a text nor a whole number".to_owned(),
            ))),
            Found::Absent => Err(RowError::NoId(refuse("there is no id".to_owned()))),
        }
    }

    fn read_name(
        &self,
        result: &Value,
        id: &BoardId,
        notices: &mut Notices,
    ) -> Result<String, RowError> {
        let refuse = |name: Option<&str>, reason: String| RejectedRow {
            id: Some(id.clone()),
            name: name.map(|name| excerpt(name, MAX_SHOWN_CHARS)),
            reason,
        };
        let Some(name) = self.board.name.read(result, notices).text() else {
            return Err(RowError::NoName(refuse(
                None,
                "there is no name".to_owned(),
            )));
        };
        match check_text(&name, MAX_NAME_CHARS) {
            Ok(()) => Ok(name),
            Err(problem) => Err(RowError::Unfit(refuse(
                Some(&name),
                format!("the name {problem}"),
            ))),
        }
    }

    fn read_abbreviation(
        &self,
        result: &Value,
        id: &BoardId,
        name: &str,
        notices: &mut Notices,
    ) -> Result<Option<String>, RowError> {
        let Some(short) = self.board.abbreviation.read(result, notices).text() else {
            return Ok(None);
        };
        match check_text(&short, MAX_NAME_CHARS) {
            Ok(()) => Ok(Some(short)),
            Err(problem) => Err(RowError::Unfit(RejectedRow {
                id: Some(id.clone()),
                name: Some(excerpt(name, MAX_SHOWN_CHARS)),
                reason: format!("the abbreviation {problem}"),
            })),
        }
    }

    /// The country; its currency only where the vendor's word for it is understood.
    fn read_country(&self, result: &Value, notices: &mut Notices) -> Country {
        let known = self.board.country.read(result, notices).text();
        match known.and_then(|text| Code::parse(&text).ok()) {
            Some(code) => Country {
                shown: code,
                currency: code.currency_of_country(),
            },
            None => Country {
                shown: Code::US,
                currency: None,
            },
        }
    }

    /// The states in the vendor's order, each once; what is none is dropped and reported.
    fn read_states(&self, result: &Value, notices: &mut Notices) -> Vec<Code> {
        let field = &self.board.states;
        let mut states = Vec::new();
        if let Some(constant) = field.constant() {
            states.extend(split_codes(constant).filter_map(|code| Code::parse(code).ok()));
        }
        for pointer in field.pointers() {
            let Some(value) = pointer.find(result) else {
                continue;
            };
            let elements = value
                .as_array()
                .map_or(std::slice::from_ref(value), Vec::as_slice);
            for element in elements.iter().filter(|element| !element.is_null()) {
                let text = element
                    .as_str()
                    .filter(|text| text.len() <= MAX_STATES_BYTES);
                let Some(text) = text else {
                    field.report(pointer, element, notices);
                    continue;
                };
                let (codes, strange) = read_codes(field, text);
                states.extend(codes);
                for part in strange {
                    field.report(pointer, &Value::from(part), notices);
                }
            }
            if !states.is_empty() {
                break;
            }
        }
        let mut unique: Vec<Code> = Vec::with_capacity(states.len());
        for state in states {
            if !unique.contains(&state) {
                unique.push(state);
            }
        }
        unique
    }

    fn read_coverage_url(&self, result: &Value, notices: &mut Notices) -> Option<String> {
        let field = &self.board.coverage_url;
        let text = field.read(result, notices).text()?;
        let is_web_address = |url: &Url| matches!(url.scheme(), "http" | "https");
        let fits = check_text(&text, MAX_URL_CHARS).is_ok()
            && Url::parse(&text).is_ok_and(|url| is_web_address(&url));
        if !fits {
            notices.add(format!(
                "{}: what the vendor says is no web address; it is left out",
                field.path()
            ));
        }
        fits.then_some(text)
    }
}

/// The codes of one text, taken whole or part by part, and the parts that are none.
fn read_codes<'t>(field: &Field, text: &'t str) -> (Vec<Code>, Vec<&'t str>) {
    let codes_of = |part: &str| -> Option<Vec<Code>> {
        let ours = field.translate(part)?;
        split_codes(&ours)
            .map(|code| Code::parse(code).ok())
            .collect()
    };
    if let Some(codes) = codes_of(text.trim()) {
        return (codes, Vec::new());
    }
    let (mut codes, mut strange) = (Vec::new(), Vec::new());
    let parts = text.split([';', ',']).map(str::trim);
    for part in parts.filter(|part| !part.is_empty()) {
        let words = || part.split_whitespace().map(codes_of);
        match codes_of(part).or_else(|| Some(words().collect::<Option<Vec<_>>>()?.concat())) {
            Some(found) => codes.extend(found),
            None => strange.push(part),
        }
    }
    (codes, strange)
}

/// The word of ours that `field` says; `None` when it says nothing that is known.
pub(super) fn read_word<T: std::str::FromStr>(
    field: &Field,
    place: &Value,
    notices: &mut Notices,
) -> Option<T> {
    field.read(place, notices).text()?.parse().ok()
}
