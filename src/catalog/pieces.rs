//! A list as text with the piece that says each board, so that the next list need not say all of them anew.

use bytes::Bytes;

/// The text of a list, and which piece of it says which board.
#[derive(Debug, Clone, Default)]
pub struct Pieces {
    text: Bytes,
    /// Where the board of each position is said: from which byte, and in how many; in none where the list has it not.
    spans: Box<[(u32, u32)]>,
}

impl Pieces {
    /// The text of the list.
    pub fn text(&self) -> &Bytes {
        &self.text
    }

    /// The piece that says the board at `position`; empty where the list has it not.
    pub fn get(&self, position: usize) -> &[u8] {
        let span = self.spans.get(position).copied();
        let (start, length) = span.unwrap_or_default();
        &self.text[start as usize..(start + length) as usize]
    }
}

/// The text around the pieces of a list.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// Before the first.
    pub head: &'a [u8],
    /// Between two.
    pub separator: &'a [u8],
    /// Behind the last.
    pub tail: &'a [u8],
}

/// An earlier list, and the positions at which the next one has other boards.
#[derive(Debug, Clone, Copy)]
pub struct Earlier<'a> {
    /// The list.
    pub pieces: &'a Pieces,
    /// The positions, in any order.
    pub changed: &'a [u32],
}

impl Pieces {
    /// A list of `boards` boards: the pieces of the `earlier` one where it says the same board, else what `write` writes of
    /// the board at a position, which is nothing where the list has it not.
    ///
    /// # Panics
    /// When the list becomes larger than 4 GB.
    pub fn write(
        around: Around<'_>,
        boards: usize,
        earlier: Option<Earlier<'_>>,
        mut write: impl FnMut(usize, &mut Vec<u8>),
    ) -> Pieces {
        let mut list = PiecesWriter {
            text: around.head.to_vec(),
            spans: Vec::with_capacity(boards),
            separator: around.separator,
            is_empty: true,
        };
        let mut changed = earlier.map_or_else(Vec::new, |earlier| earlier.changed.to_vec());
        changed.sort_unstable();
        let mut changed = changed.into_iter().peekable();
        for position in 0..boards {
            let is_changed = changed.next_if_eq(&(position as u32)).is_some();
            list.add(|text| match earlier {
                Some(earlier) if !is_changed => {
                    text.extend_from_slice(earlier.pieces.get(position));
                }
                _ => write(position, text),
            });
        }
        list.finish(around.tail)
    }
}

/// A list that is being written.
struct PiecesWriter<'a> {
    text: Vec<u8>,
    spans: Vec<(u32, u32)>,
    separator: &'a [u8],
    is_empty: bool,
}

impl PiecesWriter<'_> {
    /// Adds what `write` writes of the next board behind a separator, if that is not nothing.
    fn add(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let to_u32 = |bytes: usize| u32::try_from(bytes).expect("a list is not 4 GB");
        let end = self.text.len();
        if !self.is_empty {
            self.text.extend_from_slice(self.separator);
        }
        let start = self.text.len();
        write(&mut self.text);
        let length = self.text.len() - start;
        if length == 0 {
            self.text.truncate(end);
            self.spans.push((0, 0));
            return;
        }
        self.is_empty = false;
        self.spans.push((to_u32(start), to_u32(length)));
    }

    /// The list, which ends with the text `tail`.
    fn finish(mut self, tail: &[u8]) -> Pieces {
        self.text.extend_from_slice(tail);
        // It is kept for as long as the catalog.
        self.text.shrink_to_fit();
        Pieces {
            text: self.text.into(),
            spans: self.spans.into(),
        }
    }
}
