//! `webhooks list | test | retry`: where endpoints stand; and the deliveries that run with the service.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{anyhow, bail};
use clap::{Args, Subcommand};

use super::output::{print, print_json, say};
use super::parts::{Database, Parts};
use super::webhook_views::{EndpointView, print_endpoints};
use super::{Exit, Given};
use crate::clock::{Clock, SystemClock};
use crate::config::{EndpointSettings, Settings};
use crate::domain::delivery::EndpointProgress;
use crate::domain::version::CatalogVersion;
use crate::history::History;
use crate::http::views::{ChangeView, Detail};
use crate::webhooks::{
    Backoff, ChangesFuture, ChangesOf, Endpoint, InvalidEndpoint, Message, Webhooks,
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// The endpoints: what they were told, what they are owed, how the last attempt went
    List(List),
    /// Send an endpoint a signed test message now
    Test(Test),
    /// Try what is pending at once, and take up again what was given up since the last delivery
    Retry(Retry),
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Test {
    /// The endpoint's name
    name: String,
}

#[derive(Debug, Args)]
pub(super) struct Retry {
    /// The endpoint's name; without it, all of them
    name: Option<String>,
    /// Send this version and all that follow, also what was delivered
    #[arg(long, value_name = "VERSION", requires = "name")]
    from: Option<i64>,
}

impl Command {
    pub(super) async fn run(self, given: Given) -> anyhow::Result<Exit> {
        let settings = given.settings(vec![])?;
        match self {
            Command::Test(test) => test.run(&settings).await,
            Command::List(list) => {
                Parts::with(settings, Database::MustExist, async |parts| {
                    list.run(parts).await
                })
                .await
            }
            Command::Retry(retry) => {
                Parts::with(settings, Database::MustExist, async |parts| {
                    retry.run(parts).await
                })
                .await
            }
        }
    }
}

impl List {
    async fn run(self, parts: &Parts) -> anyhow::Result<Exit> {
        let seen = parts.store.list_endpoints().await?;
        let views = EndpointView::all(&parts.settings.webhooks.endpoints, &seen);
        if self.json {
            return print_json(&views);
        }
        print(&print_endpoints(&views))
    }
}

impl Test {
    async fn run(self, settings: &Settings) -> anyhow::Result<Exit> {
        let endpoints = endpoints(settings)?;
        let named = |endpoint: &&Endpoint| endpoint.name().as_str() == self.name;
        let endpoint = endpoints.iter().find(named).ok_or_else(|| {
            let names = endpoints.iter().map(|endpoint| endpoint.name().as_str());
            unknown(&self.name, names)
        })?;
        let now = SystemClock.now();
        let started = Instant::now();
        let message = Message::test(endpoint.name(), now);
        match endpoint.send(&message, now).await {
            Ok(status) => {
                let took_ms = started.elapsed().as_millis();
                print(&format!(
                    "{}: accepted with {status} in {took_ms} ms",
                    self.name
                ))
            }
            Err(error) => bail!("{} did not accept the message: {error}", self.name),
        }
    }
}

impl Retry {
    async fn run(self, parts: &Parts) -> anyhow::Result<Exit> {
        let seen = parts.store.list_endpoints().await?;
        let asked = |endpoint: &&EndpointProgress| {
            let name = self.name.as_deref();
            name.is_none_or(|name| endpoint.name.as_str() == name)
        };
        let asked: Vec<_> = seen.iter().filter(asked).collect();
        if let (Some(name), true) = (&self.name, asked.is_empty()) {
            return Err(unknown(name, seen.iter().map(|seen| seen.name.as_str())));
        }
        for endpoint in asked {
            self.retry(parts, endpoint).await?;
        }
        Ok(Exit::Done)
    }

    async fn retry(&self, parts: &Parts, endpoint: &EndpointProgress) -> anyhow::Result<()> {
        let name = &endpoint.name;
        let resumed = match self.from {
            Some(from) => {
                let from = published(parts, from).await?;
                parts.store.move_endpoint(name, from).await?;
                Some(from)
            }
            None => {
                let now = parts.clock.now();
                parts.store.hurry_endpoint(name, now).await?
            }
        };
        let seen = parts.store.list_endpoints().await?;
        let pending = seen.iter().find(|seen| seen.name == *name);
        let pending = pending.map_or(0, |seen| seen.pending);
        let from = resumed.map(|from| format!(", from {from} on"));
        say(&format!(
            "{name}: versions due: {pending}{}",
            from.unwrap_or_default()
        ));
        Ok(())
    }
}

/// The version `number`, which the database has.
async fn published(parts: &Parts, number: i64) -> anyhow::Result<CatalogVersion> {
    let head = match CatalogVersion::new(number) {
        Some(version) => parts.store.load_head_of(version).await?,
        None => None,
    };
    let newest = parts.store.load_head().await?;
    let newest = newest.map_or(0, |head| head.version.get());
    head.map(|head| head.version).ok_or_else(|| {
        anyhow!(
            "there is no catalog version {number}, or it is kept no longer; the newest is {newest}"
        )
    })
}

fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> anyhow::Error {
    let known: Vec<&str> = known.collect();
    match known.is_empty() {
        true => anyhow!(
            "there is no endpoint \"{name}\", and no other; configure it under [[webhooks.endpoints]] and start the service"
        ),
        false => anyhow!(
            "there is no endpoint \"{name}\"; there are {}",
            known.join(", ")
        ),
    }
}

/// The configured endpoints, checked.
pub(super) fn endpoints(settings: &Settings) -> Result<Vec<Endpoint>, InvalidEndpoint> {
    let webhooks = &settings.webhooks;
    let endpoint = |endpoint: &EndpointSettings| {
        Endpoint::new(
            endpoint.name.clone(),
            endpoint.url.clone(),
            &endpoint.secret,
            webhooks.allow_private,
        )
    };
    webhooks.endpoints.iter().map(endpoint).collect()
}

/// The deliveries of a service, with a place for every configured endpoint: what is published from here on is owed.
pub(super) async fn deliveries(parts: &Parts) -> anyhow::Result<Webhooks> {
    let webhooks = Webhooks::new(
        parts.store.clone(),
        Arc::clone(&parts.clock),
        endpoints(&parts.settings)?,
        Box::new(Feed(History::new(parts.store.clone()))),
        Backoff::STANDARD,
    );
    webhooks.register().await?;
    Ok(webhooks)
}

/// What a version changed, as the change feed shows it.
struct Feed(History);

impl ChangesOf for Feed {
    fn load_changes(&self, version: CatalogVersion) -> ChangesFuture<'_> {
        Box::pin(async move {
            let after = version.get() - 1;
            let page = self.0.load_changes(after, None, 1).await?;
            let oldest = page.oldest_version.map_or(1, CatalogVersion::get);
            // A change is told against the version before, or against nothing: that must be known.
            if oldest > after.max(1) {
                return Ok(None);
            }
            let told = page
                .versions
                .iter()
                .find(|told| told.head.version == version);
            let changes = told
                .map(|version| ChangeView::all_of(version, Detail::Public))
                .unwrap_or_default();
            Ok(Some(serde_json::to_value(changes)?))
        })
    }
}
