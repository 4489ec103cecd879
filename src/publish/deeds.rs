//! What the audit is told of a publication.

use chrono::DateTime;

use crate::domain::audit::{Action, Actor, Deed};
use crate::domain::curated::CuratedEntry;
use crate::domain::rows::{RowChanges, SourceRows};
use crate::domain::run::ProposedRun;

/// What `actor` does to `rows` by publishing `changes`, or by approving `run`: for the audit, which is still to be told when
/// and in which version. A sync and the calendar do nothing by hand.
pub(super) fn deeds_of(
    rows: &SourceRows,
    changes: &RowChanges,
    run: &ProposedRun,
    actor: Option<&Actor>,
) -> Vec<Deed> {
    let Some(actor) = actor else {
        return Vec::new();
    };
    let deed = |action, subject, before, after| Deed {
        at: DateTime::UNIX_EPOCH,
        actor: actor.clone(),
        action,
        subject,
        before,
        after,
        version: None,
    };
    if let ProposedRun::Approved { id, .. } = run {
        // The rows themselves are in the version that comes of it.
        let boards = serde_json::json!({ "boards": changes.board_ids() });
        let after = Some(boards.to_string());
        return vec![deed(Action::RunApproved, id.to_string(), None, after)];
    }
    let changed = changes.curated.iter().map(|entry| {
        let before = rows.curated.get(&entry.id).map(to_json);
        let action = match before {
            Some(_) => Action::EntryChanged,
            None => Action::EntryAdded,
        };
        deed(action, entry.id.to_string(), before, Some(to_json(entry)))
    });
    let removed = changes.curated_removed.iter().map(|id| {
        let before = rows.curated.get(id).map(to_json);
        deed(Action::EntryRemoved, id.to_string(), before, None)
    });
    changed.chain(removed).collect()
}

/// An entry as the audit keeps it: all of it.
fn to_json(entry: &CuratedEntry) -> String {
    serde_json::to_string(entry).expect("an entry has text keys and no float")
}
