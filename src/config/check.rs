//! What a single value must look like. Every message gives the value and the remedy.

use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::str::FromStr;

use chrono_tz::Tz;
use ipnet::IpNet;
use rust_decimal::Decimal;
use url::{Host, Url};

use crate::domain::fee::UnknownWord;

pub(super) fn boolean(text: &str) -> Result<bool, String> {
    text.parse()
        .map_err(|_| format!("\"{text}\" is neither true nor false"))
}

pub(super) fn non_blank(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("is blank; give a value or leave it out".to_owned()),
        _ => Ok(text.to_owned()),
    }
}

/// The path of a file, which is read where it is needed.
pub(super) fn file(text: &str) -> Result<PathBuf, String> {
    non_blank(text).map(PathBuf::from)
}

pub(super) fn word<T: FromStr<Err = UnknownWord>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: UnknownWord| error.to_string())
}

pub(super) fn whole_number(text: &str) -> Result<u32, String> {
    whole_number_in(text, 0, u32::MAX)
}

pub(super) fn whole_number_in<T>(text: &str, least: T, most: T) -> Result<T, String>
where
    T: FromStr + PartialOrd + Display,
{
    let number = text.parse::<T>().ok();
    number
        .filter(|number| (&least..=&most).contains(&number))
        .ok_or_else(|| format!("\"{text}\" is not a whole number from {least} to {most}"))
}

/// Seconds of a wait: a day is more than any takes.
pub(super) fn seconds(text: &str) -> Result<u64, String> {
    whole_number_in(text, 1, 24 * 60 * 60)
}

/// Hours for which a check is good: far beyond ten years, the moment after them is no date any more.
pub(super) fn hours(text: &str) -> Result<u32, String> {
    whole_number_in(text, 1, 10 * 366 * 24)
}

/// Bytes: so many that no sum of two overflows.
pub(super) fn bytes(text: &str) -> Result<u64, String> {
    whole_number_in(text, 1, u64::from(u32::MAX))
}

pub(super) fn percent(text: &str) -> Result<u32, String> {
    whole_number_in(text, 0, 100)
}

pub(super) fn limit(text: &str) -> Result<Option<NonZeroU32>, String> {
    whole_number(text)
        .map(NonZeroU32::new)
        .map_err(|problem| format!("{problem}; 0 is no limit"))
}

/// Days to keep something for, at most a hundred years.
pub(super) fn days_or_all(text: &str) -> Result<Option<NonZeroU32>, String> {
    whole_number_in(text, 0, 36_500)
        .map(NonZeroU32::new)
        .map_err(|problem| format!("{problem}; 0 keeps everything"))
}

pub(super) fn ratio(text: &str) -> Result<Decimal, String> {
    let ratio = Decimal::from_str_exact(text).ok();
    ratio
        .filter(|ratio| (Decimal::ONE..=Decimal::from(1_000_000)).contains(ratio))
        .ok_or_else(|| format!("\"{text}\" is not a ratio from 1 to 1000000; write it like 5.0"))
}

pub(super) fn time_zone(text: &str) -> Result<Tz, String> {
    text.parse()
        .map_err(|_| format!("\"{text}\" is not a time zone; write it like America/Chicago or UTC"))
}

pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        format!("\"{text}\" is not an IP address with a port; write it like 127.0.0.1:8080 or [::1]:8080")
    })
}

/// An address, or a network that is written by its first address.
pub(super) fn network(text: &str) -> Result<IpNet, String> {
    let single = || text.parse::<IpAddr>().map(IpNet::from);
    let network = text.parse().or_else(|_| single());
    let network: IpNet = network.map_err(|_| {
        format!("\"{text}\" is neither an IP address nor a network; write it like 10.0.0.7 or 10.0.0.0/8")
    })?;
    match network.trunc() {
        first if first == network => Ok(network),
        first => Err(format!(
            "\"{text}\" is an address within a network; write {first} for all of it, or the address alone"
        )),
    }
}

pub(super) fn database_url(text: &str) -> Result<String, String> {
    let path = text
        .strip_prefix("sqlite://")
        .or_else(|| text.strip_prefix("sqlite:"));
    match path {
        Some(path) if !path.is_empty() => Ok(text.to_owned()),
        // The URL of another kind of database may hold a password: its scheme is enough.
        _ => {
            let scheme = text.split_once(':').map_or(text, |(scheme, _)| scheme);
            Err(format!(
                "\"{scheme}\" is not a database of this service; write it like sqlite:///var/lib/ptf-cache/ptf-cache.db"
            ))
        }
    }
}

/// The vendor's root: https, or plain http where it stays on this machine or somebody accepted it.
pub(super) fn base_url(text: &str, allow_http: bool) -> Result<Url, String> {
    let example = "write it like https://www.example.com/api";
    let url = match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => url,
        _ if text.contains('@') => return Err(format!("is not a web address; {example}")),
        _ => return Err(format!("\"{text}\" is not a web address; {example}")),
    };
    // The text may hold the password here, so it is not repeated.
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "holds a user name; move it to upstream.username and upstream.password".to_owned(),
        );
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(format!(
            "\"{text}\" has a query or a fragment; leave the address alone, a query belongs into upstream.mapping"
        ));
    }
    if url.scheme() == "http" && !allow_http && !is_loopback(&url) {
        return Err(format!(
            "\"{text}\" would send the password readable to anybody on the way; use https, or set upstream.allow_http"
        ));
    }
    Ok(url)
}

/// Where a webhook goes: https, or plain http where private addresses are allowed. A query is part of it.
pub(super) fn endpoint_url(text: &str, allow_http: bool) -> Result<Url, String> {
    let url = match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => url,
        _ => {
            return Err(
                "is not a web address; write it like https://www.example.com/hook".to_owned(),
            );
        }
    };
    // What it holds may be secret, so it is not repeated.
    if !url.username().is_empty() || url.password().is_some() {
        return Err("holds a user name; leave it out, the signature says who sends".to_owned());
    }
    if url.fragment().is_some() {
        return Err("has a fragment, which is never sent; leave it out".to_owned());
    }
    if url.scheme() == "http" && !allow_http {
        return Err(
            "is plain http, which anybody on the way can read; use https, or set webhooks.allow_private"
                .to_owned(),
        );
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// An origin exactly as browsers send it, because it is compared as text.
pub(super) fn origin(text: &str) -> Result<String, String> {
    let url = Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"));
    let Some(url) = url.filter(|_| !text.contains('*')) else {
        return Err(format!(
            "\"{text}\" is not an origin; name each one like https://www.example.com"
        ));
    };
    let origin = url.origin().ascii_serialization();
    if text.eq_ignore_ascii_case(&origin) {
        return Ok(origin);
    }
    Err(format!(
        "\"{text}\" is more than an origin, or written otherwise than browsers do; write {origin}"
    ))
}
