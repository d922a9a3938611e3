//! Faults of HTTP/2, frame by frame (RFC 9113). Heads are one indexed field of HPACK's static table
//! (RFC 7541, appendix A): 0x88 is `:status: 200`, 0x89 is 204, 0x8e is 500.

use std::future;
use std::net::Ipv4Addr;

use bytes::Bytes;
use hyper::StatusCode;

use super::dns_responder::{DnsResponder, HOST};
use super::identity::{ClientCertificates, Identity};
use super::script::Act::{Close, Cut, Pause, ReadHttp2Request, ReadNextHttp2Request, Reset, Send, Stall};
use super::script::{Act, Script};
use super::setup::{FaultSetup, Part, Running, Stage};
use super::wire::Over;
use super::{Behaviour, Fault, answers, fails};
use crate::codes::{Code, FailureCause as F};
use crate::serve::{Request, Server, ServerTls, StartError, reply};

const fn fault(name: &'static str, description: &'static str, expected: Code, acts: &'static [Act]) -> Fault {
    Fault::new(name, description, expected, Behaviour::Script(Script::Always(acts), Over::Http2))
}

const fn kept(
    name: &'static str,
    description: &'static str,
    expected: Code,
    first: &'static [Act],
    later: &'static [Act],
) -> Fault {
    Fault::new(
        name,
        description,
        expected,
        Behaviour::Script(Script::FirstThen(first, later), Over::Http2Kept),
    )
}

/// An empty SETTINGS frame, and the acknowledgement of the peer's.
const SETTINGS: Act = Send(b"\0\0\0\x04\0\0\0\0\0\0\0\0\x04\x01\0\0\0\0");
/// HEADERS with END_HEADERS and END_STREAM on stream 1: 204.
const NO_CONTENT: Act = Send(b"\0\0\x01\x01\x05\0\0\0\x01\x89");
/// The same on stream 3, which carries a client's second request.
const NO_CONTENT_AGAIN: Act = Send(b"\0\0\x01\x01\x05\0\0\0\x03\x89");
/// HEADERS with END_HEADERS on stream 1: 200, and a body to follow.
const OK: Act = Send(b"\0\0\x01\x01\x04\0\0\0\x01\x88");
/// DATA on stream 1, not the last.
const SOME_DATA: Act = Send(b"\0\0\x04\0\0\0\0\0\x01half");

pub(super) const FAULTS: &[Fault] = &[
    fault(
        "http2-goaway",
        "The server ends the connection in good form (GOAWAY) without having taken the request.",
        fails(F::H2Goaway),
        &[SETTINGS, ReadHttp2Request, Send(b"\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\0"), Close],
    ),
    fault(
        "http2-goaway-error",
        "The server ends the connection with ENHANCE_YOUR_CALM.",
        fails(F::H2Goaway),
        &[SETTINGS, ReadHttp2Request, Send(b"\0\0\x11\x07\0\0\0\0\0\0\0\0\x01\0\0\0\x0btoo_many!"), Close],
    ),
    fault(
        "http2-refused-stream",
        "The server resets the stream with REFUSED_STREAM.",
        fails(F::H2Reset),
        &[SETTINGS, ReadHttp2Request, Send(b"\0\0\x04\x03\0\0\0\0\x01\0\0\0\x07"), Stall],
    ),
    fault(
        "http2-internal-error",
        "The server resets the stream with INTERNAL_ERROR.",
        fails(F::H2Reset),
        &[SETTINGS, ReadHttp2Request, Send(b"\0\0\x04\x03\0\0\0\0\x01\0\0\0\x02"), Stall],
    ),
    fault(
        "http2-reset-in-body",
        "The server resets the stream in the middle of the body.",
        fails(F::H2Reset),
        &[
            SETTINGS,
            ReadHttp2Request,
            OK,
            SOME_DATA,
            Pause(1),
            Send(b"\0\0\x04\x03\0\0\0\0\x01\0\0\0\x02"),
            Stall,
        ],
    ),
    fault(
        "http2-reset-without-error",
        "The server resets the stream in the middle of the body, as if nothing were wrong (NO_ERROR).",
        fails(F::H2Reset),
        &[
            SETTINGS,
            ReadHttp2Request,
            OK,
            SOME_DATA,
            Pause(1),
            Send(b"\0\0\x04\x03\0\0\0\0\x01\0\0\0\0"),
            Stall,
        ],
    ),
    fault(
        "http2-closed",
        "The server closes the connection without a word.",
        fails(F::ClosedBeforeResponse),
        &[SETTINGS, ReadHttp2Request, Close],
    ),
    fault(
        "http2-cut",
        "The server closes the connection without closing the TLS session.",
        fails(F::ClosedBeforeResponse),
        &[SETTINGS, ReadHttp2Request, Cut],
    ),
    fault(
        "http2-connection-reset",
        "The server resets the TCP connection.",
        fails(F::ResetBeforeResponse),
        &[SETTINGS, ReadHttp2Request, Reset],
    ),
    fault(
        "http2-truncated-body",
        "The server closes the connection in the middle of the body.",
        fails(F::TruncatedBody),
        &[SETTINGS, ReadHttp2Request, OK, SOME_DATA, Pause(1), Close],
    ),
    fault(
        "http2-connection-reset-in-body",
        "The server resets the TCP connection in the middle of the body.",
        fails(F::ResetDuringBody),
        &[SETTINGS, ReadHttp2Request, OK, SOME_DATA, Pause(1), Reset],
    ),
    fault(
        "http2-stalled-body",
        "The server falls silent in the middle of the body.",
        fails(F::TimeoutResponseBody),
        &[SETTINGS, ReadHttp2Request, OK, SOME_DATA, Stall],
    ),
    fault(
        "http2-frame-on-wrong-stream",
        "The server answers on a stream that nobody opened.",
        fails(F::H2ProtocolError),
        &[SETTINGS, ReadHttp2Request, Send(b"\0\0\x01\x01\x05\0\0\0\0\x89"), Stall],
    ),
    fault(
        "http2-oversized-frame",
        "The server sends a frame larger than it may.",
        fails(F::H2ProtocolError),
        &[SETTINGS, ReadHttp2Request, Send(b"\xff\xff\xff\0\0\0\0\0\x01"), Stall],
    ),
    fault(
        "http2-broken-header-block",
        "The head can't be decompressed.",
        fails(F::H2ProtocolError),
        &[SETTINGS, ReadHttp2Request, Send(b"\0\0\x01\x01\x05\0\0\0\x01\xff"), Stall],
    ),
    fault(
        "http2-http1-answer",
        "The server agrees on HTTP/2 and answers in HTTP/1.1.",
        fails(F::H2ProtocolError),
        &[Send(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"), Close],
    ),
    fault(
        "http2-500",
        "The server answers 500.",
        answers(500),
        &[SETTINGS, ReadHttp2Request, Send(b"\0\0\x01\x01\x05\0\0\0\x01\x8e"), Stall],
    ),
    Fault::new(
        "http2-long-body",
        "The body is longer than anybody reads.",
        answers(200),
        Behaviour::LongHttp2Body,
    )
    .advising("body.oversized"),
    fault(
        "http2-good",
        "The server answers 204.",
        answers(204),
        &[SETTINGS, ReadHttp2Request, NO_CONTENT, Stall],
    ),
    kept(
        "http2-good-kept",
        "The server answers 204 twice on one connection.",
        answers(204),
        &[SETTINGS, ReadHttp2Request, NO_CONTENT, ReadNextHttp2Request, NO_CONTENT_AGAIN, Stall],
        &[SETTINGS, ReadHttp2Request, NO_CONTENT, Stall],
    ),
    kept(
        "http2-reuse-race",
        "The server ends a kept connection (GOAWAY) just as it is used again, and answers on a fresh one.",
        answers(204),
        &[
            SETTINGS,
            ReadHttp2Request,
            NO_CONTENT,
            ReadNextHttp2Request,
            NO_CONTENT_AGAIN,
            ReadNextHttp2Request,
            Send(b"\0\0\x08\x07\0\0\0\0\0\0\0\0\x03\0\0\0\0"),
            Close,
        ],
        &[SETTINGS, ReadHttp2Request, NO_CONTENT, Stall],
    )
    .advising("http.connection_reuse_race"),
];

/// Stages a server whose bodies are too long. Unlike a script, it has to heed the peer's flow control, or
/// that would be the fault.
pub(super) async fn start_long_body(stage: &Stage) -> Result<Running, StartError> {
    const LENGTH: usize = 2 * 1024 * 1024;
    let identity = Identity::good()?;
    let config = identity.server_config(rustls::ALL_VERSIONS, ClientCertificates::NotWanted, &[b"h2"])?;
    let tls = ServerTls::from_config(config);
    let body = Bytes::from(vec![b'.'; LENGTH]);
    let answer = move |_: Request| future::ready(reply(StatusCode::OK, "text/plain", body.clone()));
    let server = Server::start((Ipv4Addr::LOCALHOST, 0).into(), Some(tls), answer).await?;
    let responder = DnsResponder::loopback(stage.pace).await?;
    let mut setup = FaultSetup::at(format!("https://{HOST}:{}", server.address().port()));
    setup.dns_server = Some(responder.address());
    setup.ca_pem = Some(identity.ca_pem);
    setup.http2 = true;
    Ok(Running::new(setup, [Part::Server(server), Part::Dns(responder)]))
}
