//! Sync runs: how one ended, why, and what it counted.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::candidate::{Candidate, Decision};
use super::fee::word_enum;
use super::lease::LeaseEpoch;
use super::version::{CatalogVersion, ContentHash, Origin};

word_enum! {
    /// How a run ended.
    Outcome {
        /// A new version came of it.
        Published = "published",
        /// The vendor says what it said before.
        Unchanged = "unchanged",
        /// Published, but some values kept old.
        Held = "held",
        /// Too much differs: nothing published until somebody approves.
        Quarantined = "quarantined",
        /// Something went wrong: nothing published.
        Failed = "failed",
        /// Another run was under way.
        Skipped = "skipped",
        /// Somebody rejected the quarantined candidate.
        Rejected = "rejected",
        /// Somebody approved the quarantined candidate, and it was published.
        Approved = "approved",
    }
}

impl Outcome {
    /// Whether the run saw the vendor's whole and plausible list, so that the catalog is known to be current.
    pub fn confirms_the_catalog(self) -> bool {
        matches!(
            self,
            Outcome::Published | Outcome::Unchanged | Outcome::Held | Outcome::Approved
        )
    }
}

word_enum! {
    /// Why a run failed.
    FailureClass {
        /// No connection: refused, reset, name not found.
        Connect = "connect",
        /// No trusted connection: certificate expired, of another host, self-signed.
        Tls = "tls",
        /// No answer in time.
        Timeout = "timeout",
        /// 401 or 403.
        Auth = "auth",
        /// 429 for longer than the run may take.
        RateLimited = "rate_limited",
        /// Another status that is no success.
        Status = "status",
        /// The vendor points elsewhere; nobody follows.
        Redirect = "redirect",
        /// Not JSON: a log-in page, an empty body.
        Content = "content",
        /// JSON that does not parse.
        Parse = "parse",
        /// JSON of another shape than the mapping says.
        Schema = "schema",
        /// Pages that do not add up to the whole list.
        Paging = "paging",
        /// One id for two boards.
        Identity = "identity",
        /// More bytes than allowed.
        Size = "size",
        /// No board at all.
        Empty = "empty",
        /// The vendor's own error, whatever the status.
        VendorError = "vendor_error",
        /// The run took longer than it may.
        Deadline = "deadline",
        /// The database.
        Store = "store",
    }
}

word_enum! {
    /// What started a run.
    Trigger {
        /// The schedule.
        Schedule = "schedule",
        /// The start of the service.
        Start = "start",
        /// Somebody at the terminal.
        Terminal = "terminal",
        /// Somebody over HTTP.
        Http = "http",
    }
}

/// What a run counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct RunCounts {
    /// Pages the vendor sent.
    pub pages: u32,
    /// Boards the vendor sent.
    pub boards: u32,
    /// Boards that are new, or back.
    pub added: u32,
    /// Boards that say something else.
    pub changed: u32,
    /// Boards that are gone.
    pub removed: u32,
    /// Rows, or a board's fees, that were refused.
    pub rejected: u32,
    /// Boards of which a part is held back.
    pub held: u32,
}

/// One sync run, ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncRun {
    /// Its number in the database; `None` until it is recorded.
    pub id: Option<i64>,
    /// What started it.
    pub trigger: Trigger,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: DateTime<Utc>,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it failed; `None` unless it did, and where the fault is the programme's own, as the message says.
    pub failure_class: Option<FailureClass>,
    /// What happened and what to do, for people; never a secret or a vendor's body.
    pub message: Option<String>,
    /// What it counted.
    pub counts: RunCounts,
    /// Where the boards came from; `None` when none came.
    pub origin: Option<Origin>,
    /// The version it published; `None` when it published none.
    pub version: Option<CatalogVersion>,
    /// What the mapping met on the way: unknown words, refused rows; at most a hundred lines.
    pub notices: Vec<String>,
    /// The hash by which what it did not publish can be approved; `None` when there is nothing, or no longer.
    pub candidate: Option<ContentHash>,
    /// What somebody decided about that; `None` while nobody has.
    pub decision: Option<Decision>,
}

/// The sync run that a new version comes of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProposedRun {
    /// None: staff edited, or the calendar moved on.
    None,
    /// One that ends with this version, recorded with it.
    Ending {
        /// The run. Its number and its version are given to it.
        run: Box<SyncRun>,
        /// The values that it holds back; `None` when it holds none.
        held_back: Option<Candidate>,
        /// The lease it ran under, which nobody else may have taken since; `None` where it ran without.
        fence: Option<LeaseEpoch>,
    },
    /// One on record, whose candidate is approved with this version.
    Approved {
        /// Its number.
        id: i64,
        /// Who approves it, and when.
        decision: Decision,
    },
}

impl ProposedRun {
    /// A run that holds nothing back and ran without a lease.
    pub fn ending(run: SyncRun) -> ProposedRun {
        ProposedRun::Ending {
            run: Box::new(run),
            held_back: None,
            fence: None,
        }
    }
}
