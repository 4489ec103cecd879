//! The routes of the API: a table, of which the router takes the handlers, and the document what they declare.
//!
//! Every group says who may use it, and there is no other way to add a route.

use std::sync::Arc;

use axum::routing::MethodRouter;
use utoipa_axum::router::UtoipaMethodRouter;

use super::authorization::Access;
use super::body::{MAX_BODY_BYTES, MAX_ENTRY_BYTES, MAX_FILE_BYTES};
use super::{
    Api, audit, boards, catalog, changes, curated_fees, history, options, quote, sync_runs,
};
use crate::domain::token::Role;

/// Some routes that the same callers may use.
pub(super) struct Group {
    /// Who may.
    pub(super) access: Access,
    /// How many bytes a body may have, where the work grows with the catalog, so that it is done aside; `None` where it
    /// does not.
    pub(super) aside: Option<usize>,
    pub(super) routes: Vec<Route>,
}

impl Group {
    /// `routes` whose work grows with the catalog, or with a body of at most so many bytes.
    fn aside<const N: usize>(access: Access, max_body_bytes: usize, routes: [Route; N]) -> Group {
        Group {
            access,
            aside: Some(max_body_bytes),
            routes: routes.into(),
        }
    }

    /// `routes` that answer at once.
    fn at_once<const N: usize>(access: Access, routes: [Route; N]) -> Group {
        Group {
            access,
            aside: None,
            routes: routes.into(),
        }
    }
}

/// A path, and what is done there.
pub(super) struct Route {
    pub(super) path: String,
    pub(super) handlers: MethodRouter<Arc<Api>>,
    /// What its handlers declare. Only the document asks, because working it out for all routes takes milliseconds.
    pub(super) describe: fn() -> UtoipaMethodRouter<Arc<Api>>,
}

/// The route of some handlers, which are of the same path.
macro_rules! route {
    ($($first:ident)::+ $(, $($other:ident)::+)* $(,)?) => {{
        use utoipa_axum::{PathItemExt, routes};

        let mut handlers = MethodRouter::new();
        for method in routes!(@path [methods()] of $($first)::+) {
            handlers = handlers.on(method.to_method_filter(), $($first)::+);
        }
        $(
            for method in routes!(@path [methods()] of $($other)::+) {
                handlers = handlers.on(method.to_method_filter(), $($other)::+);
            }
        )*
        Route {
            path: routes!(@path [path()] of $($first)::+),
            handlers,
            describe: || routes!($($first)::+ $(, $($other)::+)*),
        }
    }};
}

/// All of them, in the order of the document.
pub(super) fn groups() -> Vec<Group> {
    let (reader, curator, operator) = (
        Access::Role(Role::Reader),
        Access::Role(Role::Curator),
        Access::Role(Role::Operator),
    );
    let drop_down = [route!(options::list_board_options)];
    let lists = [
        route!(boards::list_boards),
        route!(boards::export_boards_csv),
    ];
    let lookups = [
        route!(boards::get_board),
        route!(quote::get_quote, quote::create_quote),
    ];
    let catalog = [route!(catalog::get_catalog)];
    let past = [
        route!(history::get_board_history),
        route!(changes::list_changes),
        route!(changes::stream::stream_changes),
    ];
    let runs = [
        route!(sync_runs::list_sync_runs),
        route!(sync_runs::get_sync_run),
    ];
    let curated = [
        route!(curated_fees::list_curated_fees),
        route!(curated_fees::export_curated_fees_csv),
        route!(curated_fees::get_curated_fee),
    ];
    let edits = [route!(
        curated_fees::put_curated_fee,
        curated_fees::delete_curated_fee
    )];
    let imports = [route!(curated_fees::import_curated_fees)];
    let decisions = [
        route!(sync_runs::start_sync_run),
        route!(sync_runs::approve_sync_run),
        route!(sync_runs::reject_sync_run),
    ];
    let audit = [route!(audit::list_audit)];
    vec![
        Group::aside(Access::DropDown, MAX_BODY_BYTES, drop_down),
        Group::aside(Access::Read, MAX_BODY_BYTES, lists),
        Group::aside(Access::Read, MAX_BODY_BYTES, lookups),
        Group::at_once(Access::Read, catalog),
        Group::aside(Access::Read, MAX_BODY_BYTES, past),
        Group::aside(reader, MAX_BODY_BYTES, runs),
        Group::aside(reader, MAX_BODY_BYTES, curated),
        Group::aside(curator, MAX_ENTRY_BYTES, edits),
        Group::aside(curator, MAX_FILE_BYTES, imports),
        Group::aside(operator, MAX_BODY_BYTES, decisions),
        Group::aside(operator, MAX_BODY_BYTES, audit),
    ]
}
