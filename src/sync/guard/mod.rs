//! Whether a plan is plausible: pure. A wrong number is worse than no number.
//!
//! Few implausible values are held back, board by board (`suspicion`); many differences of one kind put the whole run
//! into quarantine, whatever the single ones look like.

mod suspicion;

use rust_decimal::Decimal;

pub use suspicion::Suspicion;
pub(super) use suspicion::suspicions;

use super::plan::Plan;
use crate::domain::rows::SourceRows;

/// How much may differ in one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuardSettings {
    /// Boards that may vanish, percent of the active ones.
    pub max_removed_percent: u32,
    /// Boards that may vanish whatever the percentage says, so that a short list is not held up by one board.
    pub max_removed_min: u32,
    /// Boards whose fees may differ or be refused, percent of the active ones; as many may change their names.
    pub max_changed_percent: u32,
    /// Boards of which a value may be implausible, and held back, percent of the active ones.
    pub max_held_percent: u32,
    /// The most a price may grow or shrink before it counts as implausible.
    pub max_ratio: Decimal,
    /// Runs in a row that must say the same before a value held back is believed; 0: never without approval.
    pub release_after_runs: u32,
}

/// What the guard says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Publish it.
    Plausible,
    /// Publish nothing; the sentence says what is implausible.
    Implausible(String),
}

/// Judges what `plan` would do to `current`, where `held` boards have implausible values. The first list of a database
/// has nothing to be compared with.
pub fn judge(plan: &Plan, current: &SourceRows, held: u32, settings: GuardSettings) -> Verdict {
    let active = current.vendor.values().filter(|row| row.active).count() as u64;
    if active == 0 {
        return Verdict::Plausible;
    }
    let exceeds = |boards: u32, percent: u32, few: u32| {
        boards > few && u64::from(boards) * 100 > u64::from(percent) * active
    };
    let removed = plan.counts.removed;
    if exceeds(
        removed,
        settings.max_removed_percent,
        settings.max_removed_min,
    ) {
        return Verdict::Implausible(format!(
            "{removed} of {active} boards are gone, more than sync.guard.max_removed_percent = {} allows",
            settings.max_removed_percent
        ));
    }
    // Refused fees change nothing, and count all the same: many old words are no check of the vendor.
    let changed = plan.fees_changed + plan.fees_kept;
    for (boards, what) in [
        (changed, "the fees of {} boards differ or were refused"),
        (plan.names_changed, "the names of {} boards differ"),
    ] {
        if exceeds(boards, settings.max_changed_percent, FEW) {
            let what = what.replace("{}", &format!("{boards} of {active}"));
            return Verdict::Implausible(format!(
                "{what}, more than sync.guard.max_changed_percent = {} allows",
                settings.max_changed_percent
            ));
        }
    }
    if exceeds(held, settings.max_held_percent, FEW) {
        return Verdict::Implausible(format!(
            "{held} of {active} boards have implausible values, more than sync.guard.max_held_percent = {} allows",
            settings.max_held_percent
        ));
    }
    Verdict::Plausible
}

/// Boards that may differ whatever the percentage says: in a list of ten boards, two are already 20 %.
const FEW: u32 = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::board::VendorRow;
    use crate::domain::run::RunCounts;

    const SETTINGS: GuardSettings = GuardSettings {
        max_removed_percent: 5,
        max_removed_min: 5,
        max_changed_percent: 20,
        max_held_percent: 5,
        max_ratio: Decimal::ONE,
        release_after_runs: 4,
    };

    fn active(boards: u32) -> SourceRows {
        let mut rows = SourceRows::default();
        for position in 0..boards {
            let row = VendorRow::named(&position.to_string(), "Board");
            rows.vendor.insert(row.board.facts.id.clone(), row);
        }
        rows
    }

    fn is_plausible(removed: u32, fees_changed: u32, boards: u32) -> bool {
        let counts = RunCounts {
            removed,
            ..RunCounts::default()
        };
        let plan = Plan {
            counts,
            fees_changed,
            ..Plan::default()
        };
        judge(&plan, &active(boards), 0, SETTINGS) == Verdict::Plausible
    }

    #[test]
    fn few_boards_may_vanish_many_may_not() {
        assert!(is_plausible(10, 0, 200));
        assert!(!is_plausible(11, 0, 200));
        assert!(is_plausible(5, 0, 6));
        assert!(!is_plausible(6, 0, 20));
    }

    #[test]
    fn few_fees_may_change_many_may_not() {
        assert!(is_plausible(0, 40, 200));
        assert!(!is_plausible(0, 41, 200));
        assert!(is_plausible(0, 5, 6));
        assert!(!is_plausible(0, 6, 10));
    }

    /// Once a list of which every fee was refused passed for a check that found nothing new.
    #[test]
    fn few_fees_may_be_refused_many_may_not() {
        let passes = |fees_kept: u32| {
            let plan = Plan {
                fees_kept,
                fees_changed: 20,
                ..Plan::default()
            };
            judge(&plan, &active(200), 0, SETTINGS) == Verdict::Plausible
        };
        assert!(passes(20));
        assert!(!passes(21));
    }

    #[test]
    fn few_values_are_held_back_many_put_the_run_into_quarantine() {
        let passes = |held: u32, boards: u32| {
            judge(&Plan::default(), &active(boards), held, SETTINGS) == Verdict::Plausible
        };
        assert!(passes(10, 200));
        assert!(!passes(11, 200));
        assert!(passes(5, 6));
        assert!(!passes(6, 6));
    }

    #[test]
    fn few_boards_may_be_renamed_many_may_not() {
        let passes = |names_changed: u32| {
            let plan = Plan {
                names_changed,
                ..Plan::default()
            };
            judge(&plan, &active(200), 0, SETTINGS) == Verdict::Plausible
        };
        assert!(passes(40));
        assert!(!passes(41));
    }

    #[test]
    fn the_first_list_is_compared_with_nothing() {
        assert!(is_plausible(0, 0, 0));
    }
}
