//! Redirects shown and followed.

use std::net::SocketAddr;
use std::time::Instant;

use hyper::header::{AUTHORIZATION, HeaderValue};
use rehearsal::codes::Advisory;
use rehearsal::transport::{Exchange, Redirects, Request, Settings, Transport};
use tokio::io::AsyncWriteExt;

use super::bench::{assert_responded, read_request, serve, target};

/// A server that sends `/N` on to `/N-1` with `status`, and answers at `/0` with what it was sent.
async fn sending_on(status: u16) -> SocketAddr {
    serve(move |mut stream, _| async move {
        let request = read_request(&mut stream).await;
        let path = request.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
        let answer = match path.parse::<u32>() {
            Ok(left @ 1..) => {
                format!("HTTP/1.1 {status} On\r\nLocation: /{}\r\nContent-Length: 0\r\n\r\n", left - 1)
            }
            Ok(0) | Err(_) => {
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{request}", request.len())
            }
        };
        stream.write_all(answer.as_bytes()).await.ok();
    })
    .await
}

async fn post(redirects: Redirects, url: String) -> Exchange {
    let transport = Transport::new(Settings { redirects, ..Settings::default() }).expect("settings");
    let request = Request::post(target(url), "{\"key\":\"app\"}")
        .header(AUTHORIZATION, HeaderValue::from_static("JWT x.y.z"));
    *transport.connections().exchange(request, Instant::now()).await
}

#[tokio::test]
async fn redirects_of_every_kind_are_the_response_unless_followed() {
    for status in [301, 302, 303, 307, 308] {
        let address = sending_on(status).await;
        let shown = post(Redirects::Show, format!("http://{address}/1")).await;
        assert_responded(&shown, status);
        assert_eq!(
            (shown.redirects.len(), shown.advisories.as_slice()),
            (0, [Advisory::RedirectSeen].as_slice())
        );

        let followed = post(Redirects::Follow, format!("http://{address}/2")).await;
        assert_responded(&followed, 200);
        let hops: Vec<_> = followed.redirects.iter().map(|hop| (hop.status, hop.to.clone())).collect();
        assert_eq!(hops, [(status, format!("http://{address}/1")), (status, format!("http://{address}/0"))]);
        assert_eq!(followed.advisories, [Advisory::RedirectSeen]);
        let echoed = followed.end.expect("a body").start;
        let echoed = String::from_utf8_lossy(&echoed);
        assert!(
            echoed.starts_with("POST /0 HTTP/1.1\r\n") && echoed.ends_with("{\"key\":\"app\"}"),
            "{echoed}"
        );
        assert!(echoed.contains("Authorization: JWT x.y.z"), "{echoed}");
    }
}

#[tokio::test]
async fn ten_are_followed_and_no_more() {
    let address = sending_on(302).await;
    assert_responded(&post(Redirects::Follow, format!("http://{address}/10")).await, 200);
    let endless = post(Redirects::Follow, format!("http://{address}/11")).await;
    assert_responded(&endless, 302);
    assert_eq!(endless.redirects.len(), 10);
}

#[tokio::test]
async fn credentials_do_not_follow_to_another_host() {
    let there = sending_on(302).await;
    let here = serve(move |mut stream, _| async move {
        read_request(&mut stream).await;
        let answer = format!(
            "HTTP/1.1 307 On\r\nLocation: http://localhost:{}/0\r\nContent-Length: 0\r\n\r\n",
            there.port()
        );
        stream.write_all(answer.as_bytes()).await.ok();
    })
    .await;
    let exchange = post(Redirects::Follow, format!("http://{here}/")).await;
    assert_responded(&exchange, 200);
    let echoed = exchange.end.expect("a body").start;
    let echoed = String::from_utf8_lossy(&echoed);
    assert!(echoed.contains(&format!("Host: localhost:{}\r\n", there.port())), "{echoed}");
    assert!(!echoed.contains("Authorization"), "{echoed}");
}

#[tokio::test]
async fn a_redirect_to_nowhere_is_the_response() {
    for location in ["", "Location: ftp://app.example/\r\n", "Location: http://\r\n"] {
        let answer = format!("HTTP/1.1 302 Found\r\n{location}Content-Length: 0\r\n\r\n");
        let address = super::bench::answering(answer.leak().as_bytes()).await;
        let exchange = post(Redirects::Follow, format!("http://{address}/")).await;
        assert_responded(&exchange, 302);
        assert!(exchange.redirects.is_empty());
    }
}
