//! What callers say of themselves in headers: which bodies they have, and how they take them compressed.

use axum::http::header::ACCEPT_ENCODING;
use axum::http::{HeaderMap, HeaderValue};
use xxhash_rust::xxh3::xxh3_128;

use crate::catalog::Coding;

/// The weak entity tag of `body`: its XXH3 of 128 bits.
///
/// Weak, because the compressed form has the same one. Every process of every build gives a body the same tag. The
/// hash resists chance, not malice: who writes a body of ours may well give it the tag of another.
pub(crate) fn etag_of(body: &[u8]) -> HeaderValue {
    HeaderValue::from_bytes(&weak_tag(xxh3_128(body))).expect("hexadecimal digits are ASCII")
}

/// The strong entity tag of `body`: of what is never sent compressed, and may be changed by whoever shows the tag.
pub(crate) fn strong_etag_of(body: &[u8]) -> String {
    let weak = etag_of(body);
    let text = weak.to_str().unwrap_or_default();
    text.trim_start_matches("W/").to_owned()
}

/// The weak entity tag of what has this `hash`.
pub(crate) fn weak_tag(hash: u128) -> [u8; 36] {
    let mut tag = *b"W/\"00000000000000000000000000000000\"";
    tag[3..19].copy_from_slice(&hex((hash >> 64) as u64));
    tag[19..35].copy_from_slice(&hex(hash as u64));
    tag
}

/// `number` in 16 hexadecimal digits.
pub(crate) fn hex(number: u64) -> [u8; 16] {
    let mut text = [0; 16];
    text[..8].copy_from_slice(&hex_of_half((number >> 32) as u32));
    text[8..].copy_from_slice(&hex_of_half(number as u32));
    text
}

/// `number` in 8 hexadecimal digits: all of them at once, each in a byte of its own.
fn hex_of_half(number: u32) -> [u8; 8] {
    let mut nibbles = u64::from(number);
    for (bits, mask) in [
        (16, 0x0000_ffff_0000_ffff),
        (8, 0x00ff_00ff_00ff_00ff),
        (4, 0x0f0f_0f0f_0f0f_0f0f),
    ] {
        nibbles = (nibbles | nibbles << bits) & mask;
    }
    let ones = 0x0101_0101_0101_0101;
    // 1 in the byte of each nibble above 9: adding 6 carries it into the bit above.
    let letters = (nibbles + ones * 6) >> 4 & ones;
    let to_letters = u64::from(b'a' - b'0' - 10);
    (nibbles + ones * u64::from(b'0') + letters * to_letters).to_be_bytes()
}

/// Whether an `If-None-Match` of these lines names `etag`, compared weakly; `*` names any.
pub(crate) fn matches_any<'a>(
    mut lines: impl Iterator<Item = &'a HeaderValue>,
    etag: &[u8],
) -> bool {
    let opaque = etag.strip_prefix(b"W/").unwrap_or(etag);
    // Mostly it is our own tag and nothing else.
    lines.any(|line| line.as_bytes() == etag || line.to_str().is_ok_and(|line| names(line, opaque)))
}

/// Whether `line` is `*`, or has the tag whose quoted part is `opaque`.
fn names(line: &str, opaque: &[u8]) -> bool {
    line.trim() == "*" || opaque_tags(line).any(|tag| tag.as_bytes() == opaque)
}

/// Whether an `If-Match` of these lines names `etag`, compared strongly (RFC 9110, 8.8.3.2); `*` names any.
pub(crate) fn names_exactly<'a>(
    mut lines: impl Iterator<Item = &'a HeaderValue>,
    etag: &str,
) -> bool {
    lines.any(|line| {
        line.to_str().is_ok_and(|line| {
            line.trim() == "*" || tags(line).any(|(is_weak, tag)| !is_weak && tag == etag)
        })
    })
}

/// The tags of a list, quotes included, without `W/`. A comma inside quotes belongs to the tag.
fn opaque_tags(list: &str) -> impl Iterator<Item = &str> {
    tags(list).map(|(_, tag)| tag)
}

/// The tags of a list, quotes included, each with whether it is weak.
fn tags(list: &str) -> impl Iterator<Item = (bool, &str)> {
    let mut rest = list;
    std::iter::from_fn(move || {
        let start = rest.find('"')?;
        let length = rest[start + 1..].find('"')? + 2;
        let is_weak = rest[..start].ends_with("W/");
        let tag = &rest[start..start + length];
        rest = &rest[start + length..];
        Some((is_weak, tag))
    })
}

/// The codings that the caller takes and likes no less than the plain form, best first (RFC 9110, 12.5.3): of two that
/// it likes the same, the smaller.
pub(crate) fn codings(headers: &HeaderMap) -> [Option<Coding>; 2] {
    let (mut gzip, mut brotli, mut any, mut identity) = (None, None, None, None);
    let lines = headers.get_all(ACCEPT_ENCODING).iter();
    let lines = lines.filter_map(|line| line.to_str().ok());
    for coding in lines.flat_map(|line| line.split(',')) {
        let (name, weight) = parse_coding(coding);
        let is = |word: &str| name.eq_ignore_ascii_case(word);
        match name {
            _ if is("gzip") || is("x-gzip") => gzip = Some(weight),
            _ if is("br") => brotli = Some(weight),
            _ if is("identity") => identity = Some(weight),
            "*" => any = Some(weight),
            _ => {}
        }
    }
    let weight = |given: Option<u16>| given.or(any).unwrap_or(0);
    let (gzip, brotli) = (weight(gzip), weight(brotli));
    let liked = |coding, weight| (weight > 0 && weight >= identity.unwrap_or(0)).then_some(coding);
    let both = [liked(Coding::Brotli, brotli), liked(Coding::Gzip, gzip)];
    match gzip > brotli {
        true => [both[1], both[0]],
        false => both,
    }
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
    fn a_body_is_compressed_only_for_those_who_want_it() {
        use Coding::{Brotli, Gzip};
        let cases: [(&str, &[Coding]); 18] = [
            ("gzip", &[Gzip]),
            ("GZIP", &[Gzip]),
            ("x-gzip", &[Gzip]),
            ("gzip, identity", &[Gzip]),
            ("gzip; q=1.000", &[Gzip]),
            ("Br", &[Brotli]),
            ("gzip, deflate, br, zstd", &[Brotli, Gzip]),
            ("*", &[Brotli, Gzip]),
            ("br, gzip;q=0.5", &[Brotli, Gzip]),
            ("br;q=0.5, gzip", &[Gzip, Brotli]),
            ("*, gzip;q=0", &[Brotli]),
            ("br;q=0.2, gzip, identity;q=0.5", &[Gzip]),
            ("", &[]),
            ("gzip;q=0.000", &[]),
            ("*;q=0", &[]),
            ("identity", &[]),
            ("gzip;q=0.5, identity;q=1", &[]),
            ("gzip;q=nonsense, br;q=2", &[]),
        ];
        for (header, expected) in cases {
            let found: Vec<Coding> = codings(&accepting(header)).into_iter().flatten().collect();
            assert_eq!(found, expected, "{header}");
        }
        assert_eq!(codings(&HeaderMap::new()), [None, None]);
    }

    #[test]
    fn a_known_tag_is_found_anywhere_in_the_list_and_compared_weakly() {
        let etag = b"W/\"abc\"";
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
    fn what_is_to_be_changed_is_named_exactly() {
        let names = |value: &'static str| {
            names_exactly([HeaderValue::from_static(value)].iter(), "\"abc\"")
        };
        for known in ["\"abc\"", "*", "W/\"abc\", \"abc\"", "\"x,y\",\"abc\""] {
            assert!(names(known), "{known}");
        }
        for unknown in ["", "abc", "W/\"abc\"", "\"x\", W/\"abc\"", "\"abcd\""] {
            assert!(!names(unknown), "{unknown}");
        }
    }

    #[test]
    fn tags_differ_where_bodies_do() {
        // The reference implementation's, of no bytes.
        assert_eq!(etag_of(b""), "W/\"99aa06d3014798d86001c324468d497f\"");
        assert_ne!(etag_of(b"a"), etag_of(b"b"));
    }
    #[test]
    fn numbers_are_written_whole() {
        assert_eq!(&hex(0), b"0000000000000000");
        assert_eq!(&hex(0x0123_4567_89ab_cdef), b"0123456789abcdef");
    }
}
