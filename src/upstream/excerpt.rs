//! Vendor text cut to a length and a form that messages can carry.

/// At most `max_chars` characters of `text` on one line, without control characters or marks that turn its direction.
pub(super) fn excerpt(text: &str, max_chars: usize) -> String {
    let harmless = |c: char| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let mut shown = text
        .chars()
        .filter(|c| harmless(*c))
        .map(|c| if c.is_control() { ' ' } else { c });
    let mut line: String = shown.by_ref().take(max_chars).collect();
    line.truncate(line.trim_end().len());
    if shown.next().is_some() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_one_short_line_that_reads_forwards() {
        assert_eq!(excerpt("a\u{1b}[31m\nb", 100), "a [31m b");
        assert_eq!(excerpt("25.00\u{202e}!", 100), "25.00!");
        assert_eq!(excerpt(&"x".repeat(500), 3), "xxx…");
        assert_eq!(excerpt("abc", 3), "abc");
    }
}
