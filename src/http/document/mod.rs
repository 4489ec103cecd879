//! The OpenAPI document: paths and schemas as the handlers declare them, completed with what all of them share -
//! problems, headers, examples - so that no handler can forget it.

mod headers;
mod problems;
mod security;

use serde_json::Value;
use utoipa::OpenApi as _;
use utoipa::ToSchema;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{OpenApi, Ref, RefOr, Response};
use utoipa_axum::router::OpenApiRouter;

use super::examples::Examples;
use super::problem::Problem;
use super::routes::groups;
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
        (name = "sync runs", description = "How the catalog is kept up to date: runs on record, starting one, deciding about what one did not publish."),
        (name = "curated list", description = "What staff keep by hand: read, edited entry by entry, imported and exported as CSV."),
        (name = "audit", description = "Who changed what by hand."),
        (name = "catalog", description = "Which version of the data answers, and how fresh it is."),
    ),
)]
struct Preamble;

/// What the handlers declare, and who may use them.
fn declared() -> OpenApi {
    let mut whole = OpenApiRouter::with_openapi(Preamble::openapi());
    for group in groups() {
        let mut part = OpenApiRouter::new();
        for route in group.routes {
            part = part.routes((route.describe)());
        }
        security::require(part.get_openapi_mut(), group.access);
        whole = whole.merge(part);
    }
    let mut document = whole.into_openapi();
    security::describe_scheme(&mut document);
    document
}

/// The operations in `document`.
fn operations(document: &mut OpenApi) -> impl Iterator<Item = &mut Operation> {
    document.paths.paths.values_mut().flat_map(|item| {
        let methods = [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.delete,
        ];
        methods.into_iter().flatten()
    })
}

/// The OpenAPI 3.1 document of the API.
pub fn document() -> OpenApi {
    let mut document = declared();
    let examples = Examples::new();
    for operation in operations(&mut document) {
        complete(operation, &examples);
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

/// What the document says of an operation beside what its handler declares.
struct Said {
    /// An example of the answer.
    example: Value,
    /// An example of the body that is sent.
    asked: Option<Value>,
    kind: Kind,
    /// Headers of its own.
    headers: &'static [&'static str],
}

/// What an answer is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The catalog; a caller may have it already.
    Read,
    /// The catalog, of which nobody keeps the answer: to a POST, or as a stream.
    ReadUnkept,
    /// The curated list, whose strong tag is what changing it takes.
    Tagged,
    /// The same, as it is after a change.
    Changed,
    /// Something else, which nobody keeps.
    Unkept,
}

impl Said {
    fn read(example: Value) -> Said {
        Said::of(Kind::Read, example)
    }

    fn of(kind: Kind, example: Value) -> Said {
        Said {
            example,
            asked: None,
            kind,
            headers: &[],
        }
    }

    fn about(operation: &str, examples: &Examples) -> Said {
        match operation {
            "list_board_options" => Said {
                headers: &["Vary"],
                ..Said::read(examples.options())
            },
            "list_boards" => Said {
                headers: &["Link"],
                ..Said::read(examples.page())
            },
            "export_boards_csv" => Said::read(examples.csv()),
            "get_board" => Said::read(examples.board()),
            "get_quote" => Said::read(examples.quote()),
            "create_quote" => Said {
                asked: Some(examples.asked()),
                ..Said::of(Kind::ReadUnkept, examples.quote())
            },
            "get_catalog" => Said::read(examples.catalog()),
            "get_board_history" => Said::read(examples.board_history()),
            "list_changes" => Said::read(examples.changes()),
            "stream_changes" => Said::of(Kind::ReadUnkept, examples.catalog_changed()),
            "list_curated_fees" => Said::of(Kind::Unkept, examples.curated_page()),
            "export_curated_fees_csv" => Said::of(Kind::Tagged, examples.curated_csv()),
            "get_curated_fee" => Said::of(Kind::Tagged, examples.curated_entry()),
            "put_curated_fee" => Said {
                asked: Some(examples.curated_entry()),
                ..Said::of(Kind::Changed, examples.curated_entry())
            },
            "delete_curated_fee" => Said::of(Kind::Unkept, Value::Null),
            "import_curated_fees" => Said {
                asked: Some(examples.curated_csv()),
                ..Said::of(Kind::Unkept, examples.import())
            },
            "list_audit" => Said::of(Kind::Unkept, examples.audit()),
            "list_sync_runs" => Said::of(Kind::Unkept, examples.sync_runs()),
            "get_sync_run" => Said::of(Kind::Unkept, examples.sync_run_with_differences()),
            "start_sync_run" => Said::of(Kind::Unkept, examples.sync_run_started()),
            "reject_sync_run" => Said::of(Kind::Unkept, examples.sync_run()),
            "approve_sync_run" => Said {
                asked: Some(examples.approval()),
                ..Said::of(Kind::Unkept, examples.sync_run())
            },
            other => {
                unreachable!("the operation {other} has no example; give it one above")
            }
        }
    }
}

/// Adds what every operation has.
fn complete(operation: &mut Operation, examples: &Examples) {
    let id = operation.operation_id.clone().unwrap_or_default();
    let said = Said::about(&id, examples);
    let responses = &mut operation.responses.responses;
    for status in ["200", "201", "202", "204"] {
        if let Some(RefOr::T(success)) = responses.get_mut(status) {
            for content in success.content.values_mut() {
                if let RefOr::T(content) = content {
                    content.example = Some(said.example.clone());
                }
            }
            describe(success, &["Cache-Control"]);
            match said.kind {
                Kind::Read => describe(success, &["Catalog-Version", "ETag"]),
                Kind::ReadUnkept => describe(success, &["Catalog-Version"]),
                Kind::Tagged | Kind::Changed => {
                    describe(success, &["Catalog-Version"]);
                    describe_as(success, "ETag", "Strong-ETag");
                }
                Kind::Unkept => {}
            }
            describe(success, said.headers);
            if status == "201" {
                describe(success, &["Location"]);
            }
        }
    }
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        for content in body.content.values_mut() {
            if let RefOr::T(content) = content {
                content.example = said.asked.clone();
            }
        }
    }
    if said.kind == Kind::Read {
        responses.insert("304".to_owned(), not_modified().into());
    }
    if said.kind == Kind::Tagged {
        let mut response = not_modified();
        describe_as(&mut response, "ETag", "Strong-ETag");
        responses.insert("304".to_owned(), response.into());
    }
    for (status, response) in problems(&id, examples) {
        responses.insert(status, response.into());
    }
    for (status, response) in responses {
        if let RefOr::T(response) = response {
            describe(response, &["X-Request-Id"]);
            if !status.starts_with('5') {
                describe(response, &["RateLimit", "RateLimit-Policy"]);
            }
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
        describe_as(response, name, name);
    }
}

/// Says that `response` carries the header `name`, which is described as `component`.
fn describe_as(response: &mut Response, name: &str, component: &str) {
    let header = Ref::new(format!("#/components/headers/{component}"));
    response.headers.insert(name.to_owned(), RefOr::Ref(header));
}
