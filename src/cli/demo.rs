//! `demo`: the sandbox vendor in this process, a first sync, and the service. The only command that serves sandbox
//! data.

use std::env;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::output::say;
use super::parts::{Database, Parts};
use super::run_views::summary;
use super::serve::{Service, start_log};
use super::sync::run_with_progress;
use super::{Exit, Given};
use crate::catalog::Catalog;
use crate::config::Settings;
use crate::domain::board::{Board, FeeStatus};
use crate::domain::run::Trigger;
use crate::domain::version::Origin;
use crate::http;
use crate::http::server::{self, ServeReport, ServerSettings};
use crate::sandbox::{self, SandboxSettings};
use crate::sync::Mode;

/// Where the demo keeps its boards unless told otherwise: never in the service's own database.
const DATABASE_FILE: &str = "ptf-cache-demo.db";

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Address and port of the API
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The same seed invents the same boards
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many boards
    #[arg(long, default_value_t = sandbox::DEFAULT_BOARDS)]
    boards: u32,
}

impl Demo {
    pub(super) async fn run(self, mut given: Given) -> anyhow::Result<Exit> {
        let file = given
            .db
            .get_or_insert_with(|| PathBuf::from(DATABASE_FILE))
            .clone();
        let settings =
            given.settings(vec![("server.listen".to_owned(), self.listen.to_string())])?;
        start_log(&settings)?;
        let vendor = sandbox::start(SandboxSettings {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            seed: self.seed,
            boards: self.boards,
            faults: Vec::new(),
        });
        let vendor = vendor
            .await
            .context("the sandbox vendor cannot listen on this machine")?;
        let mut settings = with_sandbox_vendor(settings, vendor.address())?;
        let example = ExampleSite::bind().await?;
        settings.server.cors_origins.push(example.origin());
        let parts = Parts::open(settings, Database::CreateIfMissing).await?;
        parts.require_origin(&[Origin::Sandbox]).await?;
        let mut registry = Registry::default();
        let syncer = Arc::new(parts.syncer(&mut registry, "the demo")?);
        parts.show_catalog().await?;
        let report = run_with_progress(&syncer, Trigger::Start, Mode::Publish).await;
        say(&summary(&report.run));
        let snapshot = parts.load_catalog().await?;
        let service = Service::bind(parts, syncer, registry)
            .await?
            .without_first_run();
        let api = service.api_address()?;
        say(&banner(
            api,
            &example.origin(),
            &snapshot.catalog,
            &file.display().to_string(),
        ));
        let example = example.serve(api);
        let exit = service.run().await;
        example.stop().await?;
        vendor.stop().await;
        exit
    }
}

/// The same settings with the sandbox as the vendor: whatever the real one's are, the demo never speaks to it. Nor does
/// it tell anybody of invented data.
///
/// The guard lets everything pass: with another seed or number of boards, other boards are what was asked for.
fn with_sandbox_vendor(mut settings: Settings, address: SocketAddr) -> anyhow::Result<Settings> {
    let defaults = Settings::default();
    settings.upstream = defaults.upstream;
    settings.webhooks = defaults.webhooks;
    settings.upstream.base_url = Some(format!("http://{address}").parse()?);
    settings.upstream.username = Some(sandbox::USERNAME.to_owned());
    settings.upstream.password = Some(sandbox::PASSWORD.into());
    settings.upstream.allow_sandbox = true;
    settings.sync.guard.max_removed_percent = 100;
    settings.sync.guard.max_changed_percent = 100;
    // The first time is often enough.
    settings.sync.guard.release_after_runs = 1;
    Ok(settings)
}

/// Somebody else's site with the drop-down on its page: a port of its own is an origin of its own. This machine alone
/// sees it.
struct ExampleSite {
    listener: TcpListener,
    address: SocketAddr,
}

impl ExampleSite {
    /// A site on a free port.
    async fn bind() -> anyhow::Result<ExampleSite> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.context("the example page cannot listen on this machine")?;
        let address = listener.local_addr()?;
        Ok(ExampleSite { listener, address })
    }

    /// Its origin, as browsers send it.
    fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves the page, which finds the service at `api`.
    fn serve(self, mut api: SocketAddr) -> RunningSite {
        if api.ip().is_unspecified() {
            api.set_ip(Ipv4Addr::LOCALHOST.into());
        }
        let stop = CancellationToken::new();
        let settings = ServerSettings::default();
        let serving = server::serve(self.listener, http::example(api), settings, stop.clone());
        RunningSite {
            stop,
            serving: tokio::spawn(serving),
        }
    }
}

/// The example's site while it is served.
struct RunningSite {
    stop: CancellationToken,
    serving: JoinHandle<io::Result<ServeReport>>,
}

impl RunningSite {
    async fn stop(self) -> anyhow::Result<()> {
        self.stop.cancel();
        self.serving.await??;
        Ok(())
    }
}

fn banner(address: SocketAddr, site: &str, catalog: &Catalog, file: &str) -> String {
    let charged = |board: &&Arc<Board>| {
        board.active && board.pass_through.status_on(catalog.as_of()) == FeeStatus::Charged
    };
    let example = catalog
        .boards()
        .iter()
        .find(charged)
        .map_or("1001", |board| board.facts.id.as_str());
    let programme = env::args().next().unwrap_or_else(|| "ptf-cache".to_owned());
    format!(
        "\nALL BOARDS AND FEES HERE ARE INVENTED. Data in {file}.\n\n  \
         A quote     curl 'http://{address}/v1/quote?board={example}&agents=5'\n  \
         The boards  curl 'http://{address}/v1/boards?q=lake&limit=3'\n  \
         A page      http://{address}/ to quote on\n  \
         A form      {site}, as another site has it\n  \
         The state   http://{address}/ops, with a token of\n              \
         {programme} --db {file} token create --role operator --name demo\n  \
         The API     http://{address}/docs\n\nCtrl-C stops it.\n"
    )
}
