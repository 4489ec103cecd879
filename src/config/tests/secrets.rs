//! Secrets: as typed, from files, and never shown.

use secrecy::ExposeSecret;

use super::*;

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
        "[database]\nurl = \"postgres://office:hunter2@db.example/fees\"",
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
fn what_the_vendor_needs_is_named_when_it_is_missing() {
    let settings = Settings::load(&with_overrides(&[("upstream.username", "office")])).unwrap();
    let error = settings.upstream_required().unwrap_err();
    assert_eq!(
        error.to_string(),
        "upstream.base_url: is not set; set it in the configuration file, or as the environment variable PTF_UPSTREAM__BASE_URL\n\
         upstream.password: is not set; set it in the configuration file, or as the environment variable PTF_UPSTREAM__PASSWORD"
    );
}
