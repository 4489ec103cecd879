//! A vendor that costs next to nothing: it answers every request with the bytes it was last given.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// The vendor and its list.
#[derive(Clone)]
pub(crate) struct Vendor {
    address: String,
    list: Arc<Mutex<Arc<Vec<u8>>>>,
}

impl Vendor {
    /// Starts one that answers `list`. It ends with the process.
    pub(crate) fn start(list: Vec<u8>) -> Vendor {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let vendor = Vendor {
            address: listener.local_addr().unwrap().to_string(),
            list: Arc::new(Mutex::new(Arc::new(list))),
        };
        let serving = vendor.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let vendor = serving.clone();
                // A client that goes away ends its connection.
                thread::spawn(move || vendor.answer(stream.unwrap()).ok());
            }
        });
        vendor
    }

    /// Answers `list` from here on.
    pub(crate) fn set(&self, list: Vec<u8>) {
        *self.list.lock().unwrap() = Arc::new(list);
    }

    /// What it answers.
    pub(crate) fn list(&self) -> Arc<Vec<u8>> {
        Arc::clone(&self.list.lock().unwrap())
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn answer(&self, stream: TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let mut requests = BufReader::new(stream.try_clone()?);
        let mut stream = stream;
        let mut line = String::new();
        loop {
            line.clear();
            if requests.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if line != "\r\n" {
                continue;
            }
            let list = self.list();
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-ptf-sandbox: 1\r\ncontent-length: {}\r\n\r\n",
                list.len()
            );
            stream.write_all(head.as_bytes())?;
            stream.write_all(&list)?;
        }
    }
}
