//! Connections kept, closed and closed at the wrong moment.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use rehearsal::codes::{Advisory, FailureCause};
use rehearsal::outcome::Phase;
use rehearsal::transport::{Connections, Exchange, Request, Reuse, Settings, Transport};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::bench::{assert_failed, assert_responded, failure, read_request, serve, short, target};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn keeping() -> Connections {
    let settings = Settings { reuse: Reuse::KeepAlive, ..Settings::default() };
    Transport::new(settings).expect("settings").connections()
}

async fn post(connections: &mut Connections, address: SocketAddr) -> Exchange {
    let request = Request::post(target(format!("http://{address}/")), "{}");
    *connections.exchange(request, Instant::now()).await
}

/// A server that answers as many requests on connection `n` as `answers` says, then reads one more and
/// closes. Counts the requests it has read.
async fn answering(answers: impl Fn(usize) -> usize + Send + 'static) -> (SocketAddr, Arc<AtomicUsize>) {
    let requests = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&requests);
    let address = serve(move |mut stream, number| {
        let (answers, counter) = (answers(number), Arc::clone(&counter));
        async move {
            for answer in 0.. {
                if read_request(&mut stream).await.is_empty() {
                    return;
                }
                counter.fetch_add(1, Ordering::Relaxed);
                if answer == answers {
                    return;
                }
                stream.write_all(OK).await.ok();
            }
        }
    })
    .await;
    (address, requests)
}

#[tokio::test]
async fn a_kept_connection_needs_neither_address_nor_handshake() {
    let (address, requests) = answering(|_| 10).await;
    let mut connections = keeping();
    assert!(!post(&mut connections, address).await.reused);
    let second = post(&mut connections, address).await;
    assert_responded(&second, 200);
    assert!(second.reused && second.attempts.is_empty() && second.resolution.is_none());
    let phases: Vec<_> = second.phases.iter().map(|(phase, _)| phase.name()).collect();
    assert_eq!(phases, ["write", "wait", "body"]);
    assert_eq!(second.peer.expect("a peer").address, address);
    assert_eq!(requests.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_fresh_connection_each_unless_asked_otherwise() {
    let (address, _) = answering(|_| 1).await;
    let mut connections = Transport::new(Settings::default()).expect("settings").connections();
    for _ in 0..3 {
        let exchange = post(&mut connections, address).await;
        assert_responded(&exchange, 200);
        assert!(!exchange.reused && exchange.retried.is_none());
    }
}

#[tokio::test]
async fn a_reuse_race_is_retried_once_and_shown() {
    let (address, requests) = answering(|_| 1).await;
    let mut connections = keeping();
    assert_responded(&post(&mut connections, address).await, 200);
    let raced = post(&mut connections, address).await;
    assert_responded(&raced, 200);
    let retried = raced.retried.as_ref().expect("retried");
    assert_eq!(retried.failure.cause, FailureCause::ClosedBeforeResponse);
    assert!(retried.first_byte_sent.is_some());
    assert_eq!((raced.reused, raced.attempts.len()), (false, 1));
    assert!(raced.advisories.contains(&Advisory::ReuseRace));
    assert_eq!(requests.load(Ordering::Relaxed), 3, "one request each and one retry");
}

#[tokio::test]
async fn a_race_that_a_fresh_connection_loses_too() {
    let (address, requests) = answering(|number| usize::from(number == 0)).await;
    let mut connections = keeping();
    assert_responded(&post(&mut connections, address).await, 200);
    let raced = post(&mut connections, address).await;
    assert_failed(&raced, Phase::Wait, FailureCause::ConnectionReuseRace);
    assert!(raced.retried.is_some());
    assert_eq!(requests.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn a_race_after_which_nobody_listens_is_a_refusal() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        drop(listener);
        read_request(&mut stream).await;
        stream.write_all(OK).await.ok();
        read_request(&mut stream).await;
    });
    let mut connections = keeping();
    assert_responded(&post(&mut connections, address).await, 200);
    let raced = post(&mut connections, address).await;
    assert_failed(&raced, Phase::Connect, FailureCause::ConnectRefused);
    assert!(raced.retried.is_some() && raced.advisories.contains(&Advisory::ReuseRace));
}

#[tokio::test]
async fn a_connection_closed_while_idle_is_not_used_again() {
    let address = serve(|mut stream, _| async move {
        read_request(&mut stream).await;
        stream.write_all(OK).await.ok();
    })
    .await;
    let mut connections = keeping();
    for _ in 0..2 {
        let exchange = post(&mut connections, address).await;
        assert_responded(&exchange, 200);
        assert!(!exchange.reused && exchange.retried.is_none());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_half_answer_on_a_kept_connection_is_not_asked_for_again() {
    let address = serve(|mut stream, _| async move {
        read_request(&mut stream).await;
        stream.write_all(OK).await.ok();
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 5").await.ok();
    })
    .await;
    let mut connections = keeping();
    assert_responded(&post(&mut connections, address).await, 200);
    let exchange = post(&mut connections, address).await;
    assert_failed(&exchange, Phase::Wait, FailureCause::ClosedBeforeResponse);
    assert!(exchange.retried.is_none());
}

#[tokio::test]
async fn silence_on_a_kept_connection_is_not_asked_for_again() {
    let address = serve(|mut stream, _| async move {
        read_request(&mut stream).await;
        stream.write_all(OK).await.ok();
        super::bench::forever().await;
    })
    .await;
    let settings = Settings { reuse: Reuse::KeepAlive, ..short(200, 200, 200) };
    let mut connections = Transport::new(settings).expect("settings").connections();
    assert_responded(&post(&mut connections, address).await, 200);
    let exchange = post(&mut connections, address).await;
    assert_failed(&exchange, Phase::Wait, FailureCause::TimeoutResponseHead);
    assert!(exchange.reused && exchange.retried.is_none());
}

#[tokio::test]
async fn a_server_that_keeps_nothing_is_noted() {
    let closing = super::bench::answering(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").await;
    let old = super::bench::answering(b"HTTP/1.0 204 No Content\r\n\r\n").await;
    for address in [closing, old] {
        let mut connections = keeping();
        for _ in 0..2 {
            let exchange = post(&mut connections, address).await;
            assert_responded(&exchange, 204);
            assert!(exchange.advisories.contains(&Advisory::ConnectionClosed), "{:?}", exchange.advisories);
            assert!(!exchange.reused);
        }
    }
}

#[tokio::test]
async fn bytes_that_no_response_announced_end_a_connection() {
    let address = serve(|mut stream, _| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\nsurplus").await.ok();
        super::bench::forever().await;
    })
    .await;
    let mut connections = keeping();
    for _ in 0..2 {
        let exchange = post(&mut connections, address).await;
        assert_responded(&exchange, 204);
        assert!(exchange.advisories.contains(&Advisory::BodyUnexpected), "{:?}", exchange.advisories);
        assert!(!exchange.reused);
    }
}

#[tokio::test]
async fn a_request_that_was_given_up_takes_its_connection_with_it() {
    let (address, _) = answering(|_| 10).await;
    let mut connections = keeping();
    assert_responded(&post(&mut connections, address).await, 200);
    let mut given_up = Box::pin(post(&mut connections, address));
    let is_pending = poll_fn(|cx| Poll::Ready(given_up.as_mut().poll(cx).is_pending())).await;
    assert!(is_pending);
    drop(given_up);
    let next = post(&mut connections, address).await;
    assert_responded(&next, 200);
    assert!(!next.reused);
}

#[tokio::test]
async fn nothing_is_retried_on_a_fresh_connection() {
    let (address, requests) = answering(|_| 0).await;
    let exchange = post(&mut keeping(), address).await;
    assert_failed(&exchange, Phase::Wait, FailureCause::ClosedBeforeResponse);
    assert_eq!(requests.load(Ordering::Relaxed), 1);
    assert!(!failure(&exchange).detail.contains("fresh connection"));
}
