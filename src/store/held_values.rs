//! What is held back of a board, as one column: a JSON array.

use serde::{Deserialize, Serialize};

use super::StoreError;
use super::place::Place;
use crate::domain::board::HeldValue;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeldValueColumn {
    part: String,
    reason: String,
    since_ms: i64,
}

/// Reads the column; `None` and nothing held are the same.
pub(super) fn read_held_values(
    place: Place<'_>,
    column: &'static str,
    json: Option<&str>,
) -> Result<Vec<HeldValue>, StoreError> {
    let Some(json) = json else {
        return Ok(Vec::new());
    };
    let values: Vec<HeldValueColumn> =
        serde_json::from_str(json).map_err(|error| place.wrong(column, error))?;
    let read = |value: HeldValueColumn| {
        Ok(HeldValue {
            part: place.parse(column, &value.part)?,
            reason: value.reason,
            since: place.time(column, value.since_ms)?,
        })
    };
    values.into_iter().map(read).collect()
}

/// Writes the column, as [`read_held_values`] reads it.
pub(super) fn join_held_values(values: &[HeldValue]) -> Option<String> {
    if values.is_empty() {
        return None;
    }
    let values: Vec<HeldValueColumn> = values
        .iter()
        .map(|value| HeldValueColumn {
            part: value.part.to_string(),
            reason: value.reason.clone(),
            since_ms: value.since.timestamp_millis(),
        })
        .collect();
    Some(serde_json::to_string(&values).expect("texts and numbers are JSON"))
}
