//! What an endpoint is told.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::domain::delivery::EndpointName;
use crate::domain::version::VersionHead;

/// The most bytes of a body: with more, the changes are left out, to be fetched.
const MAX_BODY_BYTES: usize = 1 << 20;
/// Bytes of the digest that an id shows: enough for no two to be the same.
const ID_BYTES: usize = 16;

/// One message: its id and its JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What a receiver knows it again by, the same at every attempt.
    pub id: String,
    /// JSON.
    pub body: Vec<u8>,
}

#[derive(Serialize)]
struct Event<D> {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: String,
    data: D,
}

#[derive(Serialize)]
struct CatalogChanged<'a> {
    version: i64,
    previous_version: Option<i64>,
    cause: &'static str,
    at: String,
    changes_url: String,
    truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<&'a Value>,
}

#[derive(Serialize)]
struct Test<'a> {
    endpoint: &'a EndpointName,
}

impl Message {
    /// `catalog.changed`: that a version was published, with its changes unless they are `None` or too long.
    pub(super) fn catalog_changed(
        endpoint: &EndpointName,
        head: &VersionHead,
        changes: Option<&Value>,
    ) -> Message {
        let whole = changes.map(|changes| changed(head, Some(changes)));
        let body = whole.filter(|body| body.len() <= MAX_BODY_BYTES);
        Message {
            id: id_of(&[
                endpoint.as_str(),
                &head.version.to_string(),
                &head.created_at.timestamp_millis().to_string(),
                &head.content_hash.to_string(),
            ]),
            body: body.unwrap_or_else(|| changed(head, None)),
        }
    }

    /// `webhook.test`: that messages arrive.
    pub fn test(endpoint: &EndpointName, now: DateTime<Utc>) -> Message {
        let moment = now.timestamp_millis().to_string();
        Message {
            id: id_of(&[endpoint.as_str(), "test", &moment]),
            body: json(&Event {
                kind: "webhook.test",
                timestamp: time(now),
                data: Test { endpoint },
            }),
        }
    }
}

fn changed(head: &VersionHead, changes: Option<&Value>) -> Vec<u8> {
    let version = head.version.get();
    json(&Event {
        kind: "catalog.changed",
        timestamp: time(head.created_at),
        data: CatalogChanged {
            version,
            previous_version: (version > 1).then_some(version - 1),
            cause: head.cause.as_str(),
            at: time(head.created_at),
            changes_url: format!("/v1/changes?after={}", version - 1),
            truncated: changes.is_none(),
            changes,
        },
    })
}

/// An id made of what makes the message what it is, so that it need not be kept.
fn id_of(parts: &[&str]) -> String {
    let digest = Sha256::digest(parts.join("\n"));
    let digits = digest
        .iter()
        .take(ID_BYTES)
        .map(|byte| format!("{byte:02x}"));
    format!("msg_{}", digits.collect::<String>())
}

fn json(event: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(event).expect("texts, numbers and JSON are JSON")
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::version::{CatalogVersion, Cause, ContentHash};

    fn head(version: i64) -> VersionHead {
        VersionHead {
            version: CatalogVersion::new(version).unwrap(),
            created_at: "2026-11-23T06:15:02Z".parse().unwrap(),
            as_of: "2026-11-23".parse().unwrap(),
            content_hash: ContentHash([7; 32]),
            cause: Cause::Curation,
            actor: Some("terminal:ann".to_owned()),
            run_id: None,
        }
    }

    fn message(endpoint: &str, version: i64, changes: Option<&Value>) -> Message {
        Message::catalog_changed(&endpoint.parse().unwrap(), &head(version), changes)
    }

    fn body(message: &Message) -> Value {
        serde_json::from_slice(&message.body).unwrap()
    }

    #[test]
    fn a_version_is_told_with_its_changes() {
        let changes = json!([{"board_id": "12"}]);
        assert_eq!(
            body(&message("crm", 43, Some(&changes))),
            json!({
                "type": "catalog.changed",
                "timestamp": "2026-11-23T06:15:02Z",
                "data": {
                    "version": 43,
                    "previous_version": 42,
                    "cause": "curation",
                    "at": "2026-11-23T06:15:02Z",
                    "changes_url": "/v1/changes?after=42",
                    "truncated": false,
                    "changes": [{"board_id": "12"}],
                },
            })
        );
        let first = body(&message("crm", 1, Some(&changes)));
        assert_eq!(first["data"]["previous_version"], Value::Null);
        assert_eq!(first["data"]["changes_url"], "/v1/changes?after=0");
    }

    #[test]
    fn changes_that_are_too_long_are_left_to_be_fetched() {
        let most = MAX_BODY_BYTES - message("crm", 43, Some(&json!([""]))).body.len();
        let long = message("crm", 43, Some(&json!(["x".repeat(most)])));
        assert_eq!(long.body.len(), MAX_BODY_BYTES);
        let too_long = message("crm", 43, Some(&json!(["x".repeat(most + 1)])));
        let data = &body(&too_long)["data"];
        assert_eq!(data["truncated"], true);
        assert!(data.get("changes").is_none());
        assert_eq!(data["changes_url"], "/v1/changes?after=42");
        assert_eq!(too_long.body, message("crm", 43, None).body);
    }

    #[test]
    fn an_id_belongs_to_one_endpoint_and_one_version() {
        let id = |endpoint, version| message(endpoint, version, None).id;
        assert_eq!(id("crm", 43), message("crm", 43, Some(&json!([1]))).id);
        assert_eq!(id("crm", 43).len(), "msg_".len() + 32);
        assert_ne!(id("crm", 43), id("crm", 44));
        assert_ne!(id("crm", 43), id("erp", 43));
        let mut other_database = head(43);
        other_database.created_at += chrono::TimeDelta::milliseconds(1);
        let other = Message::catalog_changed(&"crm".parse().unwrap(), &other_database, None);
        assert_ne!(id("crm", 43), other.id);
    }

    #[test]
    fn a_test_says_that_it_is_one() {
        let now = head(1).created_at;
        let test = Message::test(&"crm".parse().unwrap(), now);
        assert_eq!(
            body(&test),
            json!({"type": "webhook.test", "timestamp": "2026-11-23T06:15:02Z", "data": {"endpoint": "crm"}})
        );
        assert_ne!(test.id, message("crm", 1, None).id);
    }
}
