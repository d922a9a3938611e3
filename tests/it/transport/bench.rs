//! Servers that misbehave as told, and exchanges with them.

use std::future::Future;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rehearsal::codes::FailureCause;
use rehearsal::outcome::{Failure, Outcome, Phase};
use rehearsal::transport::{Deadlines, Exchange, Request, Settings, Target, Transport};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A server that treats every connection as `behave` says, told which one it is, counted from 0.
pub(super) async fn serve<F, R>(behave: F) -> SocketAddr
where
    F: Fn(TcpStream, usize) -> R + Send + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        let mut count = 0;
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(behave(stream, count));
            count += 1;
        }
    });
    address
}

/// A server that reads a request, answers with these bytes and closes.
pub(super) async fn answering(bytes: &'static [u8]) -> SocketAddr {
    serve(move |mut stream, _| async move {
        read_request(&mut stream).await;
        stream.write_all(bytes).await.ok();
    })
    .await
}

/// Reads a request, its body included, and gives it back.
pub(super) async fn read_request<S: AsyncReadExt + Unpin>(stream: &mut S) -> String {
    let mut read = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok()
                })
                .unwrap_or(0);
            if body.len() >= length {
                return text;
            }
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return text,
            Ok(count) => read.extend_from_slice(&buffer[..count]),
        }
    }
}

/// Reads whatever comes first.
pub(super) async fn read_some<S: AsyncReadExt + Unpin>(stream: &mut S) -> usize {
    stream.read(&mut [0; 65536]).await.unwrap_or(0)
}

/// Closes a connection so that the other side sees a reset.
pub(super) fn reset(stream: TcpStream) {
    stream.set_zero_linger().expect("a socket option");
}

/// Waits longer than any test does.
pub(super) async fn forever() {
    tokio::time::sleep(Duration::from_secs(60)).await;
}

/// Clocks that run out within a test.
pub(super) fn short(connect: u64, idle: u64, total: u64) -> Settings {
    let millis = Duration::from_millis;
    let deadlines = Deadlines { connect: millis(connect), idle: millis(idle), total: millis(total) };
    Settings { deadlines, ..Settings::default() }
}

/// Where a request goes.
pub(super) fn target(url: impl AsRef<str>) -> Target {
    Target::new(&url.as_ref().parse().expect("a URL")).expect("a target")
}

/// One callback to `url`.
pub(super) async fn post(settings: Settings, url: impl AsRef<str>) -> Exchange {
    let transport = Transport::new(settings).expect("usable settings");
    let request = Request::post(target(url), "{\"key\":\"app\"}");
    *transport.connections().exchange(request, Instant::now()).await
}

/// One callback to a plain server at `address`, with the usual settings.
pub(super) async fn post_to(address: SocketAddr) -> Exchange {
    post(Settings::default(), format!("http://{address}/installed")).await
}

/// The failure of an exchange that must have failed.
pub(super) fn failure(exchange: &Exchange) -> &Failure {
    exchange.failure().unwrap_or_else(|| panic!("did not fail: {exchange:?}"))
}

/// Asserts that an exchange failed in `phase` for `cause`.
#[track_caller]
pub(super) fn assert_failed(exchange: &Exchange, phase: Phase, cause: FailureCause) {
    let failure = failure(exchange);
    assert_eq!((failure.phase, failure.cause), (phase, cause), "{failure:?}");
    assert!(!failure.detail.is_empty());
}

/// Asserts that an exchange came to a response with `status`.
#[track_caller]
pub(super) fn assert_responded(exchange: &Exchange, status: u16) {
    assert_eq!(exchange.outcome(), Outcome::Responded { status }, "{exchange:?}");
}
