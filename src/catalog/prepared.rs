//! Answers that depend on nothing but the catalog, as headers and bytes. The HTTP room renders them; here they are kept.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

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

/// One rendered answer.
pub struct PreparedAnswer {
    /// What it is of.
    pub resource: Resource,
    /// Its weak entity tag, quotes and `W/` included.
    pub etag: HeaderValue,
    /// As it is.
    pub identity: PreparedBody,
    /// The headers for a caller who has it already.
    pub not_modified: HeaderMap,
    gzip: Encoded,
    brotli: Encoded,
}

/// The answer in one coding.
pub struct PreparedBody {
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub bytes: Bytes,
}

/// A compressed answer, once somebody has made it, and whether it was asked for.
#[derive(Default)]
struct Encoded {
    body: OnceLock<PreparedBody>,
    asked: AtomicBool,
}

impl PreparedAnswer {
    /// An answer whose compressed forms are still to be made.
    pub fn new(
        resource: Resource,
        etag: HeaderValue,
        identity: PreparedBody,
        not_modified: HeaderMap,
    ) -> PreparedAnswer {
        PreparedAnswer {
            resource,
            etag,
            identity,
            not_modified,
            gzip: Encoded::default(),
            brotli: Encoded::default(),
        }
    }

    /// The same answer of another catalog, whose answers begin with other headers: `adapt` makes them of these. What was
    /// compressed stays so, and nothing counts as asked for.
    pub fn adapt(&self, adapt: impl Fn(&HeaderMap) -> HeaderMap) -> PreparedAnswer {
        let body = |body: &PreparedBody| PreparedBody {
            headers: adapt(&body.headers),
            bytes: body.bytes.clone(),
        };
        let answer = PreparedAnswer::new(
            self.resource,
            self.etag.clone(),
            body(&self.identity),
            adapt(&self.not_modified),
        );
        for coding in Coding::ALL {
            if let Some(encoded) = self.encoded(coding).body.get() {
                answer.encode(coding, |_| body(encoded));
            }
        }
        answer
    }

    /// The answer in `coding`, which is noted as asked for; `None` while it has not been made.
    pub fn ask(&self, coding: Coding) -> Option<&PreparedBody> {
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

    /// Makes the answer in `coding`, unless that is done.
    pub fn encode(&self, coding: Coding, encode: impl FnOnce(&PreparedBody) -> PreparedBody) {
        let encoded = self.encoded(coding);
        encoded.body.get_or_init(|| encode(&self.identity));
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

    fn body(bytes: &'static [u8]) -> PreparedBody {
        PreparedBody {
            headers: HeaderMap::new(),
            bytes: Bytes::from_static(bytes),
        }
    }

    #[test]
    fn a_compressed_body_is_made_once_and_what_was_asked_for_is_known() {
        let etag = HeaderValue::from_static("W/\"1\"");
        let answer = PreparedAnswer::new(Resource::Board, etag, body(b"body"), HeaderMap::new());
        assert!(!answer.was_asked(Coding::Gzip));
        assert!(answer.ask(Coding::Gzip).is_none());
        assert!(answer.was_asked(Coding::Gzip) && !answer.was_asked(Coding::Brotli));

        answer.encode(Coding::Gzip, |_| body(b"packed"));
        answer.encode(Coding::Gzip, |_| unreachable!("it is there"));
        let packed = answer.ask(Coding::Gzip).unwrap();
        assert_eq!(packed.bytes, Bytes::from_static(b"packed"));
        assert!(answer.ask(Coding::Brotli).is_none());
    }
}
