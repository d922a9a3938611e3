//! Faults of time, once the connection stands: servers that are slow, silent, or do not listen.

use super::script::{Act, Script};
use super::wire::Over;
use super::{Behaviour, Fault, answers, fails};
use crate::codes::FailureCause as F;

const fn fault(
    name: &'static str,
    description: &'static str,
    cause: F,
    over: Over,
    acts: &'static [Act],
) -> Fault {
    Fault::new(name, description, fails(cause), Behaviour::Script(Script::Always(acts), over))
}

pub(super) const FAULTS: &[Fault] = &[
    fault(
        "timeout-silent",
        "The server reads the request and never answers.",
        F::TimeoutResponseHead,
        Over::Plain,
        &[Act::ReadRequest, Act::Stall],
    ),
    fault(
        "timeout-silent-tls",
        "The server completes the TLS handshake, reads the request and never answers.",
        F::TimeoutResponseHead,
        Over::Tls,
        &[Act::ReadRequest, Act::Stall],
    ),
    fault(
        "timeout-half-head",
        "The server falls silent in the middle of the head.",
        F::TimeoutResponseHead,
        Over::Plain,
        &[Act::ReadRequest, Act::Send(b"HTTP/1.1 204 No Content\r\nserver: be"), Act::Stall],
    ),
    fault(
        "timeout-slow-head",
        "The server sends one header line a beat, without end.",
        F::TimeoutResponseHead,
        Over::Plain,
        &[Act::ReadRequest, Act::Send(b"HTTP/1.1 204 No Content\r\n"), Act::DripForever(b"x-more: 1\r\n")],
    ),
    fault(
        "timeout-informational",
        "The server sends an interim response a beat, and never the final one.",
        F::TimeoutResponseHead,
        Over::Plain,
        &[Act::ReadRequest, Act::DripForever(b"HTTP/1.1 103 Early Hints\r\n\r\n")],
    ),
    fault(
        "timeout-unread-request",
        "The server accepts the connection and reads nothing.",
        F::TimeoutResponseHead,
        Over::Plain,
        &[Act::Freeze],
    ),
    fault(
        "timeout-unread-large-request",
        "The server reads nothing of a request too large for the buffers in between.",
        F::TimeoutRequestWrite,
        Over::PlainNarrow,
        &[Act::Freeze],
    ),
    fault(
        "timeout-body",
        "The server falls silent in the middle of the body.",
        F::TimeoutResponseBody,
        Over::Plain,
        &[
            Act::ReadRequest,
            Act::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf of it"),
            Act::Stall,
        ],
    ),
    fault(
        "timeout-slow-body",
        "The server sends one byte of the body a beat, without end.",
        F::TimeoutResponseBody,
        Over::Plain,
        &[
            Act::ReadRequest,
            Act::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n"),
            Act::DripForever(b"."),
        ],
    ),
    fault(
        "timeout-slow-body-tls",
        "The server sends one byte of the body a beat over TLS, without end.",
        F::TimeoutResponseBody,
        Over::Tls,
        &[
            Act::ReadRequest,
            Act::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n"),
            Act::DripForever(b"."),
        ],
    ),
    fault(
        "timeout-slow-chunks",
        "The server sends one chunk a beat, and never the last one.",
        F::TimeoutResponseBody,
        Over::Plain,
        &[
            Act::ReadRequest,
            Act::Send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"),
            Act::DripForever(b"1\r\n.\r\n"),
        ],
    ),
    fault(
        "timeout-body-never-ended",
        "The body has neither a length nor an end.",
        F::TimeoutResponseBody,
        Over::Plain,
        &[Act::ReadRequest, Act::Send(b"HTTP/1.1 200 OK\r\n\r\ndone"), Act::Stall],
    ),
    fault(
        "timeout-http2-silent",
        "The server takes the HTTP/2 request and never answers.",
        F::TimeoutResponseHead,
        Over::Http2,
        &[Act::Send(b"\0\0\0\x04\0\0\0\0\0"), Act::ReadHttp2Request, Act::Stall],
    ),
    Fault::new(
        "timeout-almost",
        "The server answers well, but only after three beats.",
        answers(204),
        Behaviour::Script(
            Script::Always(&[
                Act::ReadRequest,
                Act::Pause(3),
                Act::Send(b"HTTP/1.1 204 No Content\r\n\r\n"),
                Act::Close,
            ]),
            Over::Plain,
        ),
    )
    .advising("slow.over_half_of_deadline"),
];
