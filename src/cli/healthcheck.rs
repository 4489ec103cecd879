//! `healthcheck`: asks a running service whether it is ready, for containers without a shell.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Exit, Given};

/// How long the service may take to answer.
const TIMEOUT: Duration = Duration::from_secs(3);

#[derive(Debug, Args)]
pub(super) struct Healthcheck {}

impl Healthcheck {
    pub(super) async fn run(self, given: Given) -> anyhow::Result<Exit> {
        let mut address = given.settings(vec![])?.ops.listen;
        // Listening on every address includes this machine's own.
        match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        let asked = tokio::time::timeout(TIMEOUT, ask(address)).await;
        let status =
            asked.with_context(|| format!("no answer from {address} within {TIMEOUT:?}"))??;
        if status != "200" {
            bail!("not ready: http://{address}/readyz answers {status}");
        }
        Ok(Exit::Done)
    }
}

/// The status of `GET /readyz`.
async fn ask(address: SocketAddr) -> anyhow::Result<String> {
    let stream = TcpStream::connect(address).await;
    let mut stream = stream.with_context(|| format!("nothing listens on {address}"))?;
    let request = format!("GET /readyz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let status = answer.split(' ').nth(1).context("the answer is not HTTP")?;
    Ok(status.to_owned())
}
