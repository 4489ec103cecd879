//! The parts, built from settings and joined.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use chrono::TimeDelta;
use prometheus_client::registry::Registry;
use tracing::warn;

use super::Exit;
use super::exit::Misuse;
use crate::access::Register;
use crate::catalog::{Catalog, CatalogHandle, Snapshot};
use crate::clock::{SharedClock, SystemClock};
use crate::config::{ReadAccess, Settings};
use crate::curation::Curation;
use crate::domain::audit::Actor;
use crate::domain::version::{CatalogVersion, Origin};
use crate::history::History;
use crate::http::{self, Admission};
use crate::publish::Publisher;
use crate::store::{Retention, Store, StoreSettings};
use crate::sync::{GuardSettings, Reviewer, SyncMetrics, Syncer};
use crate::upstream::{Client, Mapping, UpstreamSettings};

/// How long a run may take beyond the vendor's deadline: comparing and publishing take seconds, also of a busy database.
const SETTLING: Duration = Duration::from_secs(600);

/// Everything that stands on one database.
pub(super) struct Parts {
    pub(super) settings: Settings,
    pub(super) clock: SharedClock,
    pub(super) store: Store,
    pub(super) catalog: Arc<CatalogHandle>,
    pub(super) publisher: Arc<Publisher>,
}

/// Whether a command may start a database of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Database {
    /// It makes one where there is none.
    CreateIfMissing,
    /// It needs one.
    MustExist,
}

impl Parts {
    /// Runs `command` on the database, and closes it behind it, however that ends: what was written is then in the file
    /// itself, with nothing left in a log beside it.
    pub(super) async fn with(
        settings: Settings,
        database: Database,
        command: impl AsyncFnOnce(&Parts) -> anyhow::Result<Exit>,
    ) -> anyhow::Result<Exit> {
        let parts = Parts::open(settings, database).await?;
        let result = command(&parts).await;
        parts.store.close().await;
        result
    }

    /// Opens the database and builds what stands on it. No catalog is loaded yet.
    pub(super) async fn open(settings: Settings, database: Database) -> anyhow::Result<Parts> {
        let store_settings = StoreSettings {
            url: settings.database.url.clone(),
            create: database == Database::CreateIfMissing,
        };
        let store = Store::open(&store_settings).await?;
        let clock: SharedClock = Arc::new(SystemClock);
        let max_age = TimeDelta::hours(i64::from(settings.sync.max_age_hours));
        let prepare = match settings.server.cors_origins.is_empty() {
            true => http::prepare,
            false => http::prepare_shared,
        };
        let catalog = Arc::new(CatalogHandle::new(prepare, max_age));
        let publisher = Publisher::new(
            store.clone(),
            Arc::clone(&catalog),
            Arc::clone(&clock),
            settings.quote.timezone,
        );
        Ok(Parts {
            settings,
            clock,
            store,
            catalog,
            publisher: Arc::new(publisher),
        })
    }

    /// Shows the newest catalog of the database, with the terms of today: a service that starts after midnight does
    /// not begin with yesterday's. Before the first successful sync it shows nothing.
    pub(super) async fn show_catalog(&self) -> anyhow::Result<()> {
        self.publisher.refresh().await?;
        if let Err(error) = self.publisher.publish_due_terms().await {
            // A full disk is no reason to answer nothing; the scheduler tries again.
            warn!(%error, "terms of fees that began or ended could not be published yet");
        }
        Ok(())
    }

    /// The newest catalog of the database.
    pub(super) async fn load_catalog(&self) -> anyhow::Result<Arc<Snapshot>> {
        self.publisher.refresh().await?;
        self.catalog.get().with_context(|| {
            format!(
                "{} holds no synced catalog yet; run `ptf-cache sync` first",
                self.settings.database.url
            )
        })
    }

    /// The catalog of `version`, which may be that of `newest`.
    pub(super) async fn load_past_catalog(
        &self,
        version: CatalogVersion,
        newest: &Snapshot,
    ) -> anyhow::Result<Arc<Catalog>> {
        let newest = &newest.catalog;
        if newest.head().version == version {
            return Ok(Arc::clone(newest));
        }
        let past = self.history().load_catalog(version).await?;
        past.with_context(|| {
            format!(
                "catalog {version} never was, or is no longer kept; the newest is {}",
                newest.head().version
            )
        })
    }

    /// Past catalogs and what changed.
    pub(super) fn history(&self) -> History {
        History::new(self.store.clone())
    }

    /// A syncer from the configured vendor; `who` it is for, in front of people whose run has to wait for one of it.
    pub(super) fn syncer(&self, registry: &mut Registry, who: &str) -> anyhow::Result<Syncer> {
        let deadline = Duration::from_secs(self.settings.upstream.deadline_secs);
        let syncer = Syncer::new(
            client(&self.settings)?,
            Arc::clone(&self.publisher),
            self.store.clone(),
            Arc::clone(&self.clock),
            self.guard(),
            SyncMetrics::register(registry),
        );
        let holder = format!("{who} (process {})", std::process::id());
        Ok(syncer.held_by(holder).within(deadline + SETTLING))
    }

    /// Edits the curated list.
    pub(super) fn curation(&self) -> Curation {
        Curation::new(Arc::clone(&self.publisher), Arc::clone(&self.clock))
    }

    /// Decides about what runs did not publish.
    pub(super) fn reviewer(&self) -> Reviewer {
        Reviewer::new(
            Arc::clone(&self.publisher),
            self.store.clone(),
            Arc::clone(&self.clock),
            self.guard(),
        )
    }

    /// Who may use what over HTTP.
    pub(super) async fn admission(&self) -> anyhow::Result<Arc<Admission>> {
        let register = Register::open(self.store.clone(), Arc::clone(&self.clock)).await?;
        let needs_token = |read| read == ReadAccess::Token;
        Ok(Arc::new(Admission {
            register: Arc::new(register),
            read_needs_token: needs_token(self.settings.auth.read),
            drop_down_needs_token: needs_token(self.settings.auth.options),
        }))
    }

    fn guard(&self) -> GuardSettings {
        let guard = &self.settings.sync.guard;
        GuardSettings {
            max_removed_percent: guard.max_removed_percent,
            max_removed_min: guard.max_removed_min,
            max_changed_percent: guard.max_changed_percent,
            max_held_percent: guard.max_held_percent,
            max_ratio: guard.max_ratio,
            release_after_runs: guard.release_after_runs,
        }
    }

    /// Refuses a database whose boards are of another kind than the vendor's would be.
    pub(super) async fn require_origin(&self, allowed: &[Origin]) -> anyhow::Result<()> {
        match self.store.load_origin().await? {
            Some(origin) if !allowed.contains(&origin) => {
                let url = &self.settings.database.url;
                let remedy = match origin {
                    Origin::Sandbox => {
                        "it is the demo's: set database.url to another file, or upstream.allow_sandbox = true"
                    }
                    Origin::Vendor => {
                        "the demo never touches it: give the demo another file with --db"
                    }
                };
                Err(Misuse(format!("{url} holds {origin} data; {remedy}")).into())
            }
            _ => Ok(()),
        }
    }

    /// The kinds of data that `serve` and `sync` accept.
    pub(super) fn accepted_origins(&self) -> &'static [Origin] {
        match self.settings.upstream.allow_sandbox {
            true => &[Origin::Vendor, Origin::Sandbox],
            false => &[Origin::Vendor],
        }
    }
}

/// Which past catalogs are to stay; `None` when all are.
pub(super) fn retention(settings: &Settings) -> Option<Retention> {
    let endpoints = settings.webhooks.endpoints.iter();
    Some(Retention {
        keep_days: settings.history.keep_days?,
        owed_to: endpoints.map(|endpoint| endpoint.name.clone()).collect(),
    })
}

/// A client of the configured vendor.
pub(super) fn client(settings: &Settings) -> anyhow::Result<Client> {
    let access = settings.upstream_required()?;
    let upstream = &settings.upstream;
    let ca_pem = upstream.ca_file.as_deref().map(read_authorities);
    let client = UpstreamSettings {
        base_url: access.base_url.clone(),
        username: access.username.to_owned(),
        password: access.password.clone(),
        page_size: upstream.page_size,
        connect_timeout: Duration::from_secs(upstream.connect_timeout_secs),
        first_byte_timeout: Duration::from_secs(upstream.first_byte_timeout_secs),
        idle_timeout: Duration::from_secs(upstream.idle_timeout_secs),
        timeout: Duration::from_secs(upstream.timeout_secs),
        deadline: Duration::from_secs(upstream.deadline_secs),
        max_body_bytes: upstream.max_body_bytes,
        ca_pem: ca_pem.transpose()?,
        allow_http: upstream.allow_http,
        allow_sandbox: upstream.allow_sandbox,
        retry_base: UpstreamSettings::DEFAULT_RETRY_BASE,
    };
    Ok(Client::new(client, mapping(settings)?)?)
}

/// The certificates of `upstream.ca_file`.
fn read_authorities(file: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(file).map_err(|error| {
        let file = file.display();
        Misuse(format!(
            "upstream.ca_file: \"{file}\" cannot be read: {error}; name a file with certificates, as PEM"
        ))
        .into()
    })
}

/// The configured field mapping.
pub(super) fn mapping(settings: &Settings) -> anyhow::Result<Mapping> {
    let upstream = &settings.upstream;
    let nothing = serde_json::Value::Object(serde_json::Map::new());
    let overrides = upstream.mapping.as_ref().unwrap_or(&nothing);
    Ok(Mapping::from_config(&upstream.profile, overrides)?)
}

/// Who works at this terminal: the name that edits are recorded under.
pub(super) fn terminal_user() -> Actor {
    let name = ["USER", "LOGNAME", "USERNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok());
    let name = name.filter(|name| !name.is_empty());
    Actor::at_terminal(name.as_deref().unwrap_or("unknown"))
}

/// The date it is where quotes are made.
pub(super) fn today(parts: &Parts) -> chrono::NaiveDate {
    parts.clock.today(parts.settings.quote.timezone)
}
