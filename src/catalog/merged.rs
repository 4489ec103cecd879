//! The merged boards of one version with the digest of each, so that the next version costs what differs.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::num::NonZero;
use std::sync::Arc;
use std::thread;

use super::hash::{BoardDigest, WrongHash, hash_of_digests};
use crate::domain::board::{Board, BoardId};
use crate::domain::rows::SourceRows;
use crate::domain::version::{ContentHash, VersionHead};

/// From how many boards on several threads share the work: beginning them costs as much as some dozens.
const MIN_SHARED_BOARDS: usize = 2_000;
/// The most threads that share it.
const MAX_THREADS: usize = 4;

/// Every board of a version, merged, in order of id.
#[derive(Debug, Clone, Default)]
pub struct MergedBoards(Vec<Merged>);

#[derive(Debug, Clone)]
struct Merged {
    board: Arc<Board>,
    /// What it adds to the content hash.
    digest: BoardDigest,
}

impl Merged {
    /// `board`, written out into `canonical` on the way.
    fn new(board: Board, canonical: &mut Vec<u8>) -> Merged {
        Merged {
            digest: BoardDigest::with(&board, canonical),
            board: Arc::new(board),
        }
    }

    fn id(&self) -> &BoardId {
        &self.board.facts.id
    }
}

impl MergedBoards {
    /// Merges all of `rows`. Costs a digest of every board.
    pub fn of(rows: &SourceRows) -> MergedBoards {
        let ids: Vec<BoardId> = rows.board_ids().into_iter().collect();
        let merged = merge_boards(rows, &ids);
        MergedBoards(
            merged
                .into_iter()
                .filter_map(|(_, merged)| merged)
                .collect(),
        )
    }

    /// Merges the boards `ids` of `rows` anew: what these were before is of no account, and all others are to be the
    /// same.
    pub fn update(&mut self, rows: &SourceRows, ids: &BTreeSet<BoardId>) {
        let ids: Vec<BoardId> = ids.iter().cloned().collect();
        let mut changed = merge_boards(rows, &ids).into_iter().peekable();
        let mut boards = Vec::with_capacity(self.0.len());
        for merged in std::mem::take(&mut self.0) {
            // Two runs in order of id.
            while let Some((_, new)) = changed.next_if(|(id, _)| *id < merged.id()) {
                boards.extend(new);
            }
            match changed.next_if(|(id, _)| *id == merged.id()) {
                Some((_, new)) => boards.extend(new),
                None => boards.push(merged),
            }
        }
        boards.extend(changed.filter_map(|(_, new)| new));
        self.0 = boards;
    }

    /// The content hash of the version.
    pub fn content_hash(&self) -> ContentHash {
        hash_of_digests(self.0.iter().map(|merged| &merged.digest))
    }

    /// Checks that these are what was published as `head`.
    ///
    /// # Errors
    /// When they are not.
    pub fn verify(&self, head: &VersionHead) -> Result<(), WrongHash> {
        WrongHash::check(head, self.content_hash())
    }

    /// The boards, in order of id.
    pub fn boards(&self) -> impl Iterator<Item = &Arc<Board>> {
        self.0.iter().map(|merged| &merged.board)
    }

    /// The board `id`; `None` when there is none.
    pub fn get(&self, id: &BoardId) -> Option<&Arc<Board>> {
        let found = self.0.binary_search_by(|merged| merged.id().cmp(id));
        found.ok().map(|place| &self.0[place].board)
    }
}

/// The boards `ids` of `rows`, merged: `None` for one that nobody describes.
fn merge_boards<'i>(rows: &SourceRows, ids: &'i [BoardId]) -> Vec<(&'i BoardId, Option<Merged>)> {
    let merge_part = |part: &'i [BoardId]| {
        let mut canonical = Vec::new();
        let mut merge = |id| {
            let board = rows.merge_board(id);
            (id, board.map(|board| Merged::new(board, &mut canonical)))
        };
        part.iter().map(&mut merge).collect::<Vec<_>>()
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = match ids.len().cmp(&MIN_SHARED_BOARDS) {
        Ordering::Less => 1,
        _ => threads.min(MAX_THREADS),
    };
    let mut parts = ids.chunks(ids.len().div_ceil(threads).max(1));
    thread::scope(|scope| {
        let own = parts.next();
        let others: Vec<_> = parts
            .map(|part| scope.spawn(move || merge_part(part)))
            .collect();
        let mut merged = own.map_or_else(Vec::new, merge_part);
        for other in others {
            match other.join() {
                Ok(part) => merged.extend(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        merged
    })
}
