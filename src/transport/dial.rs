//! Opening the TCP connection: every address of a name in a race, each with its own fate.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use super::local::LocalAddresses;
use super::resolve::Lookup;
use super::{Attempt, AttemptResult, os_error};
use crate::codes::FailureCause;

/// How long an address has for itself before the next one is tried besides: the connection attempt delay
/// of RFC 8305, section 5.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

type Connecting = Pin<Box<dyn Future<Output = io::Result<TcpStream>> + Send>>;

/// A race for the first connection (RFC 8305): addresses start one after the other, the next as soon as
/// one fails or has had its time. It is polled by reference, so that a deadline leaves the evidence.
pub(super) struct Race<'a> {
    lookup: &'a mut Lookup,
    local: &'a LocalAddresses,
    waiting: std::collections::VecDeque<SocketAddr>,
    tries: Vec<Try>,
    next_start: Pin<Box<Sleep>>,
}

struct Try {
    address: SocketAddr,
    started: Instant,
    state: State,
}

enum State {
    Connecting(Connecting),
    Ended(Duration, AttemptResult),
}

/// No address could be connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AllFailed {
    pub(super) cause: FailureCause,
    pub(super) detail: String,
}

impl<'a> Race<'a> {
    /// A race between the addresses that `lookup` has and those that it may still get.
    pub(super) fn new(lookup: &'a mut Lookup, local: &'a LocalAddresses) -> Self {
        let waiting = lookup.take_addresses().into();
        Self { lookup, local, waiting, tries: Vec::new(), next_start: Box::pin(sleep(Duration::ZERO)) }
    }

    /// Every address tried, in order; those still open count as given up.
    pub(super) fn attempts(&self) -> Vec<Attempt> {
        self.tries
            .iter()
            .map(|one| {
                let (elapsed, result) = match &one.state {
                    State::Connecting(_) => (one.started.elapsed(), AttemptResult::GivenUp),
                    State::Ended(elapsed, result) => (*elapsed, result.clone()),
                };
                Attempt { address: one.address, elapsed, result }
            })
            .collect()
    }

    fn poll_tries(&mut self, cx: &mut Context<'_>) -> Progress {
        let mut progress = Progress::None;
        for one in &mut self.tries {
            let State::Connecting(connecting) = &mut one.state else { continue };
            let Poll::Ready(result) = connecting.as_mut().poll(cx) else { continue };
            let elapsed = one.started.elapsed();
            match result {
                Ok(stream) => {
                    one.state = State::Ended(elapsed, AttemptResult::Connected);
                    return Progress::Connected(stream, one.address);
                }
                Err(error) => {
                    let cause = os_error::of_connect(&error, one.address);
                    let result = AttemptResult::Failed { cause, detail: error.to_string() };
                    one.state = State::Ended(elapsed, result);
                    progress = Progress::Failed;
                }
            }
        }
        progress
    }

    fn is_connecting(&self) -> bool {
        self.tries.iter().any(|one| matches!(one.state, State::Connecting(_)))
    }

    fn start(&mut self, address: SocketAddr) {
        let state = State::Connecting(Box::pin(self.local.connect(address)));
        self.tries.push(Try { address, started: Instant::now(), state });
        self.next_start.set(sleep(ATTEMPT_DELAY));
    }
}

enum Progress {
    None,
    Failed,
    Connected(TcpStream, SocketAddr),
}

impl Future for Race<'_> {
    type Output = Result<(TcpStream, SocketAddr), AllFailed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        loop {
            let failed = match this.poll_tries(cx) {
                Progress::Connected(stream, address) => return Poll::Ready(Ok((stream, address))),
                Progress::Failed => true,
                Progress::None => false,
            };
            let late = this.lookup.poll_late(cx);
            let more_may_come = late.is_pending();
            if let Poll::Ready(addresses) = late {
                this.waiting.extend(addresses);
            }
            let due = failed || !this.is_connecting() || this.next_start.as_mut().poll(cx).is_ready();
            match this.waiting.pop_front() {
                Some(address) if due => this.start(address),
                Some(address) => {
                    this.waiting.push_front(address);
                    return Poll::Pending;
                }
                None if this.is_connecting() || more_may_come => return Poll::Pending,
                None => return Poll::Ready(Err(verdict(&this.attempts()))),
            }
        }
    }
}

/// The one cause to tell when every address failed: the same whatever order they failed in.
fn verdict(attempts: &[Attempt]) -> AllFailed {
    let failures = attempts.iter().filter_map(|attempt| match &attempt.result {
        AttemptResult::Failed { cause, detail } => Some((*cause, attempt.address, detail)),
        AttemptResult::Connected | AttemptResult::GivenUp => None,
    });
    let Some((cause, address, detail)) = failures.clone().min_by_key(|(cause, _, _)| rank(*cause)) else {
        return AllFailed { cause: FailureCause::DnsNoData, detail: "no address to connect to".to_owned() };
    };
    let others = failures.filter(|(other, _, _)| *other != cause).count();
    let detail = match others {
        0 => format!("{address}: {detail}"),
        _ => format!("{address}: {detail} (of several failures the one nearest to the app)"),
    };
    AllFailed { cause, detail }
}

/// A proven fault of our own first, then by how near to the app the failure arose: a refusal is the app's
/// own host speaking, a missing route need not even have left this machine.
fn rank(cause: FailureCause) -> u8 {
    match cause {
        cause if os_error::is_own(cause) => 0,
        FailureCause::ConnectRefused => 1,
        FailureCause::ConnectReset => 2,
        FailureCause::ConnectTimeout => 3,
        FailureCause::ConnectHostUnreachable => 4,
        FailureCause::ConnectNetworkUnreachable => 5,
        _ => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(cause: FailureCause) -> Attempt {
        Attempt {
            address: SocketAddr::from(([192, 0, 2, 1], 443)),
            elapsed: Duration::ZERO,
            result: AttemptResult::Failed { cause, detail: "said the system".to_owned() },
        }
    }

    #[test]
    fn the_verdict_does_not_depend_on_the_order_of_failures() {
        let mut attempts = [
            failed(FailureCause::ConnectNetworkUnreachable),
            failed(FailureCause::ConnectRefused),
            failed(FailureCause::ConnectTimeout),
        ];
        let verdicts: Vec<_> = (0..3)
            .map(|_| {
                attempts.rotate_left(1);
                verdict(&attempts).cause
            })
            .collect();
        assert_eq!(verdicts, [FailureCause::ConnectRefused; 3]);
        assert!(verdict(&attempts).detail.contains("nearest to the app"));
    }

    #[test]
    fn a_proven_fault_of_our_own_comes_first() {
        let attempts = [failed(FailureCause::ConnectRefused), failed(FailureCause::TooManyOpenFiles)];
        assert_eq!(verdict(&attempts).cause, FailureCause::TooManyOpenFiles);
    }
}
