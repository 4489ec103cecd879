//! L3: thousands who hold a connection and do nothing good with it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::client::{Client, QUOTE, median, quantile};
use crate::scene::{Scene, descriptors_of, is_long, soft_limit};

/// How many there are, of all kinds together.
const IDLERS: usize = 5_000;
/// Descriptors that this process needs besides theirs.
const OTHER_FILES: usize = 300;
/// Descriptors that the service may open for itself meanwhile, as for its database.
const OWN_FILES: usize = 4;
/// By when the service is to be rid of them all.
const LIMIT: Duration = Duration::from_secs(10);
/// By when it is looked no longer whether it is.
const PATIENCE: Duration = Duration::from_secs(40);
/// How often who is slow sends or takes a byte.
const TRICKLE: Duration = Duration::from_secs(1);
/// So small a buffer that hardly any of an answer is under way.
const SMALL_BUFFER: u32 = 4_096;
/// What others ask for meanwhile: at hand, and not.
const SEARCH: &str = "GET /v1/boards?q=lake&limit=1 HTTP/1.1\r\nhost: test\r\n\r\n";
const POST: &str = "POST /v1/quote HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n\
     content-length: 19\r\n\r\n{\"boards\":[\"1001\"]}";

/// How a client wastes the service's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Silent,
    HalfAHeader,
    SlowBody,
    ReadsSlowly,
    ReadsNothing,
}

const KINDS: [Kind; 5] = [
    Kind::Silent,
    Kind::HalfAHeader,
    Kind::SlowBody,
    Kind::ReadsSlowly,
    Kind::ReadsNothing,
];

impl Kind {
    /// What it sends at once.
    fn opening(self) -> &'static str {
        match self {
            Kind::Silent => "",
            Kind::HalfAHeader => "GET /v1/boards HTTP/1.1\r\nhost: te",
            Kind::SlowBody => {
                "POST /v1/quote HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n\
                 content-length: 1000\r\n\r\n{"
            }
            // More than the kernel's buffers hold.
            Kind::ReadsSlowly | Kind::ReadsNothing => {
                "GET /v1/boards.csv HTTP/1.1\r\nhost: test\r\n\r\n"
            }
        }
    }

    /// Connects and does its worst until the end of the test.
    async fn idle(self, api: SocketAddr) {
        let mut stream = connect(api).await;
        stream.write_all(self.opening().as_bytes()).await.unwrap();
        loop {
            sleep(TRICKLE).await;
            // The service may have closed the connection, which it is to.
            let _ = match self {
                Kind::Silent | Kind::ReadsNothing => Ok(0),
                Kind::HalfAHeader | Kind::SlowBody => stream.write(b"x").await,
                Kind::ReadsSlowly => stream.read(&mut [0]).await,
            };
        }
    }
}

async fn connect(api: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(SMALL_BUFFER).unwrap();
    socket.connect(api).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_nothing_with_a_connection_loses_it_and_harms_nobody() {
    let scene = Scene::open(4_000, &[]).await;
    let api = scene.service.api;
    let count = IDLERS.min(soft_limit().saturating_sub(OTHER_FILES));
    if count < IDLERS {
        println!(
            "L3: this machine lets a process have {} files: {count} clients instead of {IDLERS}",
            soft_limit()
        );
    }
    let stop = CancellationToken::new();
    let others = tokio::spawn(ask_all(api, stop.clone()));
    sleep(TRICKLE).await;
    let before = descriptors_of(&scene.service);

    let begun_at = Instant::now();
    let mut idlers = JoinSet::new();
    for kind in KINDS.iter().cycle().take(count) {
        idlers.spawn(kind.idle(api));
        // Not all at once: that is another rule.
        if idlers.len().is_multiple_of(100) {
            sleep(Duration::from_millis(20)).await;
        }
    }
    let mut most = 0;
    while descriptors_of(&scene.service) < before + count && begun_at.elapsed() < LIMIT {
        most = most.max(descriptors_of(&scene.service));
        sleep(Duration::from_millis(10)).await;
    }
    most = most.max(descriptors_of(&scene.service));
    let all_at = Instant::now();
    while descriptors_of(&scene.service) > before + OWN_FILES && all_at.elapsed() < PATIENCE {
        sleep(Duration::from_millis(50)).await;
    }
    let (rid_of_them, left) = (
        all_at.elapsed(),
        descriptors_of(&scene.service).saturating_sub(before + OWN_FILES),
    );
    stop.cancel();
    let others = others.await.unwrap();
    println!(
        "L3: {count} clients connected within {:?}, {most} descriptors at most ({before} before); {left} left \
         {rid_of_them:?} after the last; {} requests of others meanwhile after {:?} (median), {:?} (99 %)",
        all_at - begun_at,
        others.len(),
        median(&others),
        quantile(&others, 99),
    );
    assert!(idlers.try_join_next().is_none(), "an idler has failed");
    assert!(most >= before + count, "not all were there together");
    // A busy machine may be late, and says so above.
    let limit = if is_long() { LIMIT } else { LIMIT * 2 };
    assert!(
        left == 0 && rid_of_them < limit,
        "{left} after {rid_of_them:?}"
    );
    assert!(quantile(&others, 99) < Duration::from_secs(1));
}

/// Asks for what is at hand and for what is not, again and again, and is always answered; how long each took.
async fn ask_all(api: SocketAddr, stop: CancellationToken) -> Vec<Duration> {
    let mut times = Vec::new();
    let mut client = Client::connect(api).await.unwrap();
    let quote = format!("GET {QUOTE} HTTP/1.1\r\nhost: test\r\n\r\n");
    while !stop.is_cancelled() {
        for request in [&quote, SEARCH, POST] {
            let answer = client.ask(request).await.unwrap();
            assert_eq!(answer.status, 200, "{request}");
            times.push(answer.took);
        }
        sleep(Duration::from_millis(20)).await;
    }
    times
}
