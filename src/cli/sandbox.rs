//! `sandbox`: the sandbox vendor alone.

use std::net::SocketAddr;

use anyhow::Context;
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::Exit;
use super::output::say;
use super::serve::stop_signal;
use crate::sandbox::{self, Fault, SandboxSettings};

#[derive(Debug, Args)]
pub(super) struct Sandbox {
    /// Address and port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// The same seed invents the same boards
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many boards
    #[arg(long, default_value_t = sandbox::DEFAULT_BOARDS)]
    boards: u32,
    /// What is to go wrong; may be repeated
    #[arg(long = "fault", value_name = "FAULT", value_parser = fault_parser())]
    faults: Vec<Fault>,
}

/// The words of the faults, with what each does for the help.
fn fault_parser() -> impl TypedValueParser<Value = Fault> {
    let faults = Fault::ALL.iter();
    let known = faults.map(|fault| PossibleValue::new(fault.word()).help(fault.summary()));
    PossibleValuesParser::new(known).try_map(|word| word.parse::<Fault>())
}

impl Sandbox {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let settings = SandboxSettings {
            listen: self.listen,
            seed: self.seed,
            boards: self.boards,
            faults: self.faults,
        };
        let running = sandbox::start(settings).await;
        let running = running
            .with_context(|| format!("the sandbox vendor cannot listen on {}", self.listen))?;
        say(&format!(
            "An invented vendor with {} boards: upstream.base_url = \"http://{}\", user name {}, password {}. Ctrl-C stops it.",
            self.boards,
            running.address(),
            sandbox::USERNAME,
            sandbox::PASSWORD,
        ));
        stop_signal().await?;
        running.stop().await;
        Ok(Exit::Done)
    }
}
