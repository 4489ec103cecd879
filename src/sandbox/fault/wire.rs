//! The connection: closed, reset, silent, slow, or without end.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use axum::response::Response;
use flate2::{Compress, Compression, FlushCompress};
use futures_util::stream::{self, Stream, StreamExt};
use tokio::time::sleep;

use super::{Act, Disturbance};

/// What becomes of the connection.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wire {
    /// It is closed unanswered.
    HangUp,
    /// Something else than HTTP comes over it.
    Garbage,
    /// It is reset half-way through the answer.
    Reset,
    /// It ends half-way through the answer.
    CutOff,
    /// The answer comes so much later.
    Late(Duration),
    /// The answer stops half-way for so long.
    Stall(Duration),
    /// The answer comes a byte at a time, with such a pause after each.
    Drip(Duration),
    /// Blanks come without end, with such a pause after each.
    Trickle(Duration),
    /// Blanks come without end, as fast as they are taken.
    Flood,
    /// So many blanks come, and the answer says how many.
    Huge(u64),
    /// The same as a flood, compressed.
    GzipFlood,
}

/// How a connection is left by the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum Parting {
    /// At once, unanswered.
    HangUp,
    /// At once, with bytes that are no HTTP.
    Garbage,
    /// By a reset, once the answer breaks off.
    Reset,
}

/// The answer breaks off here.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox was told to break off")]
struct BrokenOff;

/// How long half an answer has to get through before the connection is reset: a reset overtakes what is on its way.
const HEAD_START: Duration = Duration::from_millis(20);
/// How many blanks go out at once.
const CHUNK_BYTES: usize = 64 * 1024;
/// How many blanks one block of compressed ones stands for.
const BLOCK_BYTES: usize = 1 << 20;
/// The head of gzip (RFC 1952, 2.3): deflate, no flags, no time, unknown system.
const GZIP_HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

impl Disturbance {
    fn wires(&self) -> impl Iterator<Item = Wire> {
        self.acts().filter_map(|act| match act {
            Act::Wire(wire) => Some(*wire),
            _ => None,
        })
    }

    /// How the connection is left; `None` as usual.
    pub(in crate::sandbox) fn parting(&self) -> Option<Parting> {
        self.wires().find_map(|wire| match wire {
            Wire::HangUp => Some(Parting::HangUp),
            Wire::Garbage => Some(Parting::Garbage),
            Wire::Reset => Some(Parting::Reset),
            _ => None,
        })
    }

    /// Keeps the client waiting, where a fault says so.
    pub(in crate::sandbox) async fn wait(&self) {
        for wire in self.wires() {
            if let Wire::Late(by) = wire {
                sleep(by).await;
            }
        }
    }

    /// The answer with its body as it goes over the wire.
    pub(in crate::sandbox) async fn on_the_wire(&self, mut response: Response) -> Response {
        for wire in self.wires() {
            response = wire.carry(response).await;
        }
        response
    }
}

impl Wire {
    async fn carry(self, response: Response) -> Response {
        match self {
            Wire::HangUp | Wire::Garbage | Wire::Late(_) => response,
            Wire::Reset | Wire::CutOff => {
                let (response, whole) = read(response).await;
                let bytes = whole.len() as u64;
                let broken = |_| async {
                    sleep(HEAD_START).await;
                    Err(BrokenOff)
                };
                promising(bytes, with_body(response, half_then(whole, broken)))
            }
            Wire::Stall(pause) => {
                let (response, whole) = read(response).await;
                let late = move |rest| async move {
                    sleep(pause).await;
                    Ok::<_, Infallible>(rest)
                };
                with_body(response, half_then(whole, late))
            }
            Wire::Drip(pause) => {
                let (response, whole) = read(response).await;
                let bytes = (0..whole.len()).map(move |at| whole.slice(at..=at));
                with_body(response, slowly(stream::iter(bytes), pause))
            }
            Wire::Trickle(pause) => with_body(response, slowly(blanks(1), pause)),
            Wire::Flood => with_body(response, blanks(CHUNK_BYTES).map(Ok::<_, Infallible>)),
            Wire::Huge(bytes) => {
                let chunks = bytes.div_ceil(CHUNK_BYTES as u64);
                let chunks = usize::try_from(chunks).unwrap_or(usize::MAX);
                let body = blanks(CHUNK_BYTES).take(chunks).map(Ok::<_, Infallible>);
                promising((chunks * CHUNK_BYTES) as u64, with_body(response, body))
            }
            Wire::GzipFlood => {
                let head = Bytes::from_static(&GZIP_HEAD);
                let blocks = stream::repeat(compressed_blanks());
                let body = stream::iter([head]).chain(blocks);
                let mut response = with_body(response, body.map(Ok::<_, Infallible>));
                let headers = response.headers_mut();
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                response
            }
        }
    }
}

/// The answer without its body, and the body.
async fn read(response: Response) -> (Response, Bytes) {
    let (parts, body) = response.into_parts();
    let whole = axum::body::to_bytes(body, usize::MAX).await;
    let whole = whole.expect("a body that is in memory can be read");
    (Response::from_parts(parts, Body::empty()), whole)
}

fn with_body<E: std::error::Error + Send + Sync + 'static>(
    response: Response,
    body: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from_stream(body))
}

/// The answer with the promise of so many bytes.
fn promising(bytes: u64, mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes));
    response
}

/// The first half of `whole`, and then what `then` makes of the second.
fn half_then<E, F>(
    whole: Bytes,
    then: impl FnOnce(Bytes) -> F,
) -> impl Stream<Item = Result<Bytes, E>>
where
    F: Future<Output = Result<Bytes, E>>,
{
    let middle = whole.len() / 2;
    let first = stream::iter([Ok(whole.slice(..middle))]);
    first.chain(stream::once(then(whole.slice(middle..))))
}

/// White space without end, which any JSON may begin with.
fn blanks(at_once: usize) -> impl Stream<Item = Bytes> + Send + 'static {
    stream::repeat(Bytes::from(vec![b' '; at_once]))
}

fn slowly(
    chunks: impl Stream<Item = Bytes> + Send + 'static,
    pause: Duration,
) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static {
    chunks.then(move |chunk| async move {
        sleep(pause).await;
        Ok(chunk)
    })
}

/// A part of a deflate stream that stands for [`BLOCK_BYTES`] blanks, and may be repeated: it ends at a whole byte and
/// refers to nothing before it.
fn compressed_blanks() -> Bytes {
    let blanks = vec![b' '; BLOCK_BYTES];
    let mut block = Vec::with_capacity(CHUNK_BYTES);
    let mut compress = Compress::new(Compression::best(), false);
    compress
        .compress_vec(&blanks, &mut block, FlushCompress::Full)
        .expect("blanks can be compressed");
    assert_eq!(
        compress.total_in(),
        BLOCK_BYTES as u64,
        "the block has room"
    );
    Bytes::from(block)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn compressed_blanks_may_be_repeated_and_are_blanks_again() {
        let block = compressed_blanks();
        assert!(block.len() < BLOCK_BYTES / 500, "{}", block.len());
        let mut packed = GZIP_HEAD.to_vec();
        for _ in 0..3 {
            packed.extend_from_slice(&block);
        }
        let mut unpacked = Vec::new();
        let endless = flate2::read::GzDecoder::new(&*packed).read_to_end(&mut unpacked);
        assert!(endless.is_err(), "there is no end");
        assert_eq!(unpacked, vec![b' '; 3 * BLOCK_BYTES]);
    }
}
