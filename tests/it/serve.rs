//! The listener and the key server, as a client sees them.

#![expect(clippy::unwrap_used, reason = "a test that can't go on may panic anywhere")]

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant, SystemTime};

use hyper::{Method, StatusCode};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rehearsal::serve::{KeyServer, Limits, PathPrefix, Request, Server, ServerTls, StartError, empty, reply};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::client::{connect_tls, exchange, exchange_http2, get, request, send};

const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Answers with what it was asked.
async fn echo(request: Request) -> rehearsal::serve::Response {
    let text = format!("{:?} {} {}", request.version(), request.uri().path(), request.body().len());
    reply(StatusCode::OK, "text/plain", text)
}

/// A CA's certificate and a server's identity below it, for `localhost`.
pub(crate) fn identity() -> (String, ServerTls) {
    let (ca, chain, key) = identity_pem();
    (ca, ServerTls::from_pem(&chain, &key).unwrap())
}

/// A CA's certificate, and a server's certificate below it for `localhost` with its key.
pub(crate) fn identity_pem() -> (String, String, String) {
    let mut ca = CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &ca).unwrap();
    (ca.pem(), leaf.pem(), key.serialize_pem())
}

#[tokio::test]
async fn plain_connections_speak_http1_and_http2() {
    let server = Server::start(LOOPBACK, None, echo).await.unwrap();
    let answer = send(server.address(), request(Method::POST, "/a", "four")).await;
    assert_eq!(answer.body(), "HTTP/1.1 /a 4");
    let stream = TcpStream::connect(server.address()).await.unwrap();
    let answer = exchange_http2(stream, request(Method::POST, "/b", "")).await.unwrap();
    assert_eq!(answer.body(), "HTTP/2.0 /b 0");
    assert_eq!(server.origin(), format!("http://{}", server.address()));
    server.stop().await;
}

#[tokio::test]
async fn tls_connections_speak_what_was_agreed() {
    let (ca, tls) = identity();
    let server = Server::start(LOOPBACK, Some(tls), echo).await.unwrap();
    let stream = connect_tls(server.address(), "localhost", &ca, &["h2"]).await.unwrap();
    let answer = exchange_http2(stream, request(Method::GET, "/", "")).await.unwrap();
    assert_eq!(answer.body(), "HTTP/2.0 / 0");
    let stream = connect_tls(server.address(), "localhost", &ca, &[]).await.unwrap();
    let answer = exchange(stream, request(Method::GET, "/", "")).await.unwrap();
    assert_eq!(answer.body(), "HTTP/1.1 / 0");
    assert!(server.origin().starts_with("https://"));
    server.stop().await;
}

#[tokio::test]
async fn ipv6_is_served() {
    let server = Server::start((Ipv6Addr::LOCALHOST, 0).into(), None, echo).await.unwrap();
    assert!(server.origin().starts_with("http://[::1]:"));
    assert_eq!(get(server.address(), "/").await.status(), StatusCode::OK);
    server.stop().await;
}

#[tokio::test]
async fn a_taken_port_is_named_with_what_to_do() {
    let server = Server::start(LOOPBACK, None, echo).await.unwrap();
    let error = Server::start(server.address(), None, echo).await.unwrap_err();
    assert!(matches!(error, StartError::AddressTaken(address) if address == server.address()));
    assert!(error.to_string().contains(&server.address().to_string()), "{error}");
    assert!(error.remedy().contains(&server.address().port().to_string()), "{}", error.remedy());
}

#[tokio::test]
async fn an_address_of_another_machine_is_refused() {
    // 192.0.2.0/24 is reserved for documentation (RFC 5737).
    let error = Server::start("192.0.2.1:0".parse().unwrap(), None, echo).await.unwrap_err();
    assert!(matches!(error, StartError::NotLocal(_)), "{error}");
}

#[tokio::test]
async fn key_and_certificate_must_belong_together() {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap().pem();
    let other = KeyPair::generate().unwrap().serialize_pem();
    for (chain, key) in [(&*certificate, &*other), ("", &*other), (&*certificate, "no key")] {
        assert!(matches!(ServerTls::from_pem(chain, key), Err(StartError::Tls(_))));
    }
}

#[tokio::test]
async fn stopping_answers_what_was_begun_and_refuses_what_comes_after() {
    let server = Server::start(LOOPBACK, None, |_: Request| async {
        sleep(Duration::from_millis(100)).await;
        empty(StatusCode::NO_CONTENT)
    })
    .await
    .unwrap();
    let address = server.address();
    let unused = TcpStream::connect(address).await.unwrap();
    let mut kept = TcpStream::connect(address).await.unwrap();
    kept.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert!(kept.read(&mut [0; 256]).await.unwrap() > 0);
    let begun = tokio::spawn(async move { get(address, "/").await });
    sleep(Duration::from_millis(40)).await;
    let stopping = Instant::now();
    server.stop().await;
    assert!(stopping.elapsed() < Duration::from_millis(400), "an idle connection held up the stop");
    assert_eq!(begun.await.unwrap().status(), StatusCode::NO_CONTENT);
    assert!(TcpStream::connect(address).await.is_err());
    drop((unused, kept));
}

#[tokio::test]
async fn dropping_stops_as_well() {
    let server = Server::start(LOOPBACK, None, echo).await.unwrap();
    let address = server.address();
    let mut open = TcpStream::connect(address).await.unwrap();
    assert_eq!(get(address, "/").await.status(), StatusCode::OK);
    drop(server);
    let read = timeout(Duration::from_secs(5), open.read(&mut [0; 1])).await.unwrap();
    assert!(matches!(read, Ok(0) | Err(_)));
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn large_heads_and_bodies_are_refused() {
    let limits = Limits { head_bytes: 8192, body_bytes: 100, ..Limits::default() };
    let server = Server::start_limited(LOOPBACK, None, limits, echo).await.unwrap();
    let answer = send(server.address(), request(Method::POST, "/", &"x".repeat(101))).await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let answer = send(server.address(), request(Method::POST, "/", &"x".repeat(100))).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let answer = get(server.address(), &format!("/{}", "x".repeat(9000))).await;
    assert!(answer.status().is_client_error(), "{}", answer.status());
}

#[tokio::test]
async fn silent_peers_are_let_go() {
    let limits = Limits { idle: Duration::from_millis(50), ..Limits::default() };
    let server = Server::start_limited(LOOPBACK, None, limits, echo).await.unwrap();
    for begin in ["", "GET / HT", "POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\nhalf"] {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(begin.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let read = timeout(Duration::from_secs(5), stream.read_to_string(&mut answer)).await;
        assert!(read.is_ok(), "still open after {begin:?}");
    }
}

#[tokio::test]
async fn connections_beyond_the_bound_wait_for_a_place() {
    let limits = Limits { connections: 1, ..Limits::default() };
    let server = Server::start_limited(LOOPBACK, None, limits, echo).await.unwrap();
    let first = TcpStream::connect(server.address()).await.unwrap();
    let address = server.address();
    let second = tokio::spawn(async move { get(address, "/").await });
    sleep(Duration::from_millis(100)).await;
    assert!(!second.is_finished());
    drop(first);
    assert_eq!(second.await.unwrap().status(), StatusCode::OK);
}

fn keys() -> BTreeMap<String, String> {
    [("plain-kid_1", "PEM one"), ("a/b/c", "PEM two")]
        .map(|(kid, pem)| (kid.to_owned(), pem.to_owned()))
        .into()
}

#[tokio::test]
async fn keys_are_published_below_the_prefix() {
    let prefix = PathPrefix::parse("/-/public_keys/").unwrap();
    let server = KeyServer::start(LOOPBACK, None, prefix, keys()).await.unwrap();
    assert_eq!(server.url(), format!("http://{}/-/public_keys", server.address()));
    for (path, pem) in [
        ("/-/public_keys/plain-kid_1", "PEM one"),
        ("/-/public_keys/a/b/c", "PEM two"),
        ("/-/public_keys/a%2Fb%2fc", "PEM two"),
    ] {
        let answer = get(server.address(), path).await;
        assert_eq!((answer.status(), answer.body().as_ref()), (StatusCode::OK, pem.as_bytes()), "{path}");
        assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
    }
    for path in ["/plain-kid_1", "/-/public_keys/", "/-/public_keys/plain", "/-/public_keysplain-kid_1", "/"]
    {
        let answer = get(server.address(), path).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    }
    let posted = send(server.address(), request(Method::POST, "/-/public_keys/plain-kid_1", "")).await;
    assert_eq!(posted.status(), StatusCode::METHOD_NOT_ALLOWED);
    server.stop().await;
}

#[tokio::test]
async fn fetches_are_counted() {
    let server = KeyServer::start(LOOPBACK, None, PathPrefix::default(), keys()).await.unwrap();
    assert!(server.fetches().is_empty());
    assert_eq!(server.fetched("a/b/c").last, None);
    let before = SystemTime::now();
    for path in ["/a/b/c", "/a/b/c", "/unknown"] {
        get(server.address(), path).await;
    }
    let fetched = server.fetched("a/b/c");
    assert_eq!(fetched.count, 2);
    assert!(fetched.last.unwrap() >= before);
    assert_eq!(server.fetches().len(), 1);
    assert_eq!(server.unknown_fetched().count, 1);
}

#[tokio::test]
async fn keys_are_served_over_tls() {
    let (ca, tls) = identity();
    let server = KeyServer::start(LOOPBACK, Some(tls), PathPrefix::default(), keys()).await.unwrap();
    let stream = connect_tls(server.address(), "localhost", &ca, &[]).await.unwrap();
    let answer = exchange(stream, request(Method::GET, "/a/b/c", "")).await.unwrap();
    assert_eq!(answer.body(), "PEM two");
    server.stop().await;
}
