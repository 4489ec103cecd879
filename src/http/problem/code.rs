//! The kinds of problems: word, status and title of each.

use axum::http::StatusCode;

use crate::domain::fee::word_enum;

word_enum! {
    /// What kind of problem, for programmes.
    ProblemCode {
        /// Input is wrong: see `errors`.
        InvalidParameter = "invalid_parameter",
        /// A token is needed, or the one shown is not good.
        Unauthorized = "unauthorized",
        /// The token's role may not do this.
        Forbidden = "forbidden",
        /// A board is not in the catalog.
        BoardNotFound = "board_not_found",
        /// The catalog never had this version, or no longer keeps it.
        VersionNotFound = "version_not_found",
        /// Nothing is served at this path, or there is no such thing.
        NotFound = "not_found",
        /// It does not fit how things stand.
        Conflict = "conflict",
        /// Say what was seen of what is to be changed: see `If-Match`.
        PreconditionRequired = "precondition_required",
        /// It has changed since it was seen.
        PreconditionFailed = "precondition_failed",
        /// It is asked too often: see `Retry-After`.
        RateLimited = "rate_limited",
        /// The path takes other methods: see `Allow`.
        MethodNotAllowed = "method_not_allowed",
        /// The body is larger than accepted.
        PayloadTooLarge = "payload_too_large",
        /// The body is of another type than accepted.
        UnsupportedMediaType = "unsupported_media_type",
        /// The body took too long to come.
        RequestTimeout = "request_timeout",
        /// There is no catalog yet.
        NotReady = "not_ready",
        /// The service has as much to do as it takes at a time.
        Overloaded = "overloaded",
        /// A fault of the service.
        Internal = "internal",
    }
}

impl ProblemCode {
    /// The HTTP status.
    pub fn status(self) -> StatusCode {
        match self {
            ProblemCode::InvalidParameter => StatusCode::BAD_REQUEST,
            ProblemCode::Unauthorized => StatusCode::UNAUTHORIZED,
            ProblemCode::Forbidden => StatusCode::FORBIDDEN,
            ProblemCode::BoardNotFound | ProblemCode::VersionNotFound | ProblemCode::NotFound => {
                StatusCode::NOT_FOUND
            }
            ProblemCode::Conflict => StatusCode::CONFLICT,
            ProblemCode::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
            ProblemCode::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            ProblemCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            ProblemCode::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            ProblemCode::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ProblemCode::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ProblemCode::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            ProblemCode::NotReady | ProblemCode::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
            ProblemCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The kind in a few words, the same for every problem of the kind.
    pub fn title(self) -> &'static str {
        match self {
            ProblemCode::InvalidParameter => "Invalid parameter",
            ProblemCode::Unauthorized => "Unauthorized",
            ProblemCode::Forbidden => "Forbidden",
            ProblemCode::BoardNotFound => "Board not found",
            ProblemCode::VersionNotFound => "Version not found",
            ProblemCode::NotFound => "Not found",
            ProblemCode::Conflict => "Conflict",
            ProblemCode::PreconditionRequired => "Precondition required",
            ProblemCode::PreconditionFailed => "Precondition failed",
            ProblemCode::RateLimited => "Rate limited",
            ProblemCode::MethodNotAllowed => "Method not allowed",
            ProblemCode::PayloadTooLarge => "Payload too large",
            ProblemCode::UnsupportedMediaType => "Unsupported media type",
            ProblemCode::RequestTimeout => "Request timeout",
            ProblemCode::NotReady => "Not ready",
            ProblemCode::Overloaded => "Overloaded",
            ProblemCode::Internal => "Internal error",
        }
    }
}
