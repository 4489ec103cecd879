//! Endpoints of webhooks: a list of tables, each with a secret.

use secrecy::ExposeSecret;

use super::*;

const CRM: &str = r#"
[[webhooks.endpoints]]
name = "crm"
url = "https://crm.example/hook?tenant=7"
secret = "whsec_aHVudGVyMg=="
"#;

#[test]
fn endpoints_are_read_in_order() {
    let (_folder, secret) = written("secret", "whsec_ZnJvbSBhIGZpbGU=\n");
    let settings = load_file(&format!(
        "[webhooks]\nallow_private = true\n{CRM}\n[[webhooks.endpoints]]\nname = \"lan\"\nurl = \"http://10.0.0.7/\"\nsecret_file = \"{}\"\n",
        secret.display()
    ));
    let webhooks = settings.unwrap().webhooks;
    assert!(webhooks.allow_private);
    let [crm, lan] = &webhooks.endpoints[..] else {
        panic!("{webhooks:?}")
    };
    assert_eq!(crm.name.as_str(), "crm");
    assert_eq!(crm.url.as_str(), "https://crm.example/hook?tenant=7");
    assert_eq!(crm.secret.expose_secret(), "whsec_aHVudGVyMg==");
    assert_eq!(lan.url.as_str(), "http://10.0.0.7/");
    assert_eq!(lan.secret.expose_secret(), "whsec_ZnJvbSBhIGZpbGU=");
}

#[test]
fn what_is_printed_shows_endpoints_without_their_secrets() {
    let settings = load_file(CRM).unwrap();
    let printed = settings.print().unwrap();
    assert!(!printed.contains("aHVudGVyMg"), "{printed}");
    assert!(!format!("{settings:?}").contains("aHVudGVyMg"));
    assert!(
        printed.contains(
            "[[webhooks.endpoints]]\nname = \"crm\"\nurl = \"https://crm.example/hook?tenant=7\"\nsecret = \"[redacted]\"\n"
        ),
        "{printed}"
    );
    assert_eq!(load_file(&printed).unwrap().print().unwrap(), printed);
}

#[test]
fn everything_wrong_with_an_endpoint_is_named() {
    let place = "(ptf.toml, line 2)";
    assert_eq!(
        problems_in_file(
            r#"
[[webhooks.endpoints]]
name = "crm"
ulr = "https://crm.example"
secret = "whsec_aHVudGVyMg=="
secret_file = "/nowhere/secret"

[[webhooks.endpoints]]
name = "C R M"
url = "ftp://crm.example"

[[webhooks.endpoints]]
url = 5
colour = "red"
secret = ["whsec_aHVudGVyMg=="]
"#
        ),
        [
            format!("webhooks.endpoints[crm].url: is not set; add it to the table {place}"),
            format!(
                "webhooks.endpoints[crm].secret_file: stands beside secret; set only one of them {place}"
            ),
            format!(
                "webhooks.endpoints[crm].secret_file: \"/nowhere/secret\" cannot be read: No such file or directory (os error 2); name a file with the secret in it {place}"
            ),
            format!("webhooks.endpoints[crm].ulr: is not a setting; did you mean url? {place}"),
            format!(
                "webhooks.endpoints[C R M].name: \"C R M\" is not a name of an endpoint; write 1 to 64 of a-z, 0-9, \"_\" and \"-\" {place}"
            ),
            format!(
                "webhooks.endpoints[C R M].url: is not a web address; write it like https://www.example.com/hook {place}"
            ),
            format!("webhooks.endpoints[C R M].secret: is not set; set it, or secret_file {place}"),
            format!("webhooks.endpoints[3].name: is not set; add it to the table {place}"),
            format!("webhooks.endpoints[3].url: must be text; put it in quotes {place}"),
            format!("webhooks.endpoints[3].secret: must be text; put it in quotes {place}"),
            format!(
                "webhooks.endpoints[3].colour: is not a setting; there are name, url, secret_file, secret {place}"
            ),
        ]
    );
}

#[test]
fn two_endpoints_cannot_share_a_name() {
    assert_eq!(
        problems_in_file(&format!("{CRM}{CRM}")),
        ["webhooks.endpoints: \"crm\" is the name of two; rename one of them"]
    );
}

#[test]
fn plain_http_needs_private_addresses_to_be_allowed() {
    let with_url = |url: &str| {
        load_file(&CRM.replace("https://crm.example/hook?tenant=7", url))
            .unwrap_err()
            .to_string()
    };
    assert!(with_url("http://crm.example/").contains("use https, or set webhooks.allow_private"));
    assert!(with_url("http://127.0.0.1/").contains("use https"));
    for (wrong, remedy) in [
        ("https://office:hunter2@crm.example/", "leave it out"),
        ("https://crm.example/#hunter2", "leave it out"),
        ("crm.example", "write it like https://"),
    ] {
        let message = with_url(wrong);
        assert!(message.contains(remedy), "{message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[test]
fn endpoints_are_written_in_the_file_alone() {
    let remedy =
        "must be a list of tables; write each as [[webhooks.endpoints]] in the configuration file";
    assert_eq!(problem_of("webhooks.endpoints", "crm"), remedy);
    assert_eq!(problem_of("webhooks.endpoints.crm.secret", "x"), remedy);
    assert_eq!(
        problems_in_file("[webhooks.endpoints]\nname = \"crm\""),
        [format!(
            "webhooks.endpoints.name: {remedy} (ptf.toml, line 2)"
        )]
    );
    assert_eq!(
        problems_in_file("[webhooks]\nendpoints = [5]"),
        [format!("webhooks.endpoints: {remedy} (ptf.toml, line 2)")]
    );
    assert!(load_file("[webhooks]\nendpoints = []").is_ok());
}
