//! The fault bench: each fault starts, does on the wire what it claims, and stops.

#![expect(clippy::unwrap_used, reason = "a test that can't go on may panic anywhere")]

use std::collections::{BTreeSet, HashSet};
use std::io;
use std::net::{Ipv6Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use hickory_resolver::proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, RecordType};
use hyper::Method;
use rehearsal::codes::{Code, FailureCause};
use rehearsal::reference_app::{AppTrust, Fault, Running, ShownBy, Stage};
use rustls::{AlertDescription, CertificateError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::client::{connect_tls, exchange, exchange_http2, request};

const PACE: Duration = Duration::from_millis(40);
/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(10);

fn stage() -> Stage {
    Stage { trust: AppTrust::Anyone, pace: PACE }
}

async fn start(name: &str) -> Running {
    Fault::named(name).expect(name).start(&stage()).await.expect(name)
}

/// Whether this machine has IPv6 loopback; some containers have none.
pub(crate) fn has_ipv6() -> bool {
    std::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok()
}

pub(crate) fn needs_ipv6(fault: &Fault) -> bool {
    ["dns-aaaa-only", "dns-ipv6-address-refuses", "connect-refused-ipv6", "connect-ipv6-literal"]
        .contains(&fault.name)
}

/// Where the base URL leads, names being those of the bench.
fn address(running: &Running) -> SocketAddr {
    let url = url::Url::parse(&running.setup().base_url).unwrap();
    let host = url.host_str().unwrap().trim_matches(['[', ']']);
    let host = if host.ends_with(".test") { "127.0.0.1" } else { host };
    SocketAddr::new(host.parse().unwrap(), url.port_or_known_default().unwrap())
}

#[test]
fn the_table_is_sound() {
    let mut names = HashSet::new();
    for fault in Fault::all() {
        assert!(names.insert(fault.name), "{} stands twice", fault.name);
        assert!(fault.name.starts_with(fault.family()));
        assert!(fault.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c)));
        assert!(fault.description.ends_with('.'), "{}", fault.name);
    }
    assert!(names.len() > 150, "{}", names.len());
    assert!(Fault::named("no-such-fault").is_none());
}

/// What no server on loopback can bring about: faults of the probe itself, what takes a route, and a reset
/// that comes before the kernel has told that the connection stands. Most of them have tests of their own, in
/// `transport::connect`, `cli::control` and `tests/network`.
const OUT_OF_REACH: &[FailureCause] = &[
    FailureCause::ConnectReset,
    FailureCause::ConnectHostUnreachable,
    FailureCause::ConnectForbidden,
    FailureCause::TooManyOpenFiles,
    FailureCause::LocalPortsExhausted,
    FailureCause::Cancelled,
    FailureCause::SigningFailed,
    FailureCause::OutOfMemory,
    FailureCause::OwnNetworkDown,
    FailureCause::Unrecognised,
];

#[test]
fn every_cause_has_a_fault() {
    let shown: Vec<_> = Fault::all().map(|fault| fault.expected).collect();
    for cause in FailureCause::ALL {
        let expected = !OUT_OF_REACH.contains(cause);
        assert_eq!(shown.contains(&Code::Failure(*cause)), expected, "{cause}");
    }
}

#[tokio::test]
async fn every_fault_starts_and_stops() {
    let mut faults = JoinSet::new();
    for fault in Fault::all().filter(|fault| has_ipv6() || !needs_ipv6(fault)) {
        faults.spawn(async move {
            // Once it has stopped, somebody else may get its port, but not three times in a row.
            for _ in 0..3 {
                if !listens_when_stopped(fault).await {
                    return;
                }
            }
            panic!("{} still listens", fault.name);
        });
    }
    while let Some(ended) = faults.join_next().await {
        ended.unwrap();
    }
}

async fn listens_when_stopped(fault: &Fault) -> bool {
    let running = fault.start(&stage()).await.expect(fault.name);
    let (setup, address) = (running.setup().clone(), address(&running));
    let descriptor: serde_json::Value = serde_json::from_str(&setup.descriptor).unwrap();
    assert_eq!(descriptor["baseUrl"], setup.base_url, "{}", fault.name);
    assert!(setup.exchange == 1 || setup.keep_alive, "{}", fault.name);
    timeout(PATIENCE, running.stop()).await.expect(fault.name);
    // The others stand for addresses out of reach.
    address.ip().is_loopback()
        && timeout(PATIENCE, TcpStream::connect(address)).await.expect(fault.name).is_ok()
}

#[tokio::test]
async fn faults_behind_the_connection_answer_with_their_status() {
    let mut checked = BTreeSet::new();
    for fault in Fault::all().filter(|fault| fault.shown_by == ShownBy::Callback) {
        let Code::Status(status) = fault.expected else { continue };
        let running = match fault.family() {
            "status" | "app" => fault.start(&stage()).await.expect(fault.name),
            _ => continue,
        };
        let answer = installs(address(&running)).await.expect(fault.name);
        assert_eq!(answer, status, "{}", fault.name);
        checked.insert(fault.family());
        running.stop().await;
    }
    assert_eq!(checked.len(), 2);
}

/// Posts an `installed` callback without a usable token, as far as the app cares about tokens.
async fn installs(address: SocketAddr) -> Result<u16, hyper::Error> {
    let stream = TcpStream::connect(address).await.unwrap();
    let mut request = request(Method::POST, "/installed", PAYLOAD);
    request.headers_mut().insert("authorization", TOKEN.parse().unwrap());
    exchange(stream, request).await.map(|response| response.status().as_u16())
}

/// `{"alg":"RS256","kid":"k"}` and `{"iss":"c","exp":1}`, under a signature that is none.
pub(crate) const TOKEN: &str = "JWT eyJhbGciOiJSUzI1NiIsImtpZCI6ImsifQ.eyJpc3MiOiJjIiwiZXhwIjoxfQ.AAAA";

/// The least that is an `installed` callback.
pub(crate) const PAYLOAD: &str = r#"{"key":"rehearsal-reference-app","clientKey":"c","eventType":"installed",
    "baseUrl":"https://site.atlassian.net","sharedSecret":"s"}"#;

#[tokio::test]
async fn connect_faults_refuse_or_swallow() {
    let refused = start("connect-refused").await;
    let error = TcpStream::connect(address(&refused)).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    let swallowed = start("connect-timeout").await;
    assert!(timeout(PACE * 5, TcpStream::connect(address(&swallowed))).await.is_err());
    let unreachable = start("connect-network-unreachable").await;
    let error = TcpStream::connect(address(&unreachable)).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NetworkUnreachable);
}

async fn ask(server: SocketAddr, kind: RecordType) -> Result<Message, &'static str> {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.connect(server).await.unwrap();
    socket.send(&question(kind)).await.unwrap();
    let mut buffer = [0; 4096];
    match timeout(PACE * 5, socket.recv(&mut buffer)).await {
        Err(_) => Err("silence"),
        Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => Err("unreachable"),
        Ok(Err(_)) => Err("error"),
        Ok(Ok(length)) => Message::from_vec(&buffer[..length]).map_err(|_| "malformed"),
    }
}

fn question(kind: RecordType) -> Vec<u8> {
    let mut message = Message::new(7, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(Name::from_ascii("app.rehearsal.test.").unwrap(), kind));
    message.to_vec().unwrap()
}

#[tokio::test]
async fn dns_faults_answer_as_they_say() {
    for (name, kind, expected) in [
        ("dns-nxdomain", RecordType::A, Ok((ResponseCode::NXDomain, 0))),
        ("dns-no-data", RecordType::AAAA, Ok((ResponseCode::NoError, 0))),
        ("dns-servfail", RecordType::A, Ok((ResponseCode::ServFail, 0))),
        ("dns-refused", RecordType::A, Ok((ResponseCode::Refused, 0))),
        ("dns-timeout", RecordType::A, Err("silence")),
        ("dns-malformed", RecordType::A, Err("malformed")),
        ("dns-rubbish", RecordType::A, Err("malformed")),
        ("dns-format-error", RecordType::A, Ok((ResponseCode::FormErr, 0))),
        ("dns-not-implemented", RecordType::A, Ok((ResponseCode::NotImp, 0))),
        ("dns-other-id", RecordType::A, Ok((ResponseCode::NoError, 1))),
        ("dns-other-question", RecordType::A, Ok((ResponseCode::NoError, 1))),
        ("dns-resolver-unreachable", RecordType::A, Err("unreachable")),
        ("dns-cname-loop", RecordType::A, Ok((ResponseCode::NoError, 1))),
        ("dns-cname-dangling", RecordType::A, Ok((ResponseCode::NXDomain, 1))),
        ("dns-cname-chain", RecordType::A, Ok((ResponseCode::NoError, 4))),
        ("dns-cname-chain", RecordType::AAAA, Ok((ResponseCode::NoError, 3))),
        ("dns-late", RecordType::A, Ok((ResponseCode::NoError, 1))),
        ("dns-aaaa-servfail", RecordType::A, Ok((ResponseCode::NoError, 1))),
        ("dns-aaaa-servfail", RecordType::AAAA, Ok((ResponseCode::ServFail, 0))),
        ("dns-aaaa-timeout", RecordType::AAAA, Err("silence")),
        ("dns-first-address-refuses", RecordType::A, Ok((ResponseCode::NoError, 2))),
    ] {
        let running = start(name).await;
        let answer = ask(running.setup().dns_server.unwrap(), kind).await;
        let answer = answer.map(|answer| (answer.metadata.response_code, answer.answers.len()));
        assert_eq!(answer, expected, "{name} {kind}");
    }
}

#[tokio::test]
async fn a_truncated_answer_is_whole_over_tcp() {
    let running = start("dns-truncated-then-tcp").await;
    let server = running.setup().dns_server.unwrap();
    let answer = ask(server, RecordType::A).await.unwrap();
    assert!(answer.metadata.truncation && answer.answers.is_empty());
    let mut stream = TcpStream::connect(server).await.unwrap();
    let question = question(RecordType::A);
    stream.write_u16(question.len().try_into().unwrap()).await.unwrap();
    stream.write_all(&question).await.unwrap();
    let mut answer = vec![0; stream.read_u16().await.unwrap().into()];
    stream.read_exact(&mut answer).await.unwrap();
    let answer = Message::from_vec(&answer).unwrap();
    assert!(!answer.metadata.truncation && answer.answers.len() == 1);
}

/// Shakes hands with a TLS fault, trusting what it says should be trusted.
async fn shake_hands(name: &str) -> Result<(), io::Error> {
    let running = start(name).await;
    let ca_pem = running.setup().ca_pem.clone().unwrap_or_default();
    let hello = connect_tls(address(&running), "app.rehearsal.test", &ca_pem, &["http/1.1"]);
    let mut stream = timeout(PACE * 20, hello).await.map_err(|_| io::ErrorKind::TimedOut)??;
    // TLS 1.3 says only now that it wants a client certificate.
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await?;
    stream.read_u8().await.map(|_| ())
}

/// The rustls error in an I/O error.
async fn tls_error(name: &str) -> rustls::Error {
    let error = shake_hands(name).await.expect_err(name);
    let inner = error.get_ref().unwrap_or_else(|| panic!("{name}: {error}"));
    inner.downcast_ref::<rustls::Error>().unwrap_or_else(|| panic!("{name}: {inner}")).clone()
}

#[tokio::test]
async fn certificates_are_wrong_in_the_one_way_they_claim() {
    use CertificateError as C;
    type Check = fn(&CertificateError) -> bool;
    let cases: &[(&str, Check)] = &[
        ("tls-expired", |error| matches!(error, C::ExpiredContext { .. })),
        ("tls-expired-intermediate", |error| matches!(error, C::ExpiredContext { .. })),
        ("tls-not-yet-valid", |error| matches!(error, C::NotValidYetContext { .. })),
        ("tls-wrong-name", |error| matches!(error, C::NotValidForNameContext { .. })),
        ("tls-address-instead-of-name", |error| matches!(error, C::NotValidForNameContext { .. })),
        ("tls-unknown-issuer", |error| matches!(error, C::UnknownIssuer)),
        ("tls-self-signed", |error| matches!(error, C::UnknownIssuer)),
        ("tls-missing-intermediate", |error| matches!(error, C::UnknownIssuer)),
        ("tls-same-name-other-authority", |error| matches!(error, C::BadSignature)),
        ("tls-foreign-key", |error| matches!(error, C::BadSignature)),
        ("tls-sha1", |error| matches!(error, C::UnsupportedSignatureAlgorithmContext { .. })),
        // Verification knows no RSA signatures this short; the key's size is seen in the chain alone.
        ("tls-rsa-1024", |error| matches!(error, C::BadSignature)),
        ("tls-rsa-1024-issuer", |error| matches!(error, C::BadSignature)),
        ("tls-authority-as-server", |error| format!("{error:?}").contains("CaUsedAsEndEntity")),
        ("tls-clients-only", |error| matches!(error, C::InvalidPurposeContext { .. })),
        ("tls-names-constrained", |error| format!("{error:?}").contains("NameConstraintViolation")),
        ("tls-garbage-certificate", |error| matches!(error, C::BadEncoding)),
    ];
    for (name, check) in cases {
        match tls_error(name).await {
            rustls::Error::InvalidCertificate(error) => assert!(check(&error), "{name}: {error:?}"),
            error => panic!("{name}: {error:?}"),
        }
    }
    // Without its list, a revoked certificate is as good as any.
    let good = ["tls-revoked", "tls-full-chain", "tls-wildcard", "tls-expires-soon", "tls-1.2-only"];
    for name in good {
        shake_hands(name).await.expect(name);
    }
    assert!(start("tls-revoked").await.setup().crl_pem.as_ref().is_some_and(|pem| pem.contains("X509 CRL")));
}

#[tokio::test]
async fn handshakes_break_as_they_claim() {
    use rustls::Error;
    for (name, alert) in [
        ("tls-1.0-only", AlertDescription::ProtocolVersion),
        ("tls-no-common-cipher", AlertDescription::HandshakeFailure),
        ("tls-unrecognized-name", AlertDescription::UnrecognisedName),
        ("tls-no-common-protocol", AlertDescription::NoApplicationProtocol),
        ("tls-insufficient-security", AlertDescription::InsufficientSecurity),
        ("tls-internal-error", AlertDescription::InternalError),
        ("tls-access-denied", AlertDescription::AccessDenied),
        ("tls-client-certificate", AlertDescription::CertificateRequired),
        ("tls-client-certificate-1.2", AlertDescription::CertificateRequired),
    ] {
        assert_eq!(tls_error(name).await, Error::AlertReceived(alert), "{name}");
    }
    assert!(matches!(tls_error("tls-1.0-hello").await, Error::PeerIncompatible(_)));
    assert!(matches!(tls_error("tls-plain-http").await, Error::InvalidMessage(_)));
    assert!(matches!(tls_error("tls-banner").await, Error::InvalidMessage(_)));
    assert!(matches!(tls_error("tls-garbage-handshake").await, Error::InvalidMessage(_)));
    for (name, kind) in [
        ("tls-closed", io::ErrorKind::UnexpectedEof),
        ("tls-closed-midway", io::ErrorKind::UnexpectedEof),
        ("tls-reset", io::ErrorKind::ConnectionReset),
        ("tls-silent", io::ErrorKind::TimedOut),
        ("tls-silent-midway", io::ErrorKind::TimedOut),
    ] {
        assert_eq!(shake_hands(name).await.expect_err(name).kind(), kind, "{name}");
    }
}

/// What a client that sends a request over plain TCP receives, up to the end, the error or the silence.
async fn received(name: &str, times: usize) -> (String, Option<io::ErrorKind>) {
    let running = start(name).await;
    let mut stream = TcpStream::connect(address(&running)).await.unwrap();
    let request = format!("POST /installed HTTP/1.1\r\ncontent-length: {}\r\n\r\n{PAYLOAD}", PAYLOAD.len());
    let mut text = Vec::new();
    for _ in 0..times {
        // A server that is gone already is seen by the read.
        let _ = stream.write_all(request.as_bytes()).await;
        loop {
            let mut buffer = [0; 65536];
            match timeout(PACE * 5, stream.read(&mut buffer)).await {
                Err(_) => break,
                Ok(Ok(0)) => return (String::from_utf8_lossy(&text).into_owned(), None),
                Ok(Ok(_)) if text.len() > 2 * 1024 * 1024 => break,
                Ok(Ok(read)) => text.extend(&buffer[..read]),
                Ok(Err(error)) => {
                    return (String::from_utf8_lossy(&text).into_owned(), Some(error.kind()));
                }
            }
        }
    }
    (String::from_utf8_lossy(&text).into_owned(), Some(io::ErrorKind::TimedOut))
}

#[tokio::test]
async fn scripts_play_on_the_wire_as_written() {
    let closed = None;
    let reset = Some(io::ErrorKind::ConnectionReset);
    let silent = Some(io::ErrorKind::TimedOut);
    for (name, start, end) in [
        ("http-closed", "", closed),
        ("http-closed-unread", "", closed),
        ("http-reset", "", reset),
        ("http-half-status-line", "HTTP/1.1 20", closed),
        ("http-banner", "SSH-2.0", silent),
        ("http-truncated-body", "HTTP/1.1 200 OK\r\ncontent-length: 100", closed),
        ("http-reset-body", "HTTP/1.1 200 OK", reset),
        ("http-early-response", "HTTP/1.1 204", closed),
        ("http-surplus-bytes", "HTTP/1.1 200", closed),
        ("http-1.0", "HTTP/1.0 200", closed),
        ("http-endless-body", "HTTP/1.1 200 OK\r\n\r\n....", silent),
        ("http-endless-head", "HTTP/1.1 204 No Content\r\nx-more", silent),
        ("timeout-silent", "", silent),
        ("timeout-unread-request", "", silent),
        ("timeout-body", "HTTP/1.1 200", silent),
        ("timeout-almost", "HTTP/1.1 204", closed),
    ] {
        let (text, ended) = received(name, 1).await;
        assert!(text.starts_with(start), "{name}: {text:?}");
        assert_eq!(start.is_empty(), text.is_empty(), "{name}: {text:?}");
        assert_eq!(ended, end, "{name}");
    }
    let twice = "HTTP/1.1 204 No Content\r\n\r\n".repeat(2);
    assert_eq!(received("http-reuse-race", 3).await, (twice, None));
    assert_eq!(received("http-reuse-race-reset", 3).await.1, reset);
}

#[tokio::test]
async fn slow_servers_keep_the_beat() {
    let (text, _) = timeout(PACE * 12, drip("timeout-slow-body")).await.unwrap();
    assert!((2..=8).contains(&text.matches('.').count()), "{text:?}");
}

/// Reads for six beats.
async fn drip(name: &str) -> (String, ()) {
    let running = start(name).await;
    let mut stream = TcpStream::connect(address(&running)).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut text = Vec::new();
    let reading = async { while stream.read_buf(&mut text).await.unwrap() > 0 {} };
    let _ = timeout(PACE * 6, reading).await;
    let body = String::from_utf8_lossy(&text).split_once("\r\n\r\n").unwrap().1.to_owned();
    (body, ())
}

#[tokio::test]
async fn a_server_that_does_not_read_blocks_a_large_request() {
    let running = start("timeout-unread-large-request").await;
    let mut stream = TcpStream::connect(address(&running)).await.unwrap();
    let body = vec![b'.'; running.setup().request_bytes];
    assert!(timeout(PACE * 10, stream.write_all(&body)).await.is_err(), "the buffers took it all");
    assert_eq!(running.requests(), 0);
}

#[tokio::test]
async fn http2_faults_speak_http2() {
    for (name, expected) in [
        ("http2-good", Ok(204)),
        ("http2-500", Ok(500)),
        ("http2-goaway", Err(())),
        ("http2-refused-stream", Err(())),
        ("http2-closed", Err(())),
        ("http2-truncated-body", Err(())),
        ("http2-frame-on-wrong-stream", Err(())),
        ("http2-http1-answer", Err(())),
    ] {
        let running = start(name).await;
        let setup = running.setup();
        assert!(setup.http2);
        let stream = connect_tls(
            address(&running),
            "app.rehearsal.test",
            setup.ca_pem.as_ref().unwrap(),
            &["h2", "http/1.1"],
        );
        let request = request(Method::POST, "/installed", PAYLOAD);
        let answer = timeout(PATIENCE, exchange_http2(stream.await.unwrap(), request)).await.expect(name);
        assert_eq!(answer.map(|answer| answer.status().as_u16()).map_err(|_| ()), expected, "{name}");
    }
}

#[tokio::test]
async fn requests_are_counted() {
    let running = start("http2-good").await;
    assert_eq!(running.requests(), 0);
    let running_plain = start("http-1.0").await;
    let stream = TcpStream::connect(address(&running_plain)).await.unwrap();
    let answer = exchange(stream, request(Method::POST, "/installed", PAYLOAD)).await.unwrap();
    assert_eq!(answer.into_body(), Bytes::from_static(b"ok"));
    assert_eq!(running_plain.requests(), 1);
}

#[tokio::test]
async fn a_proxy_opens_a_tunnel() {
    let running = start("proxy-tunnels").await;
    let proxy = url::Url::parse(running.setup().proxy.as_ref().unwrap()).unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", proxy.port().unwrap())).await.unwrap();
    stream.write_all(b"CONNECT app.rehearsal.test:443 HTTP/1.1\r\n\r\n").await.unwrap();
    let mut answer = [0; 39];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer[..12], b"HTTP/1.1 200");
}
