//! What all streams of changes share: how many there may be, when they end, and the events.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::Kept;
use crate::domain::board::BoardId;
use crate::domain::version::CatalogVersion;
use crate::history::{ChangesPage, History, HistoryError, VersionChanges};
use crate::http::caching::to_json;
use crate::http::problem::ApiError;
use crate::http::views::CatalogChangedView;

/// Streams at a time. Each keeps a connection, and at most one [`Page`] of events that its client has not read.
const MAX_STREAMS: usize = 256;
/// Changes that are loaded at a time; a version is never cut in two.
const PAGE_CHANGES: usize = 100;

/// What all streams of changes share.
pub struct Streams {
    slots: Arc<Semaphore>,
    stop: CancellationToken,
    /// The page rendered last. Every stream that is up to date wants the same one next, so that it is loaded and
    /// rendered once, however many streams there are; the lock makes the others wait for it.
    last: Mutex<Option<Arc<Page>>>,
}

/// Some events in a row, as they are sent.
#[derive(Debug)]
pub(super) struct Page {
    after: i64,
    /// Which versions there were.
    pub(super) kept: Kept,
    /// The last version looked at.
    pub(super) reached: i64,
    /// A block of text for each event.
    pub(super) events: Vec<Bytes>,
}

impl Streams {
    /// Streams that end when `stop` is cancelled: otherwise they would hold up the end of the service.
    pub fn until(stop: CancellationToken) -> Streams {
        Streams {
            slots: Arc::new(Semaphore::new(MAX_STREAMS)),
            stop,
            last: Mutex::new(None),
        }
    }

    /// When to end.
    pub(super) fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// A place for one more stream, kept until it is dropped.
    ///
    /// # Errors
    /// [`ApiError::Overloaded`] when there is none.
    pub(super) fn enter(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        let slot = Arc::clone(&self.slots).try_acquire_owned();
        slot.map_err(|_| ApiError::Overloaded)
    }

    /// The events of the versions after `after`, of `board` alone where one is given; `shown` is the newest version
    /// that is shown here.
    pub(super) async fn load_page(
        &self,
        history: &History,
        after: i64,
        board: Option<&BoardId>,
        shown: CatalogVersion,
    ) -> Result<Arc<Page>, HistoryError> {
        let load = async || {
            let found = history.load_changes(after, board, PAGE_CHANGES).await?;
            Ok(Arc::new(Page::of(&found, after, shown)))
        };
        if board.is_some() {
            return load().await;
        }
        let mut last = self.last.lock().await;
        if let Some(page) = last.as_ref().filter(|page| page.after == after) {
            return Ok(Arc::clone(page));
        }
        let page = load().await?;
        // An empty page is not for long.
        if page.reached > after {
            *last = Some(Arc::clone(&page));
        }
        Ok(page)
    }
}

impl Page {
    fn of(found: &ChangesPage, after: i64, shown: CatalogVersion) -> Page {
        Page {
            after,
            kept: Kept::of(found, shown),
            reached: found.reached,
            events: found.versions.iter().filter_map(render).collect(),
        }
    }
}

/// `version` as one event; `None` where it changed nothing that callers see.
fn render(version: &VersionChanges) -> Option<Bytes> {
    let view = CatalogChangedView::of(version);
    if view.changes.is_empty() {
        return None;
    }
    let head = format!("id: {}\nevent: catalog.changed\ndata: ", view.version);
    let mut event = head.into_bytes();
    // JSON has no line ends of its own.
    event.extend(to_json(&view));
    event.extend(b"\n\n");
    Some(event.into())
}
