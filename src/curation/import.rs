//! What an import would change, before anything is written.

use std::collections::BTreeSet;

use crate::domain::curated::{CuratedEntry, EntryId};
use crate::domain::rows::{RowChanges, SourceRows};

/// What an import does to the curated list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportPlan {
    /// What is to be published; empty when the list already says all of it.
    pub changes: RowChanges,
    /// Entries that are new, in the order of the file.
    pub added: Vec<EntryId>,
    /// Entries that say something else from now on, in the order of the file.
    pub changed: Vec<EntryId>,
    /// Entries that are taken away, in order of id.
    pub removed: Vec<EntryId>,
    /// How many entries stay as they are.
    pub unchanged: usize,
}

/// Compares the entries of a file with the curated list of `current`.
///
/// An entry of the file replaces the one of the same board and channel as a whole; terms that stay the same keep the
/// time of their first sighting. Entries that the file does not have stay, unless `replace` takes them away.
pub fn plan_import(current: &SourceRows, imported: Vec<CuratedEntry>, replace: bool) -> ImportPlan {
    let mut plan = ImportPlan::default();
    let kept: BTreeSet<EntryId> = imported.iter().map(|entry| entry.id.clone()).collect();
    for mut entry in imported {
        match current.curated.get(&entry.id) {
            Some(earlier) if entry.same_terms(earlier) => {
                plan.unchanged += 1;
                continue;
            }
            Some(earlier) => {
                entry.keep_first_sightings(earlier);
                plan.changed.push(entry.id.clone());
            }
            None => plan.added.push(entry.id.clone()),
        }
        plan.changes.curated.push(entry);
    }
    if replace {
        let gone = current.curated.keys().filter(|id| !kept.contains(id));
        plan.removed = gone.cloned().collect();
        plan.changes.curated_removed = plan.removed.clone();
    }
    plan
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};

    use super::*;
    use crate::curation::csv::{ParseOptions, parse_entries};

    const DOCUMENTED: &str = include_str!("../../tests/data/documented_fees.csv");

    fn recorded(hours: i64) -> DateTime<Utc> {
        DateTime::<Utc>::UNIX_EPOCH + TimeDelta::hours(hours) + TimeDelta::days(20_000)
    }

    /// The entries of a file that is recorded `hours` after the first.
    fn entries(csv: &str, hours: i64) -> Vec<CuratedEntry> {
        let options = ParseOptions {
            recorded_at: recorded(hours),
            accept_names: false,
            to_accept_names: "--accept-names",
        };
        parse_entries(csv.as_bytes(), &|_| None, &options).unwrap()
    }

    /// The documented fees, imported at hour 0.
    fn current() -> SourceRows {
        let first = plan_import(&SourceRows::default(), entries(DOCUMENTED, 0), false);
        assert_eq!(first.added.len(), 13);
        SourceRows::default().with(&first.changes)
    }

    fn names(ids: &[EntryId]) -> Vec<String> {
        ids.iter()
            .map(|id| format!("{} {}", id.board_id, id.channel))
            .collect()
    }

    #[test]
    fn importing_the_same_file_again_changes_nothing() {
        for replace in [false, true] {
            let plan = plan_import(&current(), entries(DOCUMENTED, 5), replace);
            assert!(plan.changes.is_empty());
            assert_eq!(plan.unchanged, 13);
        }
    }

    #[test]
    fn what_stays_the_same_inside_a_changed_entry_keeps_its_first_sighting() {
        let dearer = DOCUMENTED.replace("Set-up fee,100.00", "Set-up fee,120.00");
        let plan = plan_import(&current(), entries(&dearer, 5), false);
        assert_eq!(names(&plan.changed), ["147 pass_through"]);
        assert_eq!((plan.added.len(), plan.unchanged), (0, 12));
        let fees = plan.changes.curated[0].fees.fees();
        let seen = |position: usize| fees[position].source().observed_at;
        assert_eq!((seen(0), seen(1)), (recorded(5), recorded(0)));
    }

    #[test]
    fn entries_the_file_lacks_go_only_when_it_replaces_the_list() {
        let keeps = |line: &&str| !line.starts_with("31,") && !line.starts_with("285,");
        let shorter: Vec<&str> = DOCUMENTED.lines().filter(keeps).collect();
        let shorter = shorter.join("\n");
        let added_to = plan_import(&current(), entries(&shorter, 5), false);
        assert!(added_to.changes.is_empty());
        let replaced = plan_import(&current(), entries(&shorter, 5), true);
        assert_eq!(names(&replaced.removed), ["285 direct", "31 pass_through"]);
        assert_eq!(replaced.changes.curated_removed, replaced.removed);
        let after = current().with(&replaced.changes);
        assert_eq!(after.curated.len(), 11);
    }
}
