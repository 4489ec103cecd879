use std::path::PathBuf;

use secrecy::ExposeSecret;

use super::*;

fn with_environment(variables: &[(&str, &str)]) -> Sources {
    Sources {
        environment: owned(variables),
        ..Sources::default()
    }
}

fn with_overrides(overrides: &[(&str, &str)]) -> Sources {
    Sources {
        overrides: owned(overrides),
        ..Sources::default()
    }
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(own).collect()
}

/// A file in a folder that lasts as long as the guard.
fn written(name: &str, text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

fn load_file(text: &str) -> Result<Settings, ConfigError> {
    let (_folder, path) = written("ptf.toml", text);
    Settings::load(&Sources {
        file: Some(path),
        ..Sources::default()
    })
}

/// The messages for a file, with the folder cut off the path.
fn problems_in_file(text: &str) -> Vec<String> {
    let (folder, path) = written("ptf.toml", text);
    let sources = Sources {
        file: Some(path),
        ..Sources::default()
    };
    let folder = format!("{}/", folder.path().display());
    let error = Settings::load(&sources).unwrap_err();
    let cut = |problem: &SettingError| problem.to_string().replace(&folder, "");
    error.problems().iter().map(cut).collect()
}

fn problem_of(setting: &str, value: &str) -> String {
    let error = Settings::load(&with_overrides(&[(setting, value)])).unwrap_err();
    assert_eq!(error.problems().len(), 1, "{error}");
    assert_eq!(error.problems()[0].origin, Some(Origin::CommandLine));
    error.problems()[0].problem.clone()
}

#[test]
fn nothing_set_gives_the_documented_defaults() {
    let settings = Settings::default();
    let expected = r#"[server]
listen = "127.0.0.1:8080"
cors_origins = []

[ops]
listen = "127.0.0.1:8081"

[database]
url = "sqlite://ptf-cache.db"

[upstream]
profile = "ihomefinder"
page_size = 50
timeout_secs = 10
deadline_secs = 600
max_body_bytes = 33554432
allow_http = false
allow_sandbox = false

[sync]
schedule = "0 15 */6 * * *"
timezone = "UTC"
on_start = true
max_age_hours = 26

[sync.guard]
max_removed_percent = 5
max_removed_min = 5
max_changed_percent = 20
max_ratio = "5.0"

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

[log]
filter = "info"
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
timeout_secs = 5
deadline_secs = 60
max_body_bytes = 1_000_000
allow_http = true
allow_sandbox = true
[sync]
schedule = "0 0 * * * *"
timezone = "America/Chicago"
on_start = false
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
    assert_eq!(settings.upstream.max_body_bytes, 1_000_000);
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
fn secrets_are_never_shown() {
    let settings =
        Settings::load(&with_environment(&[("PTF_UPSTREAM__PASSWORD", "hunter2")])).unwrap();
    assert!(!settings.print().unwrap().contains("hunter2"));
    assert!(
        settings
            .print()
            .unwrap()
            .contains("password = \"[redacted]\"")
    );
    assert!(!format!("{settings:?}").contains("hunter2"));

    let wrong_ways = [
        "[upstream]\npassword = \"hunter2",
        "[upstream]\npassword = hunter2",
        "[upstream]\npassword = [\"hunter2\"]",
        "[upstream]\npasword = \"hunter2\"",
        "[upstream]\npassword = \"hunter2\"\npassword = \"hunter2\"",
        "[upstream]\nbase_url = \"https://office:hunter2@example.com/\"",
        "[upstream]\nbase_url = \"office:hunter2@example.com\"",
        "[upstream]\nbase_url = \"https://office:hunter2@exa mple\"",
    ];
    for text in wrong_ways {
        let error = load_file(text).unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}

#[test]
fn a_password_that_looks_like_a_number_stays_as_typed() {
    for password in ["00123", "1e5", "true", "0x10", " spaces ", "a,b", "1_000"] {
        let variables = [("PTF_UPSTREAM__PASSWORD", password)];
        let loaded = Settings::load(&with_environment(&variables)).unwrap();
        assert_eq!(loaded.upstream.password.unwrap().expose_secret(), password);
        let loaded = load_file(&format!("[upstream]\npassword = \"{password}\"")).unwrap();
        assert_eq!(loaded.upstream.password.unwrap().expose_secret(), password);
    }
    assert_eq!(
        problems_in_file("[upstream]\npassword = 1e5"),
        ["upstream.password: must be text; put it in quotes (ptf.toml, line 2)"]
    );
}

#[test]
fn a_secret_is_read_from_the_file_named_for_it() {
    for (content, secret) in [
        ("s3cret\n", "s3cret"),
        ("s3cret\r\n", "s3cret"),
        (" 00123 \n\n", " 00123 \n"),
    ] {
        let (_folder, path) = written("secret", content);
        let path = path.to_str().unwrap();
        let loaded =
            Settings::load(&with_environment(&[("PTF_UPSTREAM__PASSWORD_FILE", path)])).unwrap();
        assert_eq!(loaded.upstream.password.unwrap().expose_secret(), secret);
    }
    let (_folder, path) = written("secret", "\n");
    let message = problem_of("upstream.password_file", path.to_str().unwrap());
    assert!(
        message.ends_with("is empty; write the secret into it"),
        "{message}"
    );
    let message = problem_of("upstream.password_file", "/nowhere/secret");
    assert!(
        message.starts_with("\"/nowhere/secret\" cannot be read"),
        "{message}"
    );
}

#[test]
fn a_later_layer_replaces_a_secret_however_it_is_given() {
    let (_folder, secret) = written("secret", "from a file\n");
    let (_config_folder, config) = written(
        "ptf.toml",
        &format!(
            "[upstream]\npassword_file = \"{}\"\n",
            secret.to_str().unwrap()
        ),
    );
    let mut sources = with_environment(&[("PTF_UPSTREAM__PASSWORD", "typed")]);
    sources.file = Some(config);
    let loaded = Settings::load(&sources).unwrap();
    assert_eq!(loaded.upstream.password.unwrap().expose_secret(), "typed");

    let both = [
        ("PTF_UPSTREAM__PASSWORD", "typed"),
        ("PTF_UPSTREAM__PASSWORD_FILE", secret.to_str().unwrap()),
    ];
    let message = Settings::load(&with_environment(&both))
        .unwrap_err()
        .to_string();
    assert_eq!(
        message,
        "upstream.password_file: stands beside upstream.password; set only one of them (environment variable PTF_UPSTREAM__PASSWORD_FILE)"
    );
}

#[test]
fn an_unknown_setting_is_named_with_its_place_and_the_one_meant() {
    assert_eq!(
        problems_in_file(
            "[upstream]\nbase_ulr = \"https://a.example\"\n\n[servre]\nlisten = \"127.0.0.1:1\"\n\n[webhooks]\n"
        ),
        [
            "servre.listen: is not a setting; did you mean server.listen? (ptf.toml, line 5)",
            "upstream.base_ulr: is not a setting; did you mean upstream.base_url? (ptf.toml, line 2)",
            "webhooks: is not a setting; remove it, or see config print for those there are (ptf.toml, line 7)",
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
fn everything_wrong_is_reported_at_once() {
    let sources = with_overrides(&[
        ("server.listen", "localhost:8080"),
        ("upstream.page_size", "501"),
        ("sync.timezone", "Mars/Base"),
    ]);
    assert_eq!(
        Settings::load(&sources).unwrap_err().to_string(),
        "server.listen: \"localhost:8080\" is not an IP address with a port; write it like 127.0.0.1:8080 or [::1]:8080 (command line)\n\
         upstream.page_size: \"501\" is not a whole number from 1 to 500 (command line)\n\
         sync.timezone: \"Mars/Base\" is not a time zone; write it like America/Chicago or UTC (command line)"
    );
}

#[test]
fn numbers_keep_to_their_ranges() {
    for (setting, values) in [
        ("upstream.page_size", &["0", "501", "-1", "ten", "5.0"][..]),
        ("upstream.timeout_secs", &["0", "-5", "1s", "601"]),
        ("upstream.deadline_secs", &["0", "9", "99999999999"]),
        ("upstream.max_body_bytes", &["0", "32MB"]),
        ("sync.max_age_hours", &["0"]),
        ("sync.guard.max_removed_percent", &["101", "-1", "5%"]),
        ("sync.guard.max_changed_percent", &["101"]),
        ("sync.guard.max_removed_min", &["-1"]),
        (
            "sync.guard.max_ratio",
            &["0.5", "0", "-5", "inf", "NaN", "1e5"],
        ),
        ("limits.max_in_flight", &["-1", "many"]),
        ("upstream.allow_http", &["yes", "1"]),
        ("log.format", &["xml"]),
        ("auth.read", &["everybody"]),
    ] {
        for value in values {
            let message = problem_of_any(setting, value);
            assert!(message.contains(&format!("\"{value}\"")), "{message}");
        }
    }
    fn problem_of_any(setting: &str, value: &str) -> String {
        let error = Settings::load(&with_overrides(&[(setting, value)])).unwrap_err();
        error.problems()[0].problem.clone()
    }
}

#[test]
fn what_this_version_does_not_offer_is_refused() {
    let remedy = "is not available in this version; leave it at";
    assert_eq!(
        problem_of("auth.read", "token"),
        format!("\"token\" {remedy} public")
    );
    assert_eq!(
        problem_of("auth.options", "token"),
        format!("\"token\" {remedy} public")
    );
    assert_eq!(
        problem_of("history.keep_days", "30"),
        format!("\"30\" {remedy} 0, which keeps everything")
    );
}

#[test]
fn plain_http_is_refused_but_for_this_machine() {
    for fine in [
        "https://vendor.example/api",
        "http://localhost:9000",
        "http://127.0.0.1:9000/x",
        "http://[::1]/",
    ] {
        assert!(
            Settings::load(&with_overrides(&[("upstream.base_url", fine)])).is_ok(),
            "{fine}"
        );
    }
    let message = problem_of("upstream.base_url", "http://vendor.example/api");
    assert!(
        message.ends_with("use https, or set upstream.allow_http"),
        "{message}"
    );
    assert!(problem_of("upstream.base_url", "http://127.0.0.1.example/").contains("use https"));
    let accepted = [
        ("upstream.base_url", "http://vendor.example/api"),
        ("upstream.allow_http", "true"),
    ];
    assert!(Settings::load(&with_overrides(&accepted)).is_ok());
    for wrong in [
        "vendor.example/api",
        "ftp://vendor.example",
        "https://",
        "https://vendor.example/?key=1",
        "https://u@vendor.example",
    ] {
        problem_of("upstream.base_url", wrong);
    }
}

#[test]
fn origins_are_exact() {
    let with_origins =
        |text: &str| Settings::load(&with_overrides(&[("server.cors_origins", text)]));
    let loaded = with_origins("https://A.example, http://localhost:3000,").unwrap();
    assert_eq!(
        loaded.server.cors_origins,
        ["https://a.example", "http://localhost:3000"]
    );
    for (wrong, remedy) in [
        ("*", "name each one like https://www.example.com"),
        ("https://*.example.com", "name each one like"),
        ("null", "name each one like"),
        ("www.example.com", "name each one like"),
        ("https://www.example.com/", "write https://www.example.com"),
        (
            "https://www.example.com/quote",
            "write https://www.example.com",
        ),
        (
            "https://www.example.com:443",
            "write https://www.example.com",
        ),
    ] {
        let message = problem_of("server.cors_origins", wrong);
        assert!(
            message.contains(remedy) && message.contains(wrong),
            "{message}"
        );
    }
    assert_eq!(
        problems_in_file("[server]\ncors_origins = [5]"),
        ["server.cors_origins: 5 is not text; put it in quotes (ptf.toml, line 2)"]
    );
}

#[test]
fn the_database_is_a_sqlite_file() {
    for wrong in ["postgres://localhost/fees", "fees.db", "sqlite://"] {
        assert!(problem_of("database.url", wrong).contains("write it like sqlite:///var/lib"));
    }
}

#[test]
fn the_two_listeners_need_two_ports() {
    let same = [
        ("server.listen", "127.0.0.1:9000"),
        ("ops.listen", "127.0.0.1:9000"),
    ];
    let error = Settings::load(&with_overrides(&same)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "ops.listen: \"127.0.0.1:9000\" is server.listen too; give it another port"
    );
    let any_port = [
        ("server.listen", "127.0.0.1:0"),
        ("ops.listen", "127.0.0.1:0"),
    ];
    assert!(Settings::load(&with_overrides(&any_port)).is_ok());
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
fn what_the_vendor_needs_is_named_when_it_is_missing() {
    let settings = Settings::load(&with_overrides(&[("upstream.username", "office")])).unwrap();
    let error = settings.upstream_required().unwrap_err();
    assert_eq!(
        error.to_string(),
        "upstream.base_url: is not set; set it in the configuration file, or as the environment variable PTF_UPSTREAM__BASE_URL\n\
         upstream.password: is not set; set it in the configuration file, or as the environment variable PTF_UPSTREAM__PASSWORD"
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
