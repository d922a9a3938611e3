//! Through an HTTP proxy.

use std::net::SocketAddr;

use rehearsal::codes::FailureCause;
use rehearsal::outcome::{Clock, Phase};
use rehearsal::transport::{Proxy, Settings};
use tokio::io::{AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;

use super::bench::{
    answering, assert_failed, assert_responded, failure, forever, post, read_request, serve, short,
};
use super::pki::{HOST, healthy, leaf, root, trusting};

/// A proxy that wants `user:hush`, tunnels to 127.0.0.1 whatever the name, and tells plain requests that
/// it has seen them.
async fn proxy() -> SocketAddr {
    serve(|mut stream, _| async move {
        let request = read_request(&mut stream).await;
        if !request.contains("\r\nProxy-Authorization: Basic dXNlcjpodXNo\r\n") {
            stream.write_all(b"HTTP/1.1 407 Who Are You\r\nContent-Length: 0\r\n\r\n").await.ok();
            return;
        }
        let Some(target) = request.strip_prefix("CONNECT ") else {
            let answer =
                if request.starts_with("POST http://app.test/installed?a=b HTTP/1.1\r\nHost: app.test\r\n") {
                    b"HTTP/1.1 204 No Content\r\n\r\n".as_slice()
                } else {
                    b"HTTP/1.1 400 Bad Request\r\n\r\n"
                };
            stream.write_all(answer).await.ok();
            return;
        };
        let port = target.split([':', ' ']).nth(1).and_then(|port| port.parse().ok()).expect("a port");
        let Ok(mut app) = TcpStream::connect(("127.0.0.1", port)).await else {
            stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n").await.ok();
            return;
        };
        stream.write_all(b"HTTP/1.1 200 Connection Established\r\n\r\n").await.ok();
        copy_bidirectional(&mut stream, &mut app).await.ok();
    })
    .await
}

fn through(proxy: SocketAddr, credentials: &str, settings: Settings) -> Settings {
    let proxy = Proxy::parse(&format!("http://{credentials}{proxy}")).expect("a proxy");
    Settings { proxy: Some(proxy), ..settings }
}

#[tokio::test]
async fn encrypted_requests_go_through_a_tunnel() {
    let ca = root("Test Root");
    let app = healthy(leaf(&ca, |_| {})).await;
    let proxy = proxy().await;
    let settings = through(proxy, "user:hush@", trusting(app, &[&ca]));
    let exchange = post(settings, format!("https://{HOST}:{}/", app.port())).await;
    assert_responded(&exchange, 204);
    assert_eq!(exchange.peer.as_ref().expect("a peer").address, proxy);
    assert!(exchange.phases.get(Phase::Connect).is_some() && exchange.phases.get(Phase::Tls).is_some());
    assert!(!format!("{exchange:?}").contains("dXNlcjpodXNo"), "the password shows");
}

#[tokio::test]
async fn plain_requests_name_their_target_in_full() {
    let settings = through(proxy().await, "user:hush@", Settings::default());
    let exchange = post(settings, "http://app.test/installed?a=b").await;
    assert_responded(&exchange, 204);
    assert!(!format!("{exchange:?}").contains("dXNlcjpodXNo"), "the password shows");
}

#[tokio::test]
async fn a_proxy_that_opens_no_tunnel() {
    let refused = FailureCause::ProxyRefused;
    let proxy = proxy().await;
    let stranger = post(through(proxy, "", Settings::default()), "https://app.test/").await;
    assert_failed(&stranger, Phase::Connect, refused);
    assert!(failure(&stranger).detail.contains("407"), "{:?}", failure(&stranger));
    let dead_app = post(through(proxy, "user:hush@", Settings::default()), "https://app.test:1/").await;
    assert_failed(&dead_app, Phase::Connect, refused);
    assert!(!failure(&dead_app).detail.contains("hush"));
    for answer in [b"nonsense\r\n\r\n".as_slice(), b""] {
        let broken = through(answering(answer).await, "", Settings::default());
        assert_failed(&post(broken, "https://app.test/").await, Phase::Connect, refused);
    }
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_ours() {
    let closed =
        tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port").local_addr().expect("bound");
    for url in ["https://app.test/", "http://app.test/"] {
        let exchange = post(through(closed, "", Settings::default()), url).await;
        assert_failed(&exchange, Phase::Connect, FailureCause::ProxyUnreachable);
        assert!(failure(&exchange).detail.contains("connect.refused"), "{:?}", failure(&exchange));
    }
}

#[tokio::test]
async fn a_proxy_that_stands_still() {
    let silent = serve(|stream, _| async move {
        forever().await;
        drop(stream);
    })
    .await;
    let exchange = post(through(silent, "", short(200, 1000, 1000)), "https://app.test/").await;
    assert_failed(&exchange, Phase::Connect, FailureCause::ProxyRefused);
    assert_eq!(failure(&exchange).clock, Some(Clock::Connect));
    let detail = &failure(&exchange).detail;
    let spent = "opened no tunnel: the connect deadline passed, ";
    assert!(detail.starts_with("the proxy http://127.0.0.1:") && detail.contains(spent), "{detail}");
    assert!(
        exchange.phases.get(Phase::Connect).expect("it happened")
            <= exchange.stamps.ended - exchange.stamps.dispatched
    );
}
