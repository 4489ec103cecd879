//! Every key with its default and its check.

use std::collections::HashSet;

use rust_decimal::Decimal;

use super::check::{
    address, base_url, boolean, bytes, database_url, days_or_all, endpoint_url, file, hours, limit,
    network, non_blank, origin, percent, ratio, seconds, time_zone, whole_number, whole_number_in,
    word,
};
use super::error::ConfigError;
use super::layers::{MAPPING, Sources};
use super::reader::Reader;
use super::{
    AuthSettings, DatabaseSettings, EndpointSettings, GuardSettings, HistorySettings,
    LimitSettings, LogFormat, LogSettings, OpsSettings, QuoteSettings, ReadAccess, ServerSettings,
    Settings, SyncSettings, UpstreamSettings, WebhookSettings,
};
use crate::domain::delivery::EndpointName;

/// What is logged unless said otherwise. The cron library tells of its own start and stop at `info`.
const DEFAULT_LOG_FILTER: &str = "info,tokio_cron_scheduler=warn";

impl Settings {
    /// Reads and checks everything that can be set.
    ///
    /// # Errors
    /// Everything that is wrong at once: a value with where it was set and the remedy, a setting that does not exist
    /// with the one that was probably meant, a setting that this version does not offer.
    pub fn load(sources: &Sources) -> Result<Settings, ConfigError> {
        let mut reader = Reader::over(sources);
        let settings = Settings {
            server: ServerSettings::read(&mut reader),
            ops: OpsSettings::read(&mut reader),
            database: DatabaseSettings::read(&mut reader),
            upstream: UpstreamSettings::read(&mut reader),
            sync: SyncSettings::read(&mut reader),
            auth: AuthSettings::read(&mut reader),
            limits: LimitSettings::read(&mut reader),
            history: HistorySettings::read(&mut reader),
            quote: QuoteSettings::read(&mut reader),
            webhooks: WebhookSettings::read(&mut reader),
            log: LogSettings::read(&mut reader),
        };
        settings.check_together(&mut reader);
        reader.finish(settings)
    }

    /// What no single value shows.
    fn check_together(&self, reader: &mut Reader) {
        if self.server.listen == self.ops.listen && self.ops.listen.port() != 0 {
            let problem = format!(
                "\"{}\" is server.listen too; give it another port",
                self.ops.listen
            );
            reader.refuse("ops.listen", None, problem);
        }
        let (timeout, deadline) = (self.upstream.timeout_secs, self.upstream.deadline_secs);
        if timeout > deadline {
            let problem = format!(
                "\"{timeout}\" is more than upstream.deadline_secs, \"{deadline}\"; a request must fit into a sync"
            );
            reader.refuse("upstream.timeout_secs", None, problem);
        }
        let mut names = HashSet::new();
        for endpoint in &self.webhooks.endpoints {
            if !names.insert(&endpoint.name) {
                let problem = format!(
                    "\"{}\" is the name of two; rename one of them",
                    endpoint.name
                );
                reader.refuse("webhooks.endpoints", None, problem);
            }
        }
    }
}

impl ServerSettings {
    fn read(reader: &mut Reader) -> ServerSettings {
        ServerSettings {
            listen: reader.text("server.listen", ([127, 0, 0, 1], 8080).into(), address),
            cors_origins: reader.list("server.cors_origins", origin),
            trusted_proxies: reader.list("server.trusted_proxies", network),
        }
    }
}

impl OpsSettings {
    fn read(reader: &mut Reader) -> OpsSettings {
        OpsSettings {
            listen: reader.text("ops.listen", ([127, 0, 0, 1], 8081).into(), address),
        }
    }
}

impl DatabaseSettings {
    fn read(reader: &mut Reader) -> DatabaseSettings {
        let default = "sqlite://ptf-cache.db".to_owned();
        DatabaseSettings {
            url: reader.text("database.url", default, database_url),
        }
    }
}

/// The most boards a vendor is asked for at once: beyond it, pages gain nothing and answers get large.
const MAX_PAGE_SIZE: u32 = 500;

impl UpstreamSettings {
    fn read(reader: &mut Reader) -> UpstreamSettings {
        let allow_http = reader.scalar("upstream.allow_http", false, boolean);
        UpstreamSettings {
            base_url: reader.optional_text("upstream.base_url", |text| base_url(text, allow_http)),
            username: reader.optional_text("upstream.username", non_blank),
            password: reader.secret("upstream.password", "upstream.password_file"),
            profile: reader.text("upstream.profile", "ihomefinder".to_owned(), non_blank),
            page_size: reader.scalar("upstream.page_size", 50, |text| {
                whole_number_in(text, 1, MAX_PAGE_SIZE)
            }),
            connect_timeout_secs: reader.scalar("upstream.connect_timeout_secs", 5, seconds),
            first_byte_timeout_secs: reader.scalar("upstream.first_byte_timeout_secs", 10, seconds),
            idle_timeout_secs: reader.scalar("upstream.idle_timeout_secs", 5, seconds),
            timeout_secs: reader.scalar("upstream.timeout_secs", 10, seconds),
            deadline_secs: reader.scalar("upstream.deadline_secs", 600, seconds),
            max_body_bytes: reader.scalar("upstream.max_body_bytes", 32 << 20, bytes),
            ca_file: reader.optional_text("upstream.ca_file", file),
            allow_http,
            allow_sandbox: reader.scalar("upstream.allow_sandbox", false, boolean),
            mapping: reader.structure(MAPPING),
        }
    }
}

/// The most seconds by which a run is put off: an hour spreads any number of services.
const MAX_JITTER_SECS: u32 = 3_600;

impl SyncSettings {
    fn read(reader: &mut Reader) -> SyncSettings {
        SyncSettings {
            schedule: reader.text("sync.schedule", "0 15 */6 * * *".to_owned(), non_blank),
            timezone: reader.text("sync.timezone", chrono_tz::UTC, time_zone),
            on_start: reader.scalar("sync.on_start", true, boolean),
            jitter_secs: reader.scalar("sync.jitter_secs", 30, |text| {
                whole_number_in(text, 0, MAX_JITTER_SECS)
            }),
            max_age_hours: reader.scalar("sync.max_age_hours", 26, hours),
            guard: GuardSettings::read(reader),
        }
    }
}

impl GuardSettings {
    fn read(reader: &mut Reader) -> GuardSettings {
        GuardSettings {
            max_removed_percent: reader.scalar("sync.guard.max_removed_percent", 5, percent),
            max_removed_min: reader.scalar("sync.guard.max_removed_min", 5, whole_number),
            max_changed_percent: reader.scalar("sync.guard.max_changed_percent", 20, percent),
            max_ratio: reader.scalar("sync.guard.max_ratio", Decimal::new(50, 1), ratio),
            max_held_percent: reader.scalar("sync.guard.max_held_percent", 5, percent),
            release_after_runs: reader.scalar("sync.guard.release_after_runs", 4, whole_number),
        }
    }
}

impl AuthSettings {
    fn read(reader: &mut Reader) -> AuthSettings {
        let read = reader.text("auth.read", ReadAccess::Public, word);
        AuthSettings {
            read,
            // Who closes the reads means the drop-down too, unless he says otherwise.
            options: reader.text("auth.options", read, word),
        }
    }
}

impl LimitSettings {
    fn read(reader: &mut Reader) -> LimitSettings {
        let mut read = |key, default| reader.scalar(key, std::num::NonZeroU32::new(default), limit);
        LimitSettings {
            per_address_per_minute: read("limits.per_address_per_minute", 6_000),
            per_token_per_minute: read("limits.per_token_per_minute", 60_000),
            max_in_flight: read("limits.max_in_flight", 1_024),
            max_connections: read("limits.max_connections", 10_000),
        }
    }
}

impl HistorySettings {
    fn read(reader: &mut Reader) -> HistorySettings {
        HistorySettings {
            keep_days: reader.scalar("history.keep_days", None, days_or_all),
        }
    }
}

impl QuoteSettings {
    fn read(reader: &mut Reader) -> QuoteSettings {
        QuoteSettings {
            timezone: reader.text("quote.timezone", chrono_tz::UTC, time_zone),
        }
    }
}

impl WebhookSettings {
    fn read(reader: &mut Reader) -> WebhookSettings {
        let allow_private = reader.scalar("webhooks.allow_private", false, boolean);
        let endpoints = reader.tables("webhooks.endpoints", |entry| {
            let name = entry.text("name", |text| {
                text.parse::<EndpointName>()
                    .map_err(|error| error.to_string())
            });
            let url = entry.text("url", |text| endpoint_url(text, allow_private));
            let secret = entry.secret("secret", "secret_file");
            Some(EndpointSettings {
                name: name?,
                url: url?,
                secret: secret?,
            })
        });
        WebhookSettings {
            allow_private,
            endpoints,
        }
    }
}

impl LogSettings {
    fn read(reader: &mut Reader) -> LogSettings {
        LogSettings {
            filter: reader.text("log.filter", DEFAULT_LOG_FILTER.to_owned(), non_blank),
            format: reader.text("log.format", LogFormat::Text, word),
        }
    }
}
