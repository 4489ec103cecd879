//! Answers that depend on nothing but the catalog, as bytes. The HTTP room renders them; here they are kept.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;

use crate::domain::version::CatalogVersion;

/// What a prepared answer is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// The drop-down.
    Options,
    /// A page of boards.
    Boards,
    /// The boards as CSV.
    Export,
    /// One board.
    Board,
}

/// How a body may be sent besides as it is (RFC 9110, 8.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// `gzip`, which everybody takes.
    Gzip,
    /// `br`, which is smaller.
    Brotli,
}

impl Coding {
    /// Both.
    pub const ALL: [Coding; 2] = [Coding::Gzip, Coding::Brotli];
}

/// The prepared answers of one catalog, by what is asked for: path and query, as they stand in the request.
#[derive(Default)]
pub struct Prepared {
    /// The catalog's version in decimal digits.
    pub version: Bytes,
    answers: HashMap<String, PreparedAnswer>,
}

impl Prepared {
    /// These answers of the catalog of `version`.
    pub fn of(
        version: CatalogVersion,
        answers: impl IntoIterator<Item = (String, PreparedAnswer)>,
    ) -> Prepared {
        Prepared {
            version: version.to_string().into(),
            answers: answers.into_iter().collect(),
        }
    }

    /// The answer to `target`; `None` where it is not prepared.
    pub fn get(&self, target: &str) -> Option<&PreparedAnswer> {
        self.answers.get(target)
    }

    /// Every answer, with what it answers.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &PreparedAnswer)> {
        self.answers
            .iter()
            .map(|(target, answer)| (target.as_str(), answer))
    }
}

/// One rendered answer.
pub struct PreparedAnswer {
    /// What it is of.
    pub resource: Resource,
    /// The body as it is.
    pub identity: Bytes,
    /// Its weak entity tag, quotes and `W/` included.
    pub etag: Bytes,
    /// The value of its `Link`, where there is a next page.
    pub link: Option<Bytes>,
    gzip: Encoded,
    brotli: Encoded,
}

/// A compressed body, once somebody has made it, and whether it was asked for.
#[derive(Default)]
struct Encoded {
    bytes: OnceLock<Bytes>,
    asked: AtomicBool,
}

impl PreparedAnswer {
    /// An answer whose compressed forms are still to be made.
    pub fn new(resource: Resource, identity: Bytes, etag: Bytes) -> PreparedAnswer {
        PreparedAnswer {
            resource,
            identity,
            etag,
            link: None,
            gzip: Encoded::default(),
            brotli: Encoded::default(),
        }
    }

    /// The body in `coding`, which is noted as asked for; `None` while it has not been made.
    pub fn ask(&self, coding: Coding) -> Option<&Bytes> {
        let encoded = self.encoded(coding);
        // Looked at first: a line of the cache that nobody writes to can be read by all threads at once.
        if !encoded.asked.load(Ordering::Relaxed) {
            encoded.asked.store(true, Ordering::Relaxed);
        }
        encoded.bytes.get()
    }

    /// Whether somebody has asked for the body in `coding`.
    pub fn was_asked(&self, coding: Coding) -> bool {
        self.encoded(coding).asked.load(Ordering::Relaxed)
    }

    /// Makes the body in `coding`, unless that is done.
    pub fn encode(&self, coding: Coding, encode: impl FnOnce(&Bytes) -> Bytes) {
        let encoded = self.encoded(coding);
        encoded.bytes.get_or_init(|| encode(&self.identity));
    }

    fn encoded(&self, coding: Coding) -> &Encoded {
        match coding {
            Coding::Gzip => &self.gzip,
            Coding::Brotli => &self.brotli,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compressed_body_is_made_once_and_what_was_asked_for_is_known() {
        let identity = Bytes::from_static(b"body");
        let answer = PreparedAnswer::new(Resource::Board, identity, Bytes::from_static(b"tag"));
        assert!(!answer.was_asked(Coding::Gzip));
        assert_eq!(answer.ask(Coding::Gzip), None);
        assert!(answer.was_asked(Coding::Gzip) && !answer.was_asked(Coding::Brotli));

        answer.encode(Coding::Gzip, |body| {
            Bytes::from([body, &b"-1"[..]].concat())
        });
        answer.encode(Coding::Gzip, |_| unreachable!("it is there"));
        assert_eq!(
            answer.ask(Coding::Gzip),
            Some(&Bytes::from_static(b"body-1"))
        );
        assert_eq!(answer.ask(Coding::Brotli), None);
    }
}
