//! The audit: who changed what, when, before and after; and the chain that shows when a record was altered.

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::fee::word_enum;
use super::token::TokenId;
use super::version::{CatalogVersion, ContentHash};

/// The hash that the first record follows.
pub const BEGINNING: ContentHash = ContentHash([0; 32]);

/// Who does something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// For people: `terminal:ann`, `token:a1B2c3D4 (quoting tool)`.
    pub name: String,
    /// The token that was shown; `None` at the terminal.
    pub token: Option<TokenId>,
    /// The request; `None` at the terminal.
    pub request_id: Option<String>,
}

impl Actor {
    /// The user at a terminal.
    pub fn at_terminal(user: &str) -> Actor {
        Actor {
            name: format!("terminal:{user}"),
            token: None,
            request_id: None,
        }
    }
}

word_enum! {
    /// What was done.
    Action {
        /// An entry of the curated list is new.
        EntryAdded = "entry_added",
        /// An entry of the curated list says something else.
        EntryChanged = "entry_changed",
        /// An entry of the curated list is gone.
        EntryRemoved = "entry_removed",
        /// A sync run was started by hand.
        RunStarted = "run_started",
        /// What a sync run found was approved.
        RunApproved = "run_approved",
        /// What a sync run found was rejected.
        RunRejected = "run_rejected",
        /// A token was made.
        TokenCreated = "token_created",
        /// A token was revoked.
        TokenRevoked = "token_revoked",
    }
}

/// Something that somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// When, to the millisecond.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: Actor,
    /// What.
    pub action: Action,
    /// To what: `12/pass_through`, the number of a run, the id of a token.
    pub subject: String,
    /// How it was, as JSON; `None` where it was not there.
    pub before: Option<String>,
    /// How it is, as JSON; `None` where it is gone.
    pub after: Option<String>,
    /// The version of the catalog that came of it; `None` where none did.
    pub version: Option<CatalogVersion>,
}

/// A deed on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// Its number: 1, 2, 3, without a gap.
    pub id: i64,
    /// The deed.
    pub deed: Deed,
    /// The hash of the record before it; [`BEGINNING`] for the first.
    pub previous: ContentHash,
    /// The hash of this one.
    pub hash: ContentHash,
}

impl AuditRecord {
    /// The record `id` of `deed`, after the one whose hash is `previous`.
    pub fn after(previous: ContentHash, id: i64, deed: Deed) -> AuditRecord {
        AuditRecord {
            hash: hash_of(previous, id, &deed),
            id,
            deed,
            previous,
        }
    }

    /// What is wrong with the record, which is to be the one with the number `id` after the one whose hash is
    /// `previous`; `None` when nothing is.
    pub fn fault(&self, previous: ContentHash, id: i64) -> Option<&'static str> {
        if self.id != id {
            return Some("is not the next one: records are missing before it");
        }
        if self.previous != previous {
            return Some("does not follow the record before it: one of the two was altered");
        }
        let expected = hash_of(previous, id, &self.deed);
        (self.hash != expected).then_some("does not have its own hash: it was altered")
    }
}

/// The SHA-256 of a record: of the hash before it, its number, its time in milliseconds, and each of its texts behind a
/// byte that says whether it is there and its length in eight bytes, all numbers with the high byte first.
fn hash_of(previous: ContentHash, id: i64, deed: &Deed) -> ContentHash {
    let version = deed.version.map(|version| version.to_string());
    let actor = &deed.actor;
    let texts = [
        Some(actor.name.as_str()),
        actor.token.as_ref().map(TokenId::as_str),
        actor.request_id.as_deref(),
        Some(deed.action.as_str()),
        Some(deed.subject.as_str()),
        deed.before.as_deref(),
        deed.after.as_deref(),
        version.as_deref(),
    ];
    let mut hash = Sha256::new();
    hash.update(previous.0);
    hash.update(id.to_be_bytes());
    hash.update(deed.at.timestamp_millis().to_be_bytes());
    for text in texts {
        hash.update([u8::from(text.is_some())]);
        let text = text.unwrap_or_default();
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    ContentHash(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deed() -> Deed {
        Deed {
            at: DateTime::UNIX_EPOCH,
            actor: Actor::at_terminal("ann"),
            action: Action::EntryChanged,
            subject: "12/direct".to_owned(),
            before: Some("1".to_owned()),
            after: Some("2".to_owned()),
            version: None,
        }
    }

    #[test]
    fn a_record_that_is_altered_or_moved_is_found() {
        let first = AuditRecord::after(BEGINNING, 1, deed());
        assert_eq!(first.fault(BEGINNING, 1), None);
        let second = AuditRecord::after(first.hash, 2, deed());
        assert_eq!(second.fault(first.hash, 2), None);
        assert!(second.fault(first.hash, 3).is_some());
        assert!(second.fault(BEGINNING, 2).is_some());
        let with = |deed| AuditRecord {
            deed,
            ..first.clone()
        };
        for altered in [
            Deed {
                before: None,
                ..deed()
            },
            // A text must not take a byte from the next one.
            Deed {
                subject: "12/direct1".to_owned(),
                before: Some(String::new()),
                ..deed()
            },
            Deed {
                actor: Actor::at_terminal("bob"),
                ..deed()
            },
            Deed {
                version: Some(CatalogVersion::FIRST),
                ..deed()
            },
        ] {
            assert!(
                with(altered.clone()).fault(BEGINNING, 1).is_some(),
                "{altered:?}"
            );
        }
    }
}
