//! The vendor: each pass over its list finds the next list.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::picture::{BOARDS, amount_of_list};

/// After this silence a request for the first page begins another pass: nobody takes so long for the second look at it
/// that ends a pass.
const SILENCE: Duration = Duration::from_millis(500);

/// The server; it ends with this value.
pub(crate) struct Vendor {
    address: SocketAddr,
    newest: watch::Receiver<u32>,
    lists: Arc<Mutex<Lists>>,
    server: JoinHandle<()>,
}

/// The lists, by who reads them: the last requests of a process that was killed must not move the list under the
/// process after it.
struct Lists {
    newest: watch::Sender<u32>,
    passes: Vec<Pass>,
    /// How long a page takes.
    pace: Duration,
}

/// Somebody reads a list.
#[derive(Debug, Clone, Copy)]
struct Pass {
    reader: u32,
    list: u32,
    begun_at: Instant,
    asked_at: Instant,
    progress: Progress,
}

/// How far a pass has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// Pages are still to be asked for.
    Reading,
    /// The last page has been asked for: the first one is looked at once more.
    ReadAll,
    /// It has been: the next request is of another pass, however soon it comes.
    Over,
}

impl Vendor {
    /// A vendor that takes the time `pace` for a page.
    pub(crate) async fn start(pace: Duration) -> Vendor {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, newest) = watch::channel(0);
        let lists = Arc::new(Mutex::new(Lists {
            newest: sender,
            passes: Vec::new(),
            pace,
        }));
        let shared = Arc::clone(&lists);
        let server = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(answer(stream, Arc::clone(&shared)));
            }
        });
        Vendor {
            address,
            newest,
            lists,
            server,
        }
    }

    /// The base URL for the process that `reader` names.
    pub(crate) fn url_for(&self, reader: u32) -> String {
        format!("http://{}/{reader}", self.address)
    }

    /// The number of the newest list that anybody has begun to read; 0 when nobody has.
    pub(crate) fn newest(&self) -> u32 {
        *self.newest.borrow()
    }

    /// Waits until somebody begins to read another list than the newest, and tells who.
    pub(crate) async fn next_pass(&self) -> u32 {
        let mut newest = self.newest.clone();
        newest.mark_unchanged();
        newest.changed().await.unwrap();
        let list = *newest.borrow();
        let lists = self.lists.lock().unwrap();
        let pass = lists.passes.iter().find(|pass| pass.list == list).unwrap();
        pass.reader
    }

    /// Checks that nobody began to read before everybody else had asked for the last time; gives how many lists each
    /// reader began.
    pub(crate) fn check_that_one_read_at_a_time(&self) -> BTreeMap<u32, u32> {
        let mut passes = self.lists.lock().unwrap().passes.clone();
        passes.sort_by_key(|pass| pass.begun_at);
        for pair in passes.windows(2) {
            let in_turn = pair[0].reader == pair[1].reader || pair[0].asked_at <= pair[1].begun_at;
            assert!(in_turn, "two at once: {pair:?}");
        }
        let mut begun = BTreeMap::new();
        for pass in passes {
            *begun.entry(pass.reader).or_default() += 1;
        }
        begun
    }
}

impl Drop for Vendor {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Lists {
    /// The number of the list that `reader` reads now, who asks for `limit` boards from `offset` on.
    fn list_for(&mut self, reader: u32, offset: u32, limit: u32) -> u32 {
        let now = Instant::now();
        let mut passes = self.passes.iter_mut().rev();
        let pass = passes.find(|pass| pass.reader == reader);
        if let Some(pass) = pass
            && (offset > 0 || pass.is_looked_at_again(now))
        {
            pass.asked_at = now;
            pass.progress = match offset {
                0 => Progress::Over,
                _ if offset + limit >= BOARDS => Progress::ReadAll,
                _ => Progress::Reading,
            };
            return pass.list;
        }
        let list = *self.newest.borrow() + 1;
        self.passes.push(Pass {
            reader,
            list,
            begun_at: now,
            asked_at: now,
            progress: Progress::Reading,
        });
        self.newest.send_replace(list);
        list
    }
}

impl Pass {
    /// Whether a request for the first page, which comes `now`, is the second look at it.
    fn is_looked_at_again(&self, now: Instant) -> bool {
        self.progress == Progress::ReadAll && now - self.asked_at < SILENCE
    }
}

async fn answer(mut stream: TcpStream, lists: Arc<Mutex<Lists>>) {
    let Some(target) = read_target(&mut stream).await else {
        return;
    };
    let (offset, limit) = (number(&target, "offset"), number(&target, "limit"));
    let reader = target.split('/').nth(1).unwrap().parse().unwrap();
    let (list, pace) = {
        let mut lists = lists.lock().unwrap();
        (lists.list_for(reader, offset, limit), lists.pace)
    };
    tokio::time::sleep(pace).await;
    let body = page(list, offset, limit).to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    // Who asked may have been killed.
    let _ = stream.write_all((head + &body).as_bytes()).await;
}

async fn read_target(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    Some(head.split(' ').nth(1).unwrap().to_owned())
}

fn number(target: &str, name: &str) -> u32 {
    let (_, query) = target.split_once('?').unwrap();
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(key, _)| *key == name).unwrap();
    value.parse().unwrap()
}

fn page(list: u32, offset: u32, limit: u32) -> Value {
    let ids = offset + 1..=BOARDS.min(offset + limit);
    let boards: Vec<Value> = ids.map(|id| board(list, id)).collect();
    json!({"total": BOARDS, "results": boards})
}

fn board(list: u32, id: u32) -> Value {
    let amount = amount_of_list(list);
    json!({
        "id": id.to_string(), "name": format!("Board {id}"), "abbreviation": format!("B{id}"), "state": "IA",
        "country": "US", "passThroughFee": amount, "currency": "USD", "passThroughFeeFrequency": "MONTHLY",
        "passThroughFeeBasis": "ACCOUNT", "setupFee": amount,
    })
}
