//! The named values of a request, from the query or a JSON body, read one by one: everything that is wrong is
//! collected and reported together, by name, with the value and the remedy.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chrono::NaiveDate;
use serde_json::Value;

use super::body::{Kind, Member, parse_object, type_of};
use super::problem::{ApiError, Fault, Place};
use crate::domain::quote::InvalidInput;

/// The most characters of a value that a message repeats.
const SHOWN_CHARS: usize = 64;
/// The most faults reported of one request: an answer stays small whatever is sent.
pub(crate) const MAX_FAULTS: usize = 20;

/// A parameter that a resource takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameter {
    /// Its name.
    pub(crate) name: &'static str,
    /// Whether it may be given several times.
    pub(crate) repeatable: bool,
}

impl Parameter {
    /// A parameter that is given once.
    pub(crate) const fn once(name: &'static str) -> Parameter {
        Parameter {
            name,
            repeatable: false,
        }
    }

    /// A parameter that may be given several times.
    pub(crate) const fn repeatable(name: &'static str) -> Parameter {
        Parameter {
            name,
            repeatable: true,
        }
    }
}

/// The query as it came; an extractor that never fails.
#[derive(Debug, Clone)]
pub(crate) struct Query(pub(crate) String);

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Query, Self::Rejection> {
        Ok(Query(parts.uri.query().unwrap_or_default().to_owned()))
    }
}

/// Where the values come from, and so how a fault names its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Query,
    Body,
}

/// The values of one request that are still to be read, and what was wrong with those that have been.
#[derive(Debug)]
pub(crate) struct Params {
    origin: Origin,
    values: Vec<(String, String)>,
    faults: Vec<Fault>,
}

impl Params {
    /// The values of `query`, of which only the `known` ones are taken.
    pub(crate) fn of_query(query: &Query, known: &[Parameter]) -> Params {
        let mut params = Params {
            origin: Origin::Query,
            values: Vec::new(),
            faults: Vec::new(),
        };
        for (name, value) in form_urlencoded::parse(query.0.as_bytes()) {
            if params.faults.len() < MAX_FAULTS {
                params.take(&name, &value, known);
            }
        }
        params
    }

    /// The members of the JSON object `body`, of which only the `known` ones are taken.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] when it is no JSON object.
    pub(crate) fn of_body(body: &[u8], known: &[Member]) -> Result<Params, ApiError> {
        let mut params = Params {
            origin: Origin::Body,
            values: Vec::new(),
            faults: Vec::new(),
        };
        let mut seen = Vec::new();
        for (name, value) in parse_object(body)? {
            if params.faults.len() >= MAX_FAULTS {
                break;
            }
            match known.iter().find(|member| member.name == name) {
                None => params.refuse_unknown_member(&name, known),
                Some(member) if seen.contains(&member.name) => {
                    params.refuse(member.name, "is given twice; give it once".to_owned());
                }
                Some(member) => {
                    seen.push(member.name);
                    params.take_member(member, value);
                }
            }
        }
        Ok(params)
    }

    fn refuse_unknown_member(&mut self, name: &str, known: &[Member]) {
        let names: Vec<&str> = known.iter().map(|member| member.name).collect();
        let detail = format!("is not a member here; these are: {}", names.join(", "));
        // RFC 6901 escapes the two characters that pointers need for themselves.
        self.refuse(&shown(name).replace('~', "~0").replace('/', "~1"), detail);
    }

    /// Takes a member's value as the text a query would give; a value of another type is refused.
    fn take_member(&mut self, member: &Member, value: Value) {
        let name = member.name;
        match (member.kind, value) {
            (Kind::WholeNumber, Value::Number(number)) => {
                self.values.push((name.to_owned(), number.to_string()));
            }
            (Kind::Text, Value::String(text)) => self.values.push((name.to_owned(), text)),
            (Kind::Texts, Value::Array(items)) => self.take_items(name, items),
            (kind, value) => {
                let (is, wanted) = (type_of(&value), kind.wanted());
                self.refuse(name, format!("is {is}; give {wanted}"));
            }
        }
    }

    fn take_items(&mut self, name: &str, items: Vec<Value>) {
        for (position, item) in items.into_iter().enumerate() {
            match item {
                Value::String(text) => self.values.push((name.to_owned(), text)),
                _ if self.faults.len() >= MAX_FAULTS => return,
                other => {
                    let detail = format!("is {}; give a string", type_of(&other));
                    self.refuse(&format!("{name}/{position}"), detail);
                }
            }
        }
    }

    fn take(&mut self, name: &str, value: &str, known: &[Parameter]) {
        let Some(parameter) = known.iter().find(|parameter| parameter.name == name) else {
            return self.refuse_unknown(name, known);
        };
        // No parameter has a use for either character; decoding leaves U+FFFD where the bytes are no UTF-8.
        if value.contains('\0') {
            return self.refuse(name, "holds the character U+0000; leave it out".to_owned());
        }
        if value.contains('\u{fffd}') {
            return self.refuse(name, "holds bytes that are not text in UTF-8".to_owned());
        }
        if !parameter.repeatable && self.values.iter().any(|(earlier, _)| earlier == name) {
            return self.refuse(name, "is given twice; give it once".to_owned());
        }
        self.values.push((name.to_owned(), value.to_owned()));
    }

    fn refuse_unknown(&mut self, name: &str, known: &[Parameter]) {
        let names: Vec<&str> = known.iter().map(|parameter| parameter.name).collect();
        let detail = match names.as_slice() {
            [] => "is not a parameter; there are none here".to_owned(),
            names => format!("is not a parameter here; these are: {}", names.join(", ")),
        };
        self.refuse(&shown(name), detail);
    }

    /// Notes that the value of `name` is wrong; once, however often it is said.
    pub(crate) fn refuse(&mut self, name: &str, detail: String) {
        let place = match self.origin {
            Origin::Query => Place::Parameter(name.to_owned()),
            Origin::Body => Place::Pointer(format!("/{name}")),
        };
        let fault = Fault { place, detail };
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    /// Notes what a quote's own checks found, its boards being called `boards` here, unless their place has a fault.
    pub(crate) fn refuse_input(&mut self, input: &InvalidInput, boards: &str) {
        let name = match input.parameter {
            "board" => boards,
            other => other,
        };
        let refused = self.faults.iter().any(|fault| match &fault.place {
            Place::Parameter(place) => place == name,
            Place::Pointer(place) => place[1..].split('/').next() == Some(name),
        });
        if !refused {
            self.refuse(name, input.detail.clone());
        }
    }

    /// Every value of `name`, in the order given.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let given = self.values.iter().filter(|(given, _)| given == name);
        given.map(|(_, value)| value.as_str()).collect()
    }

    /// The value of `name` as `read` understands it; `None` when absent or wrong.
    pub(crate) fn read<T, E: Display>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let value = self.all(name).first().copied()?;
        match read(value) {
            Ok(value) => Some(value),
            Err(error) => {
                let detail = error.to_string();
                self.refuse(name, detail);
                None
            }
        }
    }

    /// The value of `name` as one of a fixed set of words.
    pub(crate) fn word<T: FromStr<Err: Display>>(&mut self, name: &str) -> Option<T> {
        self.read(name, str::parse::<T>)
    }

    /// The value of `name` as a whole number in `range`.
    pub(crate) fn whole_number<N: FromStr + PartialOrd + Display>(
        &mut self,
        name: &str,
        range: RangeInclusive<N>,
    ) -> Option<N> {
        self.read(name, |text| {
            let number = parse_whole_number(text).filter(|number| range.contains(number));
            number.ok_or_else(|| {
                let (shown, first, last) = (shown(text), range.start(), range.end());
                format!("\"{shown}\" is not a whole number from {first} to {last}")
            })
        })
    }

    /// The value of `name` as a calendar date, `YYYY-MM-DD`.
    pub(crate) fn date(&mut self, name: &str) -> Option<NaiveDate> {
        self.read(name, |text| {
            // chrono alone would also take 2026-1-5 and +2026-01-05.
            let as_written = text.parse::<NaiveDate>().ok();
            let exact = as_written.filter(|date| date.to_string() == text);
            exact.ok_or_else(|| {
                let shown = shown(text);
                format!("\"{shown}\" is not a calendar date; write it like 2026-11-23")
            })
        })
    }

    /// The value of `name` as `true` or `false`.
    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        self.read(name, |text| match text {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(format!("\"{}\" is neither true nor false", shown(text))),
        })
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] with everything that was wrong.
    pub(crate) fn finish(self) -> Result<(), ApiError> {
        if self.faults.is_empty() {
            Ok(())
        } else {
            Err(ApiError::Invalid(self.faults))
        }
    }
}

/// Digits, with a fraction of zeros at most: JSON Schema takes `8.0` for an integer, and nothing is lost by it.
fn parse_whole_number<N: FromStr>(text: &str) -> Option<N> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_whole = is_digits(whole) && is_digits(fraction) && fraction.bytes().all(|b| b == b'0');
    is_whole.then(|| whole.parse().ok()).flatten()
}

/// `text` as a message repeats it: cut where it is long.
pub(crate) fn shown(text: &str) -> String {
    cut(text, SHOWN_CHARS)
}

/// `text`, cut where it has more than `chars` characters.
pub(crate) fn cut(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
