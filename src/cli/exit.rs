//! Exit codes.

use std::process::ExitCode;

use crate::config::ConfigError;
use crate::store::StoreError;
use crate::sync::schedule::InvalidSchedule;
use crate::telemetry::TelemetryError;
use crate::upstream::{MappingError, UpstreamError};
use crate::webhooks::InvalidEndpoint;

/// How the programme ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Failed; an unknown board too.
    Failed = 1,
    /// Wrong usage or configuration.
    Usage = 2,
    /// A sync run was held, quarantined, skipped or refused.
    Held = 3,
    /// The database is newer than the programme.
    NewerDatabase = 4,
}

impl Exit {
    /// The exit of a command that ended in `error`.
    pub fn of(error: &anyhow::Error) -> Exit {
        for cause in error.chain() {
            if matches!(cause.downcast_ref(), Some(StoreError::NewerSchema { .. })) {
                return Exit::NewerDatabase;
            }
            let misconfigured = cause.is::<ConfigError>()
                || cause.is::<MappingError>()
                || cause.is::<InvalidSchedule>()
                || cause.is::<InvalidEndpoint>()
                || cause.is::<TelemetryError>()
                || matches!(cause.downcast_ref(), Some(UpstreamError::Settings { .. }))
                || cause.is::<Misuse>();
            if misconfigured {
                return Exit::Usage;
            }
        }
        Exit::Failed
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// Arguments, or a database, that a command cannot be used with.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Misuse(pub(super) String);
