//! The terminal: a file a command, and the only place that builds the parts and joins them.
//!
//! Data goes to stdout, talk to stderr. Exit codes: see [`Exit`].

mod board;
mod boards;
mod changes;
mod config;
mod curated;
mod demo;
mod describe;
mod exit;
mod healthcheck;
mod output;
mod parts;
mod probe;
mod prune;
mod quote;
mod run_views;
mod runs;
mod sandbox;
mod serve;
mod sync;
mod token;
mod upkeep;
mod webhook_views;
mod webhooks;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use exit::Exit;

use crate::config::{ConfigError, Settings, Sources};

/// Pass-through fees of MLS boards: synced from the Reseller API, merged with the curated list, quoted honestly.
#[derive(Debug, Parser)]
#[command(name = "ptf-cache", version, about, max_term_width = 100)]
struct Arguments {
    /// Configuration file (TOML); PTF_CONFIG names one too
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Database file; the setting database.url says the same
    #[arg(long, global = true, value_name = "FILE")]
    db: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show everything on invented data: sandbox vendor, first sync, service
    Demo(demo::Demo),
    /// The service: API, probes and metrics, scheduled syncs
    Serve(serve::Serve),
    /// One sync run now; prints what differs
    Sync(sync::Sync),
    /// What some boards cost a client
    Quote(quote::Quote),
    /// Find boards by name, abbreviation or state
    Boards(boards::Boards),
    /// One board with its fees, or what became of it
    Board(board::OneBoard),
    /// What changed since a version of the catalog
    Changes(changes::Changes),
    /// The curated list as CSV
    #[command(subcommand)]
    Curated(curated::Curated),
    /// Sync runs, newest first, or one of them
    Runs(runs::Runs),
    /// Access tokens: who may do what over HTTP
    #[command(subcommand)]
    Token(token::Command),
    /// Read one page of the vendor and show what the field mapping takes, misses and leaves; changes nothing
    Probe(probe::Probe),
    /// The sandbox vendor alone
    Sandbox(sandbox::Sandbox),
    /// Who is told of new versions, and how that goes
    #[command(subcommand)]
    Webhooks(webhooks::Command),
    /// Write a consistent copy of the database
    Backup(upkeep::Backup),
    /// Check the database and the newest catalog's hash
    Verify(upkeep::Verify),
    /// Drop old versions of the catalog for good
    Prune(prune::Prune),
    /// Ask a running service whether it is ready; for containers
    Healthcheck(healthcheck::Healthcheck),
    /// Print the OpenAPI document
    Openapi,
    /// The effective configuration
    #[command(subcommand)]
    Config(config::Config),
}

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    #[cfg(feature = "failpoints")]
    crate::failpoint::arm();
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            output::complain(&anyhow::Error::new(error).context("the runtime cannot be started"));
            return Exit::Failed.into();
        }
    };
    let exit = match runtime.block_on(dispatch(arguments)) {
        Ok(exit) => exit,
        Err(error) => {
            output::complain(&error);
            Exit::of(&error)
        }
    };
    exit.into()
}

async fn dispatch(arguments: Arguments) -> anyhow::Result<Exit> {
    let given = Given {
        config: arguments.config,
        db: arguments.db,
    };
    match arguments.command {
        Command::Demo(command) => command.run(given).await,
        Command::Serve(command) => command.run(given).await,
        Command::Sync(command) => command.run(given).await,
        Command::Quote(command) => command.run(given).await,
        Command::Boards(command) => command.run(given).await,
        Command::Board(command) => command.run(given).await,
        Command::Changes(command) => command.run(given).await,
        Command::Curated(command) => command.run(given).await,
        Command::Runs(command) => command.run(given).await,
        Command::Token(command) => command.run(given).await,
        Command::Probe(command) => command.run(given).await,
        Command::Sandbox(command) => command.run().await,
        Command::Webhooks(command) => command.run(given).await,
        Command::Backup(command) => command.run(given).await,
        Command::Verify(command) => command.run(given).await,
        Command::Prune(command) => command.run(given).await,
        Command::Healthcheck(command) => command.run(given).await,
        Command::Openapi => output::print(&crate::http::document_json()),
        Command::Config(command) => command.run(given),
    }
}

/// What every command is given besides its own arguments.
struct Given {
    config: Option<PathBuf>,
    db: Option<PathBuf>,
}

impl Given {
    /// The settings, with `overrides` (path and value) of the command's own flags on top.
    fn settings(self, mut overrides: Vec<(String, String)>) -> Result<Settings, ConfigError> {
        if let Some(file) = self.db {
            overrides.push((
                "database.url".to_owned(),
                format!("sqlite://{}", file.display()),
            ));
        }
        Settings::load(&Sources::from_process(self.config, overrides)?)
    }
}
