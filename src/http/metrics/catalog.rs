//! What is read from the published catalog when somebody scrapes.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeGaugeValue, EncodeMetric};
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::catalog::{CatalogHandle, Snapshot};
use crate::clock::SharedClock;

/// Registers `ptf_build_info` and, worked out at each scrape, `ptf_catalog_age_seconds`, `ptf_catalog_stale`,
/// `ptf_catalog_version` and `ptf_catalog_boards`, which are absent before the first catalog.
pub fn register_catalog(registry: &mut Registry, catalog: Arc<CatalogHandle>, clock: SharedClock) {
    let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
    registry.register("ptf_build", "The build that is running", build);
    registry.register_collector(Box::new(CatalogCollector { catalog, clock }));
}

/// Reads the published catalog when somebody scrapes.
struct CatalogCollector {
    catalog: Arc<CatalogHandle>,
    clock: SharedClock,
}

impl CatalogCollector {
    fn encode_snapshot(
        &self,
        snapshot: &Snapshot,
        encoder: &mut DescriptorEncoder<'_>,
    ) -> fmt::Result {
        let (freshness, now) = (snapshot.freshness, self.clock.now());
        let age = freshness.age(now).to_std().unwrap_or_default();
        encode_gauge(
            encoder,
            "ptf_catalog_age",
            "Time since the vendor's whole list was last seen",
            Some(&Unit::Seconds),
            age.as_secs_f64(),
        )?;
        encode_gauge(
            encoder,
            "ptf_catalog_stale",
            "1 while the vendor's whole list was last seen too long ago, else 0",
            None,
            i64::from(freshness.is_stale(now)),
        )?;
        encode_gauge(
            encoder,
            "ptf_catalog_version",
            "The version of the catalog that is served",
            None,
            snapshot.catalog.head().version.get(),
        )?;
        encode_gauge(
            encoder,
            "ptf_catalog_boards",
            "Boards in the catalog that is served, inactive ones included",
            None,
            snapshot.catalog.boards().len(),
        )
    }
}

/// Writes one gauge; `unit` is appended to `name`.
fn encode_gauge<N: EncodeGaugeValue>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    unit: Option<&Unit>,
    value: N,
) -> fmt::Result {
    let gauge = ConstGauge::new(value);
    gauge.encode(encoder.encode_descriptor(name, help, unit, gauge.metric_type())?)
}

impl Collector for CatalogCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        match self.catalog.get() {
            Some(snapshot) => self.encode_snapshot(&snapshot, &mut encoder),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for CatalogCollector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CatalogCollector").finish_non_exhaustive()
    }
}
