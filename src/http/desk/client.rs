//! Whose request it is: the address of the client, also behind proxies.
//!
//! Anybody can write `Forwarded` (RFC 7239) and `X-Forwarded-For`, so they are read only where a trusted proxy is the
//! peer, and of them only what trusted proxies wrote: seen from the right, every address up to and including the first
//! that is no trusted proxy's. What stands left of it the client may have made up.

use std::net::{IpAddr, SocketAddr};

use axum::http::header::FORWARDED;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;

/// The older header of the same meaning: addresses alone, separated by commas.
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of the client whose request came from `peer` with `headers`, where those in `proxies` are believed.
///
/// An IPv4 address in the clothes of IPv6 counts as itself. Where an entry is no address, the one of the trusted proxy
/// that wrote it counts. So does the peer's where both headers are there and name different clients: a proxy that knows
/// one of them lets the other through as the client wrote it.
pub(super) fn address_of(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let peer = peer.to_canonical();
    if !is_among(proxies, peer) {
        return peer;
    }
    let named = |name: HeaderName, read: ReadLine| {
        let lines = headers.get_all(&name);
        headers.contains_key(&name).then(|| {
            let mut trail = Trail::before(proxies);
            for line in lines {
                read(line, &mut trail);
            }
            trail.client.unwrap_or(peer)
        })
    };
    match (
        named(FORWARDED, read_forwarded),
        named(X_FORWARDED_FOR, read_forwarded_for),
    ) {
        (Some(one), Some(other)) if one != other => peer,
        (Some(client), _) | (None, Some(client)) => client,
        (None, None) => peer,
    }
}

fn is_among(proxies: &[IpNet], address: IpAddr) -> bool {
    proxies.iter().any(|network| network.contains(&address))
}

/// Reads one line of a header, and tells what it names.
type ReadLine = fn(&HeaderValue, &mut Trail<'_>);

/// The addresses that a request has come by, told from the client's end.
///
/// They are told from the left, because quoted texts can be read from there alone; each one may take the place of those
/// before it, so that in the end it is as if they had been looked at from the right.
struct Trail<'p> {
    proxies: &'p [IpNet],
    /// Whose request it is by what was told; `None` while that is nobody's address.
    client: Option<IpAddr>,
}

impl<'p> Trail<'p> {
    fn before(proxies: &'p [IpNet]) -> Trail<'p> {
        Trail {
            proxies,
            client: None,
        }
    }

    /// Notes the next one; `None` is no address.
    fn then(&mut self, address: Option<IpAddr>) {
        self.client = match address.map(|address| address.to_canonical()) {
            Some(address) if is_among(self.proxies, address) => self.client.or(Some(address)),
            other => other,
        };
    }
}

fn read_forwarded_for(line: &HeaderValue, trail: &mut Trail<'_>) {
    for entry in line.to_str().unwrap_or_default().split(',') {
        trail.then(node(entry.trim()));
    }
}

fn read_forwarded(line: &HeaderValue, trail: &mut Trail<'_>) {
    let mut rest = line.to_str().unwrap_or_default();
    loop {
        let Some((node, after)) = element(rest) else {
            // Nothing in it can be told apart any more.
            return trail.then(None);
        };
        trail.then(node);
        match after {
            None => return,
            Some(after) => rest = after,
        }
    }
}

/// The address that the first element of `text` says the request is `for`, and what follows its comma; `None` where it
/// does not keep to the form of RFC 7239, 4.
fn element(text: &str) -> Option<(Option<IpAddr>, Option<&str>)> {
    let (mut named, mut rest) = (None, text);
    loop {
        let (name, value) = rest.split_once('=')?;
        let name = name.trim_start();
        if !is_token(name) {
            return None;
        }
        let (value, after) = value_of(value)?;
        if name.eq_ignore_ascii_case("for") {
            named = node(value);
        }
        let after = after.trim_start();
        match after.as_bytes().first() {
            None => return Some((named, None)),
            Some(b',') => return Some((named, Some(&after[1..]))),
            Some(b';') => rest = &after[1..],
            Some(_) => return None,
        }
    }
}

/// The value that `text` begins with, and what follows it. A quoted one is given as it is between its quotes: no address
/// has an escape in it.
fn value_of(text: &str) -> Option<(&str, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ';', ' ', '\t']).unwrap_or(text.len());
        let (value, after) = text.split_at(end);
        return is_token(value).then_some((value, after));
    };
    let mut is_escaped = false;
    for (position, byte) in quoted.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return Some((&quoted[..position], &quoted[position + 1..])),
            _ => {}
        }
    }
    None
}

/// Whether `text` is a token of HTTP; colons too, with which some proxies write ports without quotes.
fn is_token(text: &str) -> bool {
    let is_taken = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~:".contains(&byte);
    !text.is_empty() && text.bytes().all(is_taken)
}

/// The address in `text`, which may have a port; an IPv6 address may be in brackets.
fn node(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    if let Some(bare) = bare {
        return bare.parse().map(IpAddr::V6).ok();
    }
    let with_port = || text.parse().map(|address: SocketAddr| address.ip());
    text.parse().or_else(|_| with_port()).ok()
}

#[cfg(test)]
mod tests {
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
}
