//! Importing a file of the list.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use utoipa::IntoParams;

use super::edit::names;
use super::precondition::Precondition;
use crate::curation::csv::{RowError, write_entries};
use crate::curation::{ImportError, ImportOptions, Imported};
use crate::domain::curated::{CuratedEntry, EntryId};
use crate::http::Api;
use crate::http::authorization::Acting;
use crate::http::body::CsvBody;
use crate::http::caching::unstored_json;
use crate::http::negotiation::strong_etag_of;
use crate::http::params::{Parameter, Params, Query};
use crate::http::problem::{ApiError, Fault, Place};
use crate::http::views::{CuratedDifferenceView, ImportView};

/// The most errors of a file that one answer reports.
const MAX_ERRORS: usize = 100;

/// How a file is imported.
#[derive(Debug, Clone, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Whether nothing is written, and only what would change is shown.
    #[param(value_type = bool, required = false, default = false, example = true)]
    dry_run: bool,
    /// Whether entries that the file does not have are taken off the list.
    #[param(value_type = bool, required = false, default = false, example = false)]
    replace: bool,
    /// Whether boards may have other names than the vendor gives them.
    #[param(value_type = bool, required = false, default = false, example = false)]
    accept_names: bool,
}

impl Asked {
    fn read(query: &Query) -> Result<Asked, ApiError> {
        let known = ["dry_run", "replace", "accept_names"].map(Parameter::once);
        let mut params = Params::of_query(query, &known);
        let mut flag = |name| params.flag(name).unwrap_or(false);
        let asked = Asked {
            dry_run: flag("dry_run"),
            replace: flag("replace"),
            accept_names: flag("accept_names"),
        };
        params.finish()?;
        Ok(asked)
    }
}

/// Import a file of the curated list
///
/// All of the file or, where it has any error, nothing. Entries of the file replace those of the same board and channel
/// as a whole. With `If-Match`, only where the list is still what was seen.
#[utoipa::path(
    post,
    path = "/v1/curated-fees/import",
    tag = "curated list",
    params(
        Asked,
        ("If-Match" = Option<String>, Header, description = "The tag of the list as it was seen: `list_etag` of a dry run, or the `ETag` of the CSV.", example = "\"9a0364b9e99bb480dd25e1f0284c8555\""),
    ),
    request_body(content = String, description = "The file, in UTF-8, with a header row.", content_type = "text/csv"),
    responses((status = 200, description = "What the import did, or would do.", body = ImportView)),
)]
pub(crate) async fn import_curated_fees(
    State(api): State<Arc<Api>>,
    Acting(actor): Acting,
    headers: HeaderMap,
    query: Query,
    CsvBody(file): CsvBody,
) -> Result<Response, ApiError> {
    let asked = Asked::read(&query)?;
    let expected = Precondition::read(&headers)?;
    let options = ImportOptions {
        replace: asked.replace,
        names: names(Some(asked.accept_names)),
    };
    let holds = |list: &str| {
        let holds = |expected: &Precondition| expected.holds_for_text(list);
        expected.as_ref().is_none_or(holds)
    };
    let imported = match asked.dry_run {
        true => api.curation.check(&file, options, &holds).await,
        false => api.curation.import(&file, options, &holds, &actor).await,
    };
    Ok(unstored_json(&view(
        &imported.map_err(refuse)?,
        asked.dry_run,
    )))
}

fn view(imported: &Imported, dry_run: bool) -> ImportView<'_> {
    let Imported { base, plan, head } = imported;
    let before = &base.rows.curated;
    let after: BTreeMap<&EntryId, &CuratedEntry> = plan
        .changes
        .curated
        .iter()
        .map(|entry| (&entry.id, entry))
        .collect();
    let changed = plan.changes.curated.iter().map(|entry| &entry.id);
    let differences = changed
        .chain(&plan.removed)
        .map(|id| CuratedDifferenceView::of(id, before.get(id), after.get(id).copied()));
    let mut new_list: BTreeMap<&EntryId, &CuratedEntry> = before.iter().collect();
    new_list.extend(&after);
    for id in &plan.removed {
        new_list.remove(id);
    }
    ImportView {
        dry_run,
        catalog_version: head.as_ref().map(|head| head.version),
        list_etag: list_etag(before.values()),
        new_list_etag: list_etag(new_list.into_values()),
        unchanged: plan.unchanged,
        differences: differences.collect(),
    }
}

/// The tag of a list, as the CSV of it has.
fn list_etag<'a>(entries: impl Iterator<Item = &'a CuratedEntry>) -> String {
    strong_etag_of(write_entries(entries).as_bytes())
}

fn refuse(error: ImportError) -> ApiError {
    match error {
        ImportError::Rows(errors) => ApiError::Invalid(faults(&errors)),
        ImportError::Unexpected => ApiError::PreconditionFailed(
            "The list is not what you have seen: somebody changed it; nothing was imported. Look at a dry run again.",
        ),
        error if error.is_busy() => ApiError::Overloaded,
        error => ApiError::Internal(format!("{:#}", anyhow::Error::new(error))),
    }
}

/// The errors of a file, as many as are shown; the last says how many there are besides.
fn faults(errors: &[RowError]) -> Vec<Fault> {
    let mut faults: Vec<Fault> = errors.iter().take(MAX_ERRORS).map(fault).collect();
    let left = errors.len().saturating_sub(MAX_ERRORS);
    if left > 0 {
        faults.push(Fault {
            place: Place::Pointer(String::new()),
            detail: format!("has {left} more errors; correct these first"),
        });
    }
    faults
}

/// In a file, a place is a row as a spreadsheet numbers it, and a column: `/14/amount`.
fn fault(error: &RowError) -> Fault {
    let pointer = match error.column.as_str() {
        "" => format!("/{}", error.row),
        column => format!("/{}/{column}", error.row),
    };
    Fault {
        place: Place::Pointer(pointer.replace('~', "~0")),
        detail: error.problem.clone(),
    }
}
