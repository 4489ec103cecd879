//! The version that is made while its rows are written.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::base::Base;
use crate::catalog::{Catalog, CatalogHandle, PreparedCatalog};
use crate::domain::rows::RowChanges;
use crate::domain::version::{ContentHash, HeadDraft, VersionHead};

/// A version on its way: its rows, and the catalog to be shown.
pub(super) struct Next {
    /// Its run is still to be told.
    pub(super) head: VersionHead,
    /// Without the head.
    pub(super) base: Base,
    /// `None` where nothing can be shown yet.
    pub(super) prepared: Option<PreparedCatalog>,
}

impl Next {
    /// Makes the version `head` of `before` and `changes`, and tells `hash` what its content hash is; where there is a
    /// `shown` one, the catalog that will follow it.
    pub(super) fn make(
        before: Base,
        changes: &RowChanges,
        head: HeadDraft,
        hash: oneshot::Sender<ContentHash>,
        shown: Option<Arc<CatalogHandle>>,
    ) -> Next {
        let head_before = before.head.clone();
        let ids = changes.board_ids();
        let base = before.with(changes, &ids);
        let content_hash = base.merged.content_hash();
        // Nobody waits for it where writing has failed.
        let _ = hash.send(content_hash);
        let head = head.with_hash(content_hash);
        let prepared = shown.map(|handle| {
            let shown = handle.get();
            let shown = shown.filter(|shown| Some(shown.catalog.head()) == head_before.as_ref());
            let catalog = match shown {
                Some(shown) => shown.catalog.follow(head.clone(), &base.merged, &ids),
                None => Catalog::of(head.clone(), base.merged.boards().cloned().collect()),
            };
            handle.prepare(catalog)
        });
        Next {
            head,
            base,
            prepared,
        }
    }
}
