//! `sandbox`: the sandbox vendor alone.

use std::net::SocketAddr;

use anyhow::Context;
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::Exit;
use super::output::{print, say};
use super::serve::stop_signal;
use crate::sandbox::{self, Fault, SandboxSettings};

/// How faults are ordered of a sandbox that runs.
const ORDERS: &str = "\
The faults of a running sandbox are ordered by request, and act from the next answer on:
  curl -X PUT -d '{\"fault\": \"down\"}' http://127.0.0.1:8090/sandbox/fault
  curl -X DELETE http://127.0.0.1:8090/sandbox/fault
The first orders one fault, or several by a list of words; the second takes them away. GET lists them.";

#[derive(Debug, Args)]
#[command(after_help = ORDERS)]
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
    /// What is to go wrong, a word of --list-faults; may be repeated
    #[arg(long = "fault", value_name = "FAULT", value_parser = fault_parser(), hide_possible_values = true)]
    faults: Vec<Fault>,
    /// List all that can go wrong, and nothing else
    #[arg(long)]
    list_faults: bool,
}

/// The words of the faults, with what each does for the help.
fn fault_parser() -> impl TypedValueParser<Value = Fault> {
    let known = Fault::all().map(|fault| PossibleValue::new(fault.word()).help(fault.summary()));
    PossibleValuesParser::new(known).try_map(|word| word.parse::<Fault>())
}

/// Every fault with what it does, under what its kind has in common.
fn list_of_faults() -> String {
    let mut text = String::new();
    let mut line = "";
    for fault in Fault::all() {
        if fault.line() != line {
            line = fault.line();
            text.push_str(&format!("{line}  {}\n", fault.line_title()));
        }
        text.push_str(&format!("     {:22} {}\n", fault.word(), fault.summary()));
    }
    text
}

impl Sandbox {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        if self.list_faults {
            return print(&list_of_faults());
        }
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
            "An invented vendor with {} boards: upstream.base_url = \"http://{}\", user name {}, password {}. \
             PUT {} makes it misbehave; Ctrl-C stops it.",
            self.boards,
            running.address(),
            sandbox::USERNAME,
            sandbox::PASSWORD,
            sandbox::FAULT_PATH,
        ));
        stop_signal().await?;
        running.stop().await;
        Ok(Exit::Done)
    }
}
