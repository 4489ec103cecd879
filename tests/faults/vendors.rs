//! Vendors that the sandbox cannot be: nobody, nowhere, and one that sends clients on to a place where they are watched.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinHandle;

/// What stands where the vendor should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Elsewhere {
    /// Nobody listens.
    NobodyListening,
    /// No machine has the name.
    NoSuchName,
    /// The sandbox, which speaks no TLS, asked by https.
    PlainPort,
    /// A vendor that sends clients on to another host, which must see none.
    RedirectingToTrap,
}

impl Elsewhere {
    /// What the variant is called.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Elsewhere::NobodyListening => "nobody-listening",
            Elsewhere::NoSuchName => "no-such-name",
            Elsewhere::PlainPort => "https-to-a-plain-port",
            Elsewhere::RedirectingToTrap => "redirect-to-a-listening-host",
        }
    }
}

/// A vendor of that kind while it stands.
pub(crate) struct Standing {
    /// What the service is told.
    pub(crate) base_url: String,
    servers: Vec<JoinHandle<()>>,
    trap: Option<TcpListener>,
    /// Has the port of nobody, and does not listen: a port that was let go would soon be somebody's.
    taken: Option<TcpSocket>,
}

impl Standing {
    /// Sets `vendor` up; `sandbox` is where the sandbox listens.
    pub(crate) async fn of(vendor: Elsewhere, sandbox: &str) -> Standing {
        let mut standing = Standing {
            base_url: String::new(),
            servers: Vec::new(),
            trap: None,
            taken: None,
        };
        standing.base_url = match vendor {
            Elsewhere::NobodyListening => {
                let taken = TcpSocket::new_v4().unwrap();
                taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
                let address = taken.local_addr().unwrap();
                standing.taken = Some(taken);
                format!("http://{address}")
            }
            // A name has at most 63 characters between its dots, so no machine need be asked for this one.
            Elsewhere::NoSuchName => format!("https://{}.invalid", "x".repeat(64)),
            Elsewhere::PlainPort => sandbox.replacen("http://", "https://", 1),
            Elsewhere::RedirectingToTrap => {
                let trap = TcpListener::bind("127.0.0.2:0").await.unwrap();
                let target = format!("http://{}/boards.json", trap.local_addr().unwrap());
                standing.trap = Some(trap);
                standing.redirect_to(target).await
            }
        };
        standing
    }

    async fn redirect_to(&mut self, target: String) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        self.servers.push(tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let answer = format!(
                    "HTTP/1.1 302 Found\r\nlocation: {target}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        }));
        format!("http://{address}")
    }

    /// Whether somebody went where nobody should be sent.
    pub(crate) async fn trap_was_entered(&self) -> bool {
        match &self.trap {
            Some(trap) => {
                let moment = std::time::Duration::from_millis(1);
                tokio::time::timeout(moment, trap.accept()).await.is_ok()
            }
            None => false,
        }
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        self.servers.iter().for_each(JoinHandle::abort);
    }
}
