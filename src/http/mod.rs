//! The HTTP API: what callers see. Its routes are in `routes`, on one screen.
//!
//! A handler extracts, looks up, views, responds: it takes the current snapshot once (`caching::Reader`) and answers
//! from memory. No SQL, no vendor call, no lock; the past and the changes alone are read from the store, by `history`.
//!
//! | module | holds |
//! | --- | --- |
//! | `boards`, `options`, `quote`, `catalog`, `history`, `changes` | the resources, a handler a method |
//! | `routes`, `authorization` | the routes, and who may use them |
//! | `audit` | who changed what by hand |
//! | `curated_fees` | the list that staff keep by hand: read, edited, imported |
//! | `sync_runs` | sync runs: on record, started, decided about |
//! | `badge` | the state as a picture |
//! | `docs` | the OpenAPI document and its page |
//! | `pages` | the pages for people, and their parts |
//! | `example` | a page of somebody else's site, with the drop-down in a form |
//! | [`views`] | the JSON, shared with the terminal |
//! | `json` | writing JSON where serde is too slow |
//! | `params`, `body`, `object`, `filter`, `cursor`, `numbered`, `asked`, `version` | what callers send, checked |
//! | `caching`, `negotiation` | entity tags, `Cache-Control`, 304, compression |
//! | [`problem`] | errors as `application/problem+json` |
//! | [`desk`] | what every request goes through, and what is answered at once |
//! | `prepare` | what is rendered when a catalog is published |
//! | [`overload`] | the bound on requests in flight, and where the heavy ones are worked out |
//! | [`server`] | the accept loop: time-outs, limits, drain |
//! | [`ops`], [`metrics`] | probes and metrics on their own listener |
//! | `document`, `examples` | the OpenAPI document, generated |

mod asked;
mod audit;
mod authorization;
mod badge;
mod boards;
mod body;
mod caching;
mod catalog;
mod changes;
mod curated_fees;
mod cursor;
pub mod desk;
mod docs;
mod document;
mod example;
mod examples;
mod filter;
mod history;
mod json;
pub mod metrics;
mod missing;
mod negotiation;
mod numbered;
mod object;
pub mod ops;
mod options;
pub mod overload;
mod pages;
mod params;
mod prepare;
pub mod problem;
mod quote;
mod routes;
pub mod server;
mod sync_runs;
mod version;
pub mod views;

use std::sync::Arc;

use axum::{Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;

pub use authorization::Admission;
pub use changes::Streams;
pub use document::{document, document_json};
pub use example::example;
pub use filter::EligibilityFilter;
pub use options::render_drop_down;
pub use prepare::{prepare, prepare_shared};
pub use quote::render_quote;

use crate::catalog::CatalogHandle;
use crate::clock::SharedClock;
use crate::curation::Curation;
use crate::history::History;
use crate::sync::{OnDemand, Outlook, Reviewer};
use desk::{AtHand, Desk, answer_panic, answer_preflight};
use metrics::HttpMetrics;
use overload::{InFlight, Workshop};
use problem::ApiError;

/// What the API answers from.
pub struct Api {
    /// The newest catalog.
    pub catalog: Arc<CatalogHandle>,
    /// Past catalogs, and what changed from one to the next.
    pub history: Arc<History>,
    /// What streams of changes share.
    pub streams: Streams,
    /// The time.
    pub clock: SharedClock,
    /// Where "today" is decided, for quotes without a start date.
    pub quote_zone: chrono_tz::Tz,
    /// The list that staff keep by hand.
    pub curation: Arc<Curation>,
    /// Sync runs on record, and deciding about them.
    pub reviewer: Arc<Reviewer>,
    /// Starting sync runs.
    pub on_demand: Arc<OnDemand>,
    /// What the scheduler knows.
    pub outlook: Arc<Outlook>,
    /// Who may use what.
    pub admission: Arc<Admission>,
    /// The origins whose pages may read the API, exactly as browsers send them; empty for none.
    pub cors_origins: Vec<String>,
}

/// The desk before everything that is served, at most `max_in_flight` requests at a time being worked on or waiting for
/// it behind it (0 is no limit), all counted in `metrics`.
pub fn service(api: Arc<Api>, metrics: &Arc<HttpMetrics>, max_in_flight: usize) -> Desk {
    let in_flight = InFlight::new(max_in_flight, Arc::clone(metrics));
    let workshop = Workshop::start(Arc::clone(metrics));
    let router = router(Arc::clone(&api), &in_flight, &workshop);
    let router = match api.cors_origins.is_empty() {
        true => router,
        false => router.layer(middleware::from_fn(answer_preflight)),
    };
    let observing = middleware::from_fn_with_state(Arc::clone(metrics), metrics::observe);
    Desk::before(router.layer(observing))
        .shared_with(&api.cors_origins)
        .with_at_hand(AtHand::of(api, metrics))
}

/// The routes and what they need. What they refuse is still to be rendered by a desk.
fn router(api: Arc<Api>, in_flight: &Arc<InFlight>, workshop: &Arc<Workshop>) -> Router {
    // From the inside out: a body is there before a place is taken, and the place before the lane.
    let aside = |routes: Router<Arc<Api>>, max_body_bytes| {
        let aside = middleware::from_fn_with_state(workshop.open_lane(), overload::work_aside);
        let shedding = middleware::from_fn_with_state(Arc::clone(in_flight), overload::shed);
        let gathering = middleware::from_fn_with_state(max_body_bytes, body::gather);
        routes.layer(aside).layer(shedding).layer(gathering)
    };
    let mut routes = Router::new();
    for group in routes::groups() {
        let parts = group.routes.into_iter();
        let mut part = parts.fold(Router::new(), |part, route| {
            part.route(&route.path, route.handlers)
        });
        if let Some(max_body_bytes) = group.aside {
            part = aside(part, max_body_bytes);
        }
        let state = (Arc::clone(&api.admission), group.access);
        let admitting = middleware::from_fn_with_state(state, authorization::admit);
        routes = routes.merge(part.layer(admitting));
    }
    routes
        .merge(docs::routes())
        .merge(pages::routes())
        .merge(badge::routes())
        .with_state(api)
        .fallback(async || ApiError::NotFound)
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .layer(CatchPanicLayer::custom(answer_panic))
}
