//! What is sent, and the facts of what came of it.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::header::{
    AUTHORIZATION, CONTENT_LENGTH, COOKIE, HOST, HeaderMap, HeaderName, HeaderValue, PROXY_AUTHORIZATION,
    TRANSFER_ENCODING,
};
use hyper::{Method, StatusCode, Version};

use super::{Certificate, Resolution, Target};
use crate::codes::{Advisory, FailureCause};
use crate::outcome::{Failure, Outcome, PhaseTimings};

/// Headers that hold credentials by their nature.
pub(super) const CREDENTIALS: [HeaderName; 3] = [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE];

/// A request, with Host and Content-Length. Cheap to clone. Its `Debug` leaves the body out, which may hold a
/// secret.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Where it goes.
    pub target: Target,
    /// The headers. Values marked sensitive must not be shown in reports.
    pub headers: Arc<HeaderMap>,
    /// The body.
    pub body: Bytes,
    /// Bytes of the response's body that are kept.
    pub keep: usize,
}

impl Request {
    /// Bytes of a response's body that are kept as evidence.
    pub const EVIDENCE: usize = 8 * 1024;

    /// A POST whose response is kept as evidence.
    pub fn post(target: Target, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(HOST, target.authority().clone());
        headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        Self { method: Method::POST, target, headers: Arc::new(headers), body, keep: Self::EVIDENCE }
    }

    /// A GET whose response is kept up to the body limit.
    pub fn get(target: Target) -> Self {
        let headers = HeaderMap::from_iter([(HOST, target.authority().clone())]);
        Self { method: Method::GET, target, headers: Arc::new(headers), body: Bytes::new(), keep: usize::MAX }
    }

    /// Sets a header, in place of any of the same name. Those that hold credentials by their nature are
    /// marked sensitive.
    #[must_use]
    pub fn header(mut self, name: HeaderName, mut value: HeaderValue) -> Self {
        if CREDENTIALS.contains(&name) {
            value.set_sensitive(true);
        }
        Arc::make_mut(&mut self.headers).insert(name, value);
        self
    }

    /// Lets go of what was sent.
    pub fn forget(&mut self) {
        static NONE: LazyLock<Arc<HeaderMap>> = LazyLock::new(Arc::default);
        self.headers = Arc::clone(&NONE);
        self.body = Bytes::new();
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("target", &self.target)
            .field("headers", &self.headers)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}

/// One request and what came of it: facts, without judgement. Its `Debug` leaves out what the server
/// sent, which may repeat what was sent to it.
#[derive(Clone)]
pub struct Exchange {
    /// The request, as it was sent last.
    pub request: Request,
    /// The head of the response, kept even when what followed failed.
    pub head: Option<Head>,
    /// How it ended.
    pub end: Result<Body, Failure>,
    /// How long each phase took, of the last connection and request.
    pub phases: PhaseTimings,
    /// When things happened.
    pub stamps: Stamps,
    /// How the name became addresses; none for a connection that was kept.
    pub resolution: Option<Resolution>,
    /// Every address tried, in order; empty for a connection that was kept.
    pub attempts: Vec<Attempt>,
    /// Whom we reached, if anyone.
    pub peer: Option<Peer>,
    /// Whether the connection had served an exchange before.
    pub reused: bool,
    /// The first try on a kept connection that the server had just closed.
    pub retried: Option<Retried>,
    /// The redirects followed, in order.
    pub redirects: Vec<Hop>,
    /// The first bytes received, when no whole response came of them. Like any part of a response it may
    /// repeat what was sent, credentials included.
    pub received: Bytes,
    /// What is worth knowing although it changes no verdict.
    pub advisories: Vec<Advisory>,
}

impl Exchange {
    /// The status of the response, if its head arrived.
    pub fn status(&self) -> Option<u16> {
        self.head.as_ref().map(|head| head.status.as_u16())
    }

    /// The beginning of what the server sent: of the body, or of what came in place of a response.
    pub fn response_start(&self) -> &Bytes {
        match &self.end {
            Ok(body) => &body.start,
            Err(_) => &self.received,
        }
    }

    /// Why it did not come to its end.
    pub fn failure(&self) -> Option<&Failure> {
        self.end.as_ref().err()
    }

    /// Whether the response came to its own end, so that the connection is where the next one begins.
    pub(super) fn has_whole_response(&self) -> bool {
        self.end.as_ref().is_ok_and(|body| !body.oversized)
    }

    /// What became of it.
    pub fn outcome(&self) -> Outcome {
        Outcome::of(self.status(), self.failure())
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("request", &self.request)
            .field("status", &self.status())
            .field("end", &self.end)
            .field("phases", &self.phases)
            .field("attempts", &self.attempts)
            .field("reused", &self.reused)
            .field("retried", &self.retried)
            .field("redirects", &self.redirects)
            .field("advisories", &self.advisories)
            .finish_non_exhaustive()
    }
}

/// The head of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The status.
    pub status: StatusCode,
    /// The version of HTTP.
    pub version: Version,
    /// The headers.
    pub headers: HeaderMap,
}

impl Head {
    /// Whether only the end of the connection says where the body ends (RFC 9112, section 6.3).
    pub(super) fn leaves_the_end_to_the_connection(&self) -> bool {
        let has = |name| self.headers.contains_key(name);
        self.version < Version::HTTP_2
            && !matches!(self.status.as_u16(), 204 | 304)
            && !has(CONTENT_LENGTH)
            && !has(TRANSFER_ENCODING)
    }
}

/// The body of a response. Its `Debug` gives the length alone.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Body {
    /// Its beginning, as much as the request wanted kept.
    pub start: Bytes,
    /// Bytes received.
    pub length: u64,
    /// Whether it was longer than the limit, and reading stopped there.
    pub oversized: bool,
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body")
            .field("length", &self.length)
            .field("oversized", &self.oversized)
            .finish_non_exhaustive()
    }
}

/// When things happened in an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamps {
    /// When it was handed over.
    pub dispatched: Instant,
    /// When the first byte of the request left.
    pub first_byte_sent: Option<Instant>,
    /// When it ended, one way or the other.
    pub ended: Instant,
}

/// One try to connect to one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The address.
    pub address: SocketAddr,
    /// How long it took, or how long it had been waiting when it was given up.
    pub elapsed: Duration,
    /// What came of it.
    pub result: AttemptResult,
}

/// What came of one try to connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptResult {
    /// The connection stands.
    Connected,
    /// The operating system said why not.
    Failed {
        /// What it was.
        cause: FailureCause,
        /// In the operating system's words.
        detail: String,
    },
    /// It was still waiting when another address answered or a deadline passed.
    GivenUp,
}

/// Whom we reached.
#[derive(Debug, Clone)]
pub struct Peer {
    /// The address of the other end: the server's, or the proxy's.
    pub address: SocketAddr,
    /// The TLS session, as far as it came about.
    pub tls: Option<TlsSession>,
}

/// A TLS session, or what was seen of it before it failed.
#[derive(Debug, Clone)]
pub struct TlsSession {
    /// The protocol version, such as `TLSv1.3`.
    pub version: Option<&'static str>,
    /// The cipher suite, such as `TLS13_AES_256_GCM_SHA384`.
    pub suite: Option<&'static str>,
    /// The application protocol agreed on.
    pub alpn: Option<String>,
    /// Whether the server asked for a client certificate.
    pub client_certificate_wanted: bool,
    /// What verification would have said of the certificate, had it not been switched off.
    pub overlooked: Option<String>,
    /// The certificates the server sent, its own first.
    pub chain: Arc<[Certificate]>,
}

/// The first try of an exchange that was sent twice, because a kept connection was closed by the server
/// just as it was used again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retried {
    /// How it ended.
    pub failure: Failure,
    /// When its first byte was sent.
    pub first_byte_sent: Option<Instant>,
}

/// A redirect that was followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// The URL that the request had gone to.
    pub from: String,
    /// The status that sent it on.
    pub status: u16,
    /// The URL that it was sent on to.
    pub to: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Target {
        Target::new(&url.parse().expect("URL")).expect("target")
    }

    #[test]
    fn a_request_has_what_the_network_asks_for() {
        let post = Request::post(target("https://app.example:8443/installed"), "{}")
            .header(AUTHORIZATION, HeaderValue::from_static("JWT x.y.z"))
            .header(COOKIE, HeaderValue::from_static("secret"));
        assert_eq!(post.headers[HOST], "app.example:8443");
        assert_eq!(post.headers[CONTENT_LENGTH], "2");
        assert!(post.headers[AUTHORIZATION].is_sensitive() && post.headers[COOKIE].is_sensitive());
        let get = Request::get(target("http://127.0.0.1/"));
        assert!(!get.headers.contains_key(CONTENT_LENGTH));
        let given = get.header(HOST, HeaderValue::from_static("app.example"));
        assert_eq!(given.headers.get_all(HOST).iter().collect::<Vec<_>>(), ["app.example"]);
    }

    #[test]
    fn a_body_without_a_length_ends_with_the_connection() {
        let ends_so = |status, version, header: Option<HeaderName>| {
            let status = StatusCode::from_u16(status).expect("a status");
            let headers = header.into_iter().map(|name| (name, HeaderValue::from_static("2"))).collect();
            Head { status, version, headers }.leaves_the_end_to_the_connection()
        };
        assert!(ends_so(200, Version::HTTP_11, None));
        assert!(!ends_so(200, Version::HTTP_11, Some(CONTENT_LENGTH)));
        assert!(!ends_so(200, Version::HTTP_11, Some(TRANSFER_ENCODING)));
        assert!(!ends_so(204, Version::HTTP_11, None));
        assert!(!ends_so(200, Version::HTTP_2, None));
    }
}
