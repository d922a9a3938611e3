//! HTTP/2 going well and wrong.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::Reason;
use h2::server::SendResponse;
use hyper::{Response, Version};
use rehearsal::codes::FailureCause;
use rehearsal::outcome::{Clock, Phase};
use rehearsal::transport::{Exchange, HttpVersion, Request, Reuse, Settings, Transport};
use tokio::io::AsyncWriteExt;

use super::bench::{
    assert_failed, assert_responded, failure, forever, post, read_some, reset, serve, short, target,
};
use super::pki::{answer_204, config, leaf, root, serve_tls, trusting, url};

fn http2(settings: Settings) -> Settings {
    Settings { http: HttpVersion::Http2, ..settings }
}

/// One callback over HTTP/2 without TLS.
async fn post_plain(address: SocketAddr) -> Exchange {
    post(http2(short(1000, 1000, 2000)), format!("http://{address}/installed?a=b")).await
}

/// A server that treats every request as `behave` says.
async fn answering<F, R>(behave: F) -> SocketAddr
where
    F: Fn(SendResponse<Bytes>) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    serve(move |stream, _| {
        let behave = behave.clone();
        async move {
            let mut connection = h2::server::handshake(stream).await.expect("a preface");
            while let Some(Ok((request, respond))) = connection.accept().await {
                assert_eq!(request.uri().path_and_query().map(|path| path.as_str()), Some("/installed?a=b"));
                assert!(request.uri().authority().is_some() && !request.headers().contains_key("host"));
                tokio::spawn(behave(respond));
            }
        }
    })
    .await
}

/// A server that reads the preface and the request and then sends raw frames.
async fn framing(frames: &'static [u8]) -> SocketAddr {
    serve(move |mut stream, _| async move {
        read_some(&mut stream).await;
        stream.write_all(frames).await.ok();
        // Whatever is left unread would turn the close into a reset.
        let mut nowhere = tokio::io::sink();
        let rest = tokio::io::copy(&mut stream, &mut nowhere);
        tokio::time::timeout(Duration::from_millis(100), rest).await.ok();
    })
    .await
}

/// The server's first words: empty SETTINGS.
const SETTINGS: &[u8] = b"\0\0\0\x04\0\0\0\0\0";

fn ok() -> Response<()> {
    Response::new(())
}

#[tokio::test]
async fn a_response_over_a_protocol_agreed_on() {
    let ca = root("Test Root");
    let mut config = config(leaf(&ca, |_| {}).certified(), rustls::ALL_VERSIONS);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let address = serve_tls(config, |stream| async move {
        let mut connection = h2::server::handshake(stream).await.expect("a preface");
        while let Some(Ok((_, mut respond))) = connection.accept().await {
            let mut body = respond.send_response(ok(), false).expect("open");
            body.send_data("hello".into(), true).expect("open");
        }
    })
    .await;
    let exchange = post(http2(trusting(address, &[&ca])), url(address)).await;
    assert_responded(&exchange, 200);
    assert_eq!(exchange.head.as_ref().expect("a head").version, Version::HTTP_2);
    assert_eq!(exchange.end.as_ref().expect("a body").start, "hello");
    let session = exchange.peer.as_ref().and_then(|peer| peer.tls.as_ref()).expect("a session");
    assert_eq!(session.alpn.as_deref(), Some("h2"));
    let phases: Vec<_> = exchange.phases.iter().map(|(phase, _)| phase.name()).collect();
    assert_eq!(phases, ["connect", "tls", "write", "wait", "body"]);
}

#[tokio::test]
async fn a_server_that_knows_http_1_1_only_is_spoken_to_in_that() {
    let ca = root("Test Root");
    let key = leaf(&ca, |_| {}).certified();
    let address = serve_tls(config(key, rustls::ALL_VERSIONS), answer_204).await;
    let exchange = post(http2(trusting(address, &[&ca])), url(address)).await;
    assert_responded(&exchange, 204);
    assert_eq!(exchange.head.expect("a head").version, Version::HTTP_11);
}

#[tokio::test]
async fn streams_that_are_reset() {
    for reason in [Reason::INTERNAL_ERROR, Reason::REFUSED_STREAM, Reason::CANCEL, Reason::HTTP_1_1_REQUIRED]
    {
        let address = answering(move |mut respond| async move { respond.send_reset(reason) }).await;
        let exchange = post_plain(address).await;
        assert_failed(&exchange, Phase::Wait, FailureCause::H2Reset);
        assert!(failure(&exchange).detail.contains(reason.description()), "{:?}", failure(&exchange));
    }
    let address = answering(|mut respond| async move {
        let mut body = respond.send_response(ok(), false).expect("open");
        body.send_data("begun".into(), false).expect("open");
        tokio::time::sleep(Duration::from_millis(50)).await;
        body.send_reset(Reason::INTERNAL_ERROR);
    })
    .await;
    let exchange = post_plain(address).await;
    assert_failed(&exchange, Phase::Body, FailureCause::H2Reset);
    assert_eq!((exchange.status(), exchange.received.as_ref()), (Some(200), b"begun".as_slice()));
}

#[tokio::test]
async fn connections_that_are_said_goodbye_to() {
    // GOAWAY with last stream 0: the request was not looked at. NO_ERROR, then ENHANCE_YOUR_CALM and why.
    let polite = [SETTINGS, b"\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\0"].concat();
    let calm = [SETTINGS, b"\0\0\x0d\x07\0\0\0\0\0\0\0\0\0\0\0\0\x0bslow!"].concat();
    for (frames, said) in [(polite, "not a result of an error"), (calm, "slow!")] {
        let exchange = post_plain(framing(frames.leak()).await).await;
        assert_failed(&exchange, Phase::Wait, FailureCause::H2Goaway);
        let detail = &failure(&exchange).detail;
        assert!(detail.contains(said) && !detail.contains("received: `"), "{detail}");
    }
    // Said goodbye to for later requests only, this one is still answered.
    let address = serve(|stream, _| async move {
        let mut connection = h2::server::handshake(stream).await.expect("a preface");
        let (_, mut respond) = connection.accept().await.expect("a request").expect("a request");
        connection.graceful_shutdown();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            respond.send_response(ok(), true).expect("open");
        });
        while connection.accept().await.is_some() {}
    })
    .await;
    assert_responded(&post_plain(address).await, 200);
}

#[tokio::test]
async fn connections_that_end() {
    let closed = framing(SETTINGS).await;
    assert_failed(&post_plain(closed).await, Phase::Wait, FailureCause::ClosedBeforeResponse);
    let resetting = serve(|mut stream, _| async move {
        read_some(&mut stream).await;
        reset(stream);
    })
    .await;
    assert_failed(&post_plain(resetting).await, Phase::Wait, FailureCause::ResetBeforeResponse);
    let in_body = serve(|stream, _| async move {
        let mut connection = h2::server::handshake(stream).await.expect("a preface");
        let (_, mut respond) = connection.accept().await.expect("a request").expect("a request");
        let mut body = respond.send_response(ok(), false).expect("open");
        body.send_data("begun".into(), false).expect("open");
        let flush = std::future::poll_fn(|cx| connection.poll_closed(cx));
        tokio::time::timeout(Duration::from_millis(50), flush).await.ok();
    })
    .await;
    assert_failed(&post_plain(in_body).await, Phase::Body, FailureCause::TruncatedBody);
}

#[tokio::test]
async fn servers_that_do_not_speak_it() {
    for answer in
        [b"HTTP/1.1 400 Bad Request\r\n\r\n".as_slice(), b"\0\0\0\x04\0\0\0\0\0\0\0\x01\0\0\0\0\0\x01!"]
    {
        let exchange = post_plain(framing(answer).await).await;
        assert_failed(&exchange, Phase::Wait, FailureCause::H2ProtocolError);
        assert!(failure(&exchange).detail.contains("received: `"), "{:?}", failure(&exchange));
    }
}

#[tokio::test]
async fn a_head_beyond_all_measure() {
    let address = answering(|mut respond| async move {
        let mut response = ok();
        for number in 0..20 {
            let name = hyper::header::HeaderName::try_from(format!("x-{number}")).expect("a name");
            response.headers_mut().insert(name, "y".repeat(8000).try_into().expect("a value"));
        }
        respond.send_response(response, true).expect("open");
    })
    .await;
    assert_failed(&post_plain(address).await, Phase::Wait, FailureCause::HeadTooLarge);
}

#[tokio::test]
async fn clocks_run_here_too() {
    let settings = || http2(short(1000, 200, 2000));
    let mute = answering(|respond| async move {
        forever().await;
        drop(respond);
    })
    .await;
    let exchange = post(settings(), format!("http://{mute}/installed?a=b")).await;
    assert_failed(&exchange, Phase::Wait, FailureCause::TimeoutResponseHead);
    assert_eq!(failure(&exchange).clock, Some(Clock::Idle));

    let endless = answering(|mut respond| async move {
        let body = respond.send_response(ok(), false).expect("open");
        forever().await;
        drop(body);
    })
    .await;
    let exchange = post(settings(), format!("http://{endless}/installed?a=b")).await;
    assert_failed(&exchange, Phase::Body, FailureCause::TimeoutResponseBody);
}

#[tokio::test]
async fn a_request_that_is_not_let_in() {
    // SETTINGS_INITIAL_WINDOW_SIZE 0; then a window that is too small for the body.
    let shut = serve(|mut stream, _| async move {
        stream.write_all(b"\0\0\x06\x04\0\0\0\0\0\0\x04\0\0\0\0").await.ok();
        tokio::io::copy(&mut stream, &mut tokio::io::sink()).await.ok();
    })
    .await;
    let small = serve(|stream, _| async move {
        let mut connection = h2::server::handshake(stream).await.expect("a preface");
        let unread = connection.accept().await;
        while connection.accept().await.is_some() {}
        drop(unread);
    })
    .await;
    for address in [shut, small] {
        let transport = Transport::new(http2(short(1000, 200, 2000))).expect("settings");
        let request = Request::post(target(format!("http://{address}/")), vec![b'x'; 1024 * 1024]);
        let exchange = transport.connections().exchange(request, Instant::now()).await;
        assert_failed(&exchange, Phase::Write, FailureCause::TimeoutRequestWrite);
    }
}

#[tokio::test]
async fn a_flood_is_stopped_at_the_limit() {
    let address = answering(|mut respond| async move {
        let mut body = respond.send_response(ok(), false).expect("open");
        loop {
            body.reserve_capacity(65536);
            match std::future::poll_fn(|cx| body.poll_capacity(cx)).await {
                Some(Ok(capacity)) => {
                    if body.send_data(vec![b'x'; capacity].into(), false).is_err() {
                        return;
                    }
                }
                Some(Err(_)) | None => return,
            }
        }
    })
    .await;
    let exchange = post_plain(address).await;
    assert_responded(&exchange, 200);
    let body = exchange.end.expect("a body");
    assert!(body.oversized && body.length < 2 * 1024 * 1024);
}

#[tokio::test]
async fn a_connection_serves_more_than_one_exchange() {
    let address = answering(|mut respond| async move {
        respond.send_response(ok(), true).expect("open");
    })
    .await;
    let settings = Settings { reuse: Reuse::KeepAlive, ..http2(Settings::default()) };
    let transport = Transport::new(settings).expect("settings");
    let mut connections = transport.connections();
    for reused in [false, true, true] {
        let request = Request::post(target(format!("http://{address}/installed?a=b")), "{}");
        let exchange = connections.exchange(request, Instant::now()).await;
        assert_responded(&exchange, 200);
        assert_eq!(exchange.reused, reused);
    }
}
