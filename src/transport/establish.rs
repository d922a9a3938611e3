//! From a target to a connection that speaks HTTP: resolve, connect, TLS.

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Instant;

use tokio::net::TcpStream;

use super::dial::Race;
use super::exchange::{Exchange, Peer, TlsSession};
use super::link::{Agreed, Link, RequestForm};
use super::record::Record;
use super::resolve::{Lookup, NoAddresses};
use super::timer::{Running, Timer};
use super::tls::{self, HandshakeError, Seen, Stream};
use super::wire::Wire;
use super::{HttpVersion, Scheme, Shared, Source, Target, errors, os_error, tunnel};
use crate::codes::FailureCause;
use crate::outcome::Phase;

/// A connection being opened for an exchange. Each step notes its phase there; a step that gives none has
/// noted the exchange's end.
pub(super) struct Opening<'a> {
    shared: &'a Shared,
    exchange: &'a mut Exchange,
    timer: &'a mut Timer,
    target: Target,
}

impl<'a> Opening<'a> {
    /// Prepares to open a connection for `exchange`.
    pub(super) fn new(shared: &'a Shared, exchange: &'a mut Exchange, timer: &'a mut Timer) -> Self {
        let target = exchange.request.target.clone();
        Self { shared, exchange, timer, target }
    }

    /// Opens the connection. The lookup comes with it, for answers that may still arrive.
    pub(super) async fn link(mut self) -> Option<(Box<Link>, Box<Lookup>)> {
        let mut lookup = self.resolve().await?;
        let dialled = self.dial(&mut lookup).await;
        self.exchange.resolution = Some(lookup.resolution());
        let (stream, address) = dialled?;
        let stream = self.tunnel(stream).await?;
        let record = Record::new();
        let wire = Wire::new(stream, record.clone());
        let mut seen = Seen::default();
        let (stream, tls) = match self.target.scheme() {
            Scheme::Http => (tls::plain(wire), None),
            Scheme::Https => {
                let (stream, session) = self.encrypt(wire, address, &record, &mut seen).await?;
                (stream, Some(session))
            }
        };
        let peer = Peer { address, tls };
        self.exchange.peer = Some(peer.clone());
        let (agreed, form) = self.manner(peer.tls.as_ref());
        let since = Instant::now();
        match Link::open(stream, agreed, form, record, seen, peer, &self.shared.settings).await {
            Ok(link) => Some((Box::new(link), lookup)),
            Err(error) => {
                let detail = errors::text(&error);
                self.exchange.failed(Phase::Write, since, FailureCause::Unrecognised, detail);
                None
            }
        }
    }

    /// Which version of HTTP to speak, and how to name the target in it.
    fn manner(&self, tls: Option<&TlsSession>) -> (Agreed, RequestForm) {
        let form = match (&self.shared.settings.proxy, self.target.scheme()) {
            (Some(_), Scheme::Http) => RequestForm::Absolute,
            (Some(_), Scheme::Https) | (None, _) => RequestForm::Origin,
        };
        let agreed = match (self.shared.settings.http, tls) {
            (HttpVersion::Http2, Some(TlsSession { alpn: Some(alpn), .. })) if alpn == "h2" => Agreed::Http2,
            (HttpVersion::Http2, None) if form == RequestForm::Origin => Agreed::Http2,
            (HttpVersion::Http1 | HttpVersion::Http2, _) => Agreed::Http1,
        };
        (agreed, form)
    }

    async fn resolve(&mut self) -> Option<Box<Lookup>> {
        let mut lookup = Box::new(match &self.shared.settings.proxy {
            Some(proxy) => self.shared.resolver.lookup(proxy.host(), proxy.port()),
            None => self.shared.resolver.lookup(self.target.host(), self.target.port()),
        });
        let started = Instant::now();
        let answered = if lookup.has_addresses() {
            Ok(())
        } else {
            // Boxed, as is all that not every connection needs.
            let mut asking = Box::pin(lookup.enough());
            self.timer.limit(Running::connecting(started), asking.as_mut()).await
        };
        if matches!(lookup.source(), Source::Dns | Source::Cache) {
            self.exchange.passed(Phase::Dns, started);
        }
        if lookup.has_addresses() {
            return Some(lookup);
        }
        match lookup.no_addresses(answered) {
            NoAddresses::Silence(cause, clock) => self.exchange.ran_out(Phase::Dns, started, cause, clock),
            NoAddresses::Answer(cause, detail) => self.exchange.failed(Phase::Dns, started, cause, detail),
        }
        self.exchange.resolution = Some(lookup.resolution());
        self.blame_proxy();
        None
    }

    async fn dial(&mut self, lookup: &mut Lookup) -> Option<(TcpStream, SocketAddr)> {
        let started = Instant::now();
        let mut race = Race::new(lookup, &self.shared.local);
        let won = self.timer.limit(Running::connecting(started), pin!(&mut race)).await;
        self.exchange.attempts = race.attempts();
        drop(race);
        match won {
            Ok(Ok((stream, address))) => {
                self.exchange.passed(Phase::Connect, started);
                // Refused only by a socket that is dead already, which the first write will find out.
                let _ = stream.set_nodelay(true);
                return Some((stream, address));
            }
            Ok(Err(failed)) => self.exchange.failed(Phase::Connect, started, failed.cause, failed.detail),
            Err(clock) => self.exchange.ran_out(Phase::Connect, started, FailureCause::ConnectTimeout, clock),
        }
        self.blame_proxy();
        None
    }

    /// Lays a failure to reach the proxy at the proxy's door: the app had no part in it.
    fn blame_proxy(&mut self) {
        let (Some(proxy), Err(failure)) = (&self.shared.settings.proxy, &mut self.exchange.end) else {
            return;
        };
        if os_error::is_own(failure.cause) {
            return;
        }
        failure.detail = format!("the proxy {proxy}: {} ({})", failure.detail, failure.cause);
        failure.cause = FailureCause::ProxyUnreachable;
    }

    /// Goes through the proxy where there is one and the connection is to be encrypted.
    async fn tunnel(&mut self, stream: TcpStream) -> Option<TcpStream> {
        let (Some(proxy), Scheme::Https) = (&self.shared.settings.proxy, self.target.scheme()) else {
            return Some(stream);
        };
        let started = Instant::now();
        let reached = self.exchange.phases.get(Phase::Connect).unwrap_or_default();
        let mut opening = Box::pin(tunnel::open(stream, proxy, &self.target));
        let opened = self.timer.limit(Running::connecting(started), opening.as_mut()).await;
        let stream = match opened {
            Ok(Ok(stream)) => {
                self.exchange.passed(Phase::Connect, started);
                Some(stream)
            }
            Ok(Err((cause, detail))) => {
                self.exchange.failed(Phase::Connect, started, cause, detail);
                None
            }
            Err(clock) => {
                self.exchange.ran_out(Phase::Connect, started, FailureCause::ProxyRefused, clock);
                if let Err(failure) = &mut self.exchange.end {
                    failure.detail = format!("the proxy {proxy} opened no tunnel: {}", failure.detail);
                }
                None
            }
        };
        let opening = self.exchange.phases.get(Phase::Connect).unwrap_or_default();
        self.exchange.phases.set(Phase::Connect, reached + opening);
        stream
    }

    async fn encrypt(
        &mut self,
        wire: Wire,
        address: SocketAddr,
        record: &Record,
        seen: &mut Seen,
    ) -> Option<(Stream, TlsSession)> {
        let tls = &self.shared.tls;
        let started = Instant::now();
        let Some(name) = tls.server_name(self.target.host()) else {
            let detail = format!("no certificate can be for {}", self.target.host());
            self.exchange.failed(Phase::Tls, started, FailureCause::TlsNameMismatch, detail);
            return None;
        };
        let running = Running { connect_since: Some(started), idle_on: Some(record) };
        let shaken = self.timer.limit(running, pin!(tls.handshake(wire, name.clone(), seen))).await;
        match shaken {
            Ok(Ok(stream)) => {
                self.exchange.passed(Phase::Tls, started);
                let session = tls.session(Some(&stream), seen, &name);
                return Some((stream, session));
            }
            Ok(Err(error)) => self.fail_handshake(&error, started, record, seen),
            Err(clock) => self.exchange.ran_out(Phase::Tls, started, FailureCause::TlsTimeout, clock),
        }
        self.exchange.peer = Some(Peer { address, tls: Some(tls.session(None, seen, &name)) });
        // Records of TLS say nothing to a person.
        if self.exchange.failure().is_some_and(|failure| failure.cause == FailureCause::TlsNotTls) {
            self.exchange.received = record.notes().wire_start.clone().into();
        }
        None
    }

    fn fail_handshake(&mut self, error: &HandshakeError, started: Instant, record: &Record, seen: &Seen) {
        let cause = self.shared.tls.cause(error.as_ref(), seen, record).unwrap_or(FailureCause::Unrecognised);
        let mut detail = errors::text(error.as_ref());
        if cause == FailureCause::TlsNotTls {
            let beginning = record.notes().wire_start.iter().take(48).copied().collect::<Vec<_>>();
            detail = format!("{detail}; received: `{}`", beginning.escape_ascii());
        }
        self.exchange.failed(Phase::Tls, started, cause, detail);
    }
}
