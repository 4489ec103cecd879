//! `config check` and `config print`.

use clap::Subcommand;

use super::output::{print, say};
use super::parts::mapping;
use super::webhooks::endpoints;
use super::{Exit, Given};
use crate::clock::{Clock, SystemClock};
use crate::config::Settings;
use crate::sync::schedule::Schedule;

#[derive(Debug, Subcommand)]
pub(super) enum Config {
    /// Say whether the configuration is valid, and what is wrong with it
    Check,
    /// Print the effective configuration, secrets redacted
    Print,
}

impl Config {
    pub(super) fn run(self, given: Given) -> anyhow::Result<Exit> {
        let settings = given.settings(vec![])?;
        check(&settings)?;
        match self {
            Config::Print => print(&settings.print()?),
            Config::Check => {
                say("the configuration is valid");
                if let Err(missing) = settings.upstream_required() {
                    say(&format!(
                        "but serve, sync and probe cannot work with it yet: {missing}"
                    ));
                }
                Ok(Exit::Done)
            }
        }
    }
}

/// Checks what the settings leave to the rooms that know it.
fn check(settings: &Settings) -> anyhow::Result<()> {
    mapping(settings)?;
    endpoints(settings)?;
    Schedule::parse(
        &settings.sync.schedule,
        settings.sync.timezone,
        SystemClock.now(),
    )?;
    Ok(())
}
