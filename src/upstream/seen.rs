//! The pages of the last whole list, as fingerprints, so that the same list need not be read again.
//!
//! Most lists say what the one before said, byte for byte. Reading such a list gives the same boards, refusals and
//! notices again: what a page proves is known from its fingerprint, and whoever compared the list before need not do it
//! again. A page that differs is read, and so are those before it, whose bytes wait until then.

use xxhash_rust::xxh3::xxh3_128;

use super::collect::Collector;
use super::error::UpstreamError;
use super::paging::PageShape;
use super::transport::Page;

/// The most bytes of pages that wait to be read, beyond the first page: some twenty thousand boards. Of a longer list
/// every page is read.
const MAX_WAITING_BYTES: usize = 8 << 20;

/// One page of a list.
#[derive(Debug, Clone)]
struct SeenPage {
    /// Of its bytes. Whoever could make two pages of one fingerprint is the vendor, who may say anything anyway.
    fingerprint: u128,
    sandbox: bool,
    shape: PageShape,
    /// Boards of the list up to its end.
    boards: u64,
}

/// The pages of a whole list, in order; none before the first.
#[derive(Debug, Clone, Default)]
pub(super) struct SeenList(Vec<SeenPage>);

/// Reads the results of a page into a collector.
type Read<'r, 'm> =
    &'r (dyn Fn(&Page, &mut Collector<'m>) -> Result<PageShape, UpstreamError> + Sync);

/// A list under way, read as far as it differs from the one before.
pub(super) struct Listing<'r, 'm> {
    before: &'r SeenList,
    read: Read<'r, 'm>,
    collector: Collector<'m>,
    /// Pages that are as they were, as long as all are.
    waiting: Vec<Page>,
    waiting_bytes: usize,
    is_same: bool,
    pages: SeenList,
}

impl<'r, 'm> Listing<'r, 'm> {
    /// Before the first page of a list that may be the same as `before`.
    pub(super) fn begin(
        before: &'r SeenList,
        collector: Collector<'m>,
        read: Read<'r, 'm>,
    ) -> Listing<'r, 'm> {
        Listing {
            before,
            read,
            collector,
            waiting: Vec::new(),
            waiting_bytes: 0,
            is_same: true,
            pages: SeenList::default(),
        }
    }

    /// Takes the next page in.
    ///
    /// # Errors
    /// As reading it, and those before it.
    pub(super) fn add(&mut self, page: &Page) -> Result<PageShape, UpstreamError> {
        let fingerprint = xxh3_128(&page.body);
        let before = self.before.0.get(self.pages.0.len());
        let before =
            before.filter(|seen| seen.fingerprint == fingerprint && seen.sandbox == page.sandbox);
        let seen = match before {
            Some(seen) if self.is_same && self.has_room_for(page) => {
                self.waiting_bytes += page.body.len();
                self.waiting.push(page.clone());
                seen.clone()
            }
            _ => {
                self.read_waiting()?;
                let shape = (self.read)(page, &mut self.collector)?;
                SeenPage {
                    fingerprint,
                    sandbox: page.sandbox,
                    shape,
                    boards: self.collector.boards(),
                }
            }
        };
        let shape = seen.shape;
        self.pages.0.push(seen);
        Ok(shape)
    }

    /// Boards so far.
    pub(super) fn boards(&self) -> u64 {
        self.pages.0.last().map_or(0, |page| page.boards)
    }

    /// Whether `page` is what the first page was, byte for byte.
    pub(super) fn began_with(&self, page: &Page) -> bool {
        let first = self.pages.0.first();
        first.is_some_and(|first| {
            first.fingerprint == xxh3_128(&page.body) && first.sandbox == page.sandbox
        })
    }

    /// What was collected so far, every page read.
    ///
    /// # Errors
    /// As reading them.
    pub(super) fn collected(&mut self) -> Result<&Collector<'m>, UpstreamError> {
        self.read_waiting()?;
        Ok(&self.collector)
    }

    /// What was collected of the whole list, `None` where it is the one before, byte for byte; and its pages for the
    /// next one.
    ///
    /// # Errors
    /// As reading the pages that are still to be read.
    pub(super) fn finish(mut self) -> Result<(Option<Collector<'m>>, SeenList), UpstreamError> {
        if self.is_same && self.pages.0.len() == self.before.0.len() {
            return Ok((None, self.pages));
        }
        self.read_waiting()?;
        Ok((Some(self.collector), self.pages))
    }

    fn has_room_for(&self, page: &Page) -> bool {
        self.waiting.is_empty() || self.waiting_bytes + page.body.len() <= MAX_WAITING_BYTES
    }

    fn read_waiting(&mut self) -> Result<(), UpstreamError> {
        self.is_same = false;
        for page in std::mem::take(&mut self.waiting) {
            (self.read)(&page, &mut self.collector)?;
        }
        Ok(())
    }
}
