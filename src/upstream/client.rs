//! The client: fetches the vendor's whole list, or one page to look at.

use std::fmt;

use chrono::{DateTime, Utc};
use tokio::time::timeout_at;
use tracing::warn;
use url::Url;

use super::collect::Collector;
use super::error::UpstreamError;
use super::fetched::{Fetched, Progress};
use super::mapping::{Mapping, Paging};
use super::paging::{Next, PagingProof, check_single_page};
use super::probe::Probe;
use super::settings::UpstreamSettings;
use super::transport::{Page, Run, Transport};
use crate::failpoint::failpoint;

/// Speaks to the vendor. Cheap to make: nothing is opened before the first request.
pub struct Client {
    transport: Transport,
    mapping: Mapping,
}

/// One pass over the pages after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pass {
    First,
    Second,
}

impl Client {
    /// A client of the vendor that `settings` name, reading its answers by `mapping`.
    ///
    /// # Errors
    /// [`UpstreamError::Settings`] when no request should be made with them.
    pub fn new(settings: UpstreamSettings, mapping: Mapping) -> Result<Client, UpstreamError> {
        settings.check()?;
        Ok(Client {
            transport: Transport::new(settings),
            mapping,
        })
    }

    /// Fetches every board, seen at `observed_at`; `progress` is told after each page.
    ///
    /// A list that does not prove whole is read once more from its beginning.
    ///
    /// # Errors
    /// Anything less than the whole list is an error: nothing half comes out of here.
    pub async fn fetch_all(
        &self,
        observed_at: DateTime<Utc>,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Fetched, UpstreamError> {
        let limit = self.transport.settings().deadline;
        let run = Run::start(observed_at, limit);
        let fetch = async {
            match self
                .fetch_pass(&run, Pass::First, observed_at, progress)
                .await
            {
                Err(error @ UpstreamError::Paging { .. }) => {
                    warn!(%error, "the vendor's list is read once more from its beginning");
                    self.fetch_pass(&run, Pass::Second, observed_at, progress)
                        .await
                }
                result => result,
            }
        };
        timeout_at(run.deadline, fetch)
            .await
            .unwrap_or(Err(UpstreamError::Deadline { after: limit }))
    }

    /// Fetches one page and shows what the mapping makes of it. The sandbox is always admitted: nothing is kept.
    ///
    /// # Errors
    /// When there is no page, or no list of results in it.
    pub async fn probe(&self, observed_at: DateTime<Utc>) -> Result<Probe, UpstreamError> {
        let mut settings = self.transport.settings().clone();
        settings.allow_sandbox = true;
        let run = Run::start(observed_at, settings.deadline);
        let url = self.page_url(0);
        let limit = settings.deadline;
        let transport = Transport::new(settings);
        let page = timeout_at(run.deadline, transport.fetch_page(&url, &run))
            .await
            .unwrap_or(Err(UpstreamError::Deadline { after: limit }))?;
        Probe::of_page(&self.mapping, url, &page, observed_at)
    }

    async fn fetch_pass(
        &self,
        run: &Run,
        pass: Pass,
        observed_at: DateTime<Utc>,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Fetched, UpstreamError> {
        let mut collector = Collector::new(&self.mapping, observed_at, pass == Pass::Second);
        let mut proof = PagingProof::new(self.transport.settings().page_size);
        let mut next = Next::Page(0);
        while let Next::Page(offset) = next {
            let page = self
                .transport
                .fetch_page(&self.page_url(offset), run)
                .await?;
            let results = self.mapping.results(&page.document)?;
            let total = self.mapping.total(&page.document)?;
            next = match self.mapping.page.paging {
                Paging::Offset => proof.accept(results, total, &self.mapping.board.id)?,
                Paging::None => check_single_page(results, total).map(|()| Next::Done)?,
            };
            if !results.is_empty() {
                collector.add_page(results, page.sandbox)?;
            }
            failpoint!("sync::page");
            progress(Progress {
                boards: collector.boards(),
                total,
            });
        }
        if let Next::Behind(offset) = next {
            self.check_nothing_behind(offset, run).await?;
        }
        collector.finish()
    }

    /// Looks behind the end of the list: a total that is too small would otherwise pass for the whole.
    async fn check_nothing_behind(&self, offset: u64, run: &Run) -> Result<(), UpstreamError> {
        let page = self.transport.fetch_page(&self.page_url(offset), run).await;
        match page {
            Ok(Page { document, .. }) if !self.mapping.results(&document)?.is_empty() => {
                Err(UpstreamError::Paging {
                    problem: format!("there are more results behind the total of {offset}"),
                })
            }
            Ok(_) => Ok(()),
            // Some vendors refuse an offset behind the end, which says the same.
            Err(error) if error.is_refusal() => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The address of the page that begins at `offset`.
    fn page_url(&self, offset: u64) -> Url {
        let settings = self.transport.settings();
        let mut url = settings.base_url.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}{}", self.mapping.page.path));
        {
            let mut query = url.query_pairs_mut();
            query.extend_pairs(&self.mapping.page.query);
            if self.mapping.page.paging == Paging::Offset {
                query.append_pair("limit", &settings.page_size.to_string());
                query.append_pair("offset", &offset.to_string());
            }
        }
        if url.query() == Some("") {
            url.set_query(None);
        }
        url
    }
}

impl fmt::Debug for Client {
    /// Leaves the credentials out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("settings", self.transport.settings())
            .finish_non_exhaustive()
    }
}
