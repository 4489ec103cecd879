//! The rule that holds for every fault, as a function of what was seen: pure.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::case::{Case, Decision, Ending};

/// By how much a fault may make the service grow, in KiB.
const MAX_GROWTH_KIB: u64 = 64 * 1024;
/// How much longer than its deadline a run may take: what comes between the fetch and the record of its end.
const DEADLINE_SLACK: Duration = Duration::from_secs(2);
/// What must be in no log and in no record: the account, bodies of answers, and words of a panic.
const SECRETS: &[&str] = &[
    "c2FuZGJveDpzYW5kYm94",
    "<form",
    "<html",
    "\"results\"",
    "passThroughFee\":\"",
    "panicked",
];

/// One catalog as clients see it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    pub(crate) version: i64,
    pub(crate) hash: String,
    pub(crate) checked_at: String,
    /// Every board by id, inactive ones included, without what is held back of it.
    pub(crate) boards: BTreeMap<String, Value>,
    /// What is held back, by board.
    pub(crate) held: BTreeMap<String, Value>,
    /// The boards as a spreadsheet gets them.
    pub(crate) csv: String,
}

/// What was seen of one case.
pub(crate) struct Observed {
    pub(crate) before: Seen,
    pub(crate) after: Seen,
    /// Every run on record, newest first.
    pub(crate) runs: Vec<Value>,
    /// The counters of runs that are not 0.
    pub(crate) counters: Vec<String>,
    pub(crate) duration: Duration,
    pub(crate) requests: u64,
    pub(crate) trap_was_entered: bool,
    /// Reads while the fault lasted, and those of them that were not answered with 200.
    pub(crate) reads: u64,
    pub(crate) bad_reads: Vec<String>,
    pub(crate) growth_kib: u64,
    pub(crate) log: String,
    /// The catalog once somebody has decided, where that was called for.
    pub(crate) decided: Option<Seen>,
    /// The catalog after the next run, which is a good one, and how that ended.
    pub(crate) repaired: Seen,
    pub(crate) repairing_run: Value,
}

/// What is wrong with a catalog that was rightly published; empty when nothing is.
pub(crate) type Published = Vec<String>;

impl Observed {
    /// Whether something was published that the case does not allow.
    pub(crate) fn is_wrongly_published(&self, case: &Case) -> bool {
        let (before, after) = (&self.before, &self.after);
        match &case.ending {
            Ending::Failed(_) | Ending::Unchanged | Ending::Quarantined(_) => {
                before.hash != after.hash || before.boards != after.boards
            }
            Ending::Held => before.boards != after.boards,
            Ending::Published(check) => !check(self).is_empty(),
        }
    }

    /// Everything that breaks the rule.
    pub(crate) fn problems(&self, case: &Case) -> Vec<String> {
        let mut problems = Vec::new();
        let mut require = |holds: bool, problem: String| {
            if !holds {
                problems.push(problem);
            }
        };
        require(
            !self.is_wrongly_published(case),
            format!("wrongly published: {:?}", self.differences()),
        );
        self.require_run(case, &mut require);
        self.require_service(case, &mut require);
        self.require_repair(case, &mut require);
        problems
    }

    /// One row on record, counted once, that says what it must.
    fn require_run(&self, case: &Case, require: &mut impl FnMut(bool, String)) {
        let run = &self.runs[0];
        let (outcome, class) = case.ending.words();
        require(
            self.runs.len() == 2,
            format!(
                "{} runs are on record, not the good one and this",
                self.runs.len()
            ),
        );
        let is_so =
            run["outcome"] == outcome && run["failure_class"].as_str().unwrap_or("") == class;
        require(is_so, format!("the run ended otherwise: {run}"));
        let counter = format!("ptf_sync_runs_total{{outcome=\"{outcome}\",class=\"{class}\"}} 1");
        require(
            self.counters == [counter.clone()],
            format!("the metrics count {:?}, not {counter}", self.counters),
        );
        let text = format!("{} {}", run["message"], run["notices"]);
        let says = case.says.unwrap_or("");
        require(text.contains(says), format!("\"{says}\" is not in {text}"));
        let is_told = !matches!(case.ending, Ending::Failed(_) | Ending::Quarantined(_))
            || run["message"]
                .as_str()
                .is_some_and(|message| message.len() > 20);
        require(is_told, format!("no sentence for a person: {run}"));
        let deadline = Duration::from_secs(case.deadline_secs) + DEADLINE_SLACK;
        require(
            (case.at_least..=deadline).contains(&self.duration),
            format!("the run took {:?}", self.duration),
        );
        for secret in SECRETS {
            require(
                !text.contains(secret),
                format!("{secret} is on record: {text}"),
            );
            require(
                !self.log.contains(secret),
                format!("{secret} is in the log: {}", self.log),
            );
        }
    }

    /// Reads answered, memory kept, the vendor left in peace.
    fn require_service(&self, case: &Case, require: &mut impl FnMut(bool, String)) {
        require(self.reads > 0, "nobody read anything".to_owned());
        require(
            self.bad_reads.is_empty(),
            format!("reads failed: {:?}", self.bad_reads),
        );
        require(
            self.growth_kib <= MAX_GROWTH_KIB,
            format!("the service grew by {} MiB", self.growth_kib / 1024),
        );
        require(
            case.requests
                .is_none_or(|requests| requests == self.requests),
            format!("the vendor saw {} requests", self.requests),
        );
        require(!self.trap_was_entered, "a redirect was followed".to_owned());
        let held = self.after.held.len();
        let expected = usize::from(matches!(case.ending, Ending::Held));
        require(
            held == expected,
            format!("{held} boards are marked as held"),
        );
    }

    /// The next good run makes it all good again.
    fn require_repair(&self, case: &Case, require: &mut impl FnMut(bool, String)) {
        let approved = matches!(case.ending, Ending::Quarantined(Decision::Approve));
        if let Some(decided) = &self.decided {
            require(
                (decided.hash != self.before.hash) == approved,
                "the decision did not count".to_owned(),
            );
        }
        let outcome = &self.repairing_run["outcome"];
        let is_good = outcome == "published" || outcome == "unchanged";
        require(
            is_good,
            format!("the next run is no good one: {}", self.repairing_run),
        );
        let (before, repaired) = (&self.before, &self.repaired);
        // A value that the vendor withdrew for a while is seen for the first time again.
        let is_repaired = match case.ending {
            Ending::Published(_) => undated(before) == undated(repaired),
            _ => before.boards == repaired.boards && before.hash == repaired.hash,
        };
        let differences = differences(before, repaired);
        require(is_repaired, format!("not repaired: {differences:?}"));
        require(
            repaired.held.is_empty(),
            "something is still marked as held".to_owned(),
        );
        require(
            repaired.checked_at > before.checked_at,
            "the good run did not count as a check".to_owned(),
        );
    }

    /// The boards that differ before and after the fault.
    pub(crate) fn differences(&self) -> Vec<(Value, Value)> {
        differences(&self.before, &self.after)
    }
}

impl Ending {
    /// The run's outcome and failure class.
    fn words(&self) -> (&'static str, &'static str) {
        match self {
            Ending::Failed(class) => ("failed", class),
            Ending::Unchanged => ("unchanged", ""),
            Ending::Held => ("held", ""),
            Ending::Quarantined(_) => ("quarantined", ""),
            Ending::Published(_) => ("published", ""),
        }
    }
}

/// The boards without the moments at which their values were first seen.
fn undated(seen: &Seen) -> Vec<Value> {
    let mut boards: Vec<Value> = seen.boards.values().cloned().collect();
    boards.iter_mut().for_each(take_dates_off);
    boards
}

fn take_dates_off(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("observed_at");
            fields.values_mut().for_each(take_dates_off);
        }
        Value::Array(values) => values.iter_mut().for_each(take_dates_off),
        _ => {}
    }
}

fn differences(before: &Seen, after: &Seen) -> Vec<(Value, Value)> {
    let ids = before.boards.keys().chain(after.boards.keys());
    let ids: std::collections::BTreeSet<&String> = ids.collect();
    let side = |seen: &Seen, id: &String| seen.boards.get(id).cloned().unwrap_or_default();
    ids.into_iter()
        .map(|id| (side(before, id), side(after, id)))
        .filter(|(before, after)| before != after)
        .collect()
}
