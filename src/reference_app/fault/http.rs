//! Faults of HTTP/1: answers that break, are none, or are odd and must still count as good.

use super::script::Act::{
    Close, Cut, Pause, ReadHead, ReadRequest, Reset, Send, SendForever, SendTimes, Stall,
};
use super::script::{Act, Script};
use super::wire::Over;
use super::{Behaviour, Fault, answers, fails};
use crate::codes::{Code, FailureCause as F};

const fn plain(name: &'static str, description: &'static str, expected: Code, acts: &'static [Act]) -> Fault {
    Fault::new(name, description, expected, Behaviour::Script(Script::Always(acts), Over::Plain))
}

const fn over_tls(
    name: &'static str,
    description: &'static str,
    expected: Code,
    acts: &'static [Act],
) -> Fault {
    Fault::new(name, description, expected, Behaviour::Script(Script::Always(acts), Over::Tls))
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
        Behaviour::Script(Script::FirstThen(first, later), Over::PlainKept),
    )
}

const GOOD: Act = Send(b"HTTP/1.1 204 No Content\r\n\r\n");
const CHUNKED: Act = Send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");

/// 64 KiB, the unit of bodies that are too long.
const BLOCK: &[u8] = &[b'.'; 64 * 1024];

/// A chunk of 4 KiB, with its size and its end.
const LARGE_CHUNK: [u8; 6 + 0x1000 + 2] = {
    let mut chunk = [b'.'; 6 + 0x1000 + 2];
    [chunk[0], chunk[1], chunk[2], chunk[3], chunk[4], chunk[5]] = *b"1000\r\n";
    [chunk[6 + 0x1000], chunk[6 + 0x1000 + 1]] = *b"\r\n";
    chunk
};

pub(super) const FAULTS: &[Fault] = &[
    plain(
        "http-closed",
        "The server reads the request and closes the connection.",
        fails(F::ClosedBeforeResponse),
        &[ReadRequest, Close],
    ),
    plain(
        "http-closed-unread",
        "The server closes the connection before it has read the request.",
        fails(F::ClosedBeforeResponse),
        &[Close],
    ),
    over_tls(
        "http-closed-tls",
        "The server reads the request and closes the TLS session.",
        fails(F::ClosedBeforeResponse),
        &[ReadRequest, Close],
    ),
    over_tls(
        "http-cut-tls",
        "The server reads the request and closes the connection without closing the TLS session.",
        fails(F::ClosedBeforeResponse),
        &[ReadRequest, Cut],
    ),
    plain(
        "http-half-status-line",
        "The server closes the connection in the middle of the status line.",
        fails(F::ClosedBeforeResponse),
        &[ReadRequest, Send(b"HTTP/1.1 20"), Close],
    ),
    plain(
        "http-half-head",
        "The server closes the connection in the middle of the head.",
        fails(F::ClosedBeforeResponse),
        &[ReadRequest, Send(b"HTTP/1.1 204 No Content\r\nserver: be"), Close],
    ),
    plain(
        "http-informational-only",
        "The server sends interim responses and closes the connection.",
        fails(F::ClosedBeforeResponse),
        &[ReadRequest, Send(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n"), Close],
    ),
    plain(
        "http-reset",
        "The server reads the request and resets the connection.",
        fails(F::ResetBeforeResponse),
        &[ReadRequest, Reset],
    ),
    over_tls(
        "http-reset-tls",
        "The server reads the request and resets the connection under the TLS session.",
        fails(F::ResetBeforeResponse),
        &[ReadRequest, Reset],
    ),
    plain(
        "http-reset-half-head",
        "The server resets the connection in the middle of the head.",
        fails(F::ResetBeforeResponse),
        &[ReadRequest, Send(b"HTTP/1.1 204 No Content\r\n"), Pause(1), Reset],
    ),
    plain(
        "http-invalid-status-line",
        "The status line has letters where the status belongs.",
        fails(F::MalformedResponse),
        &[ReadRequest, Send(b"HTTP/1.1 abc OK\r\n\r\n"), Close],
    ),
    plain(
        "http-invalid-version",
        "The status line names a version of HTTP that is none.",
        fails(F::MalformedResponse),
        &[ReadRequest, Send(b"HTTP/9.9 204 No Content\r\n\r\n"), Close],
    ),
    plain(
        "http-garbage",
        "The server answers with random bytes.",
        fails(F::MalformedResponse),
        &[ReadRequest, Send(b"\x8f\x02\xd1\x00\x17\xff\xee\r\n\r\n"), Close],
    ),
    plain(
        "http-no-head",
        "The server answers with a page but no head, as HTTP/0.9 did.",
        fails(F::MalformedResponse),
        &[ReadRequest, Send(b"<html><body>It works!</body></html>\n"), Close],
    ),
    plain(
        "http-banner",
        "The server greets with the banner of another protocol.",
        fails(F::MalformedResponse),
        &[Send(b"SSH-2.0-OpenSSH_9.9\r\n"), Stall],
    ),
    plain(
        "http-tls-port",
        "The port speaks TLS, and answers plain HTTP with an alert.",
        fails(F::MalformedResponse),
        &[ReadRequest, Send(b"\x15\x03\x01\x00\x02\x02\x0a"), Close],
    ),
    plain(
        "http-invalid-header",
        "A header's name holds characters that it must not.",
        fails(F::MalformedResponse),
        &[ReadRequest, Send(b"HTTP/1.1 204 No Content\r\nbad name: 1\r\n\r\n"), Close],
    ),
    plain(
        "http-invalid-length",
        "Content-Length is not a number.",
        fails(F::MalformedResponse),
        &[ReadRequest, Send(b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n"), Close],
    ),
    plain(
        "http-conflicting-lengths",
        "Two Content-Length headers contradict each other.",
        fails(F::MalformedResponse),
        &[ReadRequest, Send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok\n"), Close],
    ),
    plain(
        "http-huge-head",
        "One header is a megabyte long.",
        fails(F::HeadTooLarge),
        &[ReadRequest, Send(b"HTTP/1.1 204 No Content\r\nx-huge: "), SendTimes(BLOCK, 16), Send(b"\r\n\r\n"), Close],
    ),
    plain(
        "http-endless-head",
        "The head never ends.",
        fails(F::HeadTooLarge),
        &[ReadRequest, Send(b"HTTP/1.1 204 No Content\r\n"), SendForever(b"x-more: and more and more\r\n")],
    ),
    plain(
        "http-many-headers",
        "The head has a thousand headers.",
        fails(F::HeadTooLarge),
        &[ReadRequest, Send(b"HTTP/1.1 204 No Content\r\n"), SendTimes(b"x-many: 1\r\n", 1000), Send(b"\r\n"), Close],
    ),
    plain(
        "http-truncated-body",
        "Content-Length announces more than is sent.",
        fails(F::TruncatedBody),
        &[ReadRequest, Send(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf of it"), Close],
    ),
    over_tls(
        "http-truncated-body-tls",
        "Content-Length announces more than is sent before the TLS session is closed.",
        fails(F::TruncatedBody),
        &[ReadRequest, Send(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf of it"), Close],
    ),
    over_tls(
        "http-cut-body-tls",
        "Content-Length announces more than is sent before the connection ends under the TLS session.",
        fails(F::TruncatedBody),
        &[ReadRequest, Send(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf of it"), Cut],
    ),
    plain(
        "http-truncated-chunks",
        "The connection is closed in the middle of a chunk.",
        fails(F::TruncatedBody),
        &[ReadRequest, CHUNKED, Send(b"ff\r\nhalf of it"), Close],
    ),
    plain(
        "http-missing-last-chunk",
        "The connection is closed without the last chunk.",
        fails(F::TruncatedBody),
        &[ReadRequest, CHUNKED, Send(b"2\r\nok\r\n"), Close],
    ),
    plain(
        "http-broken-chunk-size",
        "A chunk's size is not a number.",
        fails(F::MalformedBody),
        &[ReadRequest, CHUNKED, Send(b"2\r\nok\r\nzz\r\n"), Close],
    ),
    plain(
        "http-broken-chunk-end",
        "A chunk is longer than its size.",
        fails(F::MalformedBody),
        &[ReadRequest, CHUNKED, Send(b"2\r\nmore than two\r\n0\r\n\r\n"), Close],
    ),
    plain(
        "http-reset-body",
        "The server resets the connection in the middle of the body.",
        fails(F::ResetDuringBody),
        &[
            ReadRequest,
            Send(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf of it"),
            Pause(1),
            Reset,
        ],
    ),
    plain(
        "http-500-truncated",
        "A 500 whose body breaks off is still a 500.",
        answers(500),
        &[ReadRequest, Send(b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 100\r\n\r\nTraceb"), Close],
    ),
    plain(
        "http-switching-protocols",
        "The server switches to a protocol that nobody asked for.",
        answers(101),
        &[
            ReadRequest,
            Send(b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: bench\r\n\r\n"),
            Close,
        ],
    ),
    plain(
        "http-endless-body",
        "The body never ends.",
        answers(200),
        &[ReadRequest, Send(b"HTTP/1.1 200 OK\r\n\r\n"), SendForever(BLOCK)],
    )
    .advising("body.oversized"),
    plain(
        "http-endless-chunks",
        "The body never ends, chunk by chunk.",
        answers(200),
        &[ReadRequest, CHUNKED, SendForever(&LARGE_CHUNK)],
    )
    .advising("body.oversized"),
    plain(
        "http-200-megabytes",
        "The body has 200 MiB.",
        answers(200),
        &[ReadRequest, Send(b"HTTP/1.1 200 OK\r\ncontent-length: 209715200\r\n\r\n"), SendTimes(BLOCK, 3200), Close],
    )
    .advising("body.oversized"),
    plain(
        "http-204-with-body",
        "A 204 comes with a body, which it must not have.",
        answers(204),
        &[ReadRequest, Send(b"HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\nok"), Close],
    )
    .advising("body.unexpected"),
    plain(
        "http-lying-content-type",
        "The body is a page, whatever its Content-Type says.",
        answers(200),
        &[
            ReadRequest,
            Send(
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 28\r\n\r\n<html><body>Hi</body></html>",
            ),
            Close,
        ],
    )
    .advising("body.not_as_declared"),
    Fault::new(
        "http-early-response",
        "The server answers before it has read a request too large for the buffers in between.",
        answers(204),
        Behaviour::Script(Script::Always(&[ReadHead, GOOD, Close]), Over::PlainNarrow),
    )
    .advising("http.early_response"),
    plain(
        "http-surplus-bytes",
        "More bytes follow than Content-Length announces.",
        answers(200),
        &[ReadRequest, Send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok, and more"), Close],
    )
    .advising("body.unexpected"),
    plain(
        "http-wrong-clock",
        "The server's clock is years behind.",
        answers(204),
        &[
            ReadRequest,
            Send(b"HTTP/1.1 204 No Content\r\ndate: Sat, 01 Jan 2022 00:00:00 GMT\r\n\r\n"),
            Close,
        ],
    )
    .advising("clock.skew"),
    plain(
        "http-1.0",
        "The server speaks HTTP/1.0, where the end of the connection ends the body.",
        answers(200),
        &[ReadRequest, Send(b"HTTP/1.0 200 OK\r\ncontent-type: text/plain\r\n\r\nok"), Close],
    ),
    plain(
        "http-no-reason",
        "The status line has no reason phrase.",
        answers(204),
        &[ReadRequest, Send(b"HTTP/1.1 204\r\n\r\n"), Close],
    ),
    plain(
        "http-bare-newlines",
        "The lines of the head end without a carriage return.",
        answers(204),
        &[ReadRequest, Send(b"HTTP/1.1 204 No Content\nserver: bench\n\n"), Close],
    ),
    plain(
        "http-continue-first",
        "An interim response precedes the final one.",
        answers(204),
        &[ReadRequest, Send(b"HTTP/1.1 100 Continue\r\n\r\n"), GOOD, Close],
    ),
    plain(
        "http-trailers",
        "The chunked body ends in trailers.",
        answers(200),
        &[ReadRequest, CHUNKED, Send(b"2;ext=1\r\nok\r\n0\r\nx-trailer: 1\r\n\r\n"), Close],
    ),
    kept(
        "http-reuse-race",
        "The server closes a kept connection just as it is used again, and answers on a fresh one.",
        answers(204),
        &[ReadRequest, GOOD, ReadRequest, GOOD, ReadRequest, Close],
        &[ReadRequest, GOOD, Close],
    )
    .advising("http.connection_reuse_race"),
    kept(
        "http-reuse-race-reset",
        "The server resets a kept connection just as it is used again, and answers on a fresh one.",
        answers(204),
        &[ReadRequest, GOOD, ReadRequest, GOOD, ReadRequest, Reset],
        &[ReadRequest, GOOD, Close],
    )
    .advising("http.connection_reuse_race"),
    kept(
        "http-reuse-race-lost",
        "The server closes a kept connection just as it is used again, and the fresh one as well.",
        fails(F::ConnectionReuseRace),
        &[ReadRequest, GOOD, ReadRequest, GOOD, ReadRequest, Close],
        &[ReadRequest, Close],
    ),
    kept(
        "http-closes-after-each",
        "The server closes the connection after every answer, although it was to be kept.",
        answers(204),
        &[ReadRequest, Send(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"), Close],
        &[ReadRequest, Send(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"), Close],
    )
    .advising("http.connection_closed"),
    kept(
        "http-kept-silent",
        "The server answers well twice, and on the kept connection never again.",
        fails(F::TimeoutResponseHead),
        &[ReadRequest, GOOD, ReadRequest, GOOD, ReadRequest, Stall],
        &[ReadRequest, Stall],
    ),
];
