//! HTTP/1.1 going well and wrong.

use std::time::Duration;

use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue, SERVER};
use rehearsal::codes::{Advisory, FailureCause};
use rehearsal::outcome::{Outcome, Phase};
use rehearsal::transport::{Request, Settings, Transport};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::bench::{
    answering, assert_failed, assert_responded, forever, post, post_to, read_request, reset, serve, target,
};

#[tokio::test]
async fn a_response_comes_with_its_phases_and_stamps() {
    let address = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nServer: bench\r\n\r\nok").await;
    let exchange = post_to(address).await;
    assert_responded(&exchange, 200);
    let phases: Vec<_> = exchange.phases.iter().map(|(phase, _)| phase.name()).collect();
    assert_eq!(phases, ["connect", "write", "wait", "body"]);
    let stamps = exchange.stamps;
    assert!(Some(stamps.dispatched) <= stamps.first_byte_sent && stamps.first_byte_sent < Some(stamps.ended));
    let body = exchange.end.as_ref().expect("a body");
    assert_eq!((body.start.as_ref(), body.length, body.oversized), (b"ok".as_slice(), 2, false));
    assert_eq!(exchange.head.as_ref().expect("a head").headers[SERVER], "bench");
    assert_eq!(exchange.peer.as_ref().expect("a peer").address, address);
    assert_eq!((exchange.attempts.len(), exchange.reused), (1, false));
}

#[tokio::test]
async fn a_request_looks_as_servers_expect_it() {
    let (sender, mut seen) = tokio::sync::mpsc::channel(1);
    let address = serve(move |mut stream, _| {
        let sender = sender.clone();
        async move {
            sender.send(read_request(&mut stream).await).await.ok();
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.ok();
        }
    })
    .await;
    let transport = Transport::new(Settings::default()).expect("settings");
    let request = Request::post(target(format!("http://{address}/installed?a=b%20c")), "{}")
        .header(AUTHORIZATION, HeaderValue::from_static("JWT a.b.c"))
        .header(HeaderName::from_static("atlassian-connect-version"), HeaderValue::from_static("1.3.0"));
    let exchange = transport.connections().exchange(request, std::time::Instant::now()).await;
    assert_responded(&exchange, 204);
    let expected = format!(
        "POST /installed?a=b%20c HTTP/1.1\r\nHost: {address}\r\nContent-Length: 2\r\nAuthorization: JWT a.b.c\r\n\
         Atlassian-Connect-Version: 1.3.0\r\n\r\n{{}}"
    );
    assert_eq!(seen.recv().await.as_deref(), Some(expected.as_str()));
    assert!(exchange.request.headers[AUTHORIZATION].is_sensitive());
    assert!(!format!("{exchange:?}").contains("a.b.c"), "the token shows in Debug");
}

#[tokio::test]
async fn every_status_is_told_as_it_is() {
    for status in [200, 201, 204, 301, 302, 307, 400, 401, 404, 429, 500, 503, 599, 600, 999] {
        let address = serve(move |mut stream, _| async move {
            read_request(&mut stream).await;
            let head = format!("HTTP/1.1 {status} Whatever\r\nContent-Length: 0\r\n\r\n");
            stream.write_all(head.as_bytes()).await.ok();
        })
        .await;
        assert_responded(&post_to(address).await, status);
    }
}

#[tokio::test]
async fn a_connection_closed_or_reset_before_the_answer() {
    let address = answering(b"").await;
    assert_failed(&post_to(address).await, Phase::Wait, FailureCause::ClosedBeforeResponse);

    let address = serve(|mut stream, _| async move {
        read_request(&mut stream).await;
        reset(stream);
    })
    .await;
    assert_failed(&post_to(address).await, Phase::Wait, FailureCause::ResetBeforeResponse);
}

#[tokio::test]
async fn a_connection_closed_without_reading_the_request() {
    let address = serve(|stream, _| async move { drop(stream) }).await;
    let exchange = post_to(address).await;
    let cause = super::bench::failure(&exchange).cause;
    let either = [FailureCause::ClosedBeforeResponse, FailureCause::ResetBeforeResponse];
    assert!(either.contains(&cause), "{exchange:?}");
}

#[tokio::test]
async fn half_a_status_line_is_an_answer_that_never_came() {
    for beginning in
        [b"HTTP/1.1 2".as_slice(), b"HTTP/1.1 200 OK\r\nServer: ben", b"HTTP/1.1 100 Continue\r\n\r\n"]
    {
        let address = answering(beginning).await;
        let exchange = post_to(address).await;
        assert_failed(&exchange, Phase::Wait, FailureCause::ClosedBeforeResponse);
        assert!(exchange.head.is_none());
    }
}

#[tokio::test]
async fn what_is_no_http_is_malformed_and_shown() {
    let answers: [&'static [u8]; 8] = [
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02\x16",
        b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nNo colon here\r\n\r\n",
    ];
    for answer in answers {
        let exchange = post_to(answering(answer).await).await;
        assert_failed(&exchange, Phase::Wait, FailureCause::MalformedResponse);
        assert_eq!(exchange.received, answer);
    }
}

#[tokio::test]
async fn heads_of_8_kib_are_read_and_endless_ones_are_not() {
    let header = |count: usize| format!("X-Long: {}\r\n", "x".repeat(count));
    let head = format!("HTTP/1.1 204 No Content\r\n{}\r\n", header(8 * 1024));
    let address = answering(head.leak().as_bytes()).await;
    assert_responded(&post_to(address).await, 204);

    let many = (0..200).map(|number| format!("X-{number}: y\r\n")).collect::<String>();
    let address = answering(format!("HTTP/1.1 204 No Content\r\n{many}\r\n").leak().as_bytes()).await;
    assert_responded(&post_to(address).await, 204);

    let address = serve(move |mut stream, _| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\n").await.ok();
        while stream.write_all(header(1000).as_bytes()).await.is_ok() {}
    })
    .await;
    assert_failed(&post_to(address).await, Phase::Wait, FailureCause::HeadTooLarge);
}

#[tokio::test]
async fn interim_responses_are_passed_over() {
    let address = answering(
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    )
    .await;
    assert_responded(&post_to(address).await, 204);
}

#[tokio::test]
async fn http_1_0_and_bodies_without_a_length_are_read_to_the_end() {
    for answer in [b"HTTP/1.0 200 OK\r\n\r\nto the end".as_slice(), b"HTTP/1.1 200 OK\r\n\r\nto the end"] {
        let exchange = post_to(answering(answer).await).await;
        assert_responded(&exchange, 200);
        assert_eq!(exchange.end.expect("a body").start, "to the end");
    }
}

#[tokio::test]
async fn a_body_that_ends_too_early_spoils_a_good_status_only() {
    let answer =
        |status: &str| format!("HTTP/1.1 {status}\r\nContent-Length: 10\r\n\r\nfour").leak().as_bytes();
    let exchange = post_to(answering(answer("200 OK")).await).await;
    assert_failed(&exchange, Phase::Body, FailureCause::TruncatedBody);
    let expected = Outcome::Failed { phase: Phase::Body, cause: FailureCause::TruncatedBody };
    assert_eq!((exchange.status(), exchange.outcome()), (Some(200), expected));

    let exchange = post_to(answering(answer("500 Oops")).await).await;
    assert_failed(&exchange, Phase::Body, FailureCause::TruncatedBody);
    assert_responded(&exchange, 500);

    let chunked = answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc").await;
    assert_failed(&post_to(chunked).await, Phase::Body, FailureCause::TruncatedBody);
    let unended = answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n").await;
    assert_failed(&post_to(unended).await, Phase::Body, FailureCause::TruncatedBody);
}

#[tokio::test]
async fn broken_chunking_is_a_malformed_body() {
    let bodies =
        ["xyz\r\n", "3\r\nabcdef\r\n0\r\n\r\n", "ffffffffffffffffff\r\n", "3;a\nb\r\nabc\r\n", "\r\n\r\n"];
    for body in bodies {
        let head = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
        let exchange = post_to(answering(head.leak().as_bytes()).await).await;
        assert_failed(&exchange, Phase::Body, FailureCause::MalformedBody);
    }
}

#[tokio::test]
async fn a_reset_while_the_body_is_read() {
    let address = serve(|mut stream, _| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc").await.ok();
        tokio::time::sleep(Duration::from_millis(50)).await;
        reset(stream);
    })
    .await;
    let exchange = post_to(address).await;
    assert_failed(&exchange, Phase::Body, FailureCause::ResetDuringBody);
    assert_eq!(exchange.received, "abc");
}

#[tokio::test]
async fn a_huge_body_is_read_up_to_the_limit_and_keeps_its_status() {
    let address = serve(|mut stream, _| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.ok();
        while stream.write_all(&[b'x'; 65536]).await.is_ok() {}
    })
    .await;
    let exchange = post_to(address).await;
    assert_responded(&exchange, 200);
    let body = exchange.end.as_ref().expect("a body");
    assert!(body.oversized && body.length < 2 * 1024 * 1024, "{} bytes", body.length);
    assert_eq!(body.start.len(), Request::EVIDENCE);
    assert_eq!(exchange.advisories, [Advisory::BodyOversized { limit: 1024 * 1024 }]);

    let exact = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", 1 << 20, "y".repeat(1 << 20));
    let exchange = post_to(answering(exact.leak().as_bytes()).await).await;
    assert!(!exchange.end.expect("a body").oversized);
}

#[tokio::test]
async fn a_response_before_the_request_was_read_counts() {
    let address = serve(|mut stream, _| async move {
        stream
            .write_all(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .await
            .ok();
        forever().await;
    })
    .await;
    let transport = Transport::new(Settings::default()).expect("settings");
    let request = Request::post(target(format!("http://{address}/")), vec![b'x'; 32 * 1024 * 1024]);
    let exchange = transport.connections().exchange(request, std::time::Instant::now()).await;
    assert_responded(&exchange, 413);
    assert!(exchange.advisories.contains(&Advisory::EarlyResponse));
    assert_eq!(exchange.phases.get(Phase::Wait), None);
}

#[tokio::test]
async fn a_response_is_read_although_writing_was_refused() {
    // The server answers and closes while most of the request is still on its way: the rest is answered
    // with a reset, but the response stands.
    let address = serve(|mut stream, _| async move {
        stream.read_exact(&mut [0; 1024]).await.ok();
        stream.write_all(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n").await.ok();
        stream.flush().await.ok();
    })
    .await;
    let transport = Transport::new(Settings::default()).expect("settings");
    let request = Request::post(target(format!("http://{address}/")), vec![b'x'; 32 * 1024 * 1024]);
    let exchange = transport.connections().exchange(request, std::time::Instant::now()).await;
    assert_responded(&exchange, 401);
}

#[tokio::test]
async fn small_oddities_are_advisories() {
    let advised = |answer: &'static [u8]| async move { post_to(answering(answer).await).await.advisories };
    assert_eq!(
        advised(b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nno").await,
        [Advisory::BodyUnexpected]
    );
    assert_eq!(advised(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok!").await, [Advisory::BodyUnexpected]);
    assert_eq!(advised(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n").await, [Advisory::CreatedSeen]);
    assert_eq!(advised(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n").await, [Advisory::RedirectSeen]);
    assert_eq!(
        advised(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 6\r\n\r\n<html>")
            .await,
        [Advisory::BodyNotAsDeclared]
    );
    let skewed = advised(b"HTTP/1.1 204 No Content\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n").await;
    assert!(matches!(skewed.as_slice(), [Advisory::ClockSkew { seconds: ..-1_000_000_000 }]), "{skewed:?}");
}

#[tokio::test]
async fn a_slow_answer_is_an_advisory() {
    let address = serve(|mut stream, _| async move {
        read_request(&mut stream).await;
        tokio::time::sleep(Duration::from_millis(600)).await;
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.ok();
    })
    .await;
    let exchange = post(super::bench::short(1000, 1000, 1000), format!("http://{address}/")).await;
    assert_responded(&exchange, 204);
    let slow = exchange.advisories.iter().any(|advisory| {
        matches!(advisory, Advisory::OverHalfOfDeadline { phase: "wait", clock: "total", .. })
    });
    assert!(slow, "{:?}", exchange.advisories);
}

#[tokio::test]
async fn a_get_keeps_the_whole_body() {
    let body = "z".repeat(100_000);
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{body}");
    let address = answering(answer.leak().as_bytes()).await;
    let transport = Transport::new(Settings::default()).expect("settings");
    let request = Request::get(target(format!("http://{address}/atlassian-connect.json")));
    let exchange = transport.connections().exchange(request, std::time::Instant::now()).await;
    assert_eq!(exchange.end.expect("a body").start, body);
}
