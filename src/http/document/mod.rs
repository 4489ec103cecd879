//! The OpenAPI document: paths and schemas as the handlers declare them, completed with what all of them share -
//! problems, headers, examples - so that no handler can forget it.

mod headers;
mod problems;

use serde_json::Value;
use utoipa::OpenApi as _;
use utoipa::ToSchema;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{OpenApi, Ref, RefOr, Response};

use super::api_routes;
use super::examples::Examples;
use super::problem::Problem;
use headers::headers;
use problems::problems;

/// What the document says of the API as a whole.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Pass-through fees of MLS boards",
        description = "What boards charge, and what a client pays: from local data, with its source and its age. \
            Money is a decimal string beside its currency, never a number. `none`, `unpublished` and `unknown` are \
            three different answers, and none of them is 0.",
        contact(name = "ptf-cache", url = "https://github.com/ptf-cache"),
    ),
    servers((url = "/", description = "This service")),
    tags(
        (name = "boards", description = "Boards and their fees: for a drop-down, in pages, as CSV, one by one."),
        (name = "quotes", description = "What some boards cost a client of a given size."),
        (name = "changes", description = "What changed from version to version: in pages, as a stream, board by board."),
        (name = "catalog", description = "Which version of the data answers, and how fresh it is."),
    ),
)]
struct Preamble;

/// The document without its paths.
pub(super) fn preamble() -> OpenApi {
    Preamble::openapi()
}

/// The OpenAPI 3.1 document of the API.
pub fn document() -> OpenApi {
    let (_, mut document) = api_routes(None, |routes| routes).split_for_parts();
    let examples = Examples::new();
    for item in document.paths.paths.values_mut() {
        for operation in [&mut item.get, &mut item.post].into_iter().flatten() {
            complete(operation, &examples);
        }
    }
    let components = document.components.get_or_insert_default();
    for (name, header) in headers() {
        components.headers.insert(name.to_owned(), header.into());
    }
    let mut schemas = Vec::new();
    Problem::schemas(&mut schemas);
    schemas.push((
        Problem::name().into_owned(),
        <Problem as utoipa::PartialSchema>::schema(),
    ));
    components.schemas.extend(schemas);
    document
}

/// The document as JSON, indented, with a line end: what is committed as `openapi/openapi.json`.
pub fn document_json() -> String {
    let mut json = document()
        .to_pretty_json()
        .expect("the document has text keys");
    json.push('\n');
    json
}

/// Adds what every operation has.
fn complete(operation: &mut Operation, examples: &Examples) {
    let id = operation.operation_id.clone().unwrap_or_default();
    let is_post = id == "create_quote";
    // Neither the answer to a POST nor a stream is one that a caller may have already.
    let is_kept = !is_post && id != "stream_changes";
    let (example, extra_headers): (Value, &[&str]) = match id.as_str() {
        "list_board_options" => (examples.options(), &["Vary"]),
        "list_boards" => (examples.page(), &["Link"]),
        "export_boards_csv" => (examples.csv(), &[]),
        "get_board" => (examples.board(), &[]),
        "get_quote" | "create_quote" => (examples.quote(), &[]),
        "get_catalog" => (examples.catalog(), &[]),
        "get_board_history" => (examples.board_history(), &[]),
        "list_changes" => (examples.changes(), &[]),
        "stream_changes" => (examples.catalog_changed(), &[]),
        other => unreachable!("the operation {other} has no example; give it one above"),
    };
    let responses = &mut operation.responses.responses;
    if let Some(RefOr::T(success)) = responses.get_mut("200") {
        for content in success.content.values_mut() {
            if let RefOr::T(content) = content {
                content.example = Some(example.clone());
            }
        }
        let read: &[&str] = if is_kept { &["ETag"] } else { &[] };
        describe(success, &["Catalog-Version", "Cache-Control"]);
        describe(success, read);
        describe(success, extra_headers);
    }
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        for content in body.content.values_mut() {
            if let RefOr::T(content) = content {
                content.example = Some(examples.asked());
            }
        }
    }
    if is_kept {
        responses.insert("304".to_owned(), not_modified().into());
    }
    for (status, response) in problems(&id, examples) {
        responses.insert(status, response.into());
    }
    for response in responses.values_mut() {
        if let RefOr::T(response) = response {
            describe(response, &["X-Request-Id"]);
        }
    }
}

fn not_modified() -> Response {
    let mut response = Response::new("The body that `If-None-Match` names is still the answer.");
    describe(&mut response, &["Catalog-Version", "Cache-Control", "ETag"]);
    response
}

/// Says that `response` carries the headers `names`.
fn describe(response: &mut Response, names: &[&str]) {
    for name in names {
        let header = Ref::new(format!("#/components/headers/{name}"));
        response
            .headers
            .insert((*name).to_owned(), RefOr::Ref(header));
    }
}
