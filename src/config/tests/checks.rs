//! What a value must look like.

use super::*;

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
        ("upstream.connect_timeout_secs", &["0"]),
        ("upstream.first_byte_timeout_secs", &["0", "0.5"]),
        ("upstream.idle_timeout_secs", &["0", "86401"]),
        ("upstream.deadline_secs", &["0", "9", "86401"]),
        ("upstream.max_body_bytes", &["0", "32MB"]),
        ("sync.jitter_secs", &["-1", "3601", "30s"]),
        ("sync.max_age_hours", &["0", "87841"]),
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
            let error = Settings::load(&with_overrides(&[(setting, value)])).unwrap_err();
            let message = &error.problems()[0].problem;
            assert!(message.contains(&format!("\"{value}\"")), "{message}");
        }
    }
}

#[test]
fn a_trusted_proxy_is_an_address_or_a_whole_network() {
    for (wrong, remedy) in [
        ("proxy.example", "write it like 10.0.0.7 or 10.0.0.0/8"),
        ("10.0.0.0/33", "write it like 10.0.0.7 or 10.0.0.0/8"),
        ("10.0.0.7:80", "write it like 10.0.0.7 or 10.0.0.0/8"),
        (
            "10.1.2.3/8",
            "write 10.0.0.0/8 for all of it, or the address alone",
        ),
    ] {
        let problem = problem_of("server.trusted_proxies", wrong);
        assert!(
            problem.starts_with(&format!("\"{wrong}\" is ")),
            "{problem}"
        );
        assert!(problem.ends_with(remedy), "{problem}");
    }
    let listed = [("server.trusted_proxies", "127.0.0.1, fd00::/8")];
    let settings = Settings::load(&with_overrides(&listed)).unwrap();
    assert_eq!(settings.server.trusted_proxies.len(), 2);
}

#[test]
fn the_drop_down_is_as_open_as_the_reads_unless_it_is_set() {
    let options = |overrides: &[(&str, &str)]| {
        let settings = Settings::load(&with_overrides(overrides));
        settings.unwrap().auth.options
    };
    assert_eq!(options(&[]), ReadAccess::Public);
    assert_eq!(options(&[("auth.read", "token")]), ReadAccess::Token);
    let opened = [("auth.read", "token"), ("auth.options", "public")];
    assert_eq!(options(&opened), ReadAccess::Public);
}

#[test]
fn days_to_keep_are_a_number_and_0_is_everything() {
    let keep_days = |text| {
        let settings = Settings::load(&with_overrides(&[("history.keep_days", text)]));
        settings.unwrap().history.keep_days.map(|days| days.get())
    };
    assert_eq!(
        (keep_days("0"), keep_days("1"), keep_days("36500")),
        (None, Some(1), Some(36_500))
    );
    for wrong in ["36501", "-1", "a year"] {
        assert_eq!(
            problem_of("history.keep_days", wrong),
            format!("\"{wrong}\" is not a whole number from 0 to 36500; 0 keeps everything")
        );
    }
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
