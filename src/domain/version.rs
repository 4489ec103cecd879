//! Versions of the catalog: their number, hash, cause and origin.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::fee::word_enum;

/// The number of a published catalog: 1 for the first, one more for each that follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct CatalogVersion(i64);

impl CatalogVersion {
    /// The first version of a database.
    pub const FIRST: CatalogVersion = CatalogVersion(1);

    /// A version number; `None` below 1.
    pub fn new(number: i64) -> Option<CatalogVersion> {
        (number >= 1).then_some(CatalogVersion(number))
    }

    /// The number.
    pub fn get(self) -> i64 {
        self.0
    }

    /// The version after `current`; the first where there is none yet.
    pub fn after(current: Option<CatalogVersion>) -> CatalogVersion {
        current.map_or(CatalogVersion::FIRST, |version| {
            CatalogVersion(version.0 + 1)
        })
    }
}

impl fmt::Display for CatalogVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// SHA-256 of a catalog's canonical content.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContentHash(pub [u8; 32]);

/// A text that is not 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a content hash of 64 hexadecimal digits")]
pub struct InvalidHash(pub String);

impl fmt::Display for ContentHash {
    /// 64 lower-case hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ContentHash {
    type Err = InvalidHash;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidHash(text.to_owned());
        if text.len() != 64 || !text.is_ascii() {
            return Err(invalid());
        }
        let mut hash = [0; 32];
        for (position, byte) in hash.iter_mut().enumerate() {
            let digits = &text[2 * position..2 * position + 2];
            *byte = u8::from_str_radix(digits, 16).map_err(|_| invalid())?;
        }
        Ok(ContentHash(hash))
    }
}

word_enum! {
    /// Why a version came to be.
    Cause {
        /// A sync found something new.
        Sync = "sync",
        /// Staff edited the curated list.
        Curation = "curation",
        /// Somebody approved a quarantined run.
        Approval = "approval",
        /// Terms began or ended at midnight.
        EffectiveDate = "effective_date",
    }
}

word_enum! {
    /// Where a database's boards come from: a database of one kind never takes data of the other.
    Origin {
        /// A real vendor.
        Vendor = "vendor",
        /// The invented one.
        Sandbox = "sandbox",
    }
}

/// What is recorded about one version beside its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionHead {
    /// Its number.
    pub version: CatalogVersion,
    /// When it was published, to the millisecond.
    pub created_at: DateTime<Utc>,
    /// The day whose terms its states and labels show, where quotes are made. Fees that begin or end later come with
    /// a version of their own.
    pub as_of: NaiveDate,
    /// SHA-256 of its canonical content.
    pub content_hash: ContentHash,
    /// Why it came to be.
    pub cause: Cause,
    /// Who caused it: the terminal's user, a token's name; `None` for a sync.
    pub actor: Option<String>,
    /// The sync run that published it, or whose candidate was approved with it; `None` for other causes.
    pub run_id: Option<i64>,
}

/// A [`VersionHead`] of which the content is still being worked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadDraft {
    /// The version's number.
    pub version: CatalogVersion,
    /// When it was published.
    pub created_at: DateTime<Utc>,
    /// The day whose terms it shows.
    pub as_of: NaiveDate,
    /// Why it came to be.
    pub cause: Cause,
    /// Who caused it; `None` for a sync.
    pub actor: Option<String>,
    /// The sync run it comes of, where that is on record before; `None` where it is not, and for other causes.
    pub run_id: Option<i64>,
}

impl HeadDraft {
    /// The head of a version with this content.
    pub fn with_hash(self, content_hash: ContentHash) -> VersionHead {
        VersionHead {
            version: self.version,
            created_at: self.created_at,
            as_of: self.as_of,
            content_hash,
            cause: self.cause,
            actor: self.actor,
            run_id: self.run_id,
        }
    }
}

impl From<VersionHead> for HeadDraft {
    fn from(head: VersionHead) -> HeadDraft {
        HeadDraft {
            version: head.version,
            created_at: head.created_at,
            as_of: head.as_of,
            cause: head.cause,
            actor: head.actor,
            run_id: head.run_id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_round_trips_as_hexadecimal() {
        let hash = ContentHash(std::array::from_fn(|position| position as u8 * 7));
        assert_eq!(hash.to_string().parse::<ContentHash>().unwrap(), hash);
        assert!("xyz".parse::<ContentHash>().is_err());
        assert!("é".repeat(32).parse::<ContentHash>().is_err());
    }

    #[test]
    fn versions_count_from_one() {
        assert_eq!(CatalogVersion::after(None), CatalogVersion::FIRST);
        assert_eq!(CatalogVersion::after(CatalogVersion::new(41)).get(), 42);
        assert!(CatalogVersion::new(0).is_none());
    }
}
