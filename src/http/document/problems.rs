//! The problems that operations answer with.

use std::time::Duration;

use utoipa::ToSchema;
use utoipa::openapi::{ContentBuilder, Ref, Response, ResponseBuilder};

use super::describe;
use crate::domain::token::Role;
use crate::http::body::{MAX_BODY_BYTES, MAX_ENTRY_BYTES, MAX_FILE_BYTES, MediaType};
use crate::http::desk::BEYOND_ADDRESS;
use crate::http::examples::{Examples, parameter, pointer};
use crate::http::problem::{ApiError, PROBLEM_JSON, Problem};

/// Of every operation that names boards, versions, entries or runs.
const NOT_FOUND: &str = "There is no such board, version, entry or run.";

/// The problems of an operation, by status.
pub(super) fn problems(operation_id: &str, examples: &Examples) -> Vec<(String, Response)> {
    let mut errors = vec![
        (
            "Input is wrong: `errors` names each parameter.",
            examples.invalid(operation_id),
        ),
        (
            "There is no catalog yet (an empty list never means that), or more is asked than can be answered in time.",
            ApiError::NotReady,
        ),
        (
            "A token is needed, or the one shown is not good.",
            ApiError::Unauthorized(None),
        ),
        (
            "The address, or the token, has sent as many requests as it may for now.",
            ApiError::RateLimited {
                retry_after_secs: 1,
                detail: BEYOND_ADDRESS,
            },
        ),
        ("A fault of the service.", ApiError::Internal(String::new())),
    ];
    errors.extend(not_found(operation_id, examples).map(|error| (NOT_FOUND, error)));
    if !is_read(operation_id) {
        errors.extend([
            (
                "The body took too long to come.",
                ApiError::RequestTimeout(Duration::from_secs(10)),
            ),
            (
                "The body is too large.",
                ApiError::PayloadTooLarge(match operation_id {
                    "put_curated_fee" => MAX_ENTRY_BYTES,
                    "import_curated_fees" => MAX_FILE_BYTES,
                    _ => MAX_BODY_BYTES,
                }),
            ),
        ]);
    }
    let wanted = match operation_id {
        "create_quote" | "approve_sync_run" | "put_curated_fee" => Some(MediaType::JSON),
        "import_curated_fees" => Some(MediaType::CSV),
        _ => None,
    };
    let unsupported = wanted.map(ApiError::UnsupportedMediaType);
    errors.extend(unsupported.map(|error| ("The body is of another type.", error)));
    errors.extend(refusals(operation_id));
    errors
        .iter()
        .map(|(description, error)| problem(description, error, examples))
        .collect()
}

/// Whether an operation only reads.
fn is_read(operation_id: &str) -> bool {
    ["get_", "list_", "export_", "stream_"]
        .iter()
        .any(|word| operation_id.starts_with(word))
}

/// What an operation of those who run the service refuses besides.
fn refusals(operation_id: &str) -> Vec<(&'static str, ApiError)> {
    let forbidden = (
        "The token's role may not do this.",
        ApiError::Forbidden {
            needed: Role::Operator,
            held: Role::Reader,
        },
    );
    let unseen = (
        "It was not said what was seen.",
        ApiError::PreconditionRequired(
            "Say what you have seen: send If-Match with the entry's ETag, or \"If-None-Match: *\" for a new entry.",
        ),
    );
    let changed = (
        "It is not what was seen.",
        ApiError::PreconditionFailed(
            "The entry is not what you have seen: somebody changed it, took it off the list, or put it on; nothing was changed. Read it again.",
        ),
    );
    match operation_id {
        "list_audit" => vec![forbidden],
        "put_curated_fee" | "delete_curated_fee" => vec![forbidden, unseen, changed],
        "import_curated_fees" => vec![forbidden, changed],
        "start_sync_run" => vec![
            forbidden,
            (
                "A run began less than a minute ago, or the token has sent as many requests as it may for now.",
                ApiError::RateLimited {
                    retry_after_secs: 42,
                    detail: "A sync run began less than a minute ago; the vendor is not asked again so soon.",
                },
            ),
        ],
        "approve_sync_run" | "reject_sync_run" => vec![
            forbidden,
            (
                "There is nothing to decide, or the catalog has moved on.",
                ApiError::Conflict(
                    "There is nothing to decide: there never was, somebody decided already, or a later run has taken this one's place.".to_owned(),
                ),
            ),
        ],
        _ => Vec::new(),
    }
}

/// What an operation may not find; `None` where it names nothing.
fn not_found(operation_id: &str, examples: &Examples) -> Option<ApiError> {
    let place = match operation_id {
        "get_board" | "get_board_history" => parameter("id"),
        "get_quote" => parameter("board"),
        "create_quote" => pointer("/boards/0"),
        "list_changes" | "stream_changes" => {
            return Some(examples.version_not_found(parameter("after")));
        }
        "get_curated_fee" | "delete_curated_fee" => {
            let missing = "there is no entry of board 1001 in the channel direct; /v1/curated-fees lists them";
            return Some(ApiError::NoSuch(missing.to_owned()));
        }
        "get_sync_run" | "approve_sync_run" | "reject_sync_run" => {
            let missing = "there is no sync run 404; /v1/sync-runs lists them";
            return Some(ApiError::NoSuch(missing.to_owned()));
        }
        _ => return None,
    };
    Some(examples.board_not_found(place))
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
    if matches!(
        error,
        ApiError::Unauthorized(_) | ApiError::Forbidden { .. }
    ) {
        describe(&mut response, &["WWW-Authenticate"]);
    }
    if matches!(error, ApiError::NotReady | ApiError::RateLimited { .. }) {
        describe(&mut response, &["Retry-After"]);
    }
    (error.status().as_u16().to_string(), response)
}
