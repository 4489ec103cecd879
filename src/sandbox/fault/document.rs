//! The JSON as text: cut, doubled, with more in it than belongs there, with other words.

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_LENGTH;
use axum::response::Response;
use serde_json::Value;

use super::{Act, Disturbance};

/// What becomes of the JSON of an answer.
#[derive(Debug, Clone, Copy)]
pub(super) enum Document {
    /// It ends half-way.
    Half,
    /// It comes twice.
    Twice,
    /// This stands before it.
    Lead(&'static str),
    /// A byte that is no UTF-8 stands behind the first place that reads so.
    BadByte(&'static str),
    /// It has this field more, as written, at its beginning.
    WithField(&'static str),
    /// It has a field more whose lists are nested so deep.
    Deep(usize),
    /// A field more, with so many empty lists, stands before the first place that reads so.
    Crowd(&'static str, usize),
    /// The first place that reads so reads otherwise.
    First(&'static str, &'static str),
    /// Every place that reads so reads otherwise.
    Every(&'static str, &'static str),
    /// The ids are numbers.
    IdsAsNumbers,
}

/// A byte that no UTF-8 holds.
const NO_UTF8: u8 = 0xff;

impl Disturbance {
    /// The answer with its JSON as the faults leave it.
    pub(in crate::sandbox) async fn in_the_document(&self, response: Response) -> Response {
        let changes: Vec<&Document> = self
            .acts()
            .filter_map(|act| match act {
                Act::Document(change) => Some(change),
                _ => None,
            })
            .collect();
        if changes.is_empty() {
            return response;
        }
        let (mut parts, body) = response.into_parts();
        let whole = axum::body::to_bytes(body, usize::MAX).await;
        let mut text = whole.expect("a body that is in memory can be read");
        for change in changes {
            text = Bytes::from(change.make(&String::from_utf8_lossy(&text)));
        }
        parts.headers.remove(CONTENT_LENGTH);
        Response::from_parts(parts, Body::from(text))
    }
}

impl Document {
    fn make(self, text: &str) -> Vec<u8> {
        let with_field = |field: &str| text.replacen('{', &format!("{{{field},"), 1).into_bytes();
        match self {
            Document::Half => text.as_bytes()[..text.len() / 2].to_vec(),
            Document::Twice => text.repeat(2).into_bytes(),
            Document::Lead(lead) => format!("{lead}{text}").into_bytes(),
            Document::BadByte(behind) => {
                let at = text.find(behind).map_or(0, |at| at + behind.len());
                [&text.as_bytes()[..at], &[NO_UTF8], &text.as_bytes()[at..]].concat()
            }
            Document::WithField(field) => with_field(field),
            Document::Deep(depth) => {
                let lists = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
                with_field(&format!("\"deep\":{lists}"))
            }
            Document::Crowd(before, lists) => {
                let crowd = format!("\"crowd\":[{}[]],{before}", "[],".repeat(lists - 1));
                text.replacen(before, &crowd, 1).into_bytes()
            }
            Document::First(from, to) => text.replacen(from, to, 1).into_bytes(),
            Document::Every(from, to) => text.replace(from, to).into_bytes(),
            Document::IdsAsNumbers => with_numbers(text)
                .unwrap_or_else(|| text.to_owned())
                .into_bytes(),
        }
    }
}

/// The page with numbers for ids; `None` when it is no page.
fn with_numbers(text: &str) -> Option<String> {
    let mut page: Value = serde_json::from_str(text).ok()?;
    for board in page.get_mut("results")?.as_array_mut()? {
        let id: u64 = board["id"].as_str()?.parse().ok()?;
        board["id"] = Value::from(id);
    }
    Some(page.to_string())
}
