//! Which day a version is of, and whether the terms of fees follow from another.

use std::borrow::Borrow;
use std::sync::Arc;

use chrono::{Days, NaiveDate};

use super::base::Base;
use crate::domain::board::Board;

/// The day of a version published `today` after one of `base_day`.
///
/// A clock that is set back over midnight does not take terms back; one that was far ahead is not followed for years.
pub(super) fn day_of_version(base_day: NaiveDate, today: NaiveDate) -> NaiveDate {
    match is_far_ahead(base_day, today) {
        true => today,
        false => base_day.max(today),
    }
}

/// Whether `day` is further ahead of `today` than clocks that are set right can be: it is more than the next one.
pub(super) fn is_far_ahead(day: NaiveDate, today: NaiveDate) -> bool {
    day > today + Days::new(1)
}

/// Whether terms begin or end between the base's day and the one that a version would have `today`.
pub(super) fn has_due_terms(base: &Base, today: NaiveDate) -> bool {
    base.head.as_ref().is_some_and(|head| {
        let day = day_of_version(head.as_of, today);
        let boards = base.merged.boards().map(Arc::as_ref);
        terms_differ(boards, head.as_of, day)
    })
}

/// Whether terms of a fee of `boards` begin or end between two days, whichever is the earlier.
pub(super) fn terms_differ(
    boards: impl IntoIterator<Item = impl Borrow<Board>>,
    day: NaiveDate,
    other: NaiveDate,
) -> bool {
    let (earlier, later) = (day.min(other), day.max(other));
    let is_between = |edge| earlier < edge && edge <= later;
    let mut boards = boards.into_iter();
    boards.any(|board| board.borrow().term_edges().any(is_between))
}
