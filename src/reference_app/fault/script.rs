//! Scripts: what a server does on a connection, act by act.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::sleep;
use tokio_rustls::server::TlsStream;

/// What a server does on each of its connections. A connection whose script is at its end is closed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Script {
    /// The same on all of them.
    Always(&'static [Act]),
    /// One script on the first connection, another on all later ones.
    FirstThen(&'static [Act], &'static [Act]),
}

impl Script {
    /// The acts for a connection, counted from 0.
    pub(super) fn acts(self, connection: u64) -> &'static [Act] {
        match self {
            Self::Always(acts) => acts,
            Self::FirstThen(first, _) if connection == 0 => first,
            Self::FirstThen(_, later) => later,
        }
    }

    /// How many requests the first connection takes.
    pub(super) fn requests(self) -> u32 {
        let reads = |act: &Act| match act {
            Act::ReadRequest | Act::ReadHttp2Request | Act::ReadNextHttp2Request => 1,
            _ => 0,
        };
        self.acts(0).iter().map(reads).sum()
    }
}

/// One thing a server does on a connection.
#[derive(Debug, Clone, Copy)]
pub(super) enum Act {
    /// Reads an HTTP/1 request: its head, and the body that its Content-Length announces.
    ReadRequest,
    /// Reads the head of an HTTP/1 request, and leaves the body.
    ReadHead,
    /// Reads the preface of an HTTP/2 connection and frames up to the end of the first request.
    ReadHttp2Request,
    /// Reads HTTP/2 frames up to the end of the next request.
    ReadNextHttp2Request,
    /// Reads one TLS record, the client's hello.
    ReadRecord,
    /// Sends these bytes.
    Send(&'static [u8]),
    /// Sends these bytes this many times, as fast as they are taken.
    SendTimes(&'static [u8], usize),
    /// Sends these bytes again and again, as fast as they are taken.
    SendForever(&'static [u8]),
    /// Sends these bytes once a beat, again and again.
    DripForever(&'static [u8]),
    /// Lets this many beats pass.
    Pause(u32),
    /// Ends its side of the connection in good form, and reads to the end of the other one.
    Close,
    /// Ends its side of the TCP connection without ending the TLS session, and reads to the end.
    Cut,
    /// Resets the connection.
    Reset,
    /// Says nothing more, but reads on until the peer goes.
    Stall,
    /// Neither says nor reads anything more until the peer goes.
    Freeze,
}

/// A connection that a script can be played on.
pub(super) trait Line: AsyncRead + AsyncWrite + Unpin + Send {
    /// The TCP connection underneath.
    fn tcp(&mut self) -> &mut TcpStream;
}

impl Line for TcpStream {
    fn tcp(&mut self) -> &mut TcpStream {
        self
    }
}

impl Line for TlsStream<TcpStream> {
    fn tcp(&mut self) -> &mut TcpStream {
        self.get_mut().0
    }
}

/// Plays a script to its end, or until the peer goes. `on_request` is told of each request read whole.
///
/// # Errors
/// When the peer goes before the script is at its end.
pub(super) async fn play(
    acts: &[Act],
    line: &mut impl Line,
    pace: Duration,
    mut on_request: impl FnMut(),
) -> io::Result<()> {
    for act in acts {
        match *act {
            Act::ReadRequest => {
                read_request(line).await?;
                on_request();
            }
            Act::ReadHead => {
                read_head(line).await?;
            }
            Act::ReadHttp2Request => {
                // The client's connection preface (RFC 9113, section 3.4) is 24 bytes long.
                line.read_exact(&mut [0; 24]).await?;
                read_http2_request(line).await?;
                on_request();
            }
            Act::ReadNextHttp2Request => {
                read_http2_request(line).await?;
                on_request();
            }
            Act::ReadRecord => {
                let mut header = [0; 5];
                line.read_exact(&mut header).await?;
                skip(line, usize::from(u16::from_be_bytes([header[3], header[4]]))).await?;
            }
            Act::Send(bytes) => send(line, bytes).await?,
            Act::SendTimes(bytes, times) => {
                for _ in 0..times {
                    send(line, bytes).await?;
                }
            }
            Act::SendForever(bytes) => loop {
                send(line, bytes).await?;
            },
            Act::DripForever(bytes) => loop {
                send(line, bytes).await?;
                sleep(pace).await;
            },
            Act::Pause(beats) => sleep(pace * beats).await,
            Act::Close => {
                line.shutdown().await?;
                return drain(line).await;
            }
            Act::Cut => {
                line.tcp().shutdown().await?;
                return drain(line.tcp()).await;
            }
            // With a zero linger time, closing the socket sends RST instead of FIN.
            Act::Reset => return line.tcp().set_zero_linger(),
            Act::Stall => return drain(line).await,
            Act::Freeze => return wait_for_hangup(line.tcp()).await,
        }
    }
    line.shutdown().await?;
    drain(line).await
}

async fn send(line: &mut impl Line, bytes: &[u8]) -> io::Result<()> {
    line.write_all(bytes).await?;
    line.flush().await
}

async fn read_request(line: &mut impl Line) -> io::Result<()> {
    let head = read_head(line).await?.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length = length.and_then(|length| length.trim().parse().ok()).unwrap_or(0);
    skip(line, length).await
}

async fn read_head(line: &mut impl Line) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(line.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Reads frames (RFC 9113, section 4.1) until one ends a request: HEADERS or DATA with END_STREAM.
async fn read_http2_request(line: &mut impl Line) -> io::Result<()> {
    const DATA: u8 = 0x0;
    const HEADERS: u8 = 0x1;
    const END_STREAM: u8 = 0x1;
    loop {
        let mut header = [0; 9];
        line.read_exact(&mut header).await?;
        let [length @ .., kind, flags, _, _, _, _] = header;
        let length = usize::from(length[0]) << 16 | usize::from(length[1]) << 8 | usize::from(length[2]);
        skip(line, length).await?;
        if matches!(kind, DATA | HEADERS) && flags & END_STREAM != 0 {
            return Ok(());
        }
    }
}

async fn skip(line: &mut impl Line, bytes: usize) -> io::Result<()> {
    let mut buffer = [0; 4096];
    let mut left = bytes;
    while left > 0 {
        let want = left.min(buffer.len());
        match line.read(&mut buffer[..want]).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => left -= read,
        }
    }
    Ok(())
}

async fn drain(line: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
    let mut buffer = [0; 4096];
    while line.read(&mut buffer).await? > 0 {}
    Ok(())
}

/// Waits until the peer has closed its side, without reading what it sent before.
async fn wait_for_hangup(stream: &TcpStream) -> io::Result<()> {
    // Unread bytes keep the socket readable, so that there is no event left to wait for.
    const LOOK_EVERY: Duration = Duration::from_millis(20);
    while !stream.ready(tokio::io::Interest::READABLE).await?.is_read_closed() {
        sleep(LOOK_EVERY).await;
    }
    Ok(())
}
