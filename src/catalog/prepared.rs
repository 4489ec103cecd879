//! Answers that depend on nothing but the catalog, as headers and bytes. The HTTP room renders them; here they are kept.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use foldhash::fast::RandomState;
use http::{HeaderMap, HeaderValue};

use super::form::BoardForms;
use super::pieces::Pieces;
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

    /// Its name in `Accept-Encoding` and `Content-Encoding`.
    pub fn name(self) -> &'static str {
        match self {
            Coding::Gzip => "gzip",
            Coding::Brotli => "br",
        }
    }
}

/// The prepared answers of one catalog, by what is asked for: path and query, as they stand in the request.
#[derive(Default)]
pub struct Prepared {
    /// The headers that computed answers in JSON begin with.
    pub head: HeaderMap,
    /// The boards' parts of quotes.
    pub quoted: BoardForms,
    /// The whole drop-down.
    pub drop_down: Pieces,
    /// The boards as CSV; `None` where that is not prepared.
    pub export: Option<Pieces>,
    /// The catalog's version; `None` where nothing is prepared.
    pub version: Option<CatalogVersion>,
    /// Whether all headers here tell caches that answers depend on the origin of the page that asks.
    pub varies_by_origin: bool,
    answers: HashMap<String, PreparedAnswer, RandomState>,
}

impl Prepared {
    /// These answers of the catalog `version`, and what others begin with: the headers, and the parts of quotes.
    pub fn new(
        version: CatalogVersion,
        head: HeaderMap,
        quoted: BoardForms,
        drop_down: Pieces,
        answers: impl IntoIterator<Item = (String, PreparedAnswer)>,
    ) -> Prepared {
        Prepared {
            head,
            quoted,
            drop_down,
            export: None,
            version: Some(version),
            varies_by_origin: false,
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

/// The headers of all answers of a kind. What each has of its own keeps its place.
#[derive(Debug, Clone, Default)]
pub struct Heads {
    /// Of an answer as it is.
    pub identity: HeaderMap,
    /// Of one by gzip.
    pub gzip: HeaderMap,
    /// Of one by brotli.
    pub brotli: HeaderMap,
    /// For a caller who has it already.
    pub not_modified: HeaderMap,
}

impl Heads {
    /// Those of an answer in `coding`.
    pub fn in_coding(&self, coding: Coding) -> &HeaderMap {
        match coding {
            Coding::Gzip => &self.gzip,
            Coding::Brotli => &self.brotli,
        }
    }
}

/// One rendered answer.
pub struct PreparedAnswer {
    /// What it is of.
    pub resource: Resource,
    /// Its weak entity tag, quotes and `W/` included.
    pub etag: HeaderValue,
    /// All its headers but the tag.
    pub heads: Arc<Heads>,
    /// The body as it is.
    pub identity: Bytes,
    gzip: Encoded,
    brotli: Encoded,
}

/// A compressed body, once somebody has made it, and whether it was asked for.
#[derive(Default)]
struct Encoded {
    body: OnceLock<Bytes>,
    asked: AtomicBool,
}

impl PreparedAnswer {
    /// An answer whose compressed forms are still to be made.
    pub fn new(
        resource: Resource,
        etag: HeaderValue,
        heads: Arc<Heads>,
        identity: Bytes,
    ) -> PreparedAnswer {
        PreparedAnswer {
            resource,
            etag,
            heads,
            identity,
            gzip: Encoded::default(),
            brotli: Encoded::default(),
        }
    }

    /// The same answer of another catalog, whose answers have these `heads`. What was compressed stays so, and nothing
    /// counts as asked for.
    pub fn under(&self, heads: Arc<Heads>) -> PreparedAnswer {
        let again = |encoded: &Encoded| Encoded {
            body: encoded.body.clone(),
            asked: AtomicBool::new(false),
        };
        PreparedAnswer {
            resource: self.resource,
            etag: self.etag.clone(),
            heads,
            identity: self.identity.clone(),
            gzip: again(&self.gzip),
            brotli: again(&self.brotli),
        }
    }

    /// The body in `coding`, which is noted as asked for; `None` while it has not been made.
    pub fn ask(&self, coding: Coding) -> Option<&Bytes> {
        let encoded = self.encoded(coding);
        // Looked at first: a line of the cache that nobody writes to can be read by all threads at once.
        if !encoded.asked.load(Ordering::Relaxed) {
            encoded.asked.store(true, Ordering::Relaxed);
        }
        encoded.body.get()
    }

    /// Whether somebody has asked for the answer in `coding`.
    pub fn was_asked(&self, coding: Coding) -> bool {
        self.encoded(coding).asked.load(Ordering::Relaxed)
    }

    /// Makes the body in `coding`, unless that is done.
    pub fn encode(&self, coding: Coding, encode: impl FnOnce(&[u8]) -> Vec<u8>) {
        let encoded = self.encoded(coding);
        encoded.body.get_or_init(|| encode(&self.identity).into());
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
        let etag = HeaderValue::from_static("W/\"1\"");
        let body = Bytes::from_static(b"body");
        let answer = PreparedAnswer::new(Resource::Board, etag, Arc::default(), body);
        assert!(!answer.was_asked(Coding::Gzip));
        assert!(answer.ask(Coding::Gzip).is_none());
        assert!(answer.was_asked(Coding::Gzip) && !answer.was_asked(Coding::Brotli));

        answer.encode(Coding::Gzip, |_| b"packed".to_vec());
        answer.encode(Coding::Gzip, |_| unreachable!("it is there"));
        let packed = answer.ask(Coding::Gzip).unwrap();
        assert_eq!(*packed, Bytes::from_static(b"packed"));
        assert!(answer.ask(Coding::Brotli).is_none());

        let later = answer.under(Arc::default());
        assert!(!later.was_asked(Coding::Gzip));
        assert_eq!(later.ask(Coding::Gzip), answer.ask(Coding::Gzip));
    }
}
