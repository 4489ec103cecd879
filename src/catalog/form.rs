//! Texts with gaps: what answers that are computed have in common, ready but for what each request makes of it.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use crate::domain::quote::Figure;

/// The most boards of one catalog whose parts of quotes are kept: some 2 kB each.
const MAX_KEPT_BOARDS: usize = 20_000;

/// A text with gaps, each of which a `G` says how to fill. In a gap stands what mostly fills it, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form<G> {
    text: Box<str>,
    /// The gaps in order, none within another.
    gaps: Box<[Gap<G>]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Gap<G> {
    start: u32,
    end: u32,
    filled_with: G,
}

impl<G: Copy> Form<G> {
    /// The form of `text` with `gaps`, each where some bytes of it stand, or none.
    ///
    /// # Panics
    /// When the gaps are out of order, or the ends of one are not between two characters of the text.
    pub fn new(text: &str, gaps: Vec<(Range<usize>, G)>) -> Form<G> {
        let ends = gaps.iter().flat_map(|(at, _)| [at.start, at.end]);
        assert!(ends.clone().all(|end| text.is_char_boundary(end)));
        assert!(ends.is_sorted());
        let to_u32 = |at: usize| u32::try_from(at).expect("a form is not 4 GB");
        let gap = |(at, filled_with): (Range<usize>, G)| Gap {
            start: to_u32(at.start),
            end: to_u32(at.end),
            filled_with,
        };
        Form {
            text: text.into(),
            gaps: gaps.into_iter().map(gap).collect(),
        }
    }

    /// The text, with what stands in the gaps.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The pieces of the text in order, each with the gap that follows it; the last piece has none. What stands in the
    /// gaps belongs to the pieces, unless `is_open` says that another filling is wanted.
    pub fn pieces(&self, is_open: impl Fn(G) -> bool) -> impl Iterator<Item = (&str, Option<G>)> {
        let mut gaps = self.gaps.iter();
        let mut rest = Some(0);
        std::iter::from_fn(move || {
            let from = rest?;
            let open = gaps.find(|gap| is_open(gap.filled_with));
            rest = open.map(|gap| gap.end as usize);
            Some(match open {
                Some(gap) => (&self.text[from..gap.start as usize], Some(gap.filled_with)),
                None => (&self.text[from..], None),
            })
        })
    }
}

/// A gap in what every quote of a snapshot says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameGap {
    /// When the quote is made.
    QuotedAt,
    /// Its first day.
    StartsOn,
    /// Whether the vendor was last checked too long ago.
    Stale,
}

/// What every quote of a snapshot says.
#[derive(Debug)]
pub struct QuoteFrame {
    /// The text.
    pub form: Form<FrameGap>,
    /// A number that another snapshot has another of, whatever they differ in: chance would have to be against us.
    pub seed: u64,
}

/// A board's parts of quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardForm {
    /// Its prices.
    pub prices: Form<BoardGap>,
    /// Its warnings, with commas between them, where they are the same in every quote.
    pub warnings: Option<Box<str>>,
}

/// A gap in a board's part of a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoardGap {
    /// Which line of the board: those of pass-through fees first.
    pub line: u32,
    /// What of it.
    pub figure: Figure,
}

/// The boards' parts of quotes, each made for who first asks and kept for as long as the catalog.
#[derive(Default)]
pub struct BoardForms {
    forms: Box<[OnceLock<Arc<BoardForm>>]>,
    kept: AtomicUsize,
}

impl BoardForms {
    /// None yet, of so many boards.
    pub fn of(boards: usize) -> BoardForms {
        BoardForms {
            forms: (0..boards).map(|_| OnceLock::new()).collect(),
            kept: AtomicUsize::new(0),
        }
    }

    /// Those of another catalog, whose boards are the same but for those at the positions `changed`.
    pub fn follow(&self, changed: &[u32]) -> BoardForms {
        let forms: Box<[_]> = self.forms.iter().cloned().collect();
        let mut followers = BoardForms {
            forms,
            kept: AtomicUsize::new(0),
        };
        for position in changed {
            if let Some(place) = followers.forms.get_mut(*position as usize) {
                *place = OnceLock::new();
            }
        }
        let kept = followers.forms.iter().filter(|place| place.get().is_some());
        followers.kept = AtomicUsize::new(kept.count());
        followers
    }

    /// The form of the board at `position`, which `make` makes; `None` where that cannot be, or where enough are kept.
    pub fn get_or_make(
        &self,
        position: usize,
        make: impl FnOnce() -> Option<BoardForm>,
    ) -> Option<&BoardForm> {
        let place = self.forms.get(position)?;
        if let Some(form) = place.get() {
            return Some(form);
        }
        // Several threads may go past the limit together: by one form each.
        if self.kept.load(Ordering::Relaxed) >= MAX_KEPT_BOARDS {
            return None;
        }
        let form = Arc::new(make()?);
        self.kept.fetch_add(1, Ordering::Relaxed);
        Some(place.get_or_init(|| form))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_and_gaps_come_in_order() {
        let form = Form::new("ab\u{e9}c", vec![(0..0, 'x'), (2..2, 'y'), (4..4, 'z')]);
        let pieces: Vec<_> = form.pieces(|_| true).collect();
        let expected = [
            ("", Some('x')),
            ("ab", Some('y')),
            ("\u{e9}", Some('z')),
            ("c", None),
        ];
        assert_eq!(pieces, expected);
    }

    #[test]
    fn what_stands_in_a_gap_stays_unless_it_is_to_be_filled() {
        let form = Form::new("0123456789", vec![(1..3, 'x'), (3..4, 'y'), (8..10, 'z')]);
        let pieces = |open: &str| {
            let pieces = form.pieces(|gap| open.contains(gap));
            pieces.collect::<Vec<_>>()
        };
        assert_eq!(pieces(""), [("0123456789", None)]);
        assert_eq!(pieces("y"), [("012", Some('y')), ("456789", None)]);
        let expected = [("0", Some('x')), ("34567", Some('z')), ("", None)];
        assert_eq!(pieces("xz"), expected);
    }

    #[test]
    fn a_form_is_made_once_and_only_where_it_can_be() {
        let forms = BoardForms::of(2);
        let form = || {
            Some(BoardForm {
                prices: Form::new("text", Vec::new()),
                warnings: None,
            })
        };
        assert!(forms.get_or_make(0, || None).is_none());
        assert!(forms.get_or_make(0, form).is_some());
        assert!(forms.get_or_make(0, || unreachable!()).is_some());
        assert!(forms.get_or_make(2, form).is_none());
    }
}
