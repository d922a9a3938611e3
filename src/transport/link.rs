//! One connection that speaks HTTP, and one exchange on it.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use hyper::body::{Body as _, Incoming};
use hyper::header::{CONNECTION, HOST, HeaderMap};
use hyper::{Response, Uri, Version};
use tokio::task::coop::poll_proceed;

use super::cause::{Awaited, Scene};
use super::exchange::{Body, Exchange, Head, Peer, Request};
use super::http1::Http1;
use super::http2::Http2;
use super::outgoing::Outgoing;
use super::record::{ReadEnd, Record};
use super::tap::{Order, Tap};
use super::timer::{Running, Timer};
use super::tls::{Seen, Stream, Tls};
use super::{Scheme, Settings};
use crate::codes::{Advisory, FailureCause};
use crate::outcome::Phase;

/// Bytes of a request's body that are handed to HTTP/2 at once: its usual frame size.
const FRAME: usize = 16 * 1024;

/// A connection that speaks HTTP.
pub(super) struct Link {
    protocol: Protocol,
    record: Record,
    seen: Seen,
    peer: Peer,
    form: RequestForm,
}

enum Protocol {
    Http1(Box<Http1>),
    Http2(Box<Http2>),
}

/// How a request line names its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RequestForm {
    /// By path and query, for the server itself.
    Origin,
    /// By the whole URL, for a proxy.
    Absolute,
}

/// Which version of HTTP was agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Agreed {
    Http1,
    Http2,
}

/// How reading a body ended.
enum BodyEnd {
    Complete,
    Oversized,
    /// The stream was reset as if nothing were wrong, and had not come to its end.
    Reset,
    Failed(hyper::Error),
}

impl Link {
    /// Begins to speak HTTP on a connection that stands.
    ///
    /// # Errors
    /// When hyper won't begin, which no server can bring about.
    pub(super) async fn open(
        stream: Stream,
        agreed: Agreed,
        form: RequestForm,
        record: Record,
        seen: Seen,
        peer: Peer,
        settings: &Settings,
    ) -> hyper::Result<Self> {
        let tap = |order| Tap::new(stream, order, record.clone());
        let limit = settings.head_limit;
        // Boxed, so that whoever opens a connection does not carry the room for either.
        let protocol = match agreed {
            Agreed::Http1 => {
                Protocol::Http1(Box::new(Box::pin(Http1::open(tap(Order::RequestFirst), limit)).await?))
            }
            Agreed::Http2 => Protocol::Http2(Box::new(Box::pin(Http2::open(tap(Order::Any), limit)).await?)),
        };
        Ok(Self { protocol, record, seen, peer, form })
    }

    /// Whom this is connected to.
    pub(super) fn peer(&self) -> &Peer {
        &self.peer
    }

    /// Sends the request of `exchange` and reads the response.
    pub(super) async fn exchange(
        &mut self,
        exchange: &mut Exchange,
        timer: &mut Timer,
        settings: &Settings,
        tls: &Tls,
    ) {
        // A connection that was kept has been ready since the exchange began.
        let started = exchange.stamps.ended;
        self.record.begin(started);
        let request = self.wire_request(&exchange.request);
        let record = self.record.clone();
        let running = Running { connect_since: None, idle_on: Some(&record) };
        let sent = match &mut self.protocol {
            Protocol::Http1(http) => {
                let response = http.sender.send_request(request);
                timer.limit(running, pin!(http.connection.until(pin!(response)))).await
            }
            Protocol::Http2(http) => {
                let response = http.sender.send_request(request);
                timer.limit(running, pin!(http.connection.until(pin!(response)))).await
            }
        };
        let phase = self.note_sending(exchange, started);
        let since = match phase {
            Phase::Wait => self.record.notes().sent().unwrap_or(started),
            Phase::Dns | Phase::Connect | Phase::Tls | Phase::Write | Phase::Body => started,
        };
        match sent {
            Ok(Ok(response)) => {
                if phase == Phase::Wait {
                    exchange.passed_at(Phase::Wait, since, self.record.notes().moved);
                } else {
                    exchange.advisories.push(Advisory::EarlyResponse);
                    exchange.stamps.ended = Instant::now();
                }
                self.read(response, exchange, timer, settings, tls).await;
            }
            Ok(Err(error)) => {
                let (cause, detail) = self.scene(settings, tls).cause(Awaited::Head, &error, self.error());
                exchange.failed(phase, since, cause, detail);
                exchange.received = self.part_of_a_response(cause);
            }
            Err(clock) => {
                let cause = match phase {
                    Phase::Write => FailureCause::TimeoutRequestWrite,
                    Phase::Dns | Phase::Connect | Phase::Tls | Phase::Wait | Phase::Body => {
                        FailureCause::TimeoutResponseHead
                    }
                };
                exchange.ran_out(phase, since, cause, clock);
                exchange.received = self.part_of_a_response(cause);
            }
        }
    }

    /// What arrived instead of a response. Frames of HTTP/2 are none, unless they were not HTTP/2.
    fn part_of_a_response(&self, cause: FailureCause) -> Bytes {
        match &self.protocol {
            Protocol::Http2(_) if cause != FailureCause::H2ProtocolError => Bytes::new(),
            Protocol::Http1(_) | Protocol::Http2(_) => Bytes::copy_from_slice(&self.record.notes().received),
        }
    }

    /// Notes how far the request had come, and says in which phase that leaves the exchange.
    fn note_sending(&self, exchange: &mut Exchange, started: Instant) -> Phase {
        let notes = self.record.notes();
        exchange.stamps.first_byte_sent = notes.first_sent;
        match notes.sent() {
            Some(sent) => {
                exchange.phases.set(Phase::Write, sent.saturating_duration_since(started));
                Phase::Wait
            }
            None => {
                exchange.phases.set(Phase::Write, started.elapsed());
                Phase::Write
            }
        }
    }

    async fn read(
        &mut self,
        response: Response<Incoming>,
        exchange: &mut Exchange,
        timer: &mut Timer,
        settings: &Settings,
        tls: &Tls,
    ) {
        let started = exchange.stamps.ended;
        let (parts, mut incoming) = response.into_parts();
        exchange.head = Some(Head { status: parts.status, version: parts.version, headers: parts.headers });
        let keep = exchange.request.keep.min(settings.body_limit);
        let mut body = Collected { start: BytesMut::new(), length: 0, keep };
        let record = self.record.clone();
        let running = Running { connect_since: None, idle_on: Some(&record) };
        let end =
            timer.limit(running, pin!(self.collect(&mut incoming, &mut body, settings.body_limit))).await;
        match end {
            Ok(BodyEnd::Failed(error)) => {
                let (cause, detail) = self.scene(settings, tls).cause(Awaited::Body, &error, self.error());
                exchange.failed(Phase::Body, started, cause, detail);
                exchange.received = body.start.freeze();
            }
            Ok(BodyEnd::Reset) => {
                let detail = "the stream was reset with NO_ERROR before the response had ended".to_owned();
                exchange.failed(Phase::Body, started, FailureCause::H2Reset, detail);
                exchange.received = body.start.freeze();
            }
            Err(clock) => {
                exchange.ran_out(Phase::Body, started, FailureCause::TimeoutResponseBody, clock);
                exchange.received = body.start.freeze();
            }
            Ok(BodyEnd::Complete | BodyEnd::Oversized) => {
                exchange.passed_at(Phase::Body, started, self.record.notes().moved);
                let oversized = matches!(end, Ok(BodyEnd::Oversized));
                exchange.end = Ok(Body { start: body.start.freeze(), length: body.length, oversized });
                let is_cut = matches!(self.record.notes().read_end, Some(ReadEnd::ClosedWithoutNotify));
                if is_cut && exchange.head.as_ref().is_some_and(Head::leaves_the_end_to_the_connection) {
                    exchange.advisories.push(Advisory::TlsCloseNotifyMissing);
                }
            }
        }
    }

    async fn collect(&mut self, incoming: &mut Incoming, body: &mut Collected, limit: usize) -> BodyEnd {
        poll_fn(|cx| {
            loop {
                // However small its pieces are, a body leaves the clocks their turn.
                let turn = ready!(poll_proceed(cx));
                // The connection has worked until now; it need not again for what is here already.
                let mut next = Pin::new(&mut *incoming).poll_frame(cx);
                if next.is_pending() {
                    self.poll(cx);
                    next = Pin::new(&mut *incoming).poll_frame(cx);
                }
                match next {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(None) => return Poll::Ready(self.end_of(incoming)),
                    Poll::Ready(Some(Err(error))) => return Poll::Ready(BodyEnd::Failed(error)),
                    Poll::Ready(Some(Ok(frame))) => {
                        turn.made_progress();
                        if let Ok(data) = frame.into_data() {
                            body.add(&data);
                        }
                        if body.length > limit as u64 {
                            return Poll::Ready(BodyEnd::Oversized);
                        }
                    }
                }
            }
        })
        .await
    }

    /// How a body ended that hyper sees no error in. A server may reset a stream with NO_ERROR once it has answered in
    /// full, to be spared the rest of the request (RFC 9113, section 8.1); there is none when all of it was sent.
    fn end_of(&self, incoming: &Incoming) -> BodyEnd {
        match &self.protocol {
            Protocol::Http2(_) if !incoming.is_end_stream() && self.record.notes().sent().is_some() => {
                BodyEnd::Reset
            }
            Protocol::Http1(_) | Protocol::Http2(_) => BodyEnd::Complete,
        }
    }

    /// Lets the connection work.
    fn poll(&mut self, cx: &mut Context<'_>) {
        match &mut self.protocol {
            Protocol::Http1(http) => http.connection.poll(cx),
            Protocol::Http2(http) => http.connection.poll(cx),
        }
    }

    /// Lets the connection come to rest after an exchange, and says whether it can serve another one.
    pub(super) async fn is_reusable(&mut self) -> bool {
        poll_fn(|cx| {
            self.poll(cx);
            Poll::Ready(match &self.protocol {
                Protocol::Http1(http) => http.connection.is_open() && http.sender.is_ready(),
                Protocol::Http2(http) => http.connection.is_open() && http.sender.is_ready(),
            })
        })
        .await
    }

    /// Closes the connection. Tells whether bytes were left that no response had announced.
    pub(super) fn close(self) -> bool {
        match self.protocol {
            Protocol::Http1(http) => http.close(),
            Protocol::Http2(_) => false,
        }
    }

    fn error(&self) -> Option<&hyper::Error> {
        match &self.protocol {
            Protocol::Http1(http) => http.connection.error(),
            Protocol::Http2(http) => http.connection.error(),
        }
    }

    fn scene<'a>(&'a self, settings: &Settings, tls: &'a Tls) -> Scene<'a> {
        Scene {
            record: &self.record,
            seen: &self.seen,
            tls,
            address: self.peer.address,
            head_limit: settings.head_limit,
        }
    }

    fn wire_request(&self, request: &Request) -> hyper::Request<Outgoing> {
        let (piece, uri, version) = match (&self.protocol, self.form) {
            (Protocol::Http1(_), RequestForm::Origin) => {
                (usize::MAX, request.target.path_and_query().clone(), Version::HTTP_11)
            }
            (Protocol::Http1(_), RequestForm::Absolute) => (usize::MAX, absolute(request), Version::HTTP_11),
            (Protocol::Http2(_), _) => (FRAME, absolute(request), Version::HTTP_2),
        };
        let body = Outgoing::new(request.body.clone(), piece, self.record.clone());
        let mut wire = hyper::Request::new(body);
        *wire.method_mut() = request.method.clone();
        *wire.uri_mut() = uri;
        *wire.version_mut() = version;
        *wire.headers_mut() = match &self.protocol {
            Protocol::Http1(_) => HeaderMap::clone(&request.headers),
            Protocol::Http2(_) => without_connection_headers(HeaderMap::clone(&request.headers)),
        };
        wire
    }
}

/// The URL in full. The Host header gives the authority, since it may have been given by hand.
fn absolute(request: &Request) -> Uri {
    let scheme = match request.target.scheme() {
        Scheme::Http => "http",
        Scheme::Https => "https",
    };
    let host = request.headers.get(HOST).unwrap_or(request.target.authority());
    Uri::builder()
        .scheme(scheme)
        .authority(host.as_bytes())
        .path_and_query(request.target.path_and_query().to_string())
        .build()
        .unwrap_or_else(|_| request.target.path_and_query().clone())
}

/// HTTP/2 has the authority in a field of its own and no headers about the connection (RFC 9113, section
/// 8.2.2).
fn without_connection_headers(mut headers: HeaderMap) -> HeaderMap {
    headers.remove(HOST);
    headers.remove(CONNECTION);
    headers
}

/// What is kept of a body.
struct Collected {
    start: BytesMut,
    length: u64,
    keep: usize,
}

impl Collected {
    fn add(&mut self, data: &[u8]) {
        self.length += data.len() as u64;
        let room = self.keep.saturating_sub(self.start.len());
        self.start.extend_from_slice(&data[..data.len().min(room)]);
    }
}
