//! The OpenAPI document: paths and schemas as the handlers declare them, completed with what all of them share -
//! problems, headers, examples - so that no handler can forget it.

use std::time::Duration;

use serde_json::Value;
use utoipa::OpenApi as _;
use utoipa::ToSchema;
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder, Schema};

use super::api_routes;
use super::body::MAX_BODY_BYTES;
use super::examples::{Examples, parameter, pointer};
use super::problem::{ApiError, PROBLEM_JSON, Problem};

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
    let (_, mut document) = api_routes().split_for_parts();
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
    let (example, extra_headers): (Value, &[&str]) = match id.as_str() {
        "list_board_options" => (examples.options(), &["Vary"]),
        "list_boards" => (examples.page(), &["Link"]),
        "export_boards_csv" => (examples.csv(), &[]),
        "get_board" => (examples.board(), &[]),
        "get_quote" | "create_quote" => (examples.quote(), &[]),
        "get_catalog" => (examples.catalog(), &[]),
        other => unreachable!("the operation {other} has no example; give it one above"),
    };
    let responses = &mut operation.responses.responses;
    if let Some(RefOr::T(success)) = responses.get_mut("200") {
        for content in success.content.values_mut() {
            if let RefOr::T(content) = content {
                content.example = Some(example.clone());
            }
        }
        let read: &[&str] = if is_post { &[] } else { &["ETag"] };
        describe(success, &["Catalog-Version", "Cache-Control"]);
        describe(success, read);
        describe(success, extra_headers);
    }
    if is_post {
        if let Some(RefOr::T(body)) = &mut operation.request_body {
            for content in body.content.values_mut() {
                if let RefOr::T(content) = content {
                    content.example = Some(examples.asked());
                }
            }
        }
    } else {
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

/// The problems of an operation, by status.
fn problems(operation_id: &str, examples: &Examples) -> Vec<(String, Response)> {
    let mut errors = vec![
        (
            "Input is wrong: `errors` names each parameter.",
            examples.invalid(operation_id),
        ),
        (
            "There is no catalog yet (an empty list never means that), or more is asked than can be answered in time.",
            ApiError::NotReady,
        ),
        ("A fault of the service.", ApiError::Internal(String::new())),
    ];
    match operation_id {
        "get_board" => errors.push((
            "There is no such board.",
            examples.board_not_found(parameter("id")),
        )),
        "get_quote" => errors.push((
            "A board is not in the catalog.",
            examples.board_not_found(parameter("board")),
        )),
        "create_quote" => errors.extend([
            (
                "A board is not in the catalog.",
                examples.board_not_found(pointer("/boards/0")),
            ),
            (
                "The body took too long to come.",
                ApiError::RequestTimeout(Duration::from_secs(10)),
            ),
            (
                "The body is too large.",
                ApiError::PayloadTooLarge(MAX_BODY_BYTES),
            ),
            ("The body is not JSON.", ApiError::UnsupportedMediaType),
        ]),
        _ => {}
    }
    errors
        .iter()
        .map(|(description, error)| problem(description, error, examples))
        .collect()
}

fn problem(description: &str, error: &ApiError, examples: &Examples) -> (String, Response) {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(Problem::name())))
        .example(Some(examples.problem(error)))
        .build();
    let mut response = ResponseBuilder::new()
        .description(description)
        .content(PROBLEM_JSON, content)
        .build();
    if *error == ApiError::NotReady {
        describe(&mut response, &["Retry-After"]);
    }
    (error.status().as_u16().to_string(), response)
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

/// Every header that some response carries.
fn headers() -> [(&'static str, Header); 7] {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let number = || {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
    };
    [
        (
            "Catalog-Version",
            header(
                "The version of the catalog that answered.",
                number(),
                42.into(),
            ),
        ),
        (
            "Cache-Control",
            header(
                "How long the answer may be kept: no longer than the catalog is good for.",
                text(),
                "public, max-age=60, stale-while-revalidate=300, stale-if-error=86400".into(),
            ),
        ),
        (
            "ETag",
            header(
                "A weak tag of the whole body, for `If-None-Match`.",
                text().pattern(Some("^W/\"[0-9a-f]{32}\"$")),
                "W/\"9a0364b9e99bb480dd25e1f0284c8555\"".into(),
            ),
        ),
        (
            "Link",
            header(
                "The next page, `rel=\"next\"`; absent on the last.",
                text(),
                "</v1/boards?limit=50&cursor=b1.AAAAAGNlZGFyIHZhbGxleSBtbHMAMTI.e>; rel=\"next\""
                    .into(),
            ),
        ),
        (
            "Retry-After",
            header("Seconds after which to ask again.", number(), 5.into()),
        ),
        (
            "Vary",
            header(
                "The answer may come compressed.",
                text(),
                "accept-encoding".into(),
            ),
        ),
        (
            "X-Request-Id",
            header(
                "The request's id: the caller's own where it is presentable, else a fresh one.",
                text().pattern(Some("^[A-Za-z0-9._-]{1,64}$")),
                "5f2b0c9a41d7e836".into(),
            ),
        ),
    ]
}

fn header(description: &str, schema: ObjectBuilder, example: Value) -> Header {
    HeaderBuilder::new()
        .schema(Some(Schema::from(schema)))
        .description(Some(description))
        .example(Some(example))
        .build()
}
