//! The problems that operations answer with.

use std::time::Duration;

use utoipa::ToSchema;
use utoipa::openapi::{ContentBuilder, Ref, Response, ResponseBuilder};

use super::describe;
use crate::http::body::MAX_BODY_BYTES;
use crate::http::examples::{Examples, parameter, pointer};
use crate::http::problem::{ApiError, PROBLEM_JSON, Problem};

/// Of every operation that names boards or versions.
const NOT_FOUND: &str = "A board is not in the catalog, or there is no such version.";

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
            "Reading needs a token here, or the one shown is not good.",
            ApiError::Unauthorized(None),
        ),
        ("A fault of the service.", ApiError::Internal(String::new())),
    ];
    errors.extend(not_found(operation_id, examples).map(|error| (NOT_FOUND, error)));
    if operation_id == "create_quote" {
        errors.extend([
            (
                "The body took too long to come.",
                ApiError::RequestTimeout(Duration::from_secs(10)),
            ),
            (
                "The body is too large.",
                ApiError::PayloadTooLarge(MAX_BODY_BYTES),
            ),
            ("The body is not JSON.", ApiError::UnsupportedMediaType),
        ]);
    }
    errors
        .iter()
        .map(|(description, error)| problem(description, error, examples))
        .collect()
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
    if matches!(error, ApiError::Unauthorized(_)) {
        describe(&mut response, &["WWW-Authenticate"]);
    }
    if *error == ApiError::NotReady {
        describe(&mut response, &["Retry-After"]);
    }
    (error.status().as_u16().to_string(), response)
}
