//! (replaced)
use crate::domain::board::Board;
/// x
pub struct SearchIndex;
impl SearchIndex {
    /// x
    pub fn build<'a>(_: impl Iterator<Item = &'a Board>) -> SearchIndex {
        SearchIndex
    }
    /// x
    pub fn search(&self, _: &str) -> Vec<(u32, u32)> {
        vec![]
    }
}
