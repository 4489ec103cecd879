//! Where values come from, which count, and what is unknown.

use std::path::Path;

use secrecy::ExposeSecret;

use super::*;

#[test]
fn nothing_set_gives_the_documented_defaults() {
    let settings = Settings::default();
    let expected = r#"[server]
listen = "127.0.0.1:8080"
cors_origins = []
trusted_proxies = []

[ops]
listen = "127.0.0.1:8081"

[database]
url = "sqlite://ptf-cache.db"

[upstream]
profile = "ihomefinder"
page_size = 50
connect_timeout_secs = 5
first_byte_timeout_secs = 10
idle_timeout_secs = 5
timeout_secs = 10
deadline_secs = 600
max_body_bytes = 33554432
allow_http = false
allow_sandbox = false

[sync]
schedule = "0 15 */6 * * *"
timezone = "UTC"
on_start = true
jitter_secs = 30
max_age_hours = 26

[sync.guard]
max_removed_percent = 5
max_removed_min = 5
max_changed_percent = 20
max_ratio = "5.0"
max_held_percent = 5
release_after_runs = 4

[auth]
read = "public"
options = "public"

[limits]
per_address_per_minute = 6000
per_token_per_minute = 60000
max_in_flight = 1024
max_connections = 10000

[history]
keep_days = 0

[quote]
timezone = "UTC"

[webhooks]
allow_private = false
endpoints = []

[log]
filter = "info,tokio_cron_scheduler=warn"
format = "text"
"#;
    assert_eq!(settings.print().unwrap(), expected);
}

#[test]
fn flags_beat_the_environment_and_the_environment_beats_the_file() {
    let (_folder, path) = written(
        "ptf.toml",
        "[upstream]\npage_size = 10\ntimeout_secs = 11\ndeadline_secs = 12\n",
    );
    let sources = Sources {
        file: Some(path),
        environment: owned(&[
            ("PTF_UPSTREAM__TIMEOUT_SECS", "21"),
            ("PTF_UPSTREAM__DEADLINE_SECS", "22"),
            ("HOME", "/root"),
        ]),
        overrides: owned(&[("upstream.deadline_secs", "32")]),
    };
    let upstream = Settings::load(&sources).unwrap().upstream;
    assert_eq!(
        (
            upstream.page_size,
            upstream.timeout_secs,
            upstream.deadline_secs
        ),
        (10, 21, 32)
    );
}

#[test]
fn the_environment_names_the_file_when_no_flag_does() {
    let (_folder, named) = written("named.toml", "[upstream]\npage_size = 10\n");
    let (_other_folder, flagged) = written("flagged.toml", "[upstream]\npage_size = 20\n");
    let mut sources = with_environment(&[("PTF_CONFIG", named.to_str().unwrap())]);
    assert_eq!(Settings::load(&sources).unwrap().upstream.page_size, 10);
    sources.file = Some(flagged);
    assert_eq!(Settings::load(&sources).unwrap().upstream.page_size, 20);
}

#[test]
fn a_file_that_is_not_there_is_an_error() {
    let sources = with_environment(&[("PTF_CONFIG", "/nowhere/ptf.toml")]);
    let message = Settings::load(&sources).unwrap_err().to_string();
    assert!(
        message.starts_with(
            "configuration file: \"/nowhere/ptf.toml\" cannot be read: No such file or directory"
        ),
        "{message}"
    );
}

#[test]
fn every_setting_can_be_written_in_the_file() {
    let settings = load_file(
        r#"
[server]
listen = "[::1]:9000"
cors_origins = ["https://www.example.com", "http://localhost:3000"]
trusted_proxies = ["10.0.0.0/8", "fd00::1"]
[ops]
listen = "0.0.0.0:9001"
[database]
url = "sqlite:/tmp/fees.db"
[upstream]
base_url = "https://www.example.com/api/v1/"
username = "office"
password = "s3cret"
profile = "other"
page_size = 500
connect_timeout_secs = 1
first_byte_timeout_secs = 4
idle_timeout_secs = 2
timeout_secs = 5
deadline_secs = 60
max_body_bytes = 1_000_000
ca_file = "/etc/ssl/office.pem"
allow_http = true
allow_sandbox = true
[sync]
schedule = "0 0 * * * *"
timezone = "America/Chicago"
on_start = false
jitter_secs = 0
max_age_hours = 48
[sync.guard]
max_removed_percent = 0
max_removed_min = 1
max_changed_percent = 100
max_ratio = 2.25
[auth]
read = "public"
[limits]
per_address_per_minute = 0
max_connections = 5
[quote]
timezone = "America/Toronto"
[log]
filter = "ptf_cache=debug,warn"
format = "json"
"#,
    )
    .unwrap();
    assert_eq!(settings.server.listen.to_string(), "[::1]:9000");
    assert_eq!(
        settings.server.cors_origins,
        ["https://www.example.com", "http://localhost:3000"]
    );
    let proxies = settings.server.trusted_proxies.iter();
    let proxies: Vec<String> = proxies.map(ToString::to_string).collect();
    assert_eq!(proxies, ["10.0.0.0/8", "fd00::1/128"]);
    assert_eq!(settings.upstream.max_body_bytes, 1_000_000);
    let ca_file = settings.upstream.ca_file.as_deref();
    assert_eq!(ca_file, Some(Path::new("/etc/ssl/office.pem")));
    assert_eq!(settings.sync.timezone, chrono_tz::America::Chicago);
    assert_eq!(settings.sync.guard.max_ratio, Decimal::new(225, 2));
    assert_eq!(settings.limits.per_address_per_minute, None);
    assert_eq!(settings.limits.max_connections, NonZeroU32::new(5));
    assert_eq!(settings.log.format, LogFormat::Json);
    let access = settings.upstream_required().unwrap();
    assert_eq!(access.base_url.as_str(), "https://www.example.com/api/v1/");
    assert_eq!(access.username, "office");
    assert_eq!(access.password.expose_secret(), "s3cret");
}

#[test]
fn what_is_printed_loads_to_the_same_settings() {
    let settings = load_file(
        r#"
[server]
cors_origins = ["https://a.example"]
trusted_proxies = ["10.0.0.7", "2001:db8::/32"]
[upstream]
base_url = "https://www.example.com/api"
username = "office"
password = "hunter2"
[upstream.mapping]
results = ""
states = ["/a", "/b"]
eligibility = { pointer = "/brokersOnly", values = { true = "brokers_only" } }
[[upstream.mapping.fees]]
key = "idx"
required = true
limit = 10
share = 0.1
[sync.guard]
max_ratio = 2.25
"#,
    )
    .unwrap();
    let printed = settings.print().unwrap();
    let again = load_file(&printed).unwrap();
    assert_eq!(again.print().unwrap(), printed);
    assert_eq!(again.upstream.mapping, settings.upstream.mapping);
    assert_eq!(
        again.upstream.password.unwrap().expose_secret(),
        "[redacted]"
    );
}

#[test]
fn an_unknown_setting_is_named_with_its_place_and_the_one_meant() {
    assert_eq!(
        problems_in_file(
            "[upstream]\nbase_ulr = \"https://a.example\"\n\n[servre]\nlisten = \"127.0.0.1:1\"\n\n[weather]\n"
        ),
        [
            "servre.listen: is not a setting; did you mean server.listen? (ptf.toml, line 5)",
            "upstream.base_ulr: is not a setting; did you mean upstream.base_url? (ptf.toml, line 2)",
            "weather: is not a setting; remove it, or see config print for those there are (ptf.toml, line 7)",
        ]
    );
    let variables = [
        ("PTF_UPSTREAM_BASE_URL", "https://a.example"),
        ("PTF_SERVER__PAGE_SIZE", "5"),
        ("PTF_SYNC", "x"),
    ];
    let error = Settings::load(&with_environment(&variables)).unwrap_err();
    let messages: Vec<String> = error
        .problems()
        .iter()
        .map(SettingError::to_string)
        .collect();
    assert_eq!(
        messages,
        [
            "server.page_size: is not a setting; did you mean PTF_UPSTREAM__PAGE_SIZE? (environment variable PTF_SERVER__PAGE_SIZE)",
            "sync: is a section, not a setting; set what is in it, such as sync.schedule (environment variable PTF_SYNC)",
            "upstream_base_url: is not a setting; did you mean PTF_UPSTREAM__BASE_URL? (environment variable PTF_UPSTREAM_BASE_URL)",
        ]
    );
    assert_eq!(
        problem_of("listen", "127.0.0.1:1"),
        "is not a setting; did you mean server.listen?"
    );
}

#[test]
fn variables_that_kubernetes_adds_for_a_service_of_our_name_are_passed_over() {
    let added = [
        ("PTF_SERVICE_HOST", "10.0.0.1"),
        ("PTF_CACHE_SERVICE_HOST", "10.0.0.1"),
        ("PTF_CACHE_SERVICE_PORT_HTTP", "8080"),
        ("PTF_PORT", "tcp://10.0.0.1:8080"),
        ("PTF_CACHE_PORT_8080_TCP_ADDR", "10.0.0.1"),
    ];
    assert!(Settings::load(&with_environment(&added)).is_ok());
    assert!(Settings::load(&with_environment(&[("PTF_SERVER_PORT", "9000")])).is_err());
}

#[test]
fn the_mapping_is_kept_as_written() {
    let (_folder, path) = written(
        "ptf.toml",
        "[upstream.mapping]\nid = \"/id\"\nquery = { fields = \"*\", limit = 5 }\n[[upstream.mapping.fees]]\nkey = \"idx\"\nrequired = true\n",
    );
    let mut sources = with_environment(&[("PTF_UPSTREAM__MAPPING__ID", "/mlsId")]);
    sources.file = Some(path);
    let mapping = Settings::load(&sources).unwrap().upstream.mapping.unwrap();
    assert_eq!(
        mapping,
        serde_json::json!({
            "id": "/mlsId",
            "query": {"fields": "*", "limit": 5},
            "fees": [{"key": "idx", "required": true}],
        })
    );
    assert_eq!(
        problem_of("upstream.mapping.query.fields", "*"),
        "is part of a table; write it in the configuration file"
    );
    assert_eq!(
        problem_of("upstream.mapping", "x"),
        "must be a table; write it as [upstream.mapping] in the configuration file"
    );
}

#[test]
fn an_empty_variable_is_as_good_as_none() {
    let variables = [("PTF_CONFIG", ""), ("PTF_UPSTREAM__PAGE_SIZE", "")];
    let loaded = Settings::load(&with_environment(&variables)).unwrap();
    assert_eq!(loaded.upstream.page_size, 50);
}

#[test]
fn a_file_that_is_not_toml_is_refused_with_its_line() {
    let problems = problems_in_file("[server]\nlisten = \n");
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0].starts_with("configuration file: is not TOML: ")
            && problems[0].ends_with("(ptf.toml, line 2)"),
        "{problems:?}"
    );
}
