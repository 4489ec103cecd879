//! A database, a clock to be set, and publishers over them: each with the API over what it shows.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use http_body_util::BodyExt;
use ptf_cache::catalog::CatalogHandle;
use ptf_cache::clock::{Clock, FixedClock};
use ptf_cache::domain::audit::Actor;
use ptf_cache::domain::board::{
    BoardFacts, BoardId, Channel, ChannelFees, ChannelState, Code, Eligibility, FeeSet, Paperwork,
    VendorBoard, VendorRow,
};
use ptf_cache::domain::curated::{BoardDescription, CuratedEntry, EntryId};
use ptf_cache::domain::fee::{Source, SourceKind};
use ptf_cache::domain::fee_text::FeeText;
use ptf_cache::domain::rows::RowChanges;
use ptf_cache::domain::run::{Outcome, ProposedRun, RunCounts, SyncRun, Trigger};
use ptf_cache::domain::version::{Cause, VersionHead};
use ptf_cache::http::desk::Desk;
use ptf_cache::http::{prepare, service};
use ptf_cache::publish::{Base, Proposal, PublishError, Publisher};
use ptf_cache::store::{Store, StoreSettings};
use serde_json::Value;

use api::api_of;

#[path = "api.rs"]
mod api;

/// A folder with a database, and what time it is where the day ends in `zone`.
pub(crate) struct World {
    folder: tempfile::TempDir,
    pub(crate) clock: Arc<FixedClock>,
    zone: Tz,
}

/// One process on the world's database.
pub(crate) struct Process {
    pub(crate) store: Store,
    pub(crate) handle: Arc<CatalogHandle>,
    pub(crate) publisher: Arc<Publisher>,
    clock: Arc<FixedClock>,
    desk: Arc<Desk>,
}

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

impl World {
    /// A world at the moment `now`.
    pub(crate) fn new(zone: Tz, now: &str) -> World {
        World {
            folder: tempfile::tempdir().unwrap(),
            clock: Arc::new(FixedClock::at(at(now))),
            zone,
        }
    }

    /// Moves the clock to `now`.
    pub(crate) fn set(&self, now: &str) {
        self.clock.set(at(now));
    }

    /// The file.
    pub(crate) fn database(&self) -> std::path::PathBuf {
        self.folder.path().join("cache.db")
    }

    /// A process that has just started and shows nothing yet.
    pub(crate) async fn start(&self) -> Process {
        let handle = CatalogHandle::new(prepare, TimeDelta::hours(26));
        self.start_showing(Arc::new(handle)).await
    }

    /// A process that shows what is in `handle`, whatever the database says.
    pub(crate) async fn start_showing(&self, handle: Arc<CatalogHandle>) -> Process {
        let settings = StoreSettings {
            url: format!("sqlite://{}", self.database().display()),
            create: true,
        };
        let store = Store::open(&settings).await.unwrap();
        let publisher =
            Publisher::new(store.clone(), handle.clone(), self.clock.clone(), self.zone);
        let clock = self.clock.clone();
        let api = api_of(handle.clone(), store.clone(), clock, self.zone).await;
        Process {
            store,
            handle,
            publisher: Arc::new(publisher),
            clock: self.clock.clone(),
            desk: Arc::new(service(Arc::new(api), &Arc::default(), 0)),
        }
    }
}

/// One answer of the API.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    /// The body.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The header `name`.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

impl Process {
    /// Publishes `rows` on top of the newest version, as a sync would.
    pub(crate) async fn sync(&self, rows: Vec<VendorRow>) -> VersionHead {
        let base = self.publisher.load_base().await.unwrap();
        let proposal = self.syncing(rows);
        self.publisher.publish(base, proposal).await.unwrap()
    }

    /// Publishes `entry` on top of `base`, as an import would.
    pub(crate) async fn curate(
        &self,
        base: Base,
        entry: CuratedEntry,
    ) -> Result<VersionHead, PublishError> {
        let changes = RowChanges {
            curated: vec![entry],
            ..RowChanges::default()
        };
        let proposal = Proposal {
            changes,
            cause: Cause::Curation,
            actor: Some(Actor {
                name: "Dana".to_owned(),
                token: None,
                request_id: None,
            }),
            run: ProposedRun::None,
        };
        self.publisher.publish(base, proposal).await
    }

    /// What a sync that found `rows` proposes.
    pub(crate) fn syncing(&self, rows: Vec<VendorRow>) -> Proposal {
        Proposal {
            changes: RowChanges {
                vendor: rows,
                ..RowChanges::default()
            },
            cause: Cause::Sync,
            actor: None,
            run: ProposedRun::ending(ended(Outcome::Published, self.clock.now())),
        }
    }

    /// The number of the version that is shown; 0 when none is.
    pub(crate) fn shown(&self) -> i64 {
        let shown = self.handle.get();
        shown.map_or(0, |shown| shown.catalog.head().version.get())
    }

    /// Asks the API.
    pub(crate) async fn get(&self, uri: &str) -> Answer {
        self.ask(Request::get(uri).body(Body::empty()).unwrap())
            .await
    }

    /// Asks the API for what differs from the answer with `etag`.
    pub(crate) async fn get_unless(&self, uri: &str, etag: &str) -> StatusCode {
        let request = Request::get(uri).header("if-none-match", etag);
        self.ask(request.body(Body::empty()).unwrap()).await.status
    }

    async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.desk.receive(request).await.unwrap();
        let (head, body) = response.into_parts();
        Answer {
            status: head.status,
            headers: head.headers,
            body: body.collect().await.unwrap().to_bytes(),
        }
    }
}

/// A run that ended at `now`.
pub(crate) fn ended(outcome: Outcome, now: DateTime<Utc>) -> SyncRun {
    SyncRun {
        id: None,
        trigger: Trigger::Schedule,
        started_at: now,
        finished_at: now,
        outcome,
        failure_class: None,
        message: None,
        counts: RunCounts::default(),
        origin: None,
        version: None,
        notices: Vec::new(),
        candidate: None,
        decision: None,
    }
}

/// A monthly fee in US dollars that holds from one day to another.
pub(crate) fn monthly(amount: &str, from: Option<&str>, to: Option<&str>) -> FeeText {
    FeeText {
        key: "idx".into(),
        label: "IDX".into(),
        amount: Some(amount.into()),
        currency: "USD".into(),
        cadence: "monthly".into(),
        basis: "account".into(),
        effective_from: from.map(str::to_owned),
        effective_to: to.map(str::to_owned),
        ..FeeText::default()
    }
}

fn charged(kind: SourceKind, fees: &[FeeText]) -> ChannelFees {
    let source = Source {
        kind,
        ..Source::reseller_api(at("2020-01-01T00:00:00Z"))
    };
    let parse = |fee: &FeeText| fee.parse(source.clone()).unwrap();
    ChannelFees {
        state: ChannelState::Charged {
            fees: FeeSet::new(fees.iter().map(parse).collect()).unwrap(),
            partial: false,
        },
        note: None,
        source: Some(source.clone()),
    }
}

/// A board as the vendor describes it.
pub(crate) fn board(id: &str, fees: &[FeeText]) -> VendorRow {
    VendorRow {
        board: VendorBoard {
            facts: BoardFacts {
                id: BoardId::parse(id).unwrap(),
                name: format!("Board {id}"),
                abbreviation: None,
                states: vec![],
                country: Code::US,
                eligibility: Eligibility::AgentsAndBrokers,
                paperwork: Paperwork::Automatic,
                coverage_url: None,
            }
            .into(),
            pass_through: charged(SourceKind::ResellerApi, fees).into(),
            direct: ChannelFees::NOTHING_RECORDED.into(),
        },
        active: true,
        held: vec![],
    }
}

/// What staff say of the direct fees of a board.
pub(crate) fn direct_entry(id: &str, fees: &[FeeText]) -> CuratedEntry {
    CuratedEntry {
        id: EntryId {
            board_id: BoardId::parse(id).unwrap(),
            channel: Channel::Direct,
        },
        board: BoardDescription::default(),
        overrides_vendor: false,
        fees: charged(SourceKind::Curated, fees),
    }
}
