//! What is counted about sync runs.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::domain::run::SyncRun;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RunLabels {
    outcome: &'static str,
    /// The failure class; empty unless the run failed.
    class: &'static str,
}

/// Seconds a run may take, from a sandbox on the same machine to the default deadline.
const DURATION_BUCKETS: [f64; 9] = [0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 600.0];

/// Counters of sync runs.
#[derive(Clone)]
pub struct SyncMetrics {
    runs: Family<RunLabels, Counter>,
    duration: Histogram,
}

impl SyncMetrics {
    /// New counters, exposed through `registry`.
    pub fn register(registry: &mut Registry) -> SyncMetrics {
        let metrics = SyncMetrics {
            runs: Family::default(),
            duration: Histogram::new(DURATION_BUCKETS),
        };
        registry.register(
            "ptf_sync_runs",
            "Sync runs by outcome and failure class",
            metrics.runs.clone(),
        );
        registry.register(
            "ptf_sync_duration_seconds",
            "How long sync runs took",
            metrics.duration.clone(),
        );
        metrics
    }

    /// Counts one ended run.
    pub(super) fn count(&self, run: &SyncRun) {
        let class = run.failure_class.map_or("", |class| class.as_str());
        let labels = RunLabels {
            outcome: run.outcome.as_str(),
            class,
        };
        self.runs.get_or_create(&labels).inc();
        let elapsed = (run.finished_at - run.started_at)
            .to_std()
            .unwrap_or_default();
        self.duration.observe(elapsed.as_secs_f64());
    }
}
