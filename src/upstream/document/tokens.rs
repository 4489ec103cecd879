//! How long one text or number of a page may be, found out before it is parsed.

/// The longest text or number, in bytes as they are sent: far beyond any name or note, far below a whole page.
pub(super) const MAX_TOKEN_BYTES: usize = 2 << 20;

/// Whether a text, a number or a gap between two is longer than [`MAX_TOKEN_BYTES`].
///
/// The parser copies a text with escapes, and a number, before anybody can look at it: without this, one text of
/// 32 MiB would be in memory three times. A body no longer than the limit costs nothing here, and one of texts of usual
/// lengths next to nothing.
pub(super) fn has_long_token(body: &[u8]) -> bool {
    !ends_are_near(body) && longest_token(body) > MAX_TOKEN_BYTES
}

/// Whether a few looks show that no token is long: a quote that no backslash precedes begins or ends a text, whatever
/// stands before it, so that no token goes beyond it.
fn ends_are_near(body: &[u8]) -> bool {
    let mut start = 0;
    while body.len() - start > MAX_TOKEN_BYTES {
        let from = start + MAX_TOKEN_BYTES / 2;
        let ahead = &body[from..start + MAX_TOKEN_BYTES];
        let is_end = |pair: &[u8]| pair[1] == b'"' && pair[0] != b'\\';
        match ahead.windows(2).position(is_end) {
            Some(at) => start = from + at + 1,
            None => return false,
        }
    }
    true
}

/// The most bytes between two places at which a text, a number or a word can end.
fn longest_token(body: &[u8]) -> usize {
    let (mut longest, mut start) = (0, 0);
    let (mut in_text, mut is_escaped) = (false, false);
    for (at, byte) in body.iter().enumerate() {
        if is_escaped {
            is_escaped = false;
            continue;
        }
        match byte {
            b'\\' => is_escaped = in_text,
            b'"' => in_text = !in_text,
            b',' | b':' | b'[' | b']' | b'{' | b'}' if !in_text => {}
            _ => continue,
        }
        if *byte != b'\\' {
            longest = longest.max(at - start);
            start = at;
        }
    }
    longest.max(body.len() - start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_as_long_as_it_is_sent() {
        for (body, longest) in [
            ("", 0),
            ("[1,22,333]", 4),
            (r#"{"ab":"c"}"#, 3),
            (r#"["a,b:c[d"]"#, 8),
            (r#"["\"\"\"\\"]"#, 9),
            ("     1", 6),
            ("\"never ends", 11),
        ] {
            assert_eq!(longest_token(body.as_bytes()), longest, "{body}");
        }
    }

    #[test]
    fn only_a_token_beyond_the_limit_is_long() {
        let page = |length: usize| format!("[\"{}\"]", "\\n".repeat(length / 2));
        assert!(!has_long_token(page(MAX_TOKEN_BYTES - 2).as_bytes()));
        assert!(has_long_token(page(MAX_TOKEN_BYTES + 2).as_bytes()));
        let many = "[1,2,3],".repeat(MAX_TOKEN_BYTES / 4);
        assert!(!has_long_token(many.as_bytes()));
        let texts = format!("[{}\"\"]", "\"a\\\"b\",".repeat(MAX_TOKEN_BYTES / 4));
        assert!(ends_are_near(texts.as_bytes()) && !has_long_token(texts.as_bytes()));
        let late = format!("{texts}\"{}\"", "\\\"".repeat(MAX_TOKEN_BYTES / 2 + 1));
        assert!(has_long_token(late.as_bytes()));
    }
}
