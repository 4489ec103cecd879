//! Settings: flags over environment over file over defaults, checked as a whole before anything starts.
//!
//! [`Settings::load`] is the only way in and reports everything that is wrong at once. What is not set here (the
//! vendor's field mapping, the cron expression) is checked by the module it belongs to, which knows its rules.
//!
//! | file | holds |
//! | --- | --- |
//! | `mod.rs` | the settings, their types and how they are printed |
//! | `load.rs` | every key with its default and its check |
//! | `layers.rs` | file, environment and flags laid over each other |
//! | `reader.rs`, `entry.rs` | typed reading, unknown keys, secrets from files; the tables of a list |
//! | `check.rs` | what a single value must look like |
//! | `error.rs` | what is wrong, where it was set, and the remedy |

mod check;
mod entry;
mod error;
mod layers;
mod load;
mod print;
mod reader;

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use chrono_tz::Tz;
use ipnet::IpNet;
use rust_decimal::Decimal;
use secrecy::SecretString;
use serde::Serialize;
use url::Url;

use crate::domain::delivery::EndpointName;
use crate::domain::fee::word_enum;

pub use error::{ConfigError, Origin, SettingError};
pub use layers::Sources;

/// Everything that can be set, checked.
#[derive(Debug, Clone, Serialize)]
pub struct Settings {
    /// The API listener.
    pub server: ServerSettings,
    /// The listener for probes and metrics.
    pub ops: OpsSettings,
    /// Where everything is kept.
    pub database: DatabaseSettings,
    /// The vendor.
    pub upstream: UpstreamSettings,
    /// When to sync, and what to refuse.
    pub sync: SyncSettings,
    /// Who may read.
    pub auth: AuthSettings,
    /// How much is served at once.
    pub limits: LimitSettings,
    /// How long past catalogs are kept.
    pub history: HistorySettings,
    /// How quotes are made.
    pub quote: QuoteSettings,
    /// Who is told of new versions.
    pub webhooks: WebhookSettings,
    /// The log.
    pub log: LogSettings,
}

/// `[server]`
#[derive(Debug, Clone, Serialize)]
pub struct ServerSettings {
    /// Address and port of the API.
    pub listen: SocketAddr,
    /// Origins whose pages may call the API, as browsers write them: `https://example.com`. Empty: none.
    pub cors_origins: Vec<String>,
    /// Proxies that may say, in `Forwarded` or `X-Forwarded-For`, whose request they bring: addresses, or networks as
    /// `10.0.0.0/8`. Empty: nobody may, and the peer is the client.
    pub trusted_proxies: Vec<IpNet>,
}

/// `[ops]`
#[derive(Debug, Clone, Serialize)]
pub struct OpsSettings {
    /// Address and port of `/livez`, `/readyz` and `/metrics`.
    pub listen: SocketAddr,
}

/// `[database]`
#[derive(Debug, Clone, Serialize)]
pub struct DatabaseSettings {
    /// `sqlite://` and the path of the file.
    pub url: String,
}

/// `[upstream]`
#[derive(Debug, Clone, Serialize)]
pub struct UpstreamSettings {
    /// Root of the vendor's API; `None` until somebody sets it.
    #[serde(
        serialize_with = "print::address",
        skip_serializing_if = "Option::is_none"
    )]
    pub base_url: Option<Url>,
    /// User name of the account there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Its password.
    #[serde(
        serialize_with = "print::redacted",
        skip_serializing_if = "Option::is_none"
    )]
    pub password: Option<SecretString>,
    /// Name of the built-in field mapping to start from.
    pub profile: String,
    /// Boards asked for in one request, 1 to 500.
    pub page_size: u32,
    /// The most seconds a connection may take to stand.
    pub connect_timeout_secs: u64,
    /// The most seconds the vendor may take to begin its answer, connecting included.
    pub first_byte_timeout_secs: u64,
    /// The most seconds the vendor may be silent in the middle of an answer.
    pub idle_timeout_secs: u64,
    /// The most seconds one request may take, whatever the others allow.
    pub timeout_secs: u64,
    /// The most seconds a whole sync may take.
    pub deadline_secs: u64,
    /// The most bytes of one answer.
    pub max_body_bytes: u64,
    /// A file with certificates of authorities to trust beside this machine's, as PEM: for a proxy that looks into TLS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// Whether `http://` is accepted for hosts other than this one.
    pub allow_http: bool,
    /// Whether a vendor that marks its answers as invented is accepted.
    pub allow_sandbox: bool,
    /// `[upstream.mapping]` as written, not checked here; `None` when the profile alone counts.
    #[serde(
        serialize_with = "print::mapping",
        skip_serializing_if = "Option::is_none"
    )]
    pub mapping: Option<serde_json::Value>,
}

/// `[sync]`
#[derive(Debug, Clone, Serialize)]
pub struct SyncSettings {
    /// Cron expression of six fields, seconds first; checked where the schedule is made.
    pub schedule: String,
    /// The time zone the schedule is meant in.
    pub timezone: Tz,
    /// Whether to sync once at start.
    pub on_start: bool,
    /// Seconds by which the start of a scheduled run is put off at the most.
    pub jitter_secs: u32,
    /// Hours after the last check at which the catalog counts as stale.
    pub max_age_hours: u32,
    /// What is implausible.
    pub guard: GuardSettings,
}

/// `[sync.guard]`: a sync beyond these is quarantined, or the value held.
#[derive(Debug, Clone, Serialize)]
pub struct GuardSettings {
    /// The most boards that may vanish, in percent of all.
    pub max_removed_percent: u32,
    /// So many may always vanish, whatever the percentage says.
    pub max_removed_min: u32,
    /// The most boards that may change, in percent of all.
    pub max_changed_percent: u32,
    /// The most an amount may grow or shrink, as a ratio of the two.
    #[serde(serialize_with = "print::ratio")]
    pub max_ratio: Decimal,
    /// The most boards of which a value may be held back, in percent of all.
    pub max_held_percent: u32,
    /// Runs in a row that must say the same before a value held back is believed; 0: never without approval.
    pub release_after_runs: u32,
}

word_enum! {
    /// Who may read.
    ReadAccess {
        /// Anybody.
        Public = "public",
        /// Holders of a token.
        Token = "token",
    }
}

/// `[auth]`
#[derive(Debug, Clone, Serialize)]
pub struct AuthSettings {
    /// Who may read boards and quotes.
    pub read: ReadAccess,
    /// Who may read the drop-down; whoever may read, unless it is set.
    pub options: ReadAccess,
}

/// `[limits]`: `None` is no limit, written `0`.
#[derive(Debug, Clone, Serialize)]
pub struct LimitSettings {
    /// Requests a minute from one address.
    #[serde(serialize_with = "print::limit")]
    pub per_address_per_minute: Option<NonZeroU32>,
    /// Requests a minute with one token.
    #[serde(serialize_with = "print::limit")]
    pub per_token_per_minute: Option<NonZeroU32>,
    /// Requests served at once.
    #[serde(serialize_with = "print::limit")]
    pub max_in_flight: Option<NonZeroU32>,
    /// Connections open at once.
    #[serde(serialize_with = "print::limit")]
    pub max_connections: Option<NonZeroU32>,
}

/// `[history]`
#[derive(Debug, Clone, Serialize)]
pub struct HistorySettings {
    /// Days for which past catalogs are kept; `None` keeps everything, written `0`.
    #[serde(serialize_with = "print::limit")]
    pub keep_days: Option<NonZeroU32>,
}

/// `[quote]`
#[derive(Debug, Clone, Serialize)]
pub struct QuoteSettings {
    /// The time zone that says which day is today.
    pub timezone: Tz,
}

/// `[webhooks]`
#[derive(Debug, Clone, Serialize)]
pub struct WebhookSettings {
    /// Whether endpoints may be in private networks, or on this machine, and speak plain http.
    pub allow_private: bool,
    /// Who is told, each name once.
    pub endpoints: Vec<EndpointSettings>,
}

/// `[[webhooks.endpoints]]`
#[derive(Debug, Clone, Serialize)]
pub struct EndpointSettings {
    /// What it is called in the database, in the log and at the terminal.
    pub name: EndpointName,
    /// Where messages are sent.
    #[serde(serialize_with = "print::url")]
    pub url: Url,
    /// What messages are signed with: secrets as `whsec_` and base64, separated by white space; their form is not
    /// checked here.
    #[serde(serialize_with = "print::redacted_secret")]
    pub secret: SecretString,
}

word_enum! {
    /// How log lines are written.
    LogFormat {
        /// For people.
        Text = "text",
        /// One JSON object a line.
        Json = "json",
    }
}

/// `[log]`
#[derive(Debug, Clone, Serialize)]
pub struct LogSettings {
    /// Which events are written: `info`, `ptf_cache=debug,warn`.
    pub filter: String,
    /// How they are written.
    pub format: LogFormat,
}

/// What it takes to speak to the vendor, all of it set.
#[derive(Debug, Clone, Copy)]
pub struct UpstreamAccess<'a> {
    /// Root of the vendor's API.
    pub base_url: &'a Url,
    /// User name of the account there.
    pub username: &'a str,
    /// Its password.
    pub password: &'a SecretString,
}

impl Settings {
    /// The vendor's address and account, for the commands that cannot do without.
    ///
    /// # Errors
    /// Names each of the three that is not set, and how to set it.
    pub fn upstream_required(&self) -> Result<UpstreamAccess<'_>, ConfigError> {
        let UpstreamSettings {
            base_url,
            username,
            password,
            ..
        } = &self.upstream;
        if let (Some(base_url), Some(username), Some(password)) = (base_url, username, password) {
            return Ok(UpstreamAccess {
                base_url,
                username,
                password,
            });
        }
        let required = [
            ("upstream.base_url", base_url.is_some()),
            ("upstream.username", username.is_some()),
            ("upstream.password", password.is_some()),
        ];
        let missing = required.into_iter().filter(|(_, is_set)| !is_set);
        Err(ConfigError::new(
            missing.map(|(key, _)| SettingError::missing(key)).collect(),
        ))
    }

    /// The effective settings as TOML, secrets as `"[redacted]"`: a file that loads to the same settings.
    ///
    /// # Errors
    /// When a value has no form in TOML; the message says which kind.
    pub fn print(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(self)
    }
}

impl Default for Settings {
    /// What counts where nothing is set.
    fn default() -> Settings {
        Settings::load(&Sources::default()).expect("the defaults pass their own checks")
    }
}

#[cfg(test)]
mod tests;
