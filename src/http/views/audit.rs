//! The audit.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{Time, words};
use crate::domain::audit::{Action, AuditRecord};
use crate::domain::token::TokenId;
use crate::domain::version::CatalogVersion;

/// Records of the audit, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditPage)]
pub struct AuditPageView<'a> {
    /// The records.
    pub records: Vec<AuditRecordView<'a>>,
    /// What to pass as `before` for the records before these; null when there are none.
    #[schema(required = true, minimum = 1)]
    pub next_before: Option<i64>,
}

/// Something that somebody did by hand.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditRecord)]
pub struct AuditRecordView<'a> {
    /// Its number: 1, 2, 3, without a gap.
    #[schema(minimum = 1)]
    pub id: i64,
    /// When.
    pub at: Time,
    /// Who, for people: the user of a terminal, or a token's id and name.
    pub actor: &'a str,
    /// The token that was shown; null at the terminal.
    #[schema(value_type = Option<String>, required = true, pattern = "^[0-9A-Za-z]{8}$")]
    pub token_id: Option<&'a TokenId>,
    /// The request; null at the terminal.
    #[schema(required = true)]
    pub request_id: Option<&'a str>,
    /// What.
    #[schema(value_type = words::Action)]
    pub action: Action,
    /// To what: a board's id and channel (`12/pass_through`), the number of a run, the id of a token.
    pub subject: &'a str,
    /// How it was; null where it was not there, or nothing is kept of it.
    #[schema(value_type = Option<Object>, required = true)]
    pub before: Option<&'a RawValue>,
    /// How it is; null where it is gone, or nothing is kept of it.
    #[schema(value_type = Option<Object>, required = true)]
    pub after: Option<&'a RawValue>,
    /// The version of the catalog that came of it; null where none did.
    #[schema(value_type = Option<i64>, required = true, minimum = 1)]
    pub catalog_version: Option<CatalogVersion>,
    /// The hash of the record before it; zeros for the first.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub previous_hash: String,
    /// The hash of this one.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub hash: String,
}

impl<'a> AuditRecordView<'a> {
    /// `record`, as written. What is kept and is no JSON, which only damage can make it, is not shown.
    pub fn of(record: &'a AuditRecord) -> AuditRecordView<'a> {
        let deed = &record.deed;
        AuditRecordView {
            id: record.id,
            at: Time(deed.at),
            actor: &deed.actor.name,
            token_id: deed.actor.token.as_ref(),
            request_id: deed.actor.request_id.as_deref(),
            action: deed.action,
            subject: &deed.subject,
            before: deed.before.as_deref().and_then(raw),
            after: deed.after.as_deref().and_then(raw),
            catalog_version: deed.version,
            previous_hash: record.previous.to_string(),
            hash: record.hash.to_string(),
        }
    }
}

fn raw(json: &str) -> Option<&RawValue> {
    serde_json::from_str(json).ok()
}
