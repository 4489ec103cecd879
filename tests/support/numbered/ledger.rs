//! What must be there: what was seen stays, what was acknowledged is there, and nothing is there that nobody gave.

use std::collections::BTreeMap;

use super::picture::Picture;

/// What every later picture is measured by.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    version: i64,
    list: u32,
    /// The edit of each slot that was acknowledged, or seen, last.
    edits: BTreeMap<u32, u32>,
    /// The edits of each slot begun since: they may be there or not.
    in_doubt: BTreeMap<u32, Vec<u32>>,
    last_edit: u32,
}

impl Ledger {
    /// The number of another edit of `slot`, which is about to begin.
    pub(crate) fn begin_edit(&mut self, slot: u32) -> u32 {
        self.last_edit += 1;
        self.in_doubt.entry(slot).or_default().push(self.last_edit);
        self.last_edit
    }

    /// `edit` of `slot` was acknowledged: from now on it, or a later one, is there.
    pub(crate) fn acknowledge(&mut self, slot: u32, edit: u32) {
        self.edits.insert(slot, edit);
        self.in_doubt.remove(&slot);
    }

    /// Checks what is shown, or stored, when the newest list anybody has begun to read is `newest_list`.
    pub(crate) fn check(&mut self, picture: &Picture, newest_list: u32) {
        let goes_on = picture.version >= self.version && picture.list >= self.list;
        assert!(goes_on, "back to {picture:?} from {self:?}");
        assert!(
            picture.list <= newest_list,
            "{picture:?} is of no list up to {newest_list}"
        );
        for (slot, edit) in &self.edits {
            let found = picture.edits.get(slot);
            let begun = self.in_doubt.get(slot).into_iter().flatten();
            let later = begun.into_iter().any(|other| Some(other) == found);
            assert!(
                found == Some(edit) || later,
                "edit {edit} of slot {slot} is lost: {picture:?}, {self:?}"
            );
        }
        for (slot, edit) in &picture.edits {
            let known = self.edits.get(slot) == Some(edit);
            let begun = self
                .in_doubt
                .get(slot)
                .is_some_and(|begun| begun.contains(edit));
            assert!(
                known || begun,
                "nobody gave edit {edit} of slot {slot}: {self:?}"
            );
        }
        self.version = picture.version;
        self.list = picture.list;
        for (slot, edit) in &picture.edits {
            if self.edits.insert(*slot, *edit) != Some(*edit) {
                let begun = self.in_doubt.entry(*slot).or_default();
                begun.retain(|other| other > edit);
            }
        }
    }
}
