//! The loop of an endpoint: what it is owed, whether that is due, sending it, recording what became of it.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::backoff::{Backoff, after, any_number};
use super::endpoint::{Endpoint, SendError, TIMEOUT};
use super::message::Message;
use crate::clock::SharedClock;
use crate::domain::delivery::{
    Delivery, DeliveryFailure, DeliveryFailureClass, DeliveryState, EndpointName, OwedVersion,
};
use crate::domain::version::{CatalogVersion, VersionHead};
use crate::store::{Store, StoreError};

/// How often the database is asked for versions: how late an endpoint hears of one, whoever published it.
const POLL: Duration = Duration::from_secs(2);
/// When an attempt without a recorded end counts as lost: later than any attempt ends.
const LOST_AFTER: Duration = TIMEOUT.saturating_add(Duration::from_secs(5));
/// How long an attempt under way at shutdown may go on; then it counts as lost.
const STOP_GRACE: Duration = Duration::from_secs(5);

/// Why the changes of a version could not be read.
pub type ChangesError = Box<dyn Error + Send + Sync>;

/// The changes of a version, being read.
pub type ChangesFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Option<Value>, ChangesError>> + Send + 'a>>;

/// Reads what a version changed.
pub trait ChangesOf: Send + Sync {
    /// The changes of `version` as `/v1/changes` shows them; `None`: the receiver is to fetch them.
    fn load_changes(&self, version: CatalogVersion) -> ChangesFuture<'_>;
}

/// What the loop of an endpoint did, and what it does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The endpoint is owed nothing.
    Idle,
    /// What it is owed is due after so long.
    Waiting(Duration),
    /// An attempt was made, and this became of it.
    Attempted(DeliveryState),
    /// Somebody else was faster.
    Overtaken,
}

/// The deliveries to all endpoints.
pub struct Webhooks {
    store: Store,
    clock: SharedClock,
    endpoints: Vec<Endpoint>,
    changes: Box<dyn ChangesOf>,
    backoff: Backoff,
}

impl Webhooks {
    /// Deliveries of the versions in `store` to `endpoints`.
    pub fn new(
        store: Store,
        clock: SharedClock,
        endpoints: Vec<Endpoint>,
        changes: Box<dyn ChangesOf>,
        backoff: Backoff,
    ) -> Webhooks {
        Webhooks {
            store,
            clock,
            endpoints,
            changes,
            backoff,
        }
    }

    /// Gives endpoints that were never seen their place: they are owed what is published from here on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn register(&self) -> Result<(), StoreError> {
        let names: Vec<EndpointName> = self
            .endpoints
            .iter()
            .map(|endpoint| endpoint.name().clone())
            .collect();
        match names.is_empty() {
            true => Ok(()),
            false => {
                self.store
                    .register_endpoints(&names, self.clock.now())
                    .await
            }
        }
    }

    /// Delivers until `stop`, each endpoint on its own: a slow one holds up no other.
    ///
    /// An attempt under way then has a few seconds to end. An endpoint's loop that panics cancels `stop`: a service that
    /// goes on without telling that endpoint of anything would do so in silence.
    pub async fn run(self, stop: CancellationToken) {
        let webhooks = Arc::new(self);
        let mut loops = JoinSet::new();
        for position in 0..webhooks.endpoints.len() {
            let (webhooks, stop) = (Arc::clone(&webhooks), stop.clone());
            loops.spawn(async move {
                webhooks
                    .keep_delivering(&webhooks.endpoints[position], &stop)
                    .await;
            });
        }
        while let Some(ended) = loops.join_next().await {
            if let Err(error) = ended {
                error!(%error, "the deliveries to an endpoint failed; the service stops");
                stop.cancel();
            }
        }
    }

    async fn keep_delivering(&self, endpoint: &Endpoint, stop: &CancellationToken) {
        let mut is_failing = false;
        while !stop.is_cancelled() {
            let Some(step) = finish_soon(self.deliver_due(endpoint), stop).await else {
                return;
            };
            if let Err(error) = &step
                && !is_failing
            {
                warn!(webhook.endpoint = %endpoint.name(), %error, "deliveries wait for the database");
            }
            is_failing = step.is_err();
            let wait = match step {
                Ok(Step::Attempted(_)) => Duration::ZERO,
                Ok(Step::Waiting(wait)) => wait.min(POLL),
                Ok(Step::Idle | Step::Overtaken) | Err(_) => POLL,
            };
            let _stopped_or_waited = stop.run_until_cancelled(sleep(wait)).await;
        }
    }

    /// Makes one attempt, if the endpoint is owed a version and it is due.
    ///
    /// # Errors
    /// When the database fails. An attempt may have been made; it then counts as lost, and is made again.
    pub async fn deliver_due(&self, endpoint: &Endpoint) -> Result<Step, StoreError> {
        let name = endpoint.name();
        let Some(owed) = self.store.load_owed_version(name).await? else {
            return Ok(Step::Idle);
        };
        let now = self.clock.now();
        if let Some(wait) = self.wait_for(&owed, now) {
            return Ok(Step::Waiting(wait));
        }
        let lost_at = after(now, LOST_AFTER);
        let begun = self.store.begin_delivery(name, &owed, now, lost_at).await?;
        let Some(delivery) = begun else {
            return Ok(Step::Overtaken);
        };
        let sent = self.send(endpoint, &owed.head, now).await;
        let ended = self.ended(delivery, &sent);
        log_end(name, &ended, sent.err().as_ref());
        self.store.end_delivery(name, &ended).await?;
        Ok(Step::Attempted(ended.state))
    }

    /// How long until what is owed is due; `None` when it is.
    ///
    /// A time further away than any wait is of a clock that was set back since.
    fn wait_for(&self, owed: &OwedVersion, now: DateTime<Utc>) -> Option<Duration> {
        let DeliveryState::Pending { next_attempt_at } = owed.delivery?.state else {
            return None;
        };
        let wait = (next_attempt_at - now).to_std().ok()?;
        (!wait.is_zero() && wait <= self.backoff.longest.max(LOST_AFTER)).then_some(wait)
    }

    async fn send(
        &self,
        endpoint: &Endpoint,
        head: &VersionHead,
        now: DateTime<Utc>,
    ) -> Result<u16, SendError> {
        let changes = self.changes.load_changes(head.version).await;
        let changes = changes.map_err(|error| SendError {
            failure: DeliveryFailure {
                class: DeliveryFailureClass::Payload,
                status: None,
            },
            reason: error.to_string(),
        })?;
        let message = Message::catalog_changed(endpoint.name(), head, changes.as_ref());
        endpoint.send(&message, now).await
    }

    /// The record of an attempt that has ended so.
    fn ended(&self, delivery: Delivery, sent: &Result<u16, SendError>) -> Delivery {
        let at = self.clock.now();
        let next = || {
            self.backoff.next_attempt_at(
                delivery.attempts,
                delivery.first_attempt_at,
                at,
                any_number(),
            )
        };
        let state = match sent {
            Ok(_) => DeliveryState::Delivered { at },
            Err(_) => next().map_or(DeliveryState::GivenUp { at }, |next_attempt_at| {
                DeliveryState::Pending { next_attempt_at }
            }),
        };
        Delivery {
            state,
            failure: sent.as_ref().err().map(|error| error.failure),
            ..delivery
        }
    }
}

/// What `attempt` gives, unless `stop` came a while before.
async fn finish_soon<T>(attempt: impl Future<Output = T>, stop: &CancellationToken) -> Option<T> {
    let too_late = async {
        stop.cancelled().await;
        sleep(STOP_GRACE).await;
    };
    tokio::select! {
        biased;
        result = attempt => Some(result),
        () = too_late => None,
    }
}

fn log_end(endpoint: &EndpointName, delivery: &Delivery, failed: Option<&SendError>) {
    let version = delivery.version.get();
    let attempts = delivery.attempts;
    match (delivery.state, failed) {
        (DeliveryState::Pending { next_attempt_at }, Some(reason)) => {
            warn!(webhook.endpoint = %endpoint, catalog.version = version, webhook.attempts = attempts, error = %reason, %next_attempt_at, "a version was not delivered and is tried again");
        }
        (DeliveryState::GivenUp { .. }, Some(reason)) => {
            error!(webhook.endpoint = %endpoint, catalog.version = version, webhook.attempts = attempts, error = %reason, "a version is given up; `ptf-cache webhooks retry` takes it up again");
        }
        _ => {
            info!(webhook.endpoint = %endpoint, catalog.version = version, webhook.attempts = attempts, "delivered a version");
        }
    }
}
