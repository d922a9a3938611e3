//! The connections of one sender.

use std::time::Instant;

use hyper::header::LOCATION;

use super::establish::Opening;
use super::link::Link;
use super::timer::Timer;
use super::{Exchange, Redirects, Request, Reuse, Target, Transport, advise};
use crate::codes::Advisory;

/// Redirects followed before the last of them counts as the response.
const LONGEST_REDIRECTION: usize = 10;

/// Connections kept by one sender. A run talks to one app and a few helpers.
const KEPT: usize = 8;

/// The connections of one sender: one exchange at a time.
pub struct Connections {
    transport: Transport,
    timer: Timer,
    /// Open connections, each with a target at the origin it serves.
    kept: Vec<(Target, Box<Link>)>,
}

impl Connections {
    pub(super) fn new(transport: Transport) -> Self {
        let timer = Timer::new(transport.shared.settings.deadlines, Instant::now());
        Self { transport, timer, kept: Vec::new() }
    }

    /// Sends one request and sees it to its end, whatever that is. The clock of the whole exchange runs
    /// from `dispatched`. Dropping the future closes the connection.
    ///
    /// The request is sent exactly once, but for two cases that the exchange shows: a kept connection
    /// that the server closed just as it was used again, and redirects where these are to be followed.
    pub async fn exchange(&mut self, request: Request, dispatched: Instant) -> Box<Exchange> {
        let transport = self.transport.clone();
        let settings = &transport.shared.settings;
        self.timer.restart(dispatched);
        let mut exchange = Box::new(Exchange::begin(request, settings.proxy.as_ref(), dispatched));
        loop {
            let kept = self.lease(&exchange.request.target).await;
            self.attempt(kept, &mut exchange).await;
            if exchange.is_reuse_race() {
                exchange.retry();
                self.attempt(None, &mut exchange).await;
                exchange.settle_race();
            }
            let Some((status, to)) = self.redirection(&exchange) else { break };
            exchange.follow(status, to, settings.proxy.as_ref());
        }
        advise::advise(&mut exchange, settings);
        exchange
    }

    /// A kept connection to the target that still stands.
    async fn lease(&mut self, target: &Target) -> Option<Box<Link>> {
        while let Some(position) = self.kept.iter().position(|(kept, _)| kept.has_origin_of(target)) {
            let (_, mut link) = self.kept.swap_remove(position);
            if link.is_reusable().await {
                return Some(link);
            }
            link.close();
        }
        None
    }

    async fn attempt(&mut self, kept: Option<Box<Link>>, exchange: &mut Exchange) {
        let shared = &self.transport.shared;
        exchange.reused = kept.is_some();
        let (mut link, lookup) = match kept {
            Some(link) => (link, None),
            // Boxed, so that an exchange that is under way does not carry the room of its beginning.
            None => match Box::pin(Opening::new(shared, exchange, &mut self.timer).link()).await {
                Some((link, lookup)) => (link, Some(lookup).filter(|lookup| lookup.is_open())),
                None => return,
            },
        };
        exchange.peer = Some(link.peer().clone());
        link.exchange(exchange, &mut self.timer, &shared.settings, &shared.tls).await;
        if let Some(mut lookup) = lookup {
            lookup.look_again();
            exchange.resolution = Some(lookup.resolution());
        }
        let is_reusable = exchange.has_whole_response() && link.is_reusable().await;
        match shared.settings.reuse {
            Reuse::KeepAlive if is_reusable => {
                self.kept.truncate(KEPT - 1);
                self.kept.push((exchange.request.target.clone(), link));
            }
            Reuse::KeepAlive | Reuse::Fresh => {
                if exchange.has_whole_response() && shared.settings.reuse == Reuse::KeepAlive {
                    exchange.advisories.push(Advisory::ConnectionClosed);
                }
                if link.close() && exchange.has_whole_response() {
                    exchange.advisories.push(Advisory::BodyUnexpected);
                }
            }
        }
    }

    /// Where to go on, when the response is a redirect and those are to be followed.
    fn redirection(&self, exchange: &Exchange) -> Option<(u16, Target)> {
        let follows = self.transport.shared.settings.redirects == Redirects::Follow
            && exchange.redirects.len() < LONGEST_REDIRECTION
            && exchange.end.is_ok();
        let head = exchange.head.as_ref().filter(|_| follows)?;
        let status = head.status.as_u16();
        if !matches!(status, 301 | 302 | 303 | 307 | 308) {
            return None;
        }
        let location = head.headers.get(LOCATION)?.to_str().ok()?;
        let url = exchange.request.target.url().join(location).ok()?;
        Some((status, Target::new(&url).ok()?))
    }
}

impl std::fmt::Debug for Connections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connections").field("kept", &self.kept.len()).finish_non_exhaustive()
    }
}
