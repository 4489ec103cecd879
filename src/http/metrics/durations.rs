//! How long requests took, in buckets. Unlike the library's histogram this one takes no lock to count.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::{MetricType, TypedMetric};

/// Upper bounds of the buckets: reads from memory at the lower end, imports and syncs at the upper.
const BOUNDS: [Duration; 15] = [
    Duration::from_micros(100),
    Duration::from_micros(250),
    Duration::from_micros(500),
    Duration::from_micros(1_000),
    Duration::from_micros(2_500),
    Duration::from_micros(5_000),
    Duration::from_micros(10_000),
    Duration::from_micros(25_000),
    Duration::from_micros(50_000),
    Duration::from_micros(100_000),
    Duration::from_micros(250_000),
    Duration::from_micros(500_000),
    Duration::from_micros(1_000_000),
    Duration::from_micros(2_500_000),
    Duration::from_micros(5_000_000),
];

/// A histogram of durations; a clone counts in the same buckets.
#[derive(Debug, Clone, Default)]
pub(super) struct Durations(Arc<Buckets>);

#[derive(Debug, Default)]
struct Buckets {
    /// How many were within each bound and beyond the one before; the last bucket has no bound.
    counts: [AtomicU64; BOUNDS.len() + 1],
    /// Of all of them; it would take five centuries to be full.
    nanoseconds: AtomicU64,
}

impl Durations {
    /// Counts one.
    pub(super) fn observe(&self, took: Duration) {
        let bucket = BOUNDS.iter().position(|bound| took <= *bound);
        let bucket = bucket.unwrap_or(BOUNDS.len());
        self.0.counts[bucket].fetch_add(1, Ordering::Relaxed);
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.0.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }
}

impl TypedMetric for Durations {
    const TYPE: MetricType = MetricType::Histogram;
}

impl EncodeMetric for Durations {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let bounds = BOUNDS.iter().map(Duration::as_secs_f64).chain([f64::MAX]);
        let counts = self
            .0
            .counts
            .iter()
            .map(|count| count.load(Ordering::Relaxed));
        let buckets: Vec<(f64, u64)> = bounds.zip(counts).collect();
        let count = buckets.iter().map(|(_, count)| count).sum();
        let sum = Duration::from_nanos(self.0.nanoseconds.load(Ordering::Relaxed));
        encoder.encode_histogram::<NoLabelSet>(sum.as_secs_f64(), count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus_client::encoding::text::encode;
    use prometheus_client::registry::Registry;

    #[test]
    fn a_duration_is_counted_in_every_bucket_that_holds_it() {
        let durations = Durations::default();
        for micros in [100, 101, 5_000_000, 9_000_000] {
            durations.observe(Duration::from_micros(micros));
        }
        let mut registry = Registry::default();
        registry.register("took", "How long", durations);
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        for line in [
            "took_sum 14.000201",
            "took_count 4",
            r#"took_bucket{le="0.0001"} 1"#,
            r#"took_bucket{le="0.00025"} 2"#,
            r#"took_bucket{le="2.5"} 2"#,
            r#"took_bucket{le="5.0"} 3"#,
            r#"took_bucket{le="+Inf"} 4"#,
        ] {
            assert!(
                text.contains(&format!("\n{line}\n")),
                "{line}\nnot in\n{text}"
            );
        }
    }
}
