//! The vendor: each pass over its list finds the next list.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::picture::{BOARDS, amount_of_list};

/// A request for the first page begins another pass only after this silence: until then it may be a second look at the
/// same list.
const SILENCE: Duration = Duration::from_millis(500);

/// The server; it ends with this value.
pub(crate) struct Vendor {
    address: SocketAddr,
    newest: watch::Receiver<u32>,
    server: JoinHandle<()>,
}

/// The lists, by who reads them: the last requests of a process that was killed must not move the list under the
/// process after it.
struct Lists {
    newest: watch::Sender<u32>,
    passes: HashMap<String, Pass>,
}

#[derive(Clone, Copy)]
struct Pass {
    list: u32,
    asked_at: Instant,
}

impl Vendor {
    pub(crate) async fn start() -> Vendor {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, newest) = watch::channel(0);
        let lists = Arc::new(Mutex::new(Lists {
            newest: sender,
            passes: HashMap::new(),
        }));
        let server = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(answer(stream, Arc::clone(&lists)));
            }
        });
        Vendor {
            address,
            newest,
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

    /// Waits until somebody begins to read another list than the newest.
    pub(crate) async fn next_pass(&self) {
        let mut newest = self.newest.clone();
        newest.mark_unchanged();
        newest.changed().await.unwrap();
    }
}

impl Drop for Vendor {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Lists {
    /// The number of the list that `reader` reads now.
    fn list_for(&mut self, reader: &str, offset: u32) -> u32 {
        let now = Instant::now();
        let pass = self.passes.get(reader).copied();
        let list = match pass {
            Some(pass) if offset > 0 || now - pass.asked_at < SILENCE => pass.list,
            _ => {
                self.newest.send_modify(|newest| *newest += 1);
                *self.newest.borrow()
            }
        };
        let asked_at = now;
        self.passes
            .insert(reader.to_owned(), Pass { list, asked_at });
        list
    }
}

async fn answer(mut stream: TcpStream, lists: Arc<Mutex<Lists>>) {
    let Some(target) = read_target(&mut stream).await else {
        return;
    };
    let (offset, limit) = (number(&target, "offset"), number(&target, "limit"));
    let reader = target.split('/').nth(1).unwrap();
    let list = lists.lock().unwrap().list_for(reader, offset);
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
