//! A vendor whose answer waits at a gate: what happens in the middle of a run is up to the test.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The vendor; it ends with this value.
pub(crate) struct GatedVendor {
    pub(crate) base_url: String,
    answers: watch::Sender<Option<Value>>,
    asked: watch::Receiver<u32>,
    server: tokio::task::JoinHandle<()>,
}

#[derive(Clone)]
struct Gate {
    answers: watch::Receiver<Option<Value>>,
    asked: watch::Sender<u32>,
}

impl GatedVendor {
    /// A vendor that answers nothing yet.
    pub(crate) async fn start() -> GatedVendor {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let (answers, waiting) = watch::channel(None);
        let (asking, asked) = watch::channel(0);
        let gate = Gate {
            answers: waiting,
            asked: asking,
        };
        let server = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(answer(stream, gate.clone()));
            }
        });
        GatedVendor {
            base_url,
            answers,
            asked,
            server,
        }
    }

    /// Answers from now on with one board that costs `amount`, also who is waiting.
    pub(crate) fn open(&self, amount: &str) {
        let board = json!({
            "id": "1", "name": "Board 1", "abbreviation": "B1", "state": "IA", "country": "US",
            "passThroughFee": amount, "currency": "USD", "passThroughFeeFrequency": "MONTHLY",
            "passThroughFeeBasis": "ACCOUNT",
        });
        self.answers
            .send_replace(Some(json!({"total": 1, "results": [board]})));
    }

    /// Lets everybody wait from now on.
    pub(crate) fn close(&self) {
        self.answers.send_replace(None);
    }

    /// How many requests have come.
    pub(crate) fn asked(&self) -> u32 {
        *self.asked.borrow()
    }

    /// Waits until somebody asks.
    pub(crate) async fn wait_until_asked_since(&self, before: u32) {
        let mut asked = self.asked.clone();
        asked.wait_for(|asked| *asked > before).await.unwrap();
    }
}

impl Drop for GatedVendor {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(mut stream: TcpStream, mut gate: Gate) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else {
            return;
        };
        head.push(byte);
    }
    gate.asked.send_modify(|asked| *asked += 1);
    let opened = gate.answers.wait_for(Option::is_some).await;
    let Ok(Some(answer)) = opened.map(|answer| answer.clone()) else {
        return;
    };
    let body = answer.to_string();
    let answer = format!(
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    // Who asked may have given up.
    let _ = stream.write_all(answer.as_bytes()).await;
}
