//! Pages: what a request asks for, and the links that lead on.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::answer;
use super::board::SandboxBoard;

/// How many boards a page has unless it is asked for.
const DEFAULT_LIMIT: usize = 50;
/// How many boards a page has at most.
const MAX_LIMIT: usize = 500;
/// What is sent of a board unless it is asked for.
const DEFAULT_FIELDS: &[&str] = &["id", "name"];

/// Which part of each board is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fields {
    /// Everything: `fields=*`.
    All,
    /// The named ones; a name that no board has is of no effect.
    Named(Vec<String>),
}

/// What a request for a list asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PageQuery {
    /// The fields of each board.
    pub(super) fields: Fields,
    /// How many boards, 1 to 500.
    pub(super) limit: usize,
    /// How many boards to pass over.
    pub(super) offset: usize,
    /// The value of `fields` as it came, for the links.
    fields_text: Option<String>,
}

impl PageQuery {
    /// Reads a query string; parameters that the vendor does not know are of no effect.
    ///
    /// # Errors
    /// The vendor's answer to a limit or an offset that it cannot use.
    pub(super) fn parse(query: &str) -> Result<PageQuery, Box<Response>> {
        let mut page = PageQuery {
            fields: Fields::Named(DEFAULT_FIELDS.iter().map(|&name| name.to_owned()).collect()),
            limit: DEFAULT_LIMIT,
            offset: 0,
            fields_text: None,
        };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "limit" => page.limit = number("limit", &value, 1, MAX_LIMIT)?,
                "offset" => page.offset = number("offset", &value, 0, usize::MAX)?,
                "fields" => {
                    page.fields = Fields::parse(&value);
                    page.fields_text = Some(value.into_owned());
                }
                _ => {}
            }
        }
        Ok(page)
    }

    /// The page of `boards`, of which `total` are claimed, served from `base`.
    pub(super) fn of(&self, boards: &[SandboxBoard], total: usize, base: &str) -> Value {
        let from = self.offset.min(boards.len());
        let to = from.saturating_add(self.limit).min(boards.len());
        let results: Vec<Value> = boards[from..to]
            .iter()
            .map(|board| self.fields.of(board, base))
            .collect();
        json!({ "total": total, "results": results, "links": self.links(total, base) })
    }

    fn links(&self, total: usize, base: &str) -> Vec<Value> {
        let mut links = vec![self.link("self", self.offset, base)];
        let next = self.offset.saturating_add(self.limit);
        if next < total {
            links.push(self.link("next", next, base));
        }
        if self.offset > 0 {
            links.push(self.link("prev", self.offset.saturating_sub(self.limit), base));
        }
        links
    }

    fn link(&self, rel: &str, offset: usize, base: &str) -> Value {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if let Some(fields) = &self.fields_text {
            query.append_pair("fields", fields);
        }
        query.append_pair("limit", &self.limit.to_string());
        query.append_pair("offset", &offset.to_string());
        json!({ "rel": rel, "href": format!("{base}/boards.json?{}", query.finish()) })
    }
}

impl Fields {
    fn parse(text: &str) -> Fields {
        let names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
        if names.iter().any(|name| name == "*") {
            Fields::All
        } else {
            Fields::Named(names)
        }
    }

    /// What is sent of `board`; its link always is.
    pub(super) fn of(&self, board: &SandboxBoard, base: &str) -> Value {
        let mut sent: Map<String, Value> = board.to_json();
        if let Fields::Named(names) = self {
            sent.retain(|field, _| names.contains(field));
        }
        let href = format!("{base}/boards/{}.json", board.id);
        sent.insert("links".to_owned(), json!([{ "rel": "self", "href": href }]));
        Value::Object(sent)
    }
}

fn number(name: &str, text: &str, least: usize, most: usize) -> Result<usize, Box<Response>> {
    let fits = |number: &usize| (least..=most).contains(number);
    text.parse().ok().filter(fits).ok_or_else(|| {
        let range = if most == usize::MAX {
            format!("{least} or more")
        } else {
            format!("from {least} to {most}")
        };
        let message = format!("{name} is \"{text}\"; it must be a whole number, {range}");
        Box::new(answer::failure(StatusCode::BAD_REQUEST, &message))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::generate;

    const BASE: &str = "http://vendor";

    fn page(query: &str, boards: u32) -> Value {
        let boards = generate(1, boards);
        let query = PageQuery::parse(query).unwrap();
        query.of(&boards, boards.len(), BASE)
    }

    fn rels(page: &Value) -> Vec<&str> {
        let links = page["links"].as_array().unwrap();
        links
            .iter()
            .map(|link| link["rel"].as_str().unwrap())
            .collect()
    }

    #[test]
    fn without_a_query_a_page_has_fifty_names() {
        let page = page("", 60);
        assert_eq!(
            (
                page["total"].as_u64(),
                page["results"].as_array().unwrap().len()
            ),
            (Some(60), 50)
        );
        let fields: Vec<&String> = page["results"][0].as_object().unwrap().keys().collect();
        assert_eq!(fields, ["id", "links", "name"]);
    }

    #[test]
    fn links_lead_to_the_neighbouring_pages() {
        assert_eq!(rels(&page("limit=20", 60)), ["self", "next"]);
        assert_eq!(
            rels(&page("limit=20&offset=20", 60)),
            ["self", "next", "prev"]
        );
        assert_eq!(rels(&page("limit=20&offset=40", 60)), ["self", "prev"]);
        let middle = page("fields=*&limit=20&offset=20", 60);
        assert_eq!(
            middle["links"][1]["href"],
            "http://vendor/boards.json?fields=*&limit=20&offset=40"
        );
    }

    #[test]
    fn an_offset_beyond_the_end_is_an_empty_page() {
        let page = page("offset=1000", 60);
        assert_eq!(page["results"], json!([]));
        assert_eq!(page["total"], 60);
    }

    #[test]
    fn a_limit_or_an_offset_that_is_none_is_refused() {
        for query in [
            "limit=0",
            "limit=501",
            "limit=ten",
            "limit=",
            "offset=-1",
            "offset=1.5",
        ] {
            let refused = PageQuery::parse(query).unwrap_err();
            assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{query}");
        }
    }
}
