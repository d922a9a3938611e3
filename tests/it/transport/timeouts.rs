//! Every row of the table of deadlines.

use std::future::Future;
use std::time::{Duration, Instant};

use rehearsal::codes::FailureCause;
use rehearsal::outcome::{Clock, Phase};
use rehearsal::transport::{Exchange, Request, Settings, Transport};
use tokio::io::AsyncWriteExt;

use super::bench::{answering, failure, forever, post, read_request, serve, short, target};

/// Runs an exchange that must end at a clock, within the grace that a deadline has.
async fn timed_out(
    exchange: impl Future<Output = Exchange>,
    phase: Phase,
    cause: FailureCause,
    clock: Clock,
    after: u64,
) -> Exchange {
    let started = Instant::now();
    let exchange = exchange.await;
    let elapsed = started.elapsed();
    let failed = failure(&exchange);
    assert_eq!((failed.phase, failed.cause, failed.clock), (phase, cause, Some(clock)), "{failed:?}");
    let after = Duration::from_millis(after);
    assert!(elapsed >= after && elapsed < after + Duration::from_millis(500), "{elapsed:?}");
    exchange
}

#[tokio::test]
async fn no_address_accepts() {
    let blackhole = super::connect::blackhole().await;
    let url = format!("http://{}/", blackhole.address);
    let post = |settings| post(settings, url.clone());
    let timeout = FailureCause::ConnectTimeout;
    timed_out(post(short(150, 1000, 1000)), Phase::Connect, timeout, Clock::Connect, 150).await;
    let exchange = timed_out(post(short(1000, 1000, 150)), Phase::Connect, timeout, Clock::Total, 150).await;
    assert_eq!(exchange.attempts.len(), 1);
    assert!(exchange.phases.get(Phase::Connect).is_some());
}

#[tokio::test]
async fn a_handshake_that_stands_still() {
    let silent = serve(|stream, _| async move {
        forever().await;
        drop(stream);
    })
    .await;
    let url = format!("https://{silent}/");
    let post = |settings| post(settings, url.clone());
    let timeout = FailureCause::TlsTimeout;
    timed_out(post(short(150, 1000, 1000)), Phase::Tls, timeout, Clock::Connect, 150).await;
    timed_out(post(short(1000, 150, 1000)), Phase::Tls, timeout, Clock::Idle, 150).await;
    timed_out(post(short(1000, 1000, 150)), Phase::Tls, timeout, Clock::Total, 150).await;
}

#[tokio::test]
async fn a_request_that_is_not_taken() {
    let deaf = serve(|stream, _| async move {
        forever().await;
        drop(stream);
    })
    .await;
    let post = |settings: Settings| async move {
        let transport = Transport::new(settings).expect("settings");
        let request = Request::post(target(format!("http://{deaf}/")), vec![b'x'; 64 * 1024 * 1024]);
        *transport.connections().exchange(request, Instant::now()).await
    };
    let timeout = FailureCause::TimeoutRequestWrite;
    let idle = timed_out(post(short(1000, 200, 2000)), Phase::Write, timeout, Clock::Idle, 200).await;
    assert!(idle.stamps.first_byte_sent.is_some());
    timed_out(post(short(1000, 2000, 200)), Phase::Write, timeout, Clock::Total, 200).await;
}

#[tokio::test]
async fn an_answer_that_does_not_come() {
    let mute = serve(|mut stream, _| async move {
        read_request(&mut stream).await;
        forever().await;
    })
    .await;
    let url = format!("http://{mute}/");
    let post = |settings| post(settings, url.clone());
    let timeout = FailureCause::TimeoutResponseHead;
    let idle = timed_out(post(short(1000, 150, 1000)), Phase::Wait, timeout, Clock::Idle, 150).await;
    assert!(idle.phases.get(Phase::Wait) >= Some(Duration::from_millis(100)));
    timed_out(post(short(1000, 1000, 150)), Phase::Wait, timeout, Clock::Total, 150).await;
}

#[tokio::test]
async fn an_answer_that_trickles() {
    let trickle = |head: &'static str| {
        serve(move |mut stream, _| async move {
            read_request(&mut stream).await;
            stream.write_all(head.as_bytes()).await.ok();
            while stream.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
    };
    let in_head = format!("http://{}/", trickle("HTTP/1.1 200 OK\r\nX: ").await);
    let timeout = FailureCause::TimeoutResponseHead;
    timed_out(post(short(1000, 150, 400), in_head), Phase::Wait, timeout, Clock::Total, 400).await;
    let in_body = format!("http://{}/", trickle("HTTP/1.1 200 OK\r\n\r\n").await);
    let timeout = FailureCause::TimeoutResponseBody;
    let exchange =
        timed_out(post(short(1000, 150, 400), in_body), Phase::Body, timeout, Clock::Total, 400).await;
    assert_eq!(exchange.status(), Some(200));
    assert!(exchange.received.starts_with(b"xxx"));
}

#[tokio::test]
async fn interim_responses_without_end() {
    let interim = serve(|mut stream, _| async move {
        read_request(&mut stream).await;
        while stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.is_ok() {}
    })
    .await;
    let url = format!("http://{interim}/");
    let timeout = FailureCause::TimeoutResponseHead;
    timed_out(post(short(1000, 1000, 300), url), Phase::Wait, timeout, Clock::Total, 300).await;
}

#[tokio::test]
async fn a_body_in_the_smallest_pieces() {
    let crumbs = serve(|mut stream, _| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await.ok();
        while stream.write_all(&b"1\r\nx\r\n".repeat(1000)).await.is_ok() {}
    })
    .await;
    let settings = Settings { body_limit: usize::MAX, ..short(1000, 1000, 300) };
    let exchange = post(settings, format!("http://{crumbs}/"));
    timed_out(exchange, Phase::Body, FailureCause::TimeoutResponseBody, Clock::Total, 300).await;
}

#[tokio::test]
async fn a_body_that_does_not_end() {
    let endless = serve(|mut stream, _| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour").await.ok();
        forever().await;
    })
    .await;
    let url = format!("http://{endless}/");
    let timeout = FailureCause::TimeoutResponseBody;
    timed_out(post(short(1000, 150, 1000), url), Phase::Body, timeout, Clock::Idle, 150).await;
}

#[tokio::test]
async fn the_total_clock_runs_from_dispatch() {
    let address = answering(b"HTTP/1.1 204 No Content\r\n\r\n").await;
    let transport = Transport::new(short(1000, 1000, 500)).expect("settings");
    let request = Request::post(target(format!("http://{address}/")), "{}");
    let long_ago = Instant::now() - Duration::from_secs(1);
    let exchange = transport.connections().exchange(request, long_ago).await;
    assert_eq!(failure(&exchange).clock, Some(Clock::Total));
}
