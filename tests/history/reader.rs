//! A reader of the change feed, who keeps a copy of the catalog and is killed now and then.

use std::collections::BTreeMap;

use ptf_cache::catalog::content_hash;
use ptf_cache::domain::board::BoardId;
use ptf_cache::history::{History, Pictured, VersionChanges};

use crate::dice::Dice;
use crate::world::Noted;

/// What the reader keeps when it is killed.
#[derive(Default)]
pub(crate) struct Reader {
    pub(crate) boards: BTreeMap<BoardId, Pictured>,
    pub(crate) reached: i64,
    pub(crate) read: Vec<VersionChanges>,
}

impl Reader {
    /// Reads on, page by page, until it is where the feed is, checking each version against what was noted.
    pub(crate) async fn follow(&mut self, history: &History, noted: &[Noted], dice: &mut Dice) {
        loop {
            let limit = usize::try_from(1 + dice.below(40)).unwrap();
            let page = history
                .load_changes(self.reached, None, limit)
                .await
                .unwrap();
            let count = |versions: &[VersionChanges]| -> usize {
                versions.iter().map(|version| version.changes.len()).sum()
            };
            if let Some((_, all_but_last)) = page.versions.split_last() {
                assert!(count(all_but_last) < limit, "more than was asked for");
            }
            let killed_after = dice
                .one_in(4)
                .then(|| usize::try_from(dice.below(3)).unwrap());
            for version in page
                .versions
                .into_iter()
                .take(killed_after.unwrap_or(usize::MAX))
            {
                self.apply(version, noted);
            }
            if killed_after.is_some() {
                continue; // it begins again with what it had applied
            }
            assert!(page.reached >= self.reached);
            self.reached = page.reached;
            if page.reached == page.latest_version.unwrap().get() {
                return;
            }
        }
    }

    fn apply(&mut self, version: VersionChanges, noted: &[Noted]) {
        let number = version.head.version.get();
        assert!(number > self.reached, "version {number} was read twice");
        assert!(!version.changes.is_empty());
        for change in &version.changes {
            if let Some(before) = &change.before {
                let known = self.boards.get(&change.board_id);
                // Several changes of one board share their pictures: the first has brought the new one already.
                let is_known = known.is_some_and(|known| {
                    known.board == before.board || Some(known) == change.after.as_ref()
                });
                assert!(is_known, "version {number}: {change:?} follows on nothing");
            }
            match &change.after {
                Some(after) => self.boards.insert(change.board_id.clone(), after.clone()),
                None => self.boards.remove(&change.board_id),
            };
        }
        self.reached = number;
        let head = &noted[usize::try_from(number - 1).unwrap()].head;
        assert_eq!(&version.head, head);
        let boards = self.boards.values().map(|pictured| pictured.board.as_ref());
        assert_eq!(content_hash(boards), head.content_hash, "version {number}");
        self.read.push(version);
    }
}
