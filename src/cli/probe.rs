//! `probe`: what the field mapping takes, misses and leaves of one page of the vendor.

use clap::Args;

use super::output::print;
use super::parts::client;
use super::{Exit, Given};
use crate::clock::{Clock, SystemClock};

#[derive(Debug, Args)]
pub(super) struct Probe {}

impl Probe {
    pub(super) async fn run(self, given: Given) -> anyhow::Result<Exit> {
        let settings = given.settings(vec![])?;
        super::serve::start_log(&settings);
        let probe = client(&settings)?.probe(SystemClock.now()).await?;
        print(&probe.to_string())
    }
}
