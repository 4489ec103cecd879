//! Whether a plan is plausible: pure. A wrong number is worse than no number.

use super::plan::Plan;
use crate::domain::rows::SourceRows;

/// How much may differ in one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuardSettings {
    /// Boards that may vanish, percent of the active ones.
    pub max_removed_percent: u32,
    /// Boards that may vanish whatever the percentage says, so that a short list is not held up by one board.
    pub max_removed_min: u32,
    /// Boards whose pass-through fees may differ, percent of the active ones.
    pub max_changed_percent: u32,
}

/// What the guard says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Publish it.
    Plausible,
    /// Publish nothing; the sentence says what is implausible.
    Implausible(String),
}

/// Judges what `plan` would do to `current`. The first list of a database has nothing to be compared with.
pub fn judge(plan: &Plan, current: &SourceRows, settings: GuardSettings) -> Verdict {
    let active = current.vendor.values().filter(|row| row.active).count() as u64;
    if active == 0 {
        return Verdict::Plausible;
    }
    let percent = |part: u32| u64::from(part) * 100;
    let removed = plan.counts.removed;
    if removed > settings.max_removed_min
        && percent(removed) > u64::from(settings.max_removed_percent) * active
    {
        return Verdict::Implausible(format!(
            "{removed} of {active} boards are gone, more than sync.guard.max_removed_percent = {} allows",
            settings.max_removed_percent
        ));
    }
    let changed = plan.fees_changed;
    if changed > FEW_CHANGES && percent(changed) > u64::from(settings.max_changed_percent) * active
    {
        return Verdict::Implausible(format!(
            "the fees of {changed} of {active} boards differ, more than sync.guard.max_changed_percent = {} allows",
            settings.max_changed_percent
        ));
    }
    Verdict::Plausible
}

/// Fees that may differ whatever the percentage says: in a list of ten boards, two are already 20 %.
const FEW_CHANGES: u32 = 5;
