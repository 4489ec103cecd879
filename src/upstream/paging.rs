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
    /// The page behind the end, which must be empty: the last one was full, and the vendor's total may be too small.
    Behind(u64),
    /// Nothing: the list is whole.
    Done,
}

/// Follows the pages of one list.
#[derive(Debug)]
pub(super) struct PagingProof {
    page_size: u64,
    offset: u64,
    /// The total of the first page; `None` inside when the vendor does not say.
    total: Option<Option<u64>>,
    seen: HashSet<u64>,
}

impl PagingProof {
    /// Before the first page.
    pub(super) fn new(page_size: u32) -> PagingProof {
        PagingProof {
            page_size: u64::from(page_size),
            offset: 0,
            total: None,
            seen: HashSet::new(),
        }
    }

    /// Takes the page just asked for and says what to ask for next.
    ///
    /// # Errors
    /// [`UpstreamError::Paging`] when the pages cannot make a whole list.
    pub(super) fn accept(
        &mut self,
        results: &[Value],
        total: Option<u64>,
        id: &Field,
    ) -> Result<Next, UpstreamError> {
        let first_total = *self.total.get_or_insert(total);
        if total != first_total {
            return broken(format!(
                "the total changed from {} to {}",
                shown(first_total),
                shown(total)
            ));
        }
        let rows = results.len() as u64;
        if rows > self.page_size {
            return broken(format!(
                "a page has {rows} results where {} were asked for",
                self.page_size
            ));
        }
        if rows > 0 && !self.seen.insert(fingerprint(results, id)) {
            return broken(format!("the page at offset {} came before", self.offset));
        }
        if self.seen.len() >= MAX_PAGES {
            return broken(format!("there is no end after {MAX_PAGES} pages"));
        }
        self.offset += rows;
        self.follow(rows, total)
    }

    fn follow(&self, rows: u64, total: Option<u64>) -> Result<Next, UpstreamError> {
        let is_short = rows < self.page_size;
        match total {
            None if is_short => Ok(Next::Done),
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

/// Checks the one page of a vendor without paging against the total it claims.
///
/// # Errors
/// [`UpstreamError::Paging`] when they differ.
pub(super) fn check_single_page(
    results: &[Value],
    total: Option<u64>,
) -> Result<(), UpstreamError> {
    match total {
        Some(total) if total != results.len() as u64 => broken(format!(
            "one page has {} results where the total is {total}",
            results.len()
        )),
        _ => Ok(()),
    }
}

/// Which boards a page holds, in order; a result without an id counts by its content.
fn fingerprint(results: &[Value], id: &Field) -> u64 {
    let mut hasher = DefaultHasher::new();
    for result in results {
        id.first_value(result).unwrap_or(result).hash(&mut hasher);
    }
    hasher.finish()
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

    /// What a list of `rows` boards in pages of `served` proves when 10 are asked for and `total` is claimed.
    fn walk(rows: u64, served: u64, total: Option<u64>) -> Result<Vec<Next>, UpstreamError> {
        let mapping = Mapping::from_config("ihomefinder", &json!({})).unwrap();
        let mut proof = PagingProof::new(10);
        let (mut asked, mut offset) = (Vec::new(), 0);
        loop {
            let page: Vec<Value> = (offset..rows.min(offset + served))
                .map(|id| json!({ "id": id }))
                .collect();
            let next = proof.accept(&page, total, &mapping.board.id)?;
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
        assert_eq!(walk(25, 10, None), Ok(vec![Page(10), Page(20), Done]));
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

    #[test]
    fn a_page_that_came_before_is_found_whatever_else_its_results_say() {
        let mapping = Mapping::from_config("ihomefinder", &json!({})).unwrap();
        let mut proof = PagingProof::new(2);
        let page = |stamp: u32| vec![json!({"id": 1, "at": stamp}), json!({"id": 2, "at": stamp})];
        let first = proof.accept(&page(1), None, &mapping.board.id);
        assert_eq!(first, Ok(Next::Page(2)));
        let again = proof.accept(&page(2), None, &mapping.board.id);
        assert!(again.unwrap_err().to_string().contains("came before"));
    }
}
