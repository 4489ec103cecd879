//! A desk with a catalog behind it, and requests to it.

use std::path::Path;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use chrono::TimeDelta;
use chrono_tz::Tz;
use http_body_util::BodyExt;
use prometheus_client::registry::Registry;
use ptf_cache::access::{Issuer, Lifetime, Register};
use ptf_cache::catalog::CatalogHandle;
use ptf_cache::clock::{FixedClock, SharedClock};
use ptf_cache::domain::audit::Actor;
use ptf_cache::domain::token::Role;
use ptf_cache::http::desk::{Desk, LimitSettings};
use ptf_cache::http::metrics::HttpMetrics;
use ptf_cache::http::{Admission, Api, Streams, prepare, service};
use ptf_cache::store::{Store, StoreSettings};
use serde_json::Value;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::api::api_of;
use crate::catalogs::{Boards, checked_at};

/// How long a check is good for in these tests.
pub(crate) const MAX_AGE: TimeDelta = TimeDelta::hours(26);
/// Where quotes are made.
pub(crate) const ZONE: Tz = chrono_tz::America::Los_Angeles;
/// The origin whose pages may read the API.
pub(crate) const ORIGIN: &str = "https://forms.example";

/// The API over some boards.
pub(crate) struct Served {
    pub(crate) handle: Arc<CatalogHandle>,
    pub(crate) clock: Arc<FixedClock>,
    /// The database behind the history; empty unless a test publishes.
    pub(crate) store: Store,
    /// The tokens.
    pub(crate) register: Arc<Register>,
    /// Ends streams.
    pub(crate) stop: CancellationToken,
    pub(crate) desk: Arc<Desk>,
    measured: Arc<HttpMetrics>,
    registry: Registry,
    folder: TempDir,
}

/// One answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Served {
    /// Before the first catalog, an hour after [`checked_at`].
    pub(crate) async fn empty() -> Served {
        let clock = Arc::new(FixedClock::at(checked_at() + TimeDelta::hours(1)));
        Served::build(clock.clone(), clock, None).await
    }

    /// With one board of each kind, where reading needs a token; the drop-down too, if `drop_down_needs_token`.
    pub(crate) async fn closed(drop_down_needs_token: bool) -> Served {
        let clock = Arc::new(FixedClock::at(checked_at() + TimeDelta::hours(1)));
        let served = Served::build(clock.clone(), clock, Some(drop_down_needs_token)).await;
        served.publish(&Boards::of_every_kind());
        served
    }

    /// With one board of each kind, and another clock.
    pub(crate) async fn by_clock(clock: SharedClock) -> Served {
        let own = Arc::new(FixedClock::at(checked_at()));
        let served = Served::build(own, clock, None).await;
        served.publish(&Boards::of_every_kind());
        served
    }

    /// Where reading needs a token, `closed` says whether the drop-down does.
    async fn build(clock: Arc<FixedClock>, shown: SharedClock, closed: Option<bool>) -> Served {
        let handle = Arc::new(CatalogHandle::new(prepare, MAX_AGE));
        let folder = tempfile::tempdir().unwrap();
        let store = open_store(folder.path()).await;
        let stop = CancellationToken::new();
        let api = api_of(handle.clone(), store.clone(), shown, ZONE).await;
        let register = Arc::clone(&api.admission.register);
        let api = Api {
            streams: Streams::until(stop.clone()),
            admission: Arc::new(Admission {
                register: Arc::clone(&register),
                read_needs_token: closed.is_some(),
                drop_down_needs_token: closed.unwrap_or(false),
            }),
            cors_origins: vec![ORIGIN.to_owned()],
            ..api
        };
        let mut registry = Registry::default();
        let metrics = HttpMetrics::register(&mut registry);
        Served {
            handle,
            clock,
            store,
            stop,
            register,
            desk: Arc::new(service(Arc::new(api), &metrics, 0)),
            measured: metrics,
            registry,
            folder,
        }
    }

    fn publish(&self, boards: &Boards) {
        self.handle.publish(boards.build(42), checked_at());
    }

    /// With `boards` as version 42, checked an hour ago.
    pub(crate) async fn with(boards: &Boards) -> Served {
        let served = Served::empty().await;
        served.publish(boards);
        served
    }

    /// With one board of each kind.
    pub(crate) async fn new() -> Served {
        Served::with(&Boards::of_every_kind()).await
    }

    /// The same, where nobody may ask more often than `settings` say.
    pub(crate) fn limited(self, settings: LimitSettings) -> Served {
        let admission = Admission {
            register: Arc::clone(&self.register),
            read_needs_token: false,
            drop_down_needs_token: false,
        };
        let desk = Arc::into_inner(self.desk).unwrap();
        let desk = desk.limited(settings, Arc::new(admission), Arc::clone(&self.measured));
        Served {
            desk: Arc::new(desk),
            ..self
        }
    }

    /// The same database once more, as another process opens it.
    pub(crate) async fn open_store_again(&self) -> Store {
        open_store(self.folder.path()).await
    }

    /// What has been measured, as it is scraped.
    pub(crate) fn metrics(&self) -> String {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry).unwrap();
        text
    }

    /// Sends a request.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.desk.receive(request).await.unwrap();
        let (mut head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        if head.status == StatusCode::OK && !head.headers.contains_key("content-length") {
            // As the server does.
            let length = HeaderValue::from(body.len());
            head.headers.insert("content-length", length);
        }
        Answer {
            status: head.status,
            headers: head.headers,
            body,
        }
    }

    /// Sends a request without a body.
    pub(crate) async fn ask(&self, method: Method, uri: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// GET.
    pub(crate) async fn get(&self, uri: &str) -> Answer {
        self.ask(Method::GET, uri, &[]).await
    }

    /// GET, which must succeed, as JSON.
    pub(crate) async fn json(&self, uri: &str) -> Value {
        let answer = self.get(uri).await;
        assert_eq!(answer.status, StatusCode::OK, "{uri}: {answer:?}");
        answer.json()
    }

    /// POST of `body` as JSON to the quote.
    pub(crate) async fn post_quote(&self, body: &str) -> Answer {
        let request = Request::post("/v1/quote").header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_owned())).unwrap())
            .await
    }
}

/// Asks with a token.
pub(crate) struct Holder<'s> {
    served: &'s Served,
    header: String,
}

impl<'s> Holder<'s> {
    /// With a new token of `role`.
    pub(crate) async fn of(served: &'s Served, role: Role) -> Holder<'s> {
        let clock = served.clock.clone();
        let issuer = Issuer::new(served.store.clone(), clock, Actor::at_terminal("test"));
        let name = format!("the {role}").parse().unwrap();
        let issued = issuer.issue(name, role, Lifetime::DEFAULT).await;
        let (text, _) = issued.unwrap();
        served.register.refresh().await.unwrap();
        Holder {
            served,
            header: format!("Bearer {}", text.expose()),
        }
    }

    pub(crate) async fn get(&self, target: &str) -> Answer {
        self.send(Method::GET, target, &[], Body::empty()).await
    }

    pub(crate) async fn post(&self, target: &str, body: Option<Value>) -> Answer {
        match body {
            Some(body) => {
                let headers = [("content-type", "application/json")];
                let body = Body::from(body.to_string());
                self.send(Method::POST, target, &headers, body).await
            }
            None => self.send(Method::POST, target, &[], Body::empty()).await,
        }
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        target: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(target);
        request = request.header("authorization", &self.header);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.served.send(request.body(body).unwrap()).await
    }
}

async fn open_store(folder: &Path) -> Store {
    let settings = StoreSettings {
        url: format!("sqlite://{}", folder.join("test.db").display()),
        create: true,
    };
    Store::open(&settings).await.unwrap()
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The header `name`; blank when absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    /// Whether it tells caches that it depends on what the request says in `field`.
    pub(crate) fn varies_by(&self, field: &str) -> bool {
        let mut fields = self.header("vary").split(", ");
        fields.any(|told| told == field)
    }

    /// The body as a problem, after checking what all problems have.
    pub(crate) fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.header("cache-control"), "no-store");
        let problem = self.json();
        assert_eq!(problem["status"], status);
        assert_eq!(problem["code"], code);
        assert_eq!(problem["type"], format!("urn:ptf-cache:problem:{code}"));
        assert_eq!(problem["request_id"], self.header("x-request-id"));
        assert!(!problem["title"].as_str().unwrap().is_empty());
        assert!(!problem["detail"].as_str().unwrap().is_empty());
        problem
    }

    /// The places that a 400 names: parameters and pointers, in order.
    pub(crate) fn wrong_places(&self) -> Vec<String> {
        let problem = self.problem(400, "invalid_parameter");
        let errors = problem["errors"].as_array().unwrap().iter();
        let place = |error: &Value| {
            let place = error.get("parameter").or(error.get("pointer")).unwrap();
            place.as_str().unwrap().to_owned()
        };
        errors.map(place).collect()
    }
}
