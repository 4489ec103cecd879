//! One way in which the vendor goes wrong, and how the run that meets it must end.

use std::time::Duration;

use crate::rule::{Observed, Published};
use crate::vendors::Elsewhere;

/// One case.
pub(crate) struct Case {
    /// What the vendor does.
    pub(crate) fault: Fault,
    /// How the run ends.
    pub(crate) ending: Ending,
    /// What the run must say, in its message or in a notice.
    pub(crate) says: Option<&'static str>,
    /// How many requests the vendor must see; `None` when any number will do.
    pub(crate) requests: Option<u64>,
    /// How long the run must take at least: a wait that the vendor asks for.
    pub(crate) at_least: Duration,
    /// The most seconds a page may take.
    pub(crate) timeout_secs: u64,
    /// The most seconds a run may take.
    pub(crate) deadline_secs: u64,
    /// Whether the service believes everything, so that something wrong is published.
    pub(crate) is_unguarded: bool,
}

/// What the vendor does.
pub(crate) enum Fault {
    /// These faults of the sandbox at once, as `one+other`.
    Sandbox(&'static str),
    /// Another vendor than the sandbox stands where it should be.
    Elsewhere(Elsewhere),
}

/// How a run ends.
pub(crate) enum Ending {
    /// Failed, with this class.
    Failed(&'static str),
    /// As if nothing were wrong.
    Unchanged,
    /// Published, all but one board, whose old word counts and is marked.
    Held,
    /// In quarantine, where somebody decides.
    Quarantined(Decision),
    /// Published: the vendor may say so. What must be true of the new catalog.
    Published(fn(&Observed) -> Published),
}

/// What somebody decides about a run in quarantine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// To publish it.
    Approve,
    /// To drop it.
    Reject,
    /// Nothing: the next good run comes first.
    Wait,
}

/// A case of the sandbox's fault `words`, which must end like this.
pub(crate) fn case(words: &'static str, ending: Ending) -> Case {
    Case {
        fault: Fault::Sandbox(words),
        ending,
        says: None,
        requests: None,
        at_least: Duration::ZERO,
        timeout_secs: 8,
        deadline_secs: 30,
        is_unguarded: false,
    }
}

/// A case that must fail with `class`.
pub(crate) fn fails(words: &'static str, class: &'static str) -> Case {
    case(words, Ending::Failed(class))
}

/// A case that must pass, the list being the same.
pub(crate) fn passes(words: &'static str) -> Case {
    case(words, Ending::Unchanged)
}

/// A case in which one value must be held back.
pub(crate) fn holds(words: &'static str) -> Case {
    case(words, Ending::Held)
}

/// A case that must end in quarantine, about which somebody then decides.
pub(crate) fn waits(words: &'static str, decision: Decision) -> Case {
    case(words, Ending::Quarantined(decision))
}

/// A case of another vendor, which must fail with `class`.
pub(crate) fn elsewhere(vendor: Elsewhere, class: &'static str) -> Case {
    Case {
        fault: Fault::Elsewhere(vendor),
        ..fails("", class)
    }
}

impl Case {
    /// What the variant is called.
    pub(crate) fn name(&self) -> &'static str {
        match &self.fault {
            Fault::Sandbox(words) => words,
            Fault::Elsewhere(vendor) => vendor.name(),
        }
    }

    /// The sandbox's faults.
    pub(crate) fn words(&self) -> Vec<ptf_cache::sandbox::Fault> {
        match &self.fault {
            Fault::Sandbox(words) => words.split('+').map(|word| word.parse().unwrap()).collect(),
            Fault::Elsewhere(_) => Vec::new(),
        }
    }

    pub(crate) fn saying(mut self, text: &'static str) -> Case {
        self.says = Some(text);
        self
    }

    pub(crate) fn in_requests(mut self, requests: u64) -> Case {
        self.requests = Some(requests);
        self
    }

    pub(crate) fn after_secs(mut self, secs: u64) -> Case {
        self.at_least = Duration::from_secs(secs);
        self
    }

    /// The service believes everything.
    pub(crate) fn unguarded(mut self) -> Case {
        self.is_unguarded = true;
        self
    }

    /// A page may take so many seconds, and the run so many.
    pub(crate) fn within(mut self, timeout_secs: u64, deadline_secs: u64) -> Case {
        (self.timeout_secs, self.deadline_secs) = (timeout_secs, deadline_secs);
        self
    }
}
