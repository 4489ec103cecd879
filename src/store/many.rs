//! Many rows in one statement: each statement waits for SQLite's thread, which costs more than a row does.

/// How many rows a statement inserts. More are hardly quicker, and few are left over for statements of one row.
pub(super) const ROWS_AT_ONCE: usize = 32;

/// The statement `insert`, which inserts one row, for [`ROWS_AT_ONCE`] rows.
pub(super) fn rows_at_once(insert: &str) -> String {
    let (head, places) = insert
        .rsplit_once("VALUES")
        .expect("a row is inserted by its values");
    let rows = vec![places; ROWS_AT_ONCE];
    format!("{head}VALUES{}", rows.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_of_many_rows_has_the_places_of_each() {
        let many = rows_at_once("INSERT INTO t (a, b) VALUES (?, ?)");
        assert!(many.starts_with("INSERT INTO t (a, b) VALUES (?, ?), (?, ?), "));
        assert_eq!(many.matches('?').count(), 2 * ROWS_AT_ONCE);
    }
}
