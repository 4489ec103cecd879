//! What a campaign did, in figures.

use std::fmt;
use std::time::Duration;

use crate::restart::LIMIT;

/// Kills by what they hit, and how long it took to serve again.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Services killed between their start and the end of their first sync.
    pub(crate) starts: u64,
    /// Services killed in a later sync.
    pub(crate) syncs: u64,
    /// Of these, whose list was published all the same.
    pub(crate) syncs_published: u64,
    /// Imports killed.
    pub(crate) edits: u64,
    /// Of these, which were published all the same.
    pub(crate) edits_published: u64,
    /// Imports that were over, and acknowledged, before they were to be killed.
    pub(crate) acknowledged: u64,
    /// Catalogs read back and checked.
    pub(crate) versions: u64,
    /// From the start of a service after a kill to its first quote.
    pub(crate) restarts: Vec<Duration>,
}

impl Tally {
    /// Kills of all kinds.
    pub(crate) fn kills(&self) -> u64 {
        self.starts + self.syncs + self.edits
    }

    /// Both together.
    pub(crate) fn with(mut self, other: Tally) -> Tally {
        self.starts += other.starts;
        self.syncs += other.syncs;
        self.syncs_published += other.syncs_published;
        self.edits += other.edits;
        self.edits_published += other.edits_published;
        self.acknowledged += other.acknowledged;
        self.versions += other.versions;
        self.restarts.extend(other.restarts);
        self
    }

    /// A campaign that never killed a sync, or killed every edit, proves less than it says.
    pub(crate) fn check_that_much_was_tried(&self) {
        let share = self.kills() / 10;
        assert!(
            self.starts > share && self.syncs > share && self.edits > share,
            "too few of some kind: {self}"
        );
        assert!(
            self.acknowledged > share / 2 && self.versions > self.kills() / 2,
            "too little was published: {self}"
        );
        let died_before = self.syncs > self.syncs_published && self.edits > self.edits_published;
        assert!(
            died_before && self.syncs_published > 0,
            "killed before or after all was over: {self}"
        );
    }

    /// The time that so many percent of the restarts did not exceed.
    fn percentile(&self, percent: usize) -> Duration {
        let mut restarts = self.restarts.clone();
        restarts.sort();
        restarts[(restarts.len() - 1) * percent / 100]
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} kills: {} of a service that started, {} in a later sync ({} of them published all the same), {} in an \
             edit ({} published all the same)",
            self.kills(),
            self.starts,
            self.syncs,
            self.syncs_published,
            self.edits,
            self.edits_published
        )?;
        writeln!(
            f,
            "{} edits acknowledged, {} catalogs read back",
            self.acknowledged, self.versions
        )?;
        let slow = self.restarts.iter().filter(|took| **took >= LIMIT);
        write!(
            f,
            "{} restarts: first quote after {} ms (median), {} ms (95 %), {} ms (99 %), {} ms (longest); {} took longer \
             than {LIMIT:?}, and not when tried again on the same files",
            self.restarts.len(),
            self.percentile(50).as_millis(),
            self.percentile(95).as_millis(),
            self.percentile(99).as_millis(),
            self.percentile(100).as_millis(),
            slow.count()
        )
    }
}
