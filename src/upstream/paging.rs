//! The proof that the pages make the whole list: every page full but the last, none twice, and the count that the
//! vendor claims.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use super::error::UpstreamError;
use super::mapping::Field;

/// The most pages of one list.
const MAX_PAGES: usize = 10_000;

/// What to ask for next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// The page that begins at this offset.
    Page(u64),
    /// The page behind the end, which must be empty: the last one was full and the vendor's total may be too small, or
    /// it was short and there is no total.
    Behind(u64),
    /// Nothing: the list is whole.
    Done,
}

/// What one page holds: how many results, which, and how many it says there are in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PageShape {
    /// Its results.
    pub(super) rows: u64,
    /// Which boards they are, in order; a result without an id counts by its content.
    fingerprint: u64,
    /// The number of all results; `None` when the vendor does not say.
    pub(super) total: Option<u64>,
}

/// Counts the results of one page as they come.
pub(super) struct PageCount<'m> {
    id: &'m Field,
    most: u64,
    rows: u64,
    hasher: DefaultHasher,
}

impl<'m> PageCount<'m> {
    /// Before the first result of a page that was asked for `most` of them; their ids stand where `id` says.
    pub(super) fn new(id: &'m Field, most: u64) -> PageCount<'m> {
        PageCount {
            id,
            most,
            rows: 0,
            hasher: DefaultHasher::new(),
        }
    }

    /// Whether no result was counted yet.
    pub(super) fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Counts one result, and says what it counts as.
    ///
    /// # Errors
    /// [`UpstreamError::Paging`] when there are more than were asked for: the rest need not be read.
    pub(super) fn add(&mut self, result: &Value) -> Result<u64, UpstreamError> {
        let mut hasher = DefaultHasher::new();
        // An id is the same as text and as number, and some vendors send it both ways.
        match self.id.first_value(result).unwrap_or(result) {
            Value::String(id) => id.as_str().hash(&mut hasher),
            Value::Number(id) => id.as_str().hash(&mut hasher),
            other => other.hash(&mut hasher),
        }
        let counted = hasher.finish();
        self.add_counted(counted)?;
        Ok(counted)
    }

    /// Counts one result by what it counts as.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub(super) fn add_counted(&mut self, counted: u64) -> Result<(), UpstreamError> {
        if self.rows == self.most {
            return broken(format!(
                "a page has more results than the {} that were asked for",
                self.most
            ));
        }
        self.rows += 1;
        self.hasher.write_u64(counted);
        Ok(())
    }

    /// The page as a whole, of which `total` results are claimed in all.
    pub(super) fn finish(self, total: Option<u64>) -> PageShape {
        PageShape {
            rows: self.rows,
            fingerprint: self.hasher.finish(),
            total,
        }
    }
}

/// Follows the pages of one list.
#[derive(Debug)]
pub(super) struct PagingProof {
    page_size: u64,
    offset: u64,
    /// What every other page is held against; `None` before it came.
    first: Option<PageShape>,
    seen: HashSet<u64>,
}

impl PagingProof {
    /// Before the first page.
    pub(super) fn new(page_size: u32) -> PagingProof {
        PagingProof {
            page_size: u64::from(page_size),
            offset: 0,
            first: None,
            seen: HashSet::new(),
        }
    }

    /// Takes the page just asked for and says what to ask for next.
    ///
    /// # Errors
    /// [`UpstreamError::Paging`] when the pages cannot make a whole list.
    pub(super) fn accept(&mut self, page: PageShape) -> Result<Next, UpstreamError> {
        let first = *self.first.get_or_insert(page);
        if page.total != first.total {
            return broken(format!(
                "the total changed from {} to {}",
                shown(first.total),
                shown(page.total)
            ));
        }
        if page.rows > 0 && !self.seen.insert(page.fingerprint) {
            return broken(format!("the page at offset {} came before", self.offset));
        }
        if self.seen.len() >= MAX_PAGES {
            return broken(format!("there is no end after {MAX_PAGES} pages"));
        }
        self.offset += page.rows;
        self.follow(page)
    }

    /// Whether the list came in parts, so that it may have moved while they were read.
    pub(super) fn is_of_parts(&self) -> bool {
        self.seen.len() > 1
    }

    /// Takes the first page as it is once the last one was read.
    ///
    /// # Errors
    /// [`UpstreamError::Paging`] when it is not what it was: the list moved under way.
    pub(super) fn accept_first_again(&self, page: PageShape) -> Result<(), UpstreamError> {
        match self.first {
            Some(first) if first == page => Ok(()),
            _ => broken(FIRST_CHANGED.to_owned()),
        }
    }

    fn follow(&self, page: PageShape) -> Result<Next, UpstreamError> {
        let is_short = page.rows < self.page_size;
        match page.total {
            // Nothing behind the end, not even for a vendor that sends fewer than were asked for.
            None if page.rows == 0 => Ok(Next::Done),
            None if is_short => Ok(Next::Behind(self.offset)),
            None => Ok(Next::Page(self.offset)),
            Some(total) if self.offset > total => broken(format!(
                "there are {} results where the total is {total}",
                self.offset
            )),
            Some(total) if self.offset == total && is_short => Ok(Next::Done),
            Some(total) if self.offset == total => Ok(Next::Behind(self.offset)),
            Some(total) if is_short => broken(format!(
                "the list ends after {} results where the total is {total}",
                self.offset
            )),
            Some(_) => Ok(Next::Page(self.offset)),
        }
    }
}

/// Said where the first page differs at the end.
pub(super) const FIRST_CHANGED: &str = "the first page changed while the others were read";

/// Checks the one page of a vendor without paging against the total it claims.
///
/// # Errors
/// [`UpstreamError::Paging`] when they differ.
pub(super) fn check_single_page(page: PageShape) -> Result<(), UpstreamError> {
    match page.total {
        Some(total) if total != page.rows => broken(format!(
            "one page has {} results where the total is {total}",
            page.rows
        )),
        _ => Ok(()),
    }
}

fn shown(total: Option<u64>) -> String {
    total.map_or_else(|| "none".to_owned(), |total| total.to_string())
}

fn broken<T>(problem: String) -> Result<T, UpstreamError> {
    Err(UpstreamError::Paging { problem })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::mapping::Mapping;
    use serde_json::json;

    /// The shape of a page of `results` where `most` were asked for and `total` is claimed.
    fn shape(results: &[Value], most: u64, total: Option<u64>) -> Result<PageShape, UpstreamError> {
        let mapping = Mapping::from_config("ihomefinder", &json!({})).unwrap();
        let mut count = PageCount::new(&mapping.board.id, most);
        for result in results {
            count.add(result)?;
        }
        Ok(count.finish(total))
    }

    /// What a list of `rows` boards in pages of `served` proves when 10 are asked for and `total` is claimed.
    fn walk(rows: u64, served: u64, total: Option<u64>) -> Result<Vec<Next>, UpstreamError> {
        let mut proof = PagingProof::new(10);
        let (mut asked, mut offset) = (Vec::new(), 0);
        loop {
            let page: Vec<Value> = (offset..rows.min(offset + served))
                .map(|id| json!({ "id": id }))
                .collect();
            let next = proof.accept(shape(&page, 10, total)?)?;
            asked.push(next);
            match next {
                Next::Page(at) => offset = at,
                Next::Behind(_) | Next::Done => return Ok(asked),
            }
        }
    }

    #[test]
    fn a_whole_list_ends_with_a_short_page_or_a_look_behind_the_end() {
        use Next::{Behind, Done, Page};
        assert_eq!(walk(25, 10, Some(25)), Ok(vec![Page(10), Page(20), Done]));
        assert_eq!(walk(20, 10, Some(20)), Ok(vec![Page(10), Behind(20)]));
        assert_eq!(walk(25, 10, None), Ok(vec![Page(10), Page(20), Behind(25)]));
        assert_eq!(walk(8, 8, None), Ok(vec![Behind(8)]));
        assert_eq!(walk(20, 10, None), Ok(vec![Page(10), Page(20), Done]));
        assert_eq!(walk(0, 10, Some(0)), Ok(vec![Done]));
    }

    #[test]
    fn a_list_that_is_not_the_claimed_one_is_broken() {
        for (rows, served, total) in [
            (25, 10, Some(26)),
            (25, 10, Some(24)),
            (25, 10, Some(30)),
            (25, 8, Some(25)),
            (25, 25, Some(25)),
            (25, 25, None),
            (0, 10, Some(5)),
        ] {
            let result = walk(rows, served, total);
            assert!(
                matches!(result, Err(UpstreamError::Paging { .. })),
                "{rows} {served} {total:?}: {result:?}"
            );
        }
    }

    /// Once a list was refused whose ids were numbers in one answer and texts in the next.
    #[test]
    fn an_id_is_the_same_as_number_and_as_text() {
        let page = |id: Value| shape(&[json!({ "id": id })], 2, None).unwrap();
        assert_eq!(page(json!("1001")), page(json!(1001)));
        assert_ne!(page(json!("1001")), page(json!(1002)));
    }

    #[test]
    fn a_page_that_came_before_is_found_whatever_else_its_results_say() {
        let mut proof = PagingProof::new(2);
        let page = |stamp: u32| {
            let results = [json!({"id": 1, "at": stamp}), json!({"id": 2, "at": stamp})];
            shape(&results, 2, None).unwrap()
        };
        assert_eq!(proof.accept(page(1)), Ok(Next::Page(2)));
        let again = proof.accept(page(2));
        assert!(again.unwrap_err().to_string().contains("came before"));
    }

    #[test]
    fn the_first_page_must_be_at_the_end_what_it_was_at_the_beginning() {
        let page = |ids: [u32; 2], total| {
            shape(&ids.map(|id| json!({ "id": id })), 2, Some(total)).unwrap()
        };
        let mut proof = PagingProof::new(2);
        proof.accept(page([1, 2], 4)).unwrap();
        assert!(!proof.is_of_parts());
        proof.accept(page([3, 4], 4)).unwrap();
        assert!(proof.is_of_parts());
        assert_eq!(proof.accept_first_again(page([1, 2], 4)), Ok(()));
        for other in [page([1, 3], 4), page([2, 1], 4), page([1, 2], 5)] {
            assert!(proof.accept_first_again(other).is_err(), "{other:?}");
        }
    }
}
