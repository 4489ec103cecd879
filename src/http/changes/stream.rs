//! `/v1/changes/stream`: the change feed as Server-Sent Events (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).
//!
//! A stream remembers the last version it has sent, waits until a newer one is shown, and reads on from there: so it
//! leaves none out and repeats none, also where several were published since it last looked. It reads on only when the
//! client has taken what there was: one that does not read is cut off by the server's write time-out, and resumes.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use tokio::sync::{OwnedSemaphorePermit, watch};
use utoipa::IntoParams;

use super::streams::Page;
use super::{find_board, read_board, read_position};
use crate::access::Caller;
use crate::domain::board::BoardId;
use crate::domain::version::CatalogVersion;
use crate::history::HistoryError;
use crate::http::Api;
use crate::http::caching::{CATALOG_VERSION, Reader};
use crate::http::params::{Parameter, Params, Query};
use crate::http::problem::ApiError;
use crate::http::version::MAX_VERSION;
use crate::http::views::CatalogChangedView;

/// The header with which a client resumes.
pub(crate) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// How that header is called in the document and in problems.
const LAST_EVENT_ID_NAME: &str = "Last-Event-ID";
/// How long a stream is silent at most: shorter than proxies wait before they take a connection for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// A comment, which clients ignore.
const KEEP_ALIVE_COMMENT: Bytes = Bytes::from_static(b": keep-alive\n\n");

const PARAMETERS: &[Parameter] = &[Parameter::once("after"), Parameter::once("board")];

/// Which part of the feed.
#[derive(Debug, Clone, IntoParams)]
#[into_params(parameter_in = Query)]
struct Start {
    /// Begin after this version, 0 for the very first; from now on unless given. `Last-Event-ID` wins.
    #[param(
        value_type = i64,
        required = false,
        minimum = 0,
        maximum = 9_007_199_254_740_991_i64,
        example = 41
    )]
    after: Option<i64>,
    /// Only changes of the board with this id.
    #[param(
        required = false,
        nullable = false,
        min_length = 1,
        max_length = 64,
        pattern = r"^[^\s,\x00-\x1f\x7f-\x9f\ufffd]+$",
        example = "1001"
    )]
    board: Option<String>,
}

/// Changes as they happen
///
/// Server-Sent Events, one for each version that changes something: `id` is the version, `event` is `catalog.changed`,
/// `data` the JSON described here. Reconnect with `Last-Event-ID`, as browsers do by themselves, and nothing is left
/// out or repeated. Comments keep the connection alive. A stream without a given beginning opens with an `id` alone.
#[utoipa::path(
    get,
    path = "/v1/changes/stream",
    tag = "changes",
    params(
        Start,
        ("Last-Event-ID" = Option<i64>, Header, description = "Resume after this version: the `id` of the last event that came.",
            minimum = 0, maximum = 9_007_199_254_740_991_i64, nullable = false, example = 41),
    ),
    responses((status = 200, description = "The data of each event.", body = CatalogChangedView, content_type = "text/event-stream")),
)]
pub(crate) async fn stream_changes(
    State(api): State<Arc<Api>>,
    reader: Reader,
    caller: Option<Extension<Caller>>,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let mut params = Params::of_query(&query, PARAMETERS);
    let start = Start {
        after: read_position(&mut params),
        board: read_board(&mut params),
    };
    let resumed = read_last_event_id(&headers, &mut params);
    params.finish()?;
    let board = find_board(&api, &reader, start.board.as_deref()).await?;
    let shown = reader.catalog.head().version;
    let given = resumed
        .map(|id| (id, LAST_EVENT_ID_NAME))
        .or(start.after.map(|after| (after, "after")));
    let mut follower = Follower {
        slot: api.streams.enter()?,
        caller: caller.map(|Extension(caller)| caller),
        newest: api.catalog.subscribe(),
        board,
        after: shown.get(),
        unsent: VecDeque::new(),
        api,
    };
    match given {
        Some((after, name)) => follower.begin_after(after, name, shown).await?,
        // A client that is cut off before the first event knows where to resume all the same.
        None => follower.unsent.push_back(opening(shown)),
    }
    Ok(respond(follower, shown))
}

/// The version in `Last-Event-ID`; `None` when absent or wrong.
fn read_last_event_id(headers: &HeaderMap, params: &mut Params) -> Option<i64> {
    let value = headers.get(LAST_EVENT_ID)?;
    let number = value.to_str().ok().and_then(|text| text.parse().ok());
    let number = number.filter(|number| (0..=MAX_VERSION).contains(number));
    if number.is_none() {
        let detail = "is not the id of an event here, which is a whole number";
        params.refuse(LAST_EVENT_ID_NAME, detail.to_owned());
    }
    number
}

fn opening(shown: CatalogVersion) -> Bytes {
    format!("id: {shown}\n\n").into()
}

fn respond(follower: Follower, shown: CatalogVersion) -> Response {
    let events = stream::unfold(follower, async |mut follower| {
        let event = follower.next().await?;
        Some((Ok::<_, Infallible>(event), follower))
    });
    let mut response = Response::new(Body::from_stream(events));
    let headers = response.headers_mut();
    let event_stream = HeaderValue::from_static("text/event-stream");
    headers.insert(CONTENT_TYPE, event_stream);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CATALOG_VERSION, HeaderValue::from(shown.get()));
    // Or else nginx keeps events back until a buffer is full.
    let unbuffered = HeaderName::from_static("x-accel-buffering");
    headers.insert(unbuffered, HeaderValue::from_static("no"));
    response
}

/// Waits until the caller's token is good no longer: for ever where there is none.
async fn until_refused(api: &Api, caller: Option<&Caller>) {
    match caller {
        Some(caller) => api.admission.register.until_refused(caller).await,
        None => std::future::pending().await,
    }
}

/// One stream: how far it is, and what comes next.
struct Follower {
    api: Arc<Api>,
    newest: watch::Receiver<Option<CatalogVersion>>,
    board: Option<BoardId>,
    /// Who listens, where a token was shown.
    caller: Option<Caller>,
    /// The last version that is sent, or waits in `unsent`.
    after: i64,
    unsent: VecDeque<Bytes>,
    #[expect(dead_code, reason = "kept as long as the stream lasts")]
    slot: OwnedSemaphorePermit,
}

impl Follower {
    /// Goes to the version `after`, which the parameter `name` gives, and takes what comes next.
    async fn begin_after(
        &mut self,
        after: i64,
        name: &str,
        shown: CatalogVersion,
    ) -> Result<(), ApiError> {
        self.after = after;
        let page = self.load_page(shown).await?;
        page.kept.check(after, name)?;
        self.take(&page);
        Ok(())
    }

    /// The next piece of the stream; `None` at its end, which asks the client to resume: the service stops, the token is
    /// good no longer, or the feed cannot be read.
    async fn next(&mut self) -> Option<Bytes> {
        while !self.api.streams.stop().is_cancelled() {
            if let Some(event) = self.unsent.pop_front() {
                return Some(event);
            }
            let after = self.after;
            let is_news =
                |newest: &Option<CatalogVersion>| newest.is_some_and(|newest| newest.get() > after);
            let shown = tokio::select! {
                () = self.api.streams.stop().cancelled() => return None,
                () = until_refused(&self.api, self.caller.as_ref()) => return None,
                () = tokio::time::sleep(KEEP_ALIVE) => return Some(KEEP_ALIVE_COMMENT),
                shown = self.newest.wait_for(is_news) => (*shown.ok()?)?,
            };
            self.go_on(shown).await?;
        }
        None
    }

    /// Takes what comes after the last version; `None` when that cannot be told.
    async fn go_on(&mut self, shown: CatalogVersion) -> Option<()> {
        let after = self.after;
        match self.load_page(shown).await {
            // Versions may be dropped while a client is far behind; it is told so when it resumes.
            Ok(page) if page.kept.check(after, LAST_EVENT_ID_NAME).is_err() => None,
            Ok(page) if page.reached <= after => {
                tracing::error!(after, %shown, "a stream of changes ends: the database lacks a version that is shown");
                None
            }
            Ok(page) => {
                self.take(&page);
                Some(())
            }
            Err(error) => {
                tracing::error!(after, %error, "a stream of changes ends: the changes cannot be read");
                None
            }
        }
    }

    async fn load_page(&self, shown: CatalogVersion) -> Result<Arc<Page>, HistoryError> {
        let (streams, history) = (&self.api.streams, &self.api.history);
        streams
            .load_page(history, self.after, self.board.as_ref(), shown)
            .await
    }

    fn take(&mut self, page: &Page) {
        self.after = page.reached;
        self.unsent.extend(page.events.iter().cloned());
    }
}
