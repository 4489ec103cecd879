//! Serving while the catalog changes: somebody edits the curated list ten times a second, and each edit publishes.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::header::{CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::json;
use tokio::task::block_in_place;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::load::{self, Sample, wrk};
use crate::servers::{self, PATIENCE, Server};
use crate::workload::Workload;
use crate::{Options, Spread};

/// How often a version is published.
const EVERY: Duration = Duration::from_millis(100);
/// The entry that is edited: of a board that none of the workloads asks for.
const ENTRY: &str = "/v1/curated-fees/1100/direct";

/// Prints what publishing costs those who ask: rounds with it and without take turns.
pub(crate) async fn compare(folder: &Path, options: &Options, workloads: &[Workload]) {
    load::keep_off_the_servers_core();
    let service = servers::start_service(folder, options.boards, &[]);
    let editor = Editor::new(&service, servers::create_token(folder, "curator")).await;
    println!(
        "| workload, a version every {} ms | versions a second | requests/s meanwhile | ratio to none meanwhile |\n\
         | --- | ---: | ---: | ---: |",
        EVERY.as_millis()
    );
    for workload in workloads {
        let mut workload = workload.clone();
        servers::fetch(&service, &mut workload).await;
        let mut rounds = Vec::new();
        for round in 0..options.rounds {
            let quiet = || measure(&service, &workload, options);
            let meanwhile = || editor.measure(&service, &workload, options);
            rounds.push(match round % 2 {
                0 => (quiet(), meanwhile().await),
                _ => {
                    let meanwhile = meanwhile().await;
                    (quiet(), meanwhile)
                }
            });
        }
        let meanwhile = || rounds.iter().map(|(_, (sample, _))| sample.per_second);
        let quiet = || rounds.iter().map(|(quiet, _)| quiet.per_second);
        println!(
            "| {} | {:.1} | {:.0} | {} |",
            workload.name,
            Spread::of(rounds.iter().map(|(_, (_, versions))| *versions)).middle,
            Spread::of(meanwhile()).middle,
            Spread::of(
                meanwhile()
                    .zip(quiet())
                    .map(|(with, without)| with / without)
            ),
        );
    }
}

/// One round; the load generator keeps this thread.
fn measure(service: &Server, workload: &Workload, options: &Options) -> Sample {
    let url = service.url(&workload.target);
    block_in_place(|| wrk(&url, service.id, workload, options))
}

/// Who edits, and how often so far: each edit says another amount.
struct Editor {
    entry: String,
    client: reqwest::Client,
    token: String,
    edits: AtomicU64,
}

impl Editor {
    /// Somebody with `token`, which the service knows when this returns.
    async fn new(service: &Server, token: String) -> Arc<Editor> {
        let editor = Editor {
            entry: service.url(ENTRY),
            client: reqwest::Client::new(),
            token,
            edits: AtomicU64::new(0),
        };
        let begun_at = Instant::now();
        loop {
            let (status, _) = editor.put(IF_NONE_MATCH, "*").await;
            if status == StatusCode::CREATED {
                return Arc::new(editor);
            }
            assert_eq!(status, StatusCode::UNAUTHORIZED);
            assert!(begun_at.elapsed() < PATIENCE, "the token is not known");
            tokio::time::sleep(EVERY).await;
        }
    }

    /// A round with edits meanwhile, and how many versions a second they came to.
    async fn measure(
        self: &Arc<Self>,
        service: &Server,
        workload: &Workload,
        options: &Options,
    ) -> (Sample, f64) {
        let stop = CancellationToken::new();
        let (before, begun_at) = (self.edits.load(Ordering::Relaxed), Instant::now());
        let editing = tokio::spawn(Arc::clone(self).edit_until(stop.clone()));
        let sample = measure(service, workload, options);
        stop.cancel();
        editing.await.unwrap();
        let edits = self.edits.load(Ordering::Relaxed) - before;
        (sample, edits as f64 / begun_at.elapsed().as_secs_f64())
    }

    async fn edit_until(self: Arc<Self>, stop: CancellationToken) {
        let mut beats = interval(EVERY);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !stop.is_cancelled() {
            beats.tick().await;
            let seen = self.request(Method::GET).send().await.unwrap();
            let tag = seen.headers()[ETAG].to_str().unwrap().to_owned();
            let (status, version) = self.put(IF_MATCH, &tag).await;
            assert_eq!((status, version.is_some()), (StatusCode::OK, true));
        }
    }

    /// Saves the entry with another amount; the answer's status, and the version that came of it.
    async fn put(&self, condition: HeaderName, tag: &str) -> (StatusCode, Option<HeaderValue>) {
        let dollars = 10 + self.edits.fetch_add(1, Ordering::Relaxed);
        let entry = json!({
            "board": {"name": null},
            "status": "charged",
            "fees": [{
                "key": "access", "label": "Access", "amount": format!("{dollars}.00"), "currency": "USD",
                "cadence": "monthly", "basis": "account", "source": {},
            }],
        });
        let request = self.request(Method::PUT).header(condition, tag);
        let saved = request.body(entry.to_string()).send().await.unwrap();
        (
            saved.status(),
            saved.headers().get("catalog-version").cloned(),
        )
    }

    fn request(&self, method: Method) -> RequestBuilder {
        let request = self.client.request(method, &self.entry);
        request
            .bearer_auth(&self.token)
            .header(CONTENT_TYPE, "application/json")
    }
}
