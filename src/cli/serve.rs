//! `serve`: API listener, ops listener, scheduler, webhooks; and how they start and stop together.

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::Context;
use chrono::TimeDelta;
use clap::Args;
use prometheus_client::registry::Registry;
use tokio::net::{TcpListener, TcpSocket};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use super::output::wants_colour;
use super::parts::{Database, Parts, retention};
use super::webhooks::deliveries;
use super::{Exit, Given};
use crate::config::{LogFormat, Settings};
use crate::history::History;
use crate::http::desk::{Desk, LimitSettings};
use crate::http::metrics::{HttpMetrics, register_catalog};
use crate::http::ops::{Check, Ops};
use crate::http::server::ServerSettings;
use crate::http::{self, Api, Streams, ops, server};
use crate::sync::schedule::{Schedule, ScheduleSettings, keep_schedule};
use crate::sync::{Jitter, OnDemand, Outlook, Syncer, Watchdog};
use crate::telemetry::{self, Lines};
use crate::webhooks::Webhooks;

/// How long requests in flight may go on after a stop signal.
const DRAIN: Duration = Duration::from_secs(8);

/// Connections that may wait to be taken, as far as the system allows: of a crowd, those beyond it would try again only
/// after a second.
const BACKLOG: u32 = 4_096;

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Address and port of the API
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
}

impl Serve {
    pub(super) async fn run(self, given: Given) -> anyhow::Result<Exit> {
        let overrides = self
            .listen
            .map(|listen| ("server.listen".to_owned(), listen.to_string()));
        let settings = given.settings(overrides.into_iter().collect())?;
        start_log(&settings)?;
        let parts = Parts::open(settings, Database::CreateIfMissing).await?;
        parts.require_origin(parts.accepted_origins()).await?;
        let mut registry = Registry::default();
        let syncer = parts.syncer(&mut registry, "the service")?;
        parts.show_catalog().await?;
        let service = Service::bind(parts, Arc::new(syncer), registry).await?;
        service.run().await
    }
}

/// Starts the log as the settings say.
pub(super) fn start_log(settings: &Settings) -> anyhow::Result<()> {
    let lines = match settings.log.format {
        LogFormat::Json => Lines::Json,
        LogFormat::Text => Lines::Text {
            colour: wants_colour(),
        },
    };
    telemetry::init(&settings.log.filter, lines)?;
    Ok(())
}

/// Everything that runs while the service runs.
pub(super) struct Service {
    parts: Parts,
    syncer: Arc<Syncer>,
    registry: Registry,
    schedule: Schedule,
    on_start: bool,
    webhooks: Webhooks,
    api: TcpListener,
    ops: TcpListener,
}

impl Service {
    /// Binds both listeners, so that a port that is taken is an error before anything starts.
    pub(super) async fn bind(
        parts: Parts,
        syncer: Arc<Syncer>,
        registry: Registry,
    ) -> anyhow::Result<Service> {
        let sync = &parts.settings.sync;
        let schedule = Schedule::parse(&sync.schedule, sync.timezone, parts.clock.now())?;
        let jitter = Jitter::up_to(TimeDelta::seconds(i64::from(sync.jitter_secs)));
        let schedule = schedule.with_jitter(jitter);
        let api = bind(parts.settings.server.listen, "server.listen")?;
        let ops = bind(parts.settings.ops.listen, "ops.listen")?;
        let on_start = sync.on_start;
        let webhooks = deliveries(&parts).await?;
        Ok(Service {
            parts,
            syncer,
            registry,
            schedule,
            on_start,
            webhooks,
            api,
            ops,
        })
    }

    /// Leaves the first run to the schedule.
    pub(super) fn without_first_run(mut self) -> Service {
        self.on_start = false;
        self
    }

    /// Where the API listens.
    pub(super) fn api_address(&self) -> std::io::Result<SocketAddr> {
        self.api.local_addr()
    }

    /// Serves until a stop signal, then drains. A second signal ends the process at once.
    pub(super) async fn run(mut self) -> anyhow::Result<Exit> {
        let stop = CancellationToken::new();
        let metrics = HttpMetrics::register(&mut self.registry);
        let admission = self.parts.admission().await?;
        let register = Arc::clone(&admission.register);
        let register = tokio::spawn(register.keep_fresh(stop.clone()));
        let on_demand = Arc::new(OnDemand::new(Arc::clone(&self.syncer), stop.clone()));
        let outlook = Arc::new(Outlook::of(self.schedule.clone()));
        let limits = &self.parts.settings.limits;
        let api = http::service(
            Arc::new(Api {
                catalog: Arc::clone(&self.parts.catalog),
                history: Arc::new(History::new(self.parts.store.clone())),
                streams: Streams::until(stop.clone()),
                clock: Arc::clone(&self.parts.clock),
                quote_zone: self.parts.settings.quote.timezone,
                curation: Arc::new(self.parts.curation()),
                reviewer: Arc::new(self.parts.reviewer()),
                on_demand: Arc::clone(&on_demand),
                outlook: Arc::clone(&outlook),
                admission: Arc::clone(&admission),
                cors_origins: self.parts.settings.server.cors_origins.clone(),
            }),
            &metrics,
            or_none(limits.max_in_flight),
        );
        let api = api.limited(
            LimitSettings {
                per_address_per_minute: limits.per_address_per_minute,
                per_token_per_minute: limits.per_token_per_minute,
                trusted_proxies: self.parts.settings.server.trusted_proxies.clone(),
            },
            admission,
            Arc::clone(&metrics),
        );
        let server_settings = ServerSettings {
            max_connections: or_none(limits.max_connections),
            drain: DRAIN,
            ..ServerSettings::default()
        };
        let api_settings = ServerSettings {
            // As many as there are cores for this process.
            workers: thread::available_parallelism().ok(),
            ..server_settings
        };
        register_catalog(
            &mut self.registry,
            Arc::clone(&self.parts.catalog),
            Arc::clone(&self.parts.clock),
        );
        let watchdog = Watchdog::new(Arc::clone(&self.parts.clock));
        watchdog.register(&mut self.registry);
        let watched = Arc::clone(&watchdog);
        let ops_router = ops::router(Arc::new(Ops {
            catalog: Arc::clone(&self.parts.catalog),
            clock: Arc::clone(&self.parts.clock),
            registry: self.registry,
            checks: vec![("running", not_stopping(stop.clone()))],
            watches: vec![("scheduler", Arc::new(move || watched.check()))],
        }));
        info!(api = %self.api.local_addr()?, ops = %self.ops.local_addr()?, "serving");
        let schedule = ScheduleSettings {
            schedule: self.schedule,
            on_start: self.on_start,
            retention: retention(&self.parts.settings),
            watchdog,
            outlook,
        };
        let schedule = keep_schedule(self.syncer, schedule, stop.clone());
        let api = server::serve(self.api, api, api_settings, stop.clone());
        // Probes answer until the last request has drained.
        let ops_stop = CancellationToken::new();
        let ops = tokio::spawn(server::serve(
            self.ops,
            Desk::before(ops_router),
            server_settings,
            ops_stop.clone(),
        ));
        let stop_with_schedule = stop.clone().drop_guard();
        let schedule = tokio::spawn(async move {
            // A service that syncs no more would grow stale in silence: it ends with its scheduler.
            let _stop = stop_with_schedule;
            schedule.await
        });
        let webhooks = tokio::spawn(self.webhooks.run(stop.clone()));
        let stopped = tokio::spawn(cancel_on_signal(stop));
        api.await.context("the API cannot be served")?;
        schedule.await?.context("the scheduler failed")?;
        webhooks.await?;
        register.await?;
        on_demand.wait().await;
        stopped.await??;
        ops_stop.cancel();
        ops.await??;
        self.parts.store.close().await;
        info!("stopped");
        Ok(Exit::Done)
    }
}

/// A limit as the server takes it: 0 is none.
fn or_none(limit: Option<NonZeroU32>) -> usize {
    limit.map_or(0, |limit| limit.get() as usize)
}

/// Not ready from the stop signal on, so that a load balancer sends no more while requests drain.
fn not_stopping(stop: CancellationToken) -> Check {
    Arc::new(move || match stop.is_cancelled() {
        false => Ok(String::new()),
        true => Err("stopping".to_owned()),
    })
}

fn bind(address: SocketAddr, setting: &str) -> anyhow::Result<TcpListener> {
    let bound = listen(address);
    bound.with_context(|| {
        format!("{setting}: cannot listen on {address}; choose another address or port")
    })
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A restart need not wait for the connections of the service before.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

async fn cancel_on_signal(stop: CancellationToken) -> anyhow::Result<()> {
    let signalled = stop.run_until_cancelled(stop_signal()).await;
    stop.cancel();
    let Some(signalled) = signalled else {
        return Ok(());
    };
    signalled?;
    info!("stopping: requests in flight are finished first; a second signal stops at once");
    tokio::spawn(async {
        if stop_signal().await.is_ok() {
            error!("stopped by a second signal");
            std::process::exit(1);
        }
    });
    Ok(())
}

/// Waits for SIGINT or SIGTERM.
pub(super) async fn stop_signal() -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
