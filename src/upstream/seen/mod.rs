//! The last whole list, as fingerprints, so that what says the same need not be read again.
//!
//! Most lists say what the one before said, byte for byte, and most others differ in a few results. Reading such a list
//! gives the same boards again: what a page proves, and which board a result is, is known from their fingerprints, and
//! whoever compared them before need not do it again. Only results about which there was nothing more to say are known:
//! whatever was refused or noticed is read each time, so that it is told each time.
//!
//! Whoever could make two texts of one fingerprint is the vendor, who may say anything anyway.

use xxhash_rust::xxh3::xxh3_128;

use super::collect::{Collector, Plain};
use super::error::UpstreamError;
use super::mapping::Mapping;
use super::paging::{PageCount, PageShape};
use super::transport::Page;
use crate::domain::board::BoardId;

/// The most bytes of pages that wait to be read, beyond the first page: some twenty thousand boards.
const MAX_WAITING_BYTES: usize = 8 << 20;
/// How many results may be gone between two that follow one another, for the later one to be found.
const MAX_GAP: usize = 64;

/// One page of a list.
#[derive(Debug, Clone)]
struct SeenPage {
    /// Of its bytes.
    fingerprint: u128,
    sandbox: bool,
    shape: PageShape,
    /// Boards of the list up to its end.
    boards: u64,
    /// Results of the list up to its end.
    end: usize,
}

/// One result of a list.
#[derive(Debug, Clone)]
struct SeenResult {
    /// What it counts as among the results of its page.
    counted: u64,
    /// The board it is; `None` where it was refused.
    id: Option<BoardId>,
    /// `None` where it must be read each time.
    plain: Option<Plain>,
}

impl SeenResult {
    /// The board that it need not be read again for.
    fn known(&self) -> Option<(&BoardId, &Plain)> {
        Some((self.id.as_ref()?, self.plain.as_ref()?))
    }
}

/// A whole list, in order; nothing before the first.
#[derive(Debug, Clone, Default)]
pub(super) struct SeenList {
    pages: Vec<SeenPage>,
    results: Vec<SeenResult>,
    /// Of the bytes of each result: apart, because many are looked at for one that is found.
    fingerprints: Vec<u128>,
}

impl SeenList {
    /// Adds the next result.
    fn push(&mut self, fingerprint: u128, result: SeenResult) {
        self.fingerprints.push(fingerprint);
        self.results.push(result);
    }

    /// The results of the page of that number.
    fn results_of(&self, page: usize) -> std::ops::Range<usize> {
        let end_of = |page: &SeenPage| page.end;
        let before = page.checked_sub(1).and_then(|page| self.pages.get(page));
        before.map_or(0, end_of)..self.pages.get(page).map_or(0, end_of)
    }
}

/// A list under way, read as far as it differs from the one before.
pub(super) struct Listing<'r, 'm> {
    before: &'r SeenList,
    mapping: &'m Mapping,
    /// The most results of a page.
    most: u64,
    collector: Collector<'m>,
    /// Pages that are as they were, as long as all are.
    waiting: Vec<Page>,
    waiting_bytes: usize,
    is_same: bool,
    /// The results of the list before up to here are told: found again, or gone.
    cursor: usize,
    same: Vec<BoardId>,
    gone: Vec<BoardId>,
    /// How many of the same are on the first page.
    same_on_first: usize,
    list: SeenList,
}

/// What became of a list.
pub(super) enum Listed<'m> {
    /// It is the one before, byte for byte.
    Same,
    /// It is another one.
    Other {
        /// What had to be read of it.
        collector: Box<Collector<'m>>,
        /// The boards whose results are what they were.
        same: Vec<BoardId>,
        /// The boards whose results are not there any more as they were.
        gone: Vec<BoardId>,
        /// The list for the next one.
        list: SeenList,
    },
}

impl<'r, 'm> Listing<'r, 'm> {
    /// Before the first page, of at most `most` results, of a list that may be the same as `before`.
    pub(super) fn begin(
        before: &'r SeenList,
        mapping: &'m Mapping,
        most: u64,
        collector: Collector<'m>,
    ) -> Listing<'r, 'm> {
        Listing {
            before,
            mapping,
            most,
            collector,
            waiting: Vec::new(),
            waiting_bytes: 0,
            is_same: true,
            cursor: 0,
            same: Vec::new(),
            gone: Vec::new(),
            same_on_first: 0,
            list: SeenList::default(),
        }
    }

    /// Takes the next page in.
    ///
    /// # Errors
    /// As reading it, and those before it.
    pub(super) fn add(&mut self, page: &Page) -> Result<PageShape, UpstreamError> {
        let number = self.list.pages.len();
        let fingerprint = xxh3_128(&page.body);
        let before = self.before.pages.get(number);
        let before =
            before.filter(|seen| seen.fingerprint == fingerprint && seen.sandbox == page.sandbox);
        match before {
            Some(seen) if self.is_same && self.has_room_for(page) => {
                self.waiting_bytes += page.body.len();
                self.waiting.push(page.clone());
                self.list.pages.push(seen.clone());
                Ok(seen.shape)
            }
            _ => {
                self.read_waiting()?;
                let shape = self.take(number, page, before.map(|seen| seen.shape))?;
                self.list.pages.push(SeenPage {
                    fingerprint,
                    sandbox: page.sandbox,
                    shape,
                    boards: self.collector.boards(),
                    end: self.list.results.len(),
                });
                Ok(shape)
            }
        }
    }

    /// Boards so far.
    pub(super) fn boards(&self) -> u64 {
        self.list.pages.last().map_or(0, |page| page.boards)
    }

    /// Whether `page` is what the first page was, byte for byte.
    pub(super) fn began_with(&self, page: &Page) -> bool {
        let first = self.list.pages.first();
        first.is_some_and(|first| {
            first.fingerprint == xxh3_128(&page.body) && first.sandbox == page.sandbox
        })
    }

    /// Whether this list began with the boards and refusals of `other`, all of which were read.
    ///
    /// # Errors
    /// As reading the pages that are still to be read.
    pub(super) fn begins_with(&mut self, other: &Listing<'_, '_>) -> Result<bool, UpstreamError> {
        self.read_waiting()?;
        let others = &other.list.fingerprints;
        let Some(own) = self.list.fingerprints.get(..others.len()) else {
            return Ok(false);
        };
        if own == others {
            return Ok(true);
        }
        // What was not read cannot be compared.
        Ok(self.same_on_first == 0 && self.collector.begins_with(&other.collector))
    }

    /// What became of the whole list.
    ///
    /// # Errors
    /// As reading the pages that are still to be read.
    pub(super) fn finish(mut self) -> Result<Listed<'m>, UpstreamError> {
        if self.is_same && self.list.pages.len() == self.before.pages.len() {
            return Ok(Listed::Same);
        }
        self.read_waiting()?;
        self.pass_by(self.before.results.len());
        if self.collector.has_repeats() {
            // Which of two results is the board cannot be told from one of them.
            self.list
                .results
                .iter_mut()
                .for_each(|result| result.plain = None);
        }
        Ok(Listed::Other {
            collector: Box::new(self.collector),
            same: self.same,
            gone: self.gone,
            list: self.list,
        })
    }

    fn has_room_for(&self, page: &Page) -> bool {
        self.waiting.is_empty() || self.waiting_bytes + page.body.len() <= MAX_WAITING_BYTES
    }

    fn read_waiting(&mut self) -> Result<(), UpstreamError> {
        self.is_same = false;
        for (number, page) in std::mem::take(&mut self.waiting).iter().enumerate() {
            let shape = self.list.pages[number].shape;
            self.take(number, page, Some(shape))?;
        }
        Ok(())
    }

    /// Takes in the page of that number, which has `shape` if it is what it was; without a look at it where that is
    /// possible.
    fn take(
        &mut self,
        number: usize,
        page: &Page,
        shape: Option<PageShape>,
    ) -> Result<PageShape, UpstreamError> {
        let shape = match shape {
            Some(shape) if self.knows_all_of(number) => {
                self.take_known(number, page.sandbox)?;
                shape
            }
            _ => self.read(page)?,
        };
        if number == 0 {
            self.same_on_first = self.same.len();
        }
        Ok(shape)
    }

    /// Whether the page of that number, which is what it was, is next, and no result of it must be read.
    fn knows_all_of(&self, number: usize) -> bool {
        let results = self.before.results_of(number);
        let known = |result: &SeenResult| result.known().is_some();
        results.start == self.cursor && self.before.results[results].iter().all(known)
    }

    /// Takes in the page of that number, which is what it was, without a look at it.
    fn take_known(&mut self, number: usize, sandbox: bool) -> Result<(), UpstreamError> {
        let results = self.before.results_of(number);
        if !results.is_empty() {
            self.collector.begin_page(sandbox);
        }
        results
            .into_iter()
            .try_for_each(|place| self.take_same(place))
    }

    /// Takes in the result of the list before at `place`, which came again.
    fn take_same(&mut self, place: usize) -> Result<(), UpstreamError> {
        self.pass_by(place);
        self.cursor = place + 1;
        let result = &self.before.results[place];
        if let Some((id, plain)) = result.known() {
            let added = self.collector.add_known(plain);
            added.map_err(|error| self.doubt(error))?;
            self.same.push(id.clone());
        }
        self.list
            .push(self.before.fingerprints[place], result.clone());
        Ok(())
    }

    /// The error, where all was read. Else the list is read once more, and as a whole: a board that is wrong in more
    /// than one way may be another error then, or the list another one.
    fn doubt(&self, error: UpstreamError) -> UpstreamError {
        match error {
            UpstreamError::Identity { .. } | UpstreamError::Overweight if !self.same.is_empty() => {
                UpstreamError::Paging {
                    problem: error.to_string(),
                }
            }
            error => error,
        }
    }

    /// Tells the results of the list before up to `place` gone.
    fn pass_by(&mut self, place: usize) {
        let passed = &self.before.results[self.cursor..place];
        self.gone
            .extend(passed.iter().filter_map(|result| result.id.clone()));
        self.cursor = place;
    }

    /// Where in the list before the result stands that has `fingerprint` and need not be read.
    fn find(&self, fingerprint: u128) -> Option<usize> {
        let ahead = &self.before.fingerprints[self.cursor..];
        let mut ahead = ahead.iter().take(MAX_GAP);
        let place = self.cursor + ahead.position(|seen| *seen == fingerprint)?;
        self.before.results[place].known().map(|_| place)
    }

    /// Reads a page as far as its results are not known.
    fn read(&mut self, page: &Page) -> Result<PageShape, UpstreamError> {
        let mapping = self.mapping;
        let mut count = PageCount::new(&mapping.board.id, self.most);
        let head = mapping.read_texts(page, &mut |text| {
            if count.is_empty() {
                self.collector.begin_page(page.sandbox);
            }
            let fingerprint = xxh3_128(text.as_bytes());
            if let Some(place) = self.find(fingerprint) {
                count.add_counted(self.before.results[place].counted)?;
                return self.take_same(place);
            }
            let result = mapping.parse_result(text)?;
            let counted = count.add(&result)?;
            let added = self.collector.add(&result);
            let added = added.map_err(|error| self.doubt(error))?;
            let result = SeenResult {
                counted,
                id: added.id,
                plain: added.plain,
            };
            self.list.push(fingerprint, result);
            Ok(())
        })?;
        Ok(count.finish(head.total))
    }
}

#[cfg(test)]
mod tests;
