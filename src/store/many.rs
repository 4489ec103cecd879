//! Many rows in one statement: each statement waits for SQLite's thread, which costs more than a row does.

use sqlx::Arguments;
use sqlx::sqlite::SqliteArguments;

use super::channel::Statement;

/// How many rows a statement inserts: the most of these that are there. Times the columns, of which a row has some two
/// dozen, they stay far below the 32,766 values that SQLite takes.
const SIZES: [usize; 2] = [128, 32];

/// A statement that inserts rows, in sizes.
#[derive(Debug)]
pub(super) struct Insert {
    one: &'static str,
    many: [String; SIZES.len()],
    /// Values of a row.
    columns: usize,
}

/// Some rows, and the statement that inserts as many.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a, T> {
    pub(super) sql: &'static str,
    pub(super) rows: &'a [T],
    columns: usize,
}

impl<T> Piece<'_, T> {
    /// The statement without values, and with room for all of them: it would be moved a dozen times else.
    pub(super) fn statement(&self) -> Statement<'static> {
        let mut values = SqliteArguments::default();
        values.reserve(self.rows.len() * self.columns, 0);
        sqlx::query_with(self.sql, values)
    }
}

impl Insert {
    /// The statement `one`, which inserts one row.
    pub(super) fn of(one: &'static str) -> Insert {
        Insert {
            one,
            many: SIZES.map(|rows| for_rows(one, rows)),
            columns: one.matches('?').count(),
        }
    }

    /// `rows` in as few pieces as there are statements for.
    pub(super) fn pieces<'a, T>(
        &'static self,
        rows: &'a [T],
    ) -> impl Iterator<Item = Piece<'a, T>> {
        let mut rest = rows;
        std::iter::from_fn(move || {
            let sizes = SIZES.iter().zip(&self.many);
            let mut fitting = sizes.filter(|(size, _)| **size <= rest.len());
            let (size, sql) = match fitting.next() {
                Some((size, sql)) => (*size, sql.as_str()),
                None => (1, self.one),
            };
            let (piece, after) = rest.split_at_checked(size)?;
            rest = after;
            Some(Piece {
                sql,
                rows: piece,
                columns: self.columns,
            })
        })
    }

    /// How many of `rows` go into the largest statements.
    pub(super) fn whole(rows: usize) -> usize {
        rows - rows % SIZES[0]
    }
}

/// The statement `one` for so many rows.
fn for_rows(one: &str, rows: usize) -> String {
    let (head, places) = one
        .rsplit_once("VALUES")
        .expect("a row is inserted by its values");
    format!("{head}VALUES{}", vec![places; rows].join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::LazyLock;

    #[test]
    fn rows_go_into_the_largest_statements_that_they_fill() {
        static INSERT: LazyLock<Insert> =
            LazyLock::new(|| Insert::of("INSERT INTO t (a, b) VALUES (?, ?)"));
        for (rows, sizes) in [
            (0, vec![]),
            (2, vec![1, 1]),
            (33, vec![32, 1]),
            (290, vec![128, 128, 32, 1, 1]),
        ] {
            let all: Vec<usize> = (0..rows).collect();
            let pieces: Vec<Piece<'_, usize>> = INSERT.pieces(&all).collect();
            let lengths: Vec<usize> = pieces.iter().map(|piece| piece.rows.len()).collect();
            assert_eq!(lengths, sizes, "{rows}");
            assert!(pieces.iter().flat_map(|piece| piece.rows).eq(&all));
            for Piece { sql, rows, .. } in pieces {
                assert!(sql.starts_with("INSERT INTO t (a, b) VALUES (?, ?)"));
                assert_eq!(sql.matches('?').count(), 2 * rows.len());
            }
        }
        assert_eq!(Insert::whole(290), 256);
    }
}
