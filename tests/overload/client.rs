//! A client on one connection, and many of them.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// What is made up of nothing: a catalog, 130 ms of one core in a build for tests.
pub(crate) const EXPORT: &str = "/v1/boards.csv?inactive=true";
/// What lies at hand.
pub(crate) const QUOTE: &str = "/v1/quote?board=1001&agents=5";

/// One keep-alive connection.
pub(crate) struct Client(BufReader<TcpStream>);

/// One answer, its body read and forgotten.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) says_when_to_retry: bool,
    /// Whether the server closes the connection.
    pub(crate) is_last: bool,
    pub(crate) took: Duration,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> io::Result<Client> {
        Ok(Client(BufReader::new(TcpStream::connect(address).await?)))
    }

    /// The answer to a GET.
    ///
    /// # Errors
    /// When the server does not answer.
    pub(crate) async fn get(&mut self, path: &str) -> io::Result<Answer> {
        self.ask(&format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n"))
            .await
    }

    /// The answer to a request as it stands.
    pub(crate) async fn ask(&mut self, request: &str) -> io::Result<Answer> {
        let asked_at = Instant::now();
        self.0.get_mut().write_all(request.as_bytes()).await?;
        let status_line = self.line().await?;
        let status = status_line
            .split(' ')
            .nth(1)
            .and_then(|word| word.parse().ok());
        let mut answer = Answer {
            status: status.ok_or_else(|| io::Error::other(status_line.clone()))?,
            says_when_to_retry: false,
            is_last: false,
            took: Duration::ZERO,
        };
        let mut length = 0;
        loop {
            let line = self.line().await?;
            let Some((name, value)) = line.split_once(": ") else {
                break;
            };
            match name {
                "content-length" => length = value.parse().unwrap(),
                "retry-after" => answer.says_when_to_retry = true,
                "connection" => answer.is_last = value == "close",
                _ => {}
            }
        }
        let body = (&mut self.0).take(length);
        let read = tokio::io::copy(&mut { body }, &mut tokio::io::sink()).await?;
        if read < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        answer.took = asked_at.elapsed();
        Ok(answer)
    }

    async fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.0.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    }
}

/// Clients who ask again and again, each as soon as it has its answer; who is turned away pauses first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crowd {
    pub(crate) clients: usize,
    pub(crate) path: &'static str,
    pub(crate) pause: Duration,
}

/// What a crowd was answered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    /// With 200, how long each took.
    pub(crate) good: Vec<Duration>,
    /// With 503, likewise.
    pub(crate) shed: Vec<Duration>,
    pub(crate) span: Duration,
}

impl Tally {
    /// Good answers a second.
    pub(crate) fn rate(&self) -> f64 {
        self.good.len() as f64 / self.span.as_secs_f64()
    }

    fn note(&mut self, answer: &Answer) {
        match answer.status {
            200 => self.good.push(answer.took),
            503 => {
                assert!(answer.says_when_to_retry, "{answer:?}");
                self.shed.push(answer.took);
            }
            _ => panic!("{answer:?}"),
        }
    }

    pub(crate) fn with(mut self, other: Tally) -> Tally {
        self.good.extend(other.good);
        self.shed.extend(other.shed);
        self.span += other.span;
        self
    }
}

impl Crowd {
    /// Asks for `span`, after a while that is not counted.
    pub(crate) async fn ask(self, address: SocketAddr, warm_up: Duration, span: Duration) -> Tally {
        let stop = CancellationToken::new();
        let crowd = Arc::new(self);
        let from = Instant::now() + warm_up;
        let mut clients = JoinSet::new();
        for _ in 0..self.clients {
            let (crowd, stop) = (Arc::clone(&crowd), stop.clone());
            clients.spawn(async move { crowd.ask_alone(address, from, stop).await });
        }
        tokio::time::sleep(warm_up + span).await;
        stop.cancel();
        let tallies = clients.join_all().await.into_iter();
        let tally = tallies.fold(Tally::default(), Tally::with);
        Tally { span, ..tally }
    }

    async fn ask_alone(
        &self,
        address: SocketAddr,
        from: Instant,
        stop: CancellationToken,
    ) -> Tally {
        let mut tally = Tally::default();
        let asking = async {
            let mut client = Client::connect(address).await.unwrap();
            loop {
                let answer = client.get(self.path).await.unwrap();
                if Instant::now() >= from {
                    tally.note(&answer);
                }
                if answer.status == 503 {
                    tokio::time::sleep(self.pause).await;
                }
            }
        };
        let _: Option<()> = stop.run_until_cancelled(asking).await;
        tally
    }
}

/// The one of which half are no longer.
pub(crate) fn median(times: &[Duration]) -> Duration {
    quantile(times, 50)
}

/// The one of which `percent` are no longer; nothing where there is none.
pub(crate) fn quantile(times: &[Duration], percent: usize) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    let last = times.len().saturating_sub(1);
    times.get(last * percent / 100).copied().unwrap_or_default()
}
