//! Which version of the catalog a read answers from: the newest, or the one it names.

use utoipa::IntoParams;

use super::caching::Reader;
use super::missing;
use super::params::Params;
use super::problem::{ApiError, Fault, Place};
use crate::domain::version::CatalogVersion;
use crate::history::History;

/// The parameter, and the member of a body, that names a version.
pub(crate) const VERSION_PARAMETER: &str = "catalog_version";
/// The largest number of a version that is read: beyond it, readers of JSON no longer tell two numbers apart.
pub(crate) const MAX_VERSION: i64 = 9_007_199_254_740_991;

/// From which version to answer.
#[derive(Debug, Clone, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "declares the parameter for the document")]
pub(crate) struct AtVersion {
    /// Answer from this version of the catalog, as on its day; from the newest unless given.
    #[param(
        value_type = i64,
        required = false,
        minimum = 1,
        maximum = 9_007_199_254_740_991_i64,
        example = 42
    )]
    catalog_version: Option<CatalogVersion>,
}

/// The version that `name` gives; `None` when absent or wrong.
pub(crate) fn read_version(params: &mut Params, name: &str) -> Option<CatalogVersion> {
    let number = params.whole_number(name, 1..=MAX_VERSION);
    number.and_then(CatalogVersion::new)
}

/// What is wrong with naming `version`, which is not there.
pub(crate) fn missing_version(
    version: impl std::fmt::Display,
    newest: CatalogVersion,
    place: Place,
) -> ApiError {
    ApiError::VersionNotFound(Fault {
        place,
        detail: format!(
            "version {version} never was, or is no longer kept; the newest is {newest}"
        ),
    })
}

impl Reader {
    /// This read, of `version` where one is given. Only the past is looked up in the store.
    ///
    /// # Errors
    /// [`ApiError::VersionNotFound`], its fault being at `place`; or the store fails.
    pub(crate) async fn of_version(
        mut self,
        version: Option<CatalogVersion>,
        history: &History,
        place: Place,
    ) -> Result<Reader, ApiError> {
        let newest = self.catalog.head().version;
        if let Some(version) = version.filter(|version| *version != newest) {
            let past = history.load_catalog(version).await?;
            self.catalog = past.ok_or_else(|| missing_version(version, newest, place))?;
        }
        Ok(self)
    }

    /// That `text` is no board's id in the version that is read.
    pub(crate) fn missing_board(&self, text: &str, place: Place) -> ApiError {
        self.missing_boards(vec![(text, place)])
    }

    /// That these texts are no boards' ids in the version that is read.
    pub(crate) fn missing_boards(&self, texts: Vec<(&str, Place)>) -> ApiError {
        let unknown = texts.len();
        let faults = texts.into_iter();
        let faults = faults.map(|(text, place)| self.missing_fault(text, unknown, place));
        ApiError::BoardNotFound(faults.collect())
    }

    fn missing_fault(&self, text: &str, unknown: usize, place: Place) -> Fault {
        let mut fault = missing::board(&self.catalog, text, unknown, place);
        let version = self.catalog.head().version;
        if version != self.newest.catalog.head().version {
            fault.detail = format!("in version {version}, {}", fault.detail);
        }
        fault
    }
}
