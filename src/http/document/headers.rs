//! The headers of answers.

use serde_json::Value;
use utoipa::openapi::Schema;
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};

/// Every header that some response carries.
pub(super) fn headers() -> [(&'static str, Header); 12] {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let number = || {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
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
            "Strong-ETag",
            header(
                "A strong tag of the whole body, for `If-Match` and `If-None-Match`.",
                text().pattern(Some("^\"[0-9a-f]{32}\"$")),
                "\"9a0364b9e99bb480dd25e1f0284c8555\"".into(),
            ),
        ),
        (
            "Location",
            header(
                "Where the new entry is read.",
                text(),
                "/v1/curated-fees/1001/pass_through".into(),
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
            "RateLimit",
            header(
                "How many more requests the address or the token has at once (`r`), and in how many seconds there are \
                 more (`t`), as draft-ietf-httpapi-ratelimit-headers says it.",
                text(),
                "\"address\";r=0;t=1".into(),
            ),
        ),
        (
            "RateLimit-Policy",
            header(
                "How many requests (`q`) an address or a token has in so many seconds (`w`).",
                text(),
                "\"address\";q=6000;w=60".into(),
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
            "WWW-Authenticate",
            header(
                "How to show a token, and what is wrong with the one shown (RFC 6750).",
                text(),
                "Bearer realm=\"ptf-cache\"".into(),
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
