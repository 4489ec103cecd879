//! Cursors: where a page ended, as a position among all boards there could be.
//!
//! A cursor holds the sort key of the last board shown, not a count of boards: pages lose none and repeat none while
//! boards come and go. Any key is a valid position, so nothing in a cursor needs to be looked up or trusted.

use axum::http::HeaderValue;
use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use crate::domain::board::Board;
use crate::domain::folded::fold;

/// Marks the form of the key, so that another can come.
const START: &str = "b1.";
/// Marks the end, so that a cut cursor is noticed.
const END: &str = ".e";
/// URL-safe base64 without padding. Unused bits are ignored: what fits the documented pattern is a cursor.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// A position in a list of boards: rank of the match, folded name, id, compared as bytes in that order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cursor(Vec<u8>);

/// A text that is no cursor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is damaged; take next_cursor as it came, or start again without one")]
pub(crate) struct DamagedCursor;

impl Cursor {
    /// The position of `board` in a list in which it has `rank`.
    pub(crate) fn at(rank: u32, board: &Board) -> Cursor {
        let mut key = rank.to_be_bytes().to_vec();
        key.extend_from_slice(fold(&board.facts.name).as_bytes());
        // Below every character of a folded name: a name sorts before those it begins.
        key.push(0);
        key.extend_from_slice(board.facts.id.as_str().as_bytes());
        Cursor(key)
    }

    /// Reads a cursor as it was given out.
    ///
    /// # Errors
    /// When it is not one.
    pub(crate) fn parse(text: &str) -> Result<Cursor, DamagedCursor> {
        let key = text
            .strip_prefix(START)
            .and_then(|rest| rest.strip_suffix(END))
            .ok_or(DamagedCursor)?;
        BASE64.decode(key).map(Cursor).map_err(|_| DamagedCursor)
    }

    /// The cursor as text, safe in a URL.
    pub(crate) fn to_text(&self) -> String {
        format!("{START}{}{END}", BASE64.encode(&self.0))
    }
}

/// A `Link` to the page after this one: the same path and parameters, with `cursor`.
pub(crate) fn link_to_next(path: &str, query: &str, cursor: &str) -> HeaderValue {
    let kept = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "cursor");
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .append_pair("cursor", cursor)
        .finish();
    HeaderValue::from_str(&format!("<{path}?{query}>; rel=\"next\""))
        .expect("an encoded query is visible ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_damage_is_noticed() {
        let cursor = Cursor(vec![0, 0, 0, 7, b'a', b'b', 0, b'1', b'2']);
        let text = cursor.to_text();
        assert_eq!(Cursor::parse(&text), Ok(cursor));
        let cut = &text[..text.len() - 1];
        let padded = text.replace(END, "=.e");
        for damaged in [
            "",
            "nonsense",
            "b1.A.e",
            "b1.",
            cut,
            &padded,
            &format!("{text}x"),
        ] {
            assert_eq!(Cursor::parse(damaged), Err(DamagedCursor), "{damaged}");
        }
    }

    #[test]
    fn unused_bits_do_not_make_a_cursor_invalid() {
        assert_eq!(Cursor::parse("b1.AB.e"), Ok(Cursor(vec![0])));
        assert_eq!(Cursor::parse("b1..e"), Ok(Cursor(vec![])));
    }

    #[test]
    fn the_link_keeps_every_other_parameter() {
        let link = link_to_next("/v1/boards", "q=a%26b&cursor=old&limit=2", "b1.AA.e");
        assert_eq!(
            link,
            "</v1/boards?q=a%26b&limit=2&cursor=b1.AA.e>; rel=\"next\""
        );
    }
}
