//! What can be done to a database, and how its effect is seen.

use ptf_cache::domain::run::Outcome;
use ptf_cache::store::Store;
use sqlx::{ConnectOptions, Row};

use super::bench::{Bench, Template};
use crate::migrations::applied;
use crate::numbered::curated_csv;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// A sync of another list than the last.
    Sync,
    /// A sync that ends in quarantine.
    Quarantine,
    /// An edit.
    Import,
    /// An edit that takes an entry away.
    Replace,
    /// Approving a run in quarantine.
    Approve,
    /// Rejecting it.
    Reject,
    /// Dropping all versions but the newest.
    Prune,
    /// A copy of the database.
    Backup,
    /// Opening a database of an earlier schema.
    Migrate,
}

impl Act {
    /// The database it begins with.
    pub(super) fn template(self) -> Template {
        match self {
            Act::Approve | Act::Reject => Template::Quarantined,
            Act::Migrate => Template::Schema4,
            _ => Template::Edited,
        }
    }

    /// The arguments of its command.
    pub(super) fn arguments(self, bench: &Bench) -> Vec<String> {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect();
        match self {
            Act::Sync | Act::Quarantine => words("sync"),
            Act::Import => {
                bench.write("import.csv", &curated_csv(1, 2));
                words("curated import import.csv")
            }
            Act::Replace => {
                bench.write("replace.csv", &curated_csv(2, 3));
                words("curated import --replace replace.csv")
            }
            Act::Approve => words(&format!("runs approve {} --hash {}", bench.run, bench.hash)),
            Act::Reject => words(&format!("runs reject {}", bench.run)),
            Act::Prune => words("prune --keep-days 1"),
            Act::Backup => words("backup copy.db"),
            Act::Migrate => words("runs"),
        }
    }

    /// Settings of its own.
    pub(super) fn settings(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Act::Quarantine => &[("PTF_SYNC__GUARD__MAX_CHANGED_PERCENT", "0")],
            _ => &[],
        }
    }

    /// Whether its effect is there; never a part of it.
    pub(super) async fn is_done(self, bench: &Bench) -> bool {
        if self == Act::Migrate {
            return applied(&bench.database()).await > 4;
        }
        let store = bench.open_store().await;
        let done = self.is_done_in(&store, bench).await;
        store.close().await;
        done
    }

    async fn is_done_in(self, store: &Store, bench: &Bench) -> bool {
        let newest = store.load_head().await.unwrap().unwrap().version.get();
        let last = store.load_last_run().await.unwrap().unwrap();
        match self {
            Act::Sync | Act::Import | Act::Replace | Act::Approve => {
                assert!(newest == bench.versions || newest == bench.versions + 1);
                newest > bench.versions
            }
            Act::Quarantine => {
                let candidate = store.load_candidate(last.id.unwrap()).await.unwrap();
                let is_there = last.outcome == Outcome::Quarantined;
                assert!(
                    !is_there || candidate.is_some_and(|candidate| candidate.boards.len() == 120)
                );
                is_there
            }
            Act::Reject => {
                let candidate = store.load_candidate(bench.run).await.unwrap();
                assert_eq!(candidate.is_none(), last.decision.is_some());
                candidate.is_none()
            }
            // What is marked is gone for good, whether or not its rows have been swept.
            Act::Prune => {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(bench.database());
                let mut connection = options.connect().await.unwrap();
                let kept =
                    sqlx::query("SELECT COUNT(*) FROM catalog_versions WHERE pruned_at_ms IS NULL");
                let kept: i64 = kept.fetch_one(&mut connection).await.unwrap().get(0);
                let rows = sqlx::query("SELECT COUNT(*) FROM vendor_boards");
                let rows: i64 = rows.fetch_one(&mut connection).await.unwrap().get(0);
                kept == 1 && rows == 120
            }
            Act::Backup => bench.path("copy.db").exists(),
            Act::Migrate => unreachable!("its store cannot be opened without it"),
        }
    }
}
