//! How `webhooks list` shows an endpoint.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::output::{number, table, text};
use crate::config::EndpointSettings;
use crate::domain::delivery::{Delivery, DeliveryState, EndpointName, EndpointProgress};
use crate::domain::version::CatalogVersion;

/// An endpoint as `--json` prints it.
#[derive(Debug, Serialize)]
pub(super) struct EndpointView {
    name: EndpointName,
    /// Without the path, which may be secret; `None` when it is not configured.
    host: Option<String>,
    state: &'static str,
    since_version: Option<CatalogVersion>,
    settled_version: Option<CatalogVersion>,
    pending: u64,
    last_attempt: Option<AttemptView>,
    next_attempt_at: Option<String>,
    given_up_version: Option<CatalogVersion>,
}

#[derive(Debug, Serialize)]
struct AttemptView {
    version: CatalogVersion,
    at: String,
    attempts: u32,
    /// `delivered`, `given_up`, or `pending` when it failed or is under way.
    outcome: &'static str,
    failure_class: Option<&'static str>,
    failure_status: Option<u16>,
}

impl EndpointView {
    /// The endpoints that are configured, in that order, then those that were.
    pub(super) fn all(
        configured: &[EndpointSettings],
        seen: &[EndpointProgress],
    ) -> Vec<EndpointView> {
        let views = configured.iter().map(|endpoint| {
            let progress = seen.iter().find(|seen| seen.name == endpoint.name);
            EndpointView::of(&endpoint.name, endpoint.url.host_str(), progress)
        });
        let is_configured =
            |name: &EndpointName| configured.iter().any(|endpoint| endpoint.name == *name);
        let others = seen
            .iter()
            .filter(|seen| !is_configured(&seen.name))
            .map(|seen| EndpointView::of(&seen.name, None, Some(seen)));
        views.chain(others).collect()
    }

    fn of(
        name: &EndpointName,
        host: Option<&str>,
        progress: Option<&EndpointProgress>,
    ) -> EndpointView {
        let last = progress.and_then(|progress| progress.last);
        let next_attempt_at = last.and_then(|last| match last.state {
            DeliveryState::Pending { next_attempt_at } => Some(next_attempt_at),
            DeliveryState::Delivered { .. } | DeliveryState::GivenUp { .. } => None,
        });
        EndpointView {
            name: name.clone(),
            host: host.map(str::to_owned),
            state: standing(host.is_some(), progress),
            since_version: progress.and_then(|progress| progress.since),
            settled_version: progress.and_then(|progress| progress.settled),
            pending: progress.map_or(0, |progress| progress.pending),
            last_attempt: last.as_ref().map(AttemptView::of),
            next_attempt_at: next_attempt_at.map(time),
            given_up_version: progress.and_then(|progress| progress.given_up),
        }
    }
}

impl AttemptView {
    fn of(delivery: &Delivery) -> AttemptView {
        AttemptView {
            version: delivery.version,
            at: time(delivery.last_attempt_at),
            attempts: delivery.attempts,
            outcome: match delivery.state {
                DeliveryState::Pending { .. } => "pending",
                DeliveryState::Delivered { .. } => "delivered",
                DeliveryState::GivenUp { .. } => "given_up",
            },
            failure_class: delivery.failure.map(|failure| failure.class.as_str()),
            failure_status: delivery.failure.and_then(|failure| failure.status),
        }
    }

    fn result(&self) -> String {
        let failure = match (self.failure_class, self.failure_status) {
            (Some(class), Some(status)) => format!("{class} {status}, "),
            (Some(class), None) => format!("{class}, "),
            (None, _) => String::new(),
        };
        format!(
            "{}: {failure}{}, attempt {}",
            self.version, self.outcome, self.attempts
        )
    }
}

/// How an endpoint stands.
fn standing(configured: bool, progress: Option<&EndpointProgress>) -> &'static str {
    let Some(progress) = progress else {
        // No service has seen it yet: it is owed what is published from the next start on.
        return "new";
    };
    let is_pending = |last: &Delivery| matches!(last.state, DeliveryState::Pending { .. });
    let last = progress.last.filter(is_pending);
    match last.and_then(|last| last.failure) {
        // It is told nothing, and keeps its place.
        _ if !configured => "not_configured",
        _ if progress.pending == 0 => "current",
        Some(_) => "retrying",
        None => "pending",
    }
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The endpoints as a table.
pub(super) fn print_endpoints(views: &[EndpointView]) -> String {
    if views.is_empty() {
        return "no endpoint is configured; add one under [[webhooks.endpoints]]".to_owned();
    }
    let mut rows = table(&[
        "endpoint",
        "host",
        "state",
        "settled",
        "pending",
        "last attempt",
        "version and result",
        "next attempt",
        "given up",
    ]);
    let version = |version: Option<CatalogVersion>| {
        number(
            version
                .map(|version| version.to_string())
                .unwrap_or_default(),
        )
    };
    for view in views {
        let last = view.last_attempt.as_ref();
        rows.add_row([
            text(&view.name),
            text(view.host.as_deref().unwrap_or_default()),
            text(view.state),
            version(view.settled_version),
            number(view.pending),
            text(last.map(|last| last.at.as_str()).unwrap_or_default()),
            text(last.map(AttemptView::result).unwrap_or_default()),
            text(view.next_attempt_at.as_deref().unwrap_or_default()),
            version(view.given_up_version),
        ]);
    }
    rows.to_string()
}
