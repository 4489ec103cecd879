//! The OpenAPI document: committed as generated, with examples that are true and answers that keep to it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use chrono::TimeDelta;
use http_body_util::BodyExt;
use jsonschema::Validator;
use ptf_cache::catalog::CatalogHandle;
use ptf_cache::clock::FixedClock;
use ptf_cache::http::{document_json, prepare, service};
use ptf_cache::store::{Store, StoreSettings};
use serde_json::{Value, json};

use crate::api::api_of;
use crate::catalogs::{Boards, checked_at};

#[path = "support/api.rs"]
mod api;

#[path = "support/catalogs.rs"]
#[expect(
    dead_code,
    reason = "shared with the other tests, which use more of it"
)]
mod catalogs;

fn document() -> Value {
    serde_json::from_str(&document_json()).unwrap()
}

/// A validator of `schema`, whose references point into `document`.
fn validator(schema: &Value, document: &Value) -> Validator {
    let whole = json!({"allOf": [schema], "components": document["components"]});
    let options = jsonschema::draft202012::options().should_validate_formats(true);
    options.build(&whole).unwrap()
}

fn assert_valid(value: &Value, schema: &Value, document: &Value, place: &str) {
    let validator = validator(schema, document);
    let errors: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{place}: {errors:#?}\n{value:#}");
}

/// Calls `visit` with every object of the document and its path.
fn walk(value: &Value, path: &str, visit: &mut impl FnMut(&Value, &str)) {
    match value {
        Value::Object(members) => {
            visit(value, path);
            for (name, member) in members {
                walk(member, &format!("{path}/{name}"), visit);
            }
        }
        Value::Array(items) => {
            for (position, item) in items.iter().enumerate() {
                walk(item, &format!("{path}/{position}"), visit);
            }
        }
        _ => {}
    }
}

/// Every operation: path, method, operation.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations.push((path.clone(), method.clone(), operation.clone()));
        }
    }
    operations
}

#[test]
fn the_committed_document_is_the_generated_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/openapi.json");
    let committed = std::fs::read_to_string(path).unwrap();
    assert!(
        committed == document_json(),
        "openapi/openapi.json is not what the code says; run `cargo run -- openapi > openapi/openapi.json`"
    );
}

#[test]
fn every_example_is_valid_by_its_own_schema() {
    let document = document();
    let mut checked = 0;
    walk(&document, "", &mut |object, path| {
        if let (Some(schema), Some(example)) = (object.get("schema"), object.get("example")) {
            assert_valid(example, schema, &document, path);
            checked += 1;
        }
        if let (Some(Value::Array(examples)), Some(_)) =
            (object.get("examples"), object.get("type"))
        {
            for example in examples {
                assert_valid(example, object, &document, path);
                checked += 1;
            }
        }
    });
    assert!(checked > 60, "only {checked} examples were found");
}

#[test]
fn every_body_and_parameter_has_an_example() {
    for (path, method, operation) in operations(&document()) {
        let place = format!("{method} {path}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(
                parameter.get("example").is_some(),
                "{place}: {}",
                parameter["name"]
            );
            assert!(
                parameter.get("description").is_some(),
                "{place}: {}",
                parameter["name"]
            );
        }
        walk(&operation, &place, &mut |object, path| {
            if let Some(content) = object.get("content") {
                for (media_type, content) in content.as_object().unwrap() {
                    assert!(content.get("example").is_some(), "{path}: {media_type}");
                }
            }
        });
    }
}

#[test]
fn every_operation_documents_what_all_of_them_can_answer() {
    for (path, method, operation) in operations(&document()) {
        let responses = operation["responses"].as_object().unwrap();
        let id = operation["operationId"].as_str().unwrap();
        let success = match id {
            "start_sync_run" => "202",
            "delete_curated_fee" => "204",
            _ => "200",
        };
        let mut expected = vec![success, "400", "401", "429", "500", "503"];
        let is_unkept = path.starts_with("/v1/sync-runs")
            || ["/v1/audit", "/v1/changes/stream", "/v1/curated-fees"].contains(&path.as_str());
        if method == "get" && !is_unkept {
            expected.push("304");
        }
        let names_something = ["{", "/quote", "/changes"];
        if names_something.iter().any(|part| path.contains(part)) && method != "put" {
            expected.push("404");
        }
        if method != "get" {
            expected.extend(["408", "413"]);
        }
        if operation.get("requestBody").is_some() {
            expected.push("415");
        }
        match id {
            "list_audit" | "start_sync_run" => expected.push("403"),
            "put_curated_fee" => expected.extend(["201", "403", "412", "428"]),
            "delete_curated_fee" => expected.extend(["403", "412", "428"]),
            "import_curated_fees" => expected.extend(["403", "412"]),
            "approve_sync_run" | "reject_sync_run" => expected.extend(["403", "409"]),
            _ => {}
        }
        expected.sort();
        assert_eq!(
            responses.keys().collect::<Vec<_>>(),
            expected,
            "{method} {path}"
        );
        for (status, response) in responses {
            let place = format!("{method} {path} {status}");
            assert!(
                response["description"]
                    .as_str()
                    .is_some_and(|text| !text.is_empty()),
                "{place}"
            );
            let has = |header| response["headers"].get(header).is_some();
            assert!(has("X-Request-Id"), "{place}");
            let of_limits = ["Retry-After", "RateLimit", "RateLimit-Policy"];
            assert!(status != "429" || of_limits.into_iter().all(has), "{place}");
        }
    }
}

#[test]
fn no_schema_takes_money_as_a_number() {
    let document = document();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        walk(schema, name, &mut |object, path| {
            assert_ne!(object.get("type"), Some(&json!("number")), "{path}");
        });
    }
}

#[tokio::test]
async fn real_answers_are_valid_by_the_document() {
    let document = document();
    let handle = Arc::new(CatalogHandle::new(prepare, TimeDelta::hours(26)));
    handle.publish(Boards::of_every_kind().build(42), checked_at());
    let folder = tempfile::tempdir().unwrap();
    let settings = StoreSettings {
        url: format!("sqlite://{}", folder.path().join("test.db").display()),
        create: true,
    };
    let store = Store::open(&settings).await.unwrap();
    let clock = Arc::new(FixedClock::at(checked_at()));
    let api = api_of(handle, store, clock, chrono_tz::UTC).await;
    let desk = Arc::new(service(Arc::new(api), &Arc::default(), 0));
    let requests = [
        ("/v1/boards/options", "/v1/boards/options", 200),
        ("/v1/boards", "/v1/boards?inactive=true", 200),
        ("/v1/boards", "/v1/boards?limit=1", 200),
        ("/v1/boards", "/v1/boards?limit=0&x=1", 400),
        ("/v1/boards/{id}", "/v1/boards/13", 200),
        ("/v1/boards/{id}", "/v1/boards/404", 404),
        (
            "/v1/quote",
            "/v1/quote?board=7,8,9,10,11,12,13,14,15&agents=12",
            200,
        ),
        ("/v1/quote", "/v1/quote?board=9", 200),
        ("/v1/quote", "/v1/quote?board=404", 404),
        ("/v1/catalog", "/v1/catalog", 200),
    ];
    for (path, uri, status) in requests {
        let request = Request::get(uri).body(Body::empty()).unwrap();
        let response = desk.receive(request).await.unwrap();
        assert_eq!(
            response.status(),
            StatusCode::from_u16(status).unwrap(),
            "{uri}"
        );
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let body: Value = serde_json::from_slice(&body).unwrap();
        let content = &document["paths"][path]["get"]["responses"][status.to_string()]["content"];
        let (_, content) = content.as_object().unwrap().iter().next().unwrap();
        assert_valid(&body, &content["schema"], &document, uri);
    }
}
