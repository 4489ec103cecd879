//! What is rendered when a catalog is published, because it depends on nothing else.

use std::collections::{BTreeSet, HashSet};
use std::io::Write;
use std::sync::Arc;

use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, LINK, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::caching::{CATALOG_VERSION, JSON, to_json, uncut_policy, vary_by};
use super::desk::X_REQUEST_ID;
use super::filter::Audience;
use super::negotiation::etag_of;
use super::views::{BoardView, Detail};
use super::{boards, options};
use crate::catalog::{
    BoardForms, Catalog, Coding, Earlier, Heads, Pieces, Prepared, PreparedAnswer, Resource,
};
use crate::domain::board::Code;

/// The largest body, in bytes, that is compressed before the catalog is shown; larger ones are left to whoever finds
/// the time, lest a new price wait for them.
const MAX_COMPRESSED_AT_ONCE: usize = 1024 * 1024;
/// The largest catalog, in boards, of which each board is prepared by itself.
const MAX_SINGLE_BOARDS: usize = 5_000;
/// The largest catalog, in boards, of which parts of the drop-down and the CSV are prepared: beyond it these take
/// tens of megabytes, and are rendered for those who ask.
const MAX_BOARDS_IN_PARTS: usize = 20_000;
/// How hard gzip tries, of 9: in twice the time at 9 the drop-down gets smaller by one part in 260.
const GZIP_LEVEL: u32 = 7;
/// How hard brotli tries, of 11: at 5 it is quicker than the best gzip, and smaller.
const BROTLI_QUALITY: u32 = 5;
/// The window of brotli as a power of two: larger ones hold megabytes.
const BROTLI_WINDOW: u32 = 18;
/// How much brotli reads at once, in bytes.
const BROTLI_BUFFER: usize = 4096;
/// Room for all headers of an answer.
const HEADERS: usize = 12;
/// The target of the whole drop-down.
const DROP_DOWN: &str = "/v1/boards/options";

/// Renders the answers of `catalog`. Costs some milliseconds: call it off the request path.
///
/// Compressed at once is what callers asked for of the catalog `before`; of the first, the whole drop-down.
pub fn prepare(catalog: &Catalog, before: Option<&Prepared>) -> Prepared {
    prepare_for(catalog, before, Pages::OfThisOrigin)
}

/// The same for a desk that is shared with pages of other origins, which would otherwise have to tell caches with each
/// answer that it depends on the origin.
pub fn prepare_shared(catalog: &Catalog, before: Option<&Prepared>) -> Prepared {
    prepare_for(catalog, before, Pages::OfOthers)
}

/// Whose pages read answers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pages {
    OfThisOrigin,
    OfOthers,
}

/// Renders the answers of `catalog` for `pages`.
fn prepare_for(catalog: &Catalog, before: Option<&Prepared>, pages: Pages) -> Prepared {
    let known = before.and_then(|before| Known::of(catalog, before));
    let earlier = known
        .as_ref()
        .map(|known| known.earlier(&known.before.drop_down));
    let pieces = options::render_pieces(catalog, earlier);
    let printer = Printer::of(catalog, pages);
    let json = printer.heads(JSON, None);
    let whole = prepared(Resource::Options, &json, pieces.text().clone());
    let mut answers = vec![(DROP_DOWN.to_owned(), whole), first_page(catalog, &printer)];
    let mut exported = None;
    if catalog.boards().len() <= MAX_BOARDS_IN_PARTS {
        answers.extend(parts_of_the_drop_down(catalog, &json, &pieces));
        let rows = export(catalog, known.as_ref());
        let heads = printer.heads(boards::CSV, None);
        let export = prepared(Resource::Export, &heads, rows.text().clone());
        answers.push(("/v1/boards.csv".to_owned(), export));
        exported = Some(rows);
    }
    if catalog.boards().len() <= MAX_SINGLE_BOARDS {
        answers.extend(single_boards(catalog, &json, known.as_ref()));
    }
    let mut computed = printer.head.clone();
    computed.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    if pages == Pages::OfOthers {
        vary_by(&mut computed, "origin");
    }
    let quoted = match &known {
        Some(known) => known.before.quoted.follow(known.changed),
        None => BoardForms::of(catalog.boards().len()),
    };
    let version = catalog.head().version;
    let mut prepared = Prepared::new(version, computed, quoted, pieces, answers);
    prepared.export = exported;
    prepared.varies_by_origin = pages == Pages::OfOthers;
    for (target, answer) in prepared.iter() {
        if answer.identity.len() <= MAX_COMPRESSED_AT_ONCE {
            let wanted = Coding::ALL.into_iter();
            wanted
                .filter(|coding| is_wanted(target, *coding, before))
                .for_each(|coding| answer.encode(coding, |body| compress(coding, body)));
        }
    }
    prepared
}

/// Whether callers want the answer to `target` in `coding`, going by what they asked of the catalog `before`.
fn is_wanted(target: &str, coding: Coding, before: Option<&Prepared>) -> bool {
    match before {
        None => target == DROP_DOWN,
        Some(before) => before
            .get(target)
            .is_some_and(|answer| answer.was_asked(coding)),
    }
}

/// What is asked, and its answer.
type Answered = (String, PreparedAnswer);

/// What was prepared of the catalog before, and the positions at which this one has other boards: of all others,
/// everything that is said of a board alone is the same.
struct Known<'p> {
    before: &'p Prepared,
    changed: &'p [u32],
}

impl<'p> Known<'p> {
    /// `None` where it is not known what differs.
    fn of(catalog: &'p Catalog, before: &'p Prepared) -> Option<Known<'p>> {
        let changed = catalog.differs_from(before.version?)?;
        Some(Known { before, changed })
    }

    /// A list of the catalog before, which this one's follows.
    fn earlier(&self, pieces: &'p Pieces) -> Earlier<'p> {
        Earlier {
            pieces,
            changed: self.changed,
        }
    }
}

/// The drop-down of the boards that an agent can have, and of those of each state.
fn parts_of_the_drop_down(
    catalog: &Catalog,
    heads: &Arc<Heads>,
    pieces: &Pieces,
) -> impl Iterator<Item = Answered> {
    let active = catalog.boards().iter().filter(|board| board.active);
    let states: BTreeSet<Code> = active
        .flat_map(|board| board.facts.states.iter().copied())
        .collect();
    let of_states = states.into_iter().map(|state| {
        let target = format!("{DROP_DOWN}?state={state}");
        (target, Audience::in_state(state))
    });
    let for_agents = (
        format!("{DROP_DOWN}?eligibility=agents"),
        Audience::agents(),
    );
    let audiences = std::iter::once(for_agents).chain(of_states);
    audiences.map(|(target, audience)| {
        let body = options::render_part(catalog, &audience, pieces);
        (target, prepared(Resource::Options, heads, fit(body)))
    })
}

/// The first page of boards.
fn first_page(catalog: &Catalog, printer: &Printer) -> Answered {
    let (body, link) = boards::render_first_page(catalog);
    let page = prepared(Resource::Boards, &printer.heads(JSON, link), body);
    ("/v1/boards".to_owned(), page)
}

/// The boards as CSV.
fn export(catalog: &Catalog, known: Option<&Known<'_>>) -> Pieces {
    let earlier = known.and_then(|known| Some(known.earlier(known.before.export.as_ref()?)));
    boards::render_export(catalog, earlier)
}

/// Each board whose id stands in a path as it is.
fn single_boards(
    catalog: &Catalog,
    heads: &Arc<Heads>,
    known: Option<&Known<'_>>,
) -> Vec<Answered> {
    let changed: HashSet<u32> = known.map_or_else(HashSet::new, |known| {
        known.changed.iter().copied().collect()
    });
    let known = known.map(|known| known.before);
    let boards = (0..).zip(catalog.boards());
    let boards = boards.filter(|(_, board)| is_plain(board.facts.id.as_str()));
    let answers = boards.map(|(position, board)| {
        let target = format!("/v1/boards/{}", board.facts.id.as_str());
        let known = known.filter(|_| !changed.contains(&position));
        let answer = match known.and_then(|known| known.get(&target)) {
            Some(known) => known.under(Arc::clone(heads)),
            None => {
                let body = to_json(&BoardView::of(board, catalog.as_of(), Detail::Public));
                prepared(Resource::Board, heads, fit(body))
            }
        };
        (target, answer)
    });
    answers.collect()
}

/// Whether all of `id` is unreserved in a URI, so that nobody need escape any of it (RFC 3986, 2.3), and no segment of
/// dots, which clients take for a step up.
fn is_plain(id: &str) -> bool {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    id.bytes().all(unreserved) && !id.bytes().all(|byte| byte == b'.')
}

/// The answer with `body`, under `heads`.
fn prepared(resource: Resource, heads: &Arc<Heads>, body: impl Into<Bytes>) -> PreparedAnswer {
    let body = body.into();
    PreparedAnswer::new(resource, etag_of(&body), Arc::clone(heads), body)
}

/// `body` without the room in which it grew: it stays for as long as the catalog.
fn fit(body: Vec<u8>) -> Box<[u8]> {
    body.into_boxed_slice()
}

/// What knows the headers of all answers from a catalog.
struct Printer {
    /// What stands in all of them, of whatever kind.
    head: HeaderMap,
    pages: Pages,
}

impl Printer {
    /// That of `catalog`, for `pages`.
    fn of(catalog: &Catalog, pages: Pages) -> Printer {
        let mut head = HeaderMap::with_capacity(HEADERS);
        // What each answer has of its own: it is put in its place, which is looked for here, in this order.
        head.insert(X_REQUEST_ID, HeaderValue::from_static(""));
        head.insert(ETAG, HeaderValue::from_static(""));
        let version = HeaderValue::from(catalog.head().version.get());
        head.insert(CATALOG_VERSION, version);
        head.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        head.insert(CACHE_CONTROL, uncut_policy());
        Printer { head, pages }
    }

    /// The headers of answers of `content_type`, whose next page, if there is one, `link` says.
    fn heads(&self, content_type: &'static str, link: Option<HeaderValue>) -> Arc<Heads> {
        let mut not_modified = self.head.clone();
        let varies = match self.pages {
            Pages::OfThisOrigin => "accept-encoding",
            Pages::OfOthers => "accept-encoding, origin",
        };
        not_modified.insert(VARY, HeaderValue::from_static(varies));
        if let Some(link) = link {
            not_modified.insert(LINK, link);
        }
        let mut identity = not_modified.clone();
        identity.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        let in_coding = |coding: Coding| {
            let mut headers = identity.clone();
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
            headers
        };
        Arc::new(Heads {
            gzip: in_coding(Coding::Gzip),
            brotli: in_coding(Coding::Brotli),
            identity,
            not_modified,
        })
    }
}

/// `body` in `coding`.
pub(crate) fn compress(coding: Coding, body: &[u8]) -> Vec<u8> {
    let compressed = match coding {
        Coding::Gzip => gzip(body),
        Coding::Brotli => brotli(body),
    };
    let mut compressed = compressed.expect("writing to memory cannot fail");
    // It is kept for as long as what it is made from.
    compressed.shrink_to_fit();
    compressed
}

fn gzip(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(GZIP_LEVEL));
    encoder.write_all(body)?;
    encoder.finish()
}

fn brotli(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut compressed = Vec::new();
    let mut encoder = brotli::CompressorWriter::new(
        &mut compressed,
        BROTLI_BUFFER,
        BROTLI_QUALITY,
        BROTLI_WINDOW,
    );
    encoder.write_all(body)?;
    encoder.flush()?;
    drop(encoder);
    Ok(compressed)
}

#[cfg(test)]
mod tests;
