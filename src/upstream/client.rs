//! The client: fetches the vendor's whole list, or one page to look at.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use tokio::time::timeout_at;
use tracing::warn;
use url::Url;

use super::collect::Collector;
use super::error::UpstreamError;
use super::fetched::{Fetched, News, Progress, Update};
use super::kept::KeptPages;
use super::mapping::{Mapping, Paging};
use super::paging::{FIRST_CHANGED, Next, PagingProof, check_single_page};
use super::probe::Probe;
use super::seen::{Listed, Listing, SeenList};
use super::settings::UpstreamSettings;
use super::transport::{Run, Transport};
use crate::failpoint::failpoint;

/// Speaks to the vendor. Cheap to make: nothing is opened before the first request.
pub struct Client {
    transport: Transport,
    mapping: Mapping,
    /// The pages of the last whole list, as far as the vendor lets them be confirmed.
    kept: Mutex<KeptPages>,
    /// The last whole list.
    seen: Mutex<SeenList>,
}

/// One pass over the pages after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pass {
    First,
    Second,
}

/// What one pass works with.
struct Reader<'c> {
    run: &'c Run,
    pass: Pass,
    observed_at: DateTime<Utc>,
    /// Pages that the vendor may confirm instead of sending them.
    known: &'c KeptPages,
    /// The list that need not be read again where it is the same.
    seen: &'c SeenList,
}

/// A whole list, and what tells it from the next.
struct Whole {
    news: News,
    pages: KeptPages,
    /// `None` where it is the one before.
    seen: Option<SeenList>,
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
            kept: Mutex::default(),
            seen: Mutex::default(),
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
        swap(&self.seen, SeenList::default());
        let news = self.fetch_news(observed_at, progress).await?;
        Ok(news.whole().expect("nothing is the same as no list"))
    }

    /// As [`fetch_all`](Self::fetch_all), without reading what is byte for byte in the list that the last fetch of this
    /// client gave, if that succeeded.
    ///
    /// # Errors
    /// As [`fetch_all`](Self::fetch_all): also the same list must prove whole.
    pub async fn fetch_news(
        &self,
        observed_at: DateTime<Utc>,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<News, UpstreamError> {
        let limit = self.transport.settings().deadline;
        let run = Run::start(observed_at, limit);
        // Taken: after anything but a whole list, the next run reads everything.
        let known = swap(&self.kept, KeptPages::default());
        let seen = swap(&self.seen, SeenList::default());
        let first = Reader {
            run: &run,
            pass: Pass::First,
            observed_at,
            known: &known,
            seen: &seen,
        };
        let whole = timeout_at(run.deadline, self.fetch_proven(&first, progress))
            .await
            .unwrap_or(Err(UpstreamError::Deadline { after: limit }));
        let whole = whole.map_err(|error| self.transport.fit_to_show(error))?;
        swap(&self.kept, whole.pages);
        swap(&self.seen, whole.seen.unwrap_or(seen));
        Ok(whole.news)
    }

    async fn fetch_proven(
        &self,
        first: &Reader<'_>,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Whole, UpstreamError> {
        match self.fetch_pass(first, progress).await {
            Err(error @ UpstreamError::Paging { .. }) => {
                warn!(%error, "the vendor's list is read once more from its beginning");
                let second = Reader {
                    pass: Pass::Second,
                    known: &KeptPages::default(),
                    seen: &SeenList::default(),
                    ..*first
                };
                self.fetch_pass(&second, progress).await
            }
            result => result,
        }
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
        let page = timeout_at(run.deadline, transport.fetch_page(&url, &run, None))
            .await
            .unwrap_or(Err(UpstreamError::Deadline { after: limit }))?;
        Probe::of_page(&self.mapping, url, &page, observed_at)
            .map_err(|error| transport.fit_to_show(error))
    }

    async fn fetch_pass(
        &self,
        reader: &Reader<'_>,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Whole, UpstreamError> {
        let mut listing = self.listing(reader.seen, reader);
        let mut proof = PagingProof::new(self.transport.settings().page_size);
        let mut pages = KeptPages::default();
        let mut next = Next::Page(0);
        while let Next::Page(offset) = next {
            let url = self.page_url(offset);
            let known = reader.known.get(&url, reader.observed_at);
            let page = self.transport.fetch_page(&url, reader.run, known).await?;
            let shape = listing.add(&page)?;
            next = match self.mapping.page.paging {
                Paging::Offset => proof.accept(shape)?,
                Paging::None => check_single_page(shape).map(|()| Next::Done)?,
            };
            failpoint!("sync::page");
            progress(Progress {
                boards: listing.boards(),
                total: shape.total,
            });
            pages.keep(url, page);
        }
        if let Next::Behind(offset) = next {
            self.check_nothing_behind(offset, reader).await?;
        }
        if proof.is_of_parts() {
            self.check_first_page(&proof, &mut listing, reader).await?;
        }
        let (news, seen) = match listing.finish()? {
            Listed::Same => (News::Same, None),
            Listed::Other {
                collector,
                same,
                gone,
                list,
            } => {
                let read = collector.finish()?;
                let news = match same.is_empty() {
                    true => News::Whole(read),
                    false => News::Update(Update { read, same, gone }),
                };
                (news, Some(list))
            }
        };
        Ok(Whole { news, pages, seen })
    }

    /// A list that begins, and may be the same as `before`.
    fn listing<'r>(&'r self, before: &'r SeenList, reader: &Reader<'_>) -> Listing<'r, 'r> {
        let is_second_pass = reader.pass == Pass::Second;
        let collector = Collector::new(&self.mapping, reader.observed_at, is_second_pass);
        let most = match self.mapping.page.paging {
            Paging::Offset => u64::from(self.transport.settings().page_size),
            Paging::None => u64::MAX,
        };
        Listing::begin(before, &self.mapping, most, collector)
    }

    /// Looks behind the end of the list: a total that is too small would otherwise pass for the whole.
    async fn check_nothing_behind(
        &self,
        offset: u64,
        reader: &Reader<'_>,
    ) -> Result<(), UpstreamError> {
        let url = self.page_url(offset);
        let page = self.transport.fetch_page(&url, reader.run, None).await;
        let there_are_more = || UpstreamError::Paging {
            problem: format!("there are more results behind the end of the list, after {offset}"),
        };
        let mut refuse_results = |_| Err(there_are_more());
        match page.and_then(|page| self.mapping.read_page(&page, &mut refuse_results)) {
            Ok(_) => Ok(()),
            // Some vendors refuse an offset behind the end, which says the same.
            Err(error) if error.is_refusal() => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Reads the first page once more: a list that moved while its pages were read may have lost a board between two.
    ///
    /// It is never asked for on condition: where the vendor's validators are wrong, this is where it comes out.
    async fn check_first_page(
        &self,
        proof: &PagingProof,
        listing: &mut Listing<'_, '_>,
        reader: &Reader<'_>,
    ) -> Result<(), UpstreamError> {
        let url = self.page_url(0);
        let page = self.transport.fetch_page(&url, reader.run, None).await?;
        if listing.began_with(&page) {
            return Ok(());
        }
        let nothing = SeenList::default();
        let mut again = self.listing(&nothing, reader);
        proof.accept_first_again(again.add(&page)?)?;
        match listing.begins_with(&again)? {
            true => Ok(()),
            false => Err(UpstreamError::Paging {
                problem: FIRST_CHANGED.to_owned(),
            }),
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

/// Puts `new` in place of what was there.
fn swap<T>(place: &Mutex<T>, new: T) -> T {
    // Whatever panicked meanwhile, what is there is swapped whole.
    let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::replace(&mut place, new)
}

impl fmt::Debug for Client {
    /// Leaves the credentials out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("settings", self.transport.settings())
            .finish_non_exhaustive()
    }
}
