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
mod tests;
