//! What was met on the way and is worth a line: each text once, with its count.

use std::collections::HashMap;

/// The most lines handed on.
const MAX_LINES: usize = 100;

/// Collects notices; what is said of a thousand boards is one line.
#[derive(Debug, Default)]
pub(super) struct Notices {
    lines: Vec<(String, u64)>,
    positions: HashMap<String, usize>,
    left_out: u64,
    sightings: u64,
}

impl Notices {
    /// Counts one more sighting of `text`.
    pub(super) fn add(&mut self, text: String) {
        self.sightings += 1;
        if let Some(position) = self.positions.get(&text) {
            self.lines[*position].1 += 1;
        } else if self.lines.len() < MAX_LINES - 1 {
            self.positions.insert(text.clone(), self.lines.len());
            self.lines.push((text, 1));
        } else {
            self.left_out += 1;
        }
    }

    /// How often there was something to say.
    pub(super) fn sightings(&self) -> u64 {
        self.sightings
    }

    /// The lines in the order of their first sighting, at most a hundred.
    pub(super) fn into_lines(self) -> Vec<String> {
        let counted = |(text, count)| match count {
            1 => text,
            _ => format!("{text} ({count} times)"),
        };
        let mut lines: Vec<String> = self.lines.into_iter().map(counted).collect();
        if self.left_out > 0 {
            lines.push(format!("and {} more notices", self.left_out));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_notice_is_one_line_with_its_count() {
        let mut notices = Notices::default();
        for text in ["a", "b", "a"] {
            notices.add(text.to_owned());
        }
        assert_eq!(notices.into_lines(), ["a (2 times)", "b"]);
    }

    #[test]
    fn notices_end_at_a_hundred_lines() {
        let mut notices = Notices::default();
        (0..150).for_each(|number| notices.add(number.to_string()));
        let lines = notices.into_lines();
        assert_eq!(lines.len(), 100);
        assert_eq!(lines[99], "and 51 more notices");
    }
}
