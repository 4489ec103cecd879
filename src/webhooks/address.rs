//! Which addresses are public: an endpoint on any other could be made to reach what only this machine can.
//!
//! Addresses are checked where the connection is made, as the resolver gives them: a name that resolves to a public
//! address first and to a private one later is refused then.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// A name without any address that a message may be sent to.
#[derive(Debug, thiserror::Error)]
#[error("{name} is at {found}, which is not public; set webhooks.allow_private if it is meant")]
pub(super) struct RefusedAddress {
    name: String,
    found: IpAddr,
}

/// Resolves names to public addresses alone.
pub(super) struct PublicResolver;

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let admitted = admitted(name.as_str(), found)?;
            Ok::<Addrs, _>(Box::new(admitted.into_iter()))
        })
    }
}

/// The public ones of the addresses `found` for `name`.
fn admitted(
    name: &str,
    found: impl Iterator<Item = SocketAddr>,
) -> Result<Vec<SocketAddr>, RefusedAddress> {
    let (public, others): (Vec<_>, Vec<_>) = found.partition(|address| is_public(address.ip()));
    match (public.is_empty(), others.first()) {
        (true, Some(other)) => Err(RefusedAddress {
            name: name.to_owned(),
            found: other.ip(),
        }),
        // None at all: the connection says so.
        _ => Ok(public),
    }
}

/// The address that `url` is written with, unless it is public; a name is looked up when it is needed.
pub(super) fn literal_private(url: &Url) -> Option<IpAddr> {
    let address = match url.host()? {
        Host::Domain(_) => return None,
        Host::Ipv4(address) => IpAddr::V4(address),
        Host::Ipv6(address) => IpAddr::V6(address),
    };
    (!is_public(address)).then_some(address)
}

/// Whether anybody on the internet could reach `address` (IANA's special-purpose registries, RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = match address.octets() {
        [0, ..] => true,                          // this network
        [100, second, ..] => second & 0xc0 == 64, // carrier-grade NAT, RFC 6598
        [192, 0, 0, _] => true,                   // protocol assignments
        [192, 88, 99, _] => true,                 // 6to4 relays
        [198, second, ..] => second & 0xfe == 18, // benchmarks
        [240..=255, ..] => true,                  // reserved, broadcast
        _ => false,
    };
    !(special
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation())
}

/// Global unicast is 2000::/3. What carries an IPv4 address inside counts as that, or is refused with its whole range.
fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(joined(high, low)), // NAT64, RFC 6052
        [0x2001, 0..=0x1ff, ..] => false, // protocol assignments, Teredo among them
        [0x2001, 0xdb8, ..] => false,     // documentation
        [0x2002, ..] => false,            // 6to4
        [0x3fff, 0..=0xfff, ..] => false, // documentation
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

fn joined(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRIVATE: &[&str] = &[
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.8.8.8",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "224.0.0.1",
        "239.1.2.3",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::a00:1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::808:808",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "3fff::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ];

    #[test]
    fn only_public_addresses_are_admitted() {
        for private in PRIVATE {
            let address: IpAddr = private.parse().unwrap();
            assert!(!is_public(address), "{private}");
            let url = Url::parse(&format!("https://{}/", SocketAddr::new(address, 9))).unwrap();
            assert_eq!(literal_private(&url), Some(address), "{url}");
        }
        for public in [
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.1",
            "172.32.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "2001:4860:4860::8888",
            "2606:4700::1111",
            "64:ff9b::808:808",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn an_address_is_seen_however_it_is_written() {
        for disguised in [
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://127.1/",
            "https://[::ffff:7f00:1]/",
        ] {
            assert!(
                literal_private(&Url::parse(disguised).unwrap()).is_some(),
                "{disguised}"
            );
        }
        assert_eq!(
            literal_private(&Url::parse("https://a.example/").unwrap()),
            None
        );
    }

    #[test]
    fn of_a_name_with_both_kinds_the_public_addresses_are_used() {
        let sockets = |texts: &[&str]| -> Vec<SocketAddr> {
            texts.iter().map(|text| text.parse().unwrap()).collect()
        };
        let both = sockets(&["10.0.0.1:0", "1.1.1.1:0", "[::1]:0"]);
        assert_eq!(
            admitted("a.example", both.into_iter()).unwrap(),
            sockets(&["1.1.1.1:0"])
        );
        let refused = admitted("a.example", sockets(&["10.0.0.1:0"]).into_iter()).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "a.example is at 10.0.0.1, which is not public; set webhooks.allow_private if it is meant"
        );
        assert!(admitted("a.example", [].into_iter()).unwrap().is_empty());
    }
}
