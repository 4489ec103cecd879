use super::*;

use proptest::prelude::*;

const PROXY: &str = "10.0.0.1";
const CLIENT: &str = "203.0.113.7";

fn proxies() -> Vec<IpNet> {
    ["10.0.0.0/8", "fd00::/8"]
        .map(|network| network.parse().unwrap())
        .to_vec()
}

/// Who asks by `lines`, which came from `peer`.
fn client(peer: &str, lines: &[(&str, &str)]) -> String {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        let name: HeaderName = name.parse().unwrap();
        headers.append(name, HeaderValue::from_str(value).unwrap());
    }
    address_of(peer.parse().unwrap(), &headers, &proxies()).to_string()
}

#[test]
fn the_first_address_from_the_right_that_is_no_trusted_proxys_counts() {
    for (line, expected) in [
        ("203.0.113.7", CLIENT),
        ("203.0.113.7:4711", CLIENT),
        ("6.6.6.6, 203.0.113.7", CLIENT),
        ("6.6.6.6,203.0.113.7 ,10.9.9.9, 10.0.0.2", CLIENT),
        ("::ffff:203.0.113.7, ::ffff:10.0.0.2", CLIENT),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("[2001:db8::7]:443, fd00::1", "2001:db8::7"),
        // Everybody is trusted: the first of them.
        ("10.9.9.9, 10.0.0.2", "10.9.9.9"),
    ] {
        assert_eq!(
            client(PROXY, &[("x-forwarded-for", line)]),
            expected,
            "{line}"
        );
    }
    let lines = [("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", CLIENT)];
    assert_eq!(client(PROXY, &lines), CLIENT);
}

#[test]
fn forwarded_says_the_same_in_its_own_form() {
    for (line, expected) in [
        ("for=203.0.113.7", CLIENT),
        ("For=\"203.0.113.7:4711\";proto=https;by=10.0.0.2", CLIENT),
        ("for=203.0.113.7:4711", CLIENT),
        ("proto=https ; for=203.0.113.7, for=10.0.0.2", CLIENT),
        ("for=6.6.6.6, for=203.0.113.7", CLIENT),
        ("for=\"[2001:db8::7]:4711\"", "2001:db8::7"),
        ("for=\"[2001:db8::7]\", for=\"[fd00::1]\"", "2001:db8::7"),
        // What a client has the proxy quote is no element.
        ("for=203.0.113.7;host=\"a, for=6.6.6.6\"", CLIENT),
        ("for=203.0.113.7;host=\"a\\\", for=6.6.6.6\"", CLIENT),
    ] {
        assert_eq!(client(PROXY, &[("forwarded", line)]), expected, "{line}");
    }
}

#[test]
fn where_an_entry_is_no_address_the_proxy_that_wrote_it_counts() {
    for (name, line, expected) in [
        ("x-forwarded-for", "", PROXY),
        ("x-forwarded-for", "unknown", PROXY),
        ("x-forwarded-for", "6.6.6.6, ", PROXY),
        ("x-forwarded-for", "6.6.6.6, 1.2.3", PROXY),
        (
            "x-forwarded-for",
            "6.6.6.6, x, 10.9.9.9, 10.0.0.2",
            "10.9.9.9",
        ),
        ("x-forwarded-for", "x, 203.0.113.7", CLIENT),
        ("x-forwarded-for", "[203.0.113.7]", PROXY),
        ("forwarded", "", PROXY),
        ("forwarded", "for=unknown", PROXY),
        (
            "forwarded",
            "for=6.6.6.6, for=_hidden, for=10.9.9.9",
            "10.9.9.9",
        ),
        ("forwarded", "proto=https", PROXY),
        ("forwarded", "for=6.6.6.6, proto=https", PROXY),
        ("forwarded", "203.0.113.7", PROXY),
        ("forwarded", "for =203.0.113.7", PROXY),
        // A quote that the client left open swallows what the proxy wrote.
        ("forwarded", "for=6.6.6.6;a=\", for=203.0.113.7", PROXY),
        (
            "forwarded",
            "for=6.6.6.6;a=\", for=\"[2001:db8::7]\"",
            PROXY,
        ),
    ] {
        assert_eq!(client(PROXY, &[(name, line)]), expected, "{name}: {line}");
    }
}

#[test]
fn two_headers_that_differ_name_nobody() {
    let both = |forwarded| {
        client(
            PROXY,
            &[("forwarded", forwarded), ("x-forwarded-for", CLIENT)],
        )
    };
    assert_eq!(both("for=203.0.113.7"), CLIENT);
    assert_eq!(both("for=6.6.6.6"), PROXY);
}

#[test]
fn a_peer_counts_as_itself_without_headers() {
    assert_eq!(client(PROXY, &[]), PROXY);
    assert_eq!(client("::ffff:203.0.113.7", &[]), CLIENT);
    assert_eq!(
        client("::ffff:10.0.0.1", &[("x-forwarded-for", CLIENT)]),
        CLIENT
    );
}

proptest! {
    #[test]
    fn what_a_peer_says_that_is_not_trusted_changes_nothing(
        peer in any::<IpAddr>(),
        lines in prop::collection::vec((any::<bool>(), "[ -~]{0,60}|(for=)?\"?[0-9a-f.:]{1,20}\"?(, ?10[.]0[.]0[.]1)?"), 0..4),
    ) {
        let peer = peer.to_canonical();
        prop_assume!(!is_among(&proxies(), peer));
        let lines: Vec<(&str, &str)> = lines
            .iter()
            .map(|(is_new, line)| (if *is_new { "forwarded" } else { "x-forwarded-for" }, line.as_str()))
            .collect();
        prop_assert_eq!(client(&peer.to_string(), &lines), peer.to_string());
    }

    #[test]
    fn what_a_client_says_before_a_trusted_proxy_changes_nothing(said in "[ !#-~]{0,60}") {
        let line = format!("{said}, {CLIENT}");
        prop_assert_eq!(client(PROXY, &[("x-forwarded-for", &line)]), CLIENT);
        // In a line of its own, because it need not be well formed.
        let lines = [("forwarded", said.as_str()), ("forwarded", "for=203.0.113.7;proto=https")];
        prop_assert_eq!(client(PROXY, &lines), CLIENT);
    }
}
