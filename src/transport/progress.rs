//! An exchange under way: how it begins, goes on and ends.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use hyper::header::{HOST, HeaderValue, PROXY_AUTHORIZATION};

use super::exchange::{CREDENTIALS, Exchange, Hop, Request, Retried, Stamps};
use super::{Proxy, Scheme, Target};
use crate::codes::{Advisory, FailureCause};
use crate::outcome::{Clock, Failure, Phase, PhaseTimings};

impl Exchange {
    /// An exchange of which nothing has happened yet.
    pub(super) fn begin(request: Request, proxy: Option<&Proxy>, dispatched: Instant) -> Self {
        Self {
            request: authorized_at(request, proxy),
            head: None,
            end: unfinished(),
            phases: PhaseTimings::default(),
            stamps: Stamps { dispatched, first_byte_sent: None, ended: dispatched },
            resolution: None,
            attempts: Vec::new(),
            peer: None,
            reused: false,
            retried: None,
            redirects: Vec::new(),
            received: Bytes::new(),
            advisories: Vec::new(),
        }
    }

    /// Whether a kept connection was closed by the server just as it was used: nothing came back, or
    /// nothing but the word that the request was not taken (GOAWAY), so a pooled sender sends it again.
    pub(super) fn is_reuse_race(&self) -> bool {
        let is_race = |failure: &Failure| match failure.cause {
            FailureCause::ClosedBeforeResponse | FailureCause::ResetBeforeResponse => {
                self.received.is_empty()
            }
            FailureCause::H2Goaway => true,
            _ => false,
        };
        self.reused && self.head.is_none() && self.failure().is_some_and(is_race)
    }

    /// Begins anew with the same request, after a reuse race.
    pub(super) fn retry(&mut self) {
        if let Err(failure) = std::mem::replace(&mut self.end, unfinished()) {
            self.retried = Some(Retried { failure, first_byte_sent: self.stamps.first_byte_sent });
        }
        self.advisories.push(Advisory::ReuseRace);
        self.clear();
    }

    /// Names a failure that a fresh connection met in the same way: the server closes whatever it gets.
    pub(super) fn settle_race(&mut self) {
        let Err(failure) = &mut self.end else { return };
        if matches!(failure.cause, FailureCause::ClosedBeforeResponse | FailureCause::ResetBeforeResponse) {
            failure.detail = format!("on a fresh connection too: {} ({})", failure.detail, failure.cause);
            failure.cause = FailureCause::ConnectionReuseRace;
        }
    }

    /// Goes on to where a redirect points, method and body unchanged. Credentials do not go to another
    /// host, nor from an encrypted connection to a plain one.
    pub(super) fn follow(&mut self, status: u16, to: Target, proxy: Option<&Proxy>) {
        let from = std::mem::replace(&mut self.request.target, to.clone());
        let is_downgrade = from.scheme() == Scheme::Https && to.scheme() == Scheme::Http;
        let headers = Arc::make_mut(&mut self.request.headers);
        if from.host() != to.host() || is_downgrade {
            CREDENTIALS.iter().for_each(|name| drop(headers.remove(name)));
        }
        headers.remove(PROXY_AUTHORIZATION);
        headers.insert(HOST, to.authority().clone());
        self.request = authorized_at(self.request.clone(), proxy);
        self.redirects.push(Hop { from: from.to_string(), status, to: to.to_string() });
        self.end = unfinished();
        self.clear();
    }

    fn clear(&mut self) {
        self.head = None;
        self.phases = PhaseTimings::default();
        self.stamps.first_byte_sent = None;
        self.resolution = None;
        self.attempts.clear();
        self.peer = None;
        self.reused = false;
        self.received = Bytes::new();
    }

    /// Notes the end of a phase that did not fail, which is now.
    pub(super) fn passed(&mut self, phase: Phase, since: Instant) {
        self.passed_at(phase, since, Instant::now());
    }

    /// Notes the end of a phase that did not fail.
    pub(super) fn passed_at(&mut self, phase: Phase, since: Instant, ended: Instant) {
        self.stamps.ended = ended;
        self.phases.set(phase, ended.saturating_duration_since(since));
    }

    /// Notes the failure that ends this. What a server said is left out of the detail where it repeats
    /// what it was sent, because that may be a secret.
    pub(super) fn failed(&mut self, phase: Phase, since: Instant, cause: FailureCause, detail: String) {
        self.passed(phase, since);
        let detail = if repeats(&self.request, &detail) {
            "what the server said is left out: it repeats what it was sent".to_owned()
        } else {
            detail
        };
        self.end = Err(Failure { phase, cause, clock: None, detail });
    }

    /// Notes the clock that ended this.
    pub(super) fn ran_out(&mut self, phase: Phase, since: Instant, cause: FailureCause, clock: Clock) {
        self.passed(phase, since);
        let (clock_name, phase_name) = (clock.name(), phase.name());
        let detail = format!(
            "the {clock_name} deadline passed, {} ms into the {phase_name} phase",
            since.elapsed().as_millis()
        );
        self.end = Err(Failure { phase, cause, clock: Some(clock), detail });
    }
}

/// Whether a text repeats a part of the request that may be secret: of the body, or of a sensitive header.
fn repeats(request: &Request, text: &str) -> bool {
    /// Secrets are longer, and words that happen to be the same are shorter.
    const TELLING: usize = 16;
    let headers = request.headers.values().filter(|value| value.is_sensitive()).map(HeaderValue::as_bytes);
    headers.chain([request.body.as_ref()]).any(|sent| {
        text.as_bytes().windows(TELLING).any(|part| sent.windows(TELLING).any(|other| other == part))
    })
}

/// The end of an exchange that has none yet. It shows when an exchange is given up from outside.
fn unfinished<T>() -> Result<T, Failure> {
    Err(Failure { phase: Phase::Dns, cause: FailureCause::Cancelled, clock: None, detail: String::new() })
}

/// Plain requests show their credentials to the proxy themselves; encrypted ones go through a tunnel
/// that has shown them.
fn authorized_at(request: Request, proxy: Option<&Proxy>) -> Request {
    let is_plain = request.target.scheme() == Scheme::Http;
    match proxy.and_then(Proxy::authorization).filter(|_| is_plain) {
        Some(value) => request.header(PROXY_AUTHORIZATION, value.clone()),
        None => request,
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::AUTHORIZATION;

    use super::*;

    fn target(url: &str) -> Target {
        Target::new(&url.parse().expect("URL")).expect("target")
    }

    fn signed(url: &str) -> Request {
        Request::post(target(url), "{}").header(AUTHORIZATION, HeaderValue::from_static("JWT x.y.z"))
    }

    #[test]
    fn credentials_stay_with_the_host_they_are_for() {
        let follow = |to: &str| {
            let mut exchange = Exchange::begin(signed("https://app.example/a"), None, Instant::now());
            exchange.follow(307, target(to), None);
            exchange.request.headers.contains_key(AUTHORIZATION)
        };
        assert!(follow("https://app.example/b"));
        assert!(!follow("https://other.example/b"));
        assert!(!follow("http://app.example/b"));
    }

    #[test]
    fn what_repeats_the_request_is_left_out_of_the_detail() {
        let mut exchange = Exchange::begin(signed("https://app.example/"), None, Instant::now());
        exchange.request.body = Bytes::from_static(b"{\"sharedSecret\":\"0123456789abcdef0123\"}");
        let mut detail = |text: &str| {
            exchange.failed(Phase::Wait, Instant::now(), FailureCause::MalformedResponse, text.to_owned());
            exchange.failure().expect("failed").detail.clone()
        };
        assert_eq!(detail("received: `SSH-2.0`"), "received: `SSH-2.0`");
        assert!(!detail("received: `0123456789abcdef0123`").contains("abcdef"));
    }

    #[test]
    fn a_proxy_gets_its_credentials_with_plain_requests_only() {
        let proxy = Proxy::parse("http://user:hush@proxy.example").expect("proxy");
        let begin = |url| Exchange::begin(signed(url), Some(&proxy), Instant::now()).request.headers;
        assert!(begin("http://app.example/")[PROXY_AUTHORIZATION].is_sensitive());
        assert!(!begin("https://app.example/").contains_key(PROXY_AUTHORIZATION));
    }
}
