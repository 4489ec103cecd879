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

/// A list that is being written.
#[derive(Debug)]
pub struct PiecesWriter {
    text: Vec<u8>,
    spans: Vec<(u32, u32)>,
    is_empty: bool,
}

impl PiecesWriter {
    /// Begins a list of at most so many boards with the text `head`.
    pub fn begin(head: &[u8], boards: usize) -> PiecesWriter {
        PiecesWriter {
            text: head.to_vec(),
            spans: Vec::with_capacity(boards),
            is_empty: true,
        }
    }

    /// Adds what `write` writes of the next board behind a comma, if that is not nothing.
    ///
    /// # Panics
    /// When the list becomes larger than 4 GB.
    pub fn add(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let to_u32 = |bytes: usize| u32::try_from(bytes).expect("a list is not 4 GB");
        let end = self.text.len();
        if !self.is_empty {
            self.text.push(b',');
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
    pub fn finish(mut self, tail: &[u8]) -> Pieces {
        self.text.extend_from_slice(tail);
        // It is kept for as long as the catalog.
        self.text.shrink_to_fit();
        Pieces {
            text: self.text.into(),
            spans: self.spans.into(),
        }
    }
}
