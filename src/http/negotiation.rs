//! What callers say of themselves in headers: which bodies they have, and whether they take them compressed.

use axum::http::header::ACCEPT_ENCODING;
use axum::http::{HeaderMap, HeaderValue};
use sha2::{Digest, Sha256};

/// The weak entity tag of `body`: half of its SHA-256 in hexadecimal.
///
/// Weak, because the compressed form has the same one.
pub(crate) fn etag_of(body: &[u8]) -> String {
    let digest = Sha256::digest(body);
    let half = digest.iter().take(16);
    let hex: String = half.map(|byte| format!("{byte:02x}")).collect();
    format!("W/\"{hex}\"")
}

/// Whether an `If-None-Match` of these lines names `etag`, compared weakly; `*` names any.
pub(crate) fn matches_any<'a>(lines: impl Iterator<Item = &'a HeaderValue>, etag: &str) -> bool {
    let opaque = etag.trim_start_matches("W/");
    lines
        .filter_map(|line| line.to_str().ok())
        .any(|line| line.trim() == "*" || opaque_tags(line).any(|tag| tag == opaque))
}

/// The tags of a list, quotes included, without `W/`. A comma inside quotes belongs to the tag.
fn opaque_tags(list: &str) -> impl Iterator<Item = &str> {
    let mut rest = list;
    std::iter::from_fn(move || {
        let start = rest.find('"')?;
        let length = rest[start + 1..].find('"')? + 2;
        let tag = &rest[start..start + length];
        rest = &rest[start + length..];
        Some(tag)
    })
}

/// Whether the caller takes gzip, and likes it no less than the plain form (RFC 9110, 12.5.3).
pub(crate) fn takes_gzip(headers: &HeaderMap) -> bool {
    let (mut gzip, mut any, mut identity) = (None, None, None);
    let lines = headers.get_all(ACCEPT_ENCODING).iter();
    let lines = lines.filter_map(|line| line.to_str().ok());
    for coding in lines.flat_map(|line| line.split(',')) {
        let (name, weight) = parse_coding(coding);
        match name.to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => gzip = Some(weight),
            "identity" => identity = Some(weight),
            "*" => any = Some(weight),
            _ => {}
        }
    }
    let gzip = gzip.or(any).unwrap_or(0);
    gzip > 0 && gzip >= identity.unwrap_or(0)
}

/// The name of a coding and its weight in thousandths; a weight that is none counts as 0.
fn parse_coding(coding: &str) -> (&str, u16) {
    let (name, parameter) = match coding.split_once(';') {
        None => return (coding.trim(), 1_000),
        Some((name, parameter)) => (name.trim(), parameter.trim()),
    };
    let weight = parameter
        .strip_prefix("q=")
        .or_else(|| parameter.strip_prefix("Q="));
    (name, weight.and_then(parse_weight).unwrap_or(0))
}

/// A `qvalue` (`0`, `0.5`, `1.000`) in thousandths.
fn parse_weight(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = fraction.bytes().all(|byte| byte.is_ascii_digit());
    if !matches!(whole, "0" | "1") || fraction.len() > 3 || !digits {
        return None;
    }
    let thousandths: u16 = format!("{fraction:0<3}").parse().ok()?;
    let weight = if whole == "1" { 1_000 } else { 0 } + thousandths;
    (weight <= 1_000).then_some(weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(value))])
    }

    #[test]
    fn gzip_is_sent_only_to_those_who_want_it() {
        for wanted in [
            "gzip",
            "GZIP",
            "br, gzip;q=0.5",
            "*",
            "x-gzip",
            "gzip, identity",
            "gzip; q=1.000",
        ] {
            assert!(takes_gzip(&accepting(wanted)), "{wanted}");
        }
        let unwanted = [
            "",
            "br",
            "gzip;q=0",
            "gzip;q=0.000",
            "*;q=0",
            "identity",
            "gzip;q=0.5, identity;q=1",
            "*, gzip;q=0",
            "gzip;q=nonsense",
            "gzip;q=2",
        ];
        for unwanted in unwanted {
            assert!(!takes_gzip(&accepting(unwanted)), "{unwanted}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }

    #[test]
    fn a_known_tag_is_found_anywhere_in_the_list_and_compared_weakly() {
        let etag = "W/\"abc\"";
        let matches =
            |value: &'static str| matches_any([&HeaderValue::from_static(value)].into_iter(), etag);
        for known in [
            "W/\"abc\"",
            "\"abc\"",
            "*",
            " * ",
            "\"x\", W/\"abc\"",
            "\"x,y\",\"abc\"",
        ] {
            assert!(matches(known), "{known}");
        }
        for unknown in [
            "",
            "abc",
            "\"abcd\"",
            "W/\"ab\"",
            "\"x,abc\"",
            "\"abc",
            "\"*\"",
        ] {
            assert!(!matches(unknown), "{unknown}");
        }
    }

    #[test]
    fn tags_differ_where_bodies_do() {
        assert_eq!(etag_of(b""), "W/\"e3b0c44298fc1c149afbf4c8996fb924\"");
        assert_ne!(etag_of(b"a"), etag_of(b"b"));
    }
}
