//! What every beat looks after besides runs: the database, the calendar, and once a day the versions that are no
//! longer to be kept.

use std::error::Error;
use std::sync::Arc;

use chrono::NaiveDate;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, info, warn};

use super::{Syncer, with_causes};
use crate::store::Retention;

/// What is looked after, and what has been said about it.
pub(super) struct Upkeep {
    syncer: Arc<Syncer>,
    retention: Option<Retention>,
    /// The day, in UTC, on which pruning last began.
    pruned_on: Option<NaiveDate>,
    pruning: TaskTracker,
    refreshing: Trouble,
    dating: Trouble,
}

impl Upkeep {
    /// Looks after the database of `syncer`; past catalogs are kept as `retention` says, `None` keeps everything.
    pub(super) fn new(syncer: Arc<Syncer>, retention: Option<Retention>) -> Upkeep {
        Upkeep {
            syncer,
            retention,
            pruned_on: None,
            pruning: TaskTracker::new(),
            refreshing: Trouble::with("showing what the database holds"),
            dating: Trouble::with("publishing terms that began or ended"),
        }
    }

    /// Shows what other processes published, publishes terms that began or ended, and prunes where it is time to.
    ///
    /// Pruning goes on in the background.
    pub(super) async fn beat(&mut self, shutdown: &CancellationToken) {
        // In this order: what another process published may have the new day already.
        self.refreshing
            .note(self.syncer.publisher.refresh().await.err());
        self.dating
            .note(self.syncer.publisher.publish_due_terms().await.err());
        if let Some(retention) = self.begin_pruning() {
            let pruning = prune(Arc::clone(&self.syncer), retention);
            let pruning = shutdown.clone().run_until_cancelled_owned(pruning);
            self.pruning.spawn(pruning);
        }
    }

    /// Waits for what goes on in the background, which ends soon after a shutdown.
    pub(super) async fn finish(self) {
        self.pruning.close();
        self.pruning.wait().await;
    }

    /// What to keep, where it is time to prune; `None` when everything is kept, or today's pruning has begun.
    fn begin_pruning(&mut self) -> Option<Retention> {
        let retention = self.retention.as_ref()?;
        let today = self.syncer.clock.now().date_naive();
        if !self.pruning.is_empty() || self.pruned_on.is_some_and(|day| day >= today) {
            return None;
        }
        self.pruned_on = Some(today);
        Some(retention.clone())
    }
}

async fn prune(syncer: Arc<Syncer>, retention: Retention) {
    match syncer.store.prune(&retention, syncer.clock.now()).await {
        Ok(pruned) if pruned.is_empty() => debug!("there was no version to prune"),
        Ok(pruned) => info!(
            versions = pruned.versions,
            vendor_rows = pruned.vendor_rows,
            curated_rows = pruned.curated_rows,
            oldest_kept = pruned.oldest_kept.map(|head| head.version.get()),
            "old versions were pruned"
        ),
        Err(error) => warn!(
            error = with_causes(&error),
            "old versions were not pruned; the next attempt is tomorrow"
        ),
    }
}

/// Work that can fail at every beat: warned of once, until it goes well or fails otherwise.
pub(super) struct Trouble {
    work: &'static str,
    warned_of: Option<String>,
}

impl Trouble {
    pub(super) fn with(work: &'static str) -> Trouble {
        Trouble {
            work,
            warned_of: None,
        }
    }

    /// Notes how it went this time.
    pub(super) fn note(&mut self, error: Option<impl Error>) {
        let error = error.map(|error| with_causes(&error));
        if !self.is_news(error.clone()) {
            return;
        }
        match error {
            Some(error) => warn!(error, "{} failed", self.work),
            None => info!("{} works again", self.work),
        }
    }

    /// Whether it went otherwise than the last time.
    fn is_news(&mut self, error: Option<String>) -> bool {
        let is_news = error != self.warned_of;
        self.warned_of = error;
        is_news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_that_stays_is_told_once_and_so_is_its_end() {
        let mut trouble = Trouble::with("testing");
        let mut news = |error: Option<&str>| trouble.is_news(error.map(str::to_owned));
        assert!(!news(None));
        assert!(news(Some("disk full")));
        assert!(!news(Some("disk full")));
        assert!(news(Some("damaged")));
        assert!(news(None));
        assert!(!news(None));
    }
}
