//! What happened to one callback: facts, without judgement.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codes::FailureCause;

/// The part of an exchange in which something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Resolving the name.
    Dns,
    /// Opening the TCP connection, all addresses together (a proxy's tunnel included).
    Connect,
    /// The TLS handshake.
    Tls,
    /// Writing the request.
    Write,
    /// Waiting for the response's head.
    Wait,
    /// Reading the response's body.
    Body,
}

impl Phase {
    /// Every phase, in the order of an exchange.
    pub const ALL: [Self; 6] = [Self::Dns, Self::Connect, Self::Tls, Self::Write, Self::Wait, Self::Body];

    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Write => "write",
            Self::Wait => "wait",
            Self::Body => "body",
        }
    }
}

/// How long each phase took. A phase that did not happen (a reused connection, an IP literal, plain
/// HTTP) has none; the phase in which an exchange failed has the time until it did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PhaseTimings {
    durations: [Option<Duration>; 6],
}

impl PhaseTimings {
    /// The time spent in `phase`, if it happened.
    pub fn get(&self, phase: Phase) -> Option<Duration> {
        self.durations[phase as usize]
    }

    /// Sets the time spent in `phase`.
    pub fn set(&mut self, phase: Phase, duration: Duration) {
        self.durations[phase as usize] = Some(duration);
    }

    /// The phases that happened, in order, with their times.
    pub fn iter(&self) -> impl Iterator<Item = (Phase, Duration)> + '_ {
        Phase::ALL.into_iter().filter_map(|phase| self.get(phase).map(|duration| (phase, duration)))
    }
}

/// The clock that ran out when a deadline was missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// The connect timeout.
    Connect,
    /// The socket's idle timeout.
    Idle,
    /// The timeout of the whole callback, from dispatch.
    Total,
}

impl Clock {
    /// The name used in the `deadline` field of a report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Idle => "idle",
            Self::Total => "total",
        }
    }
}

/// Why an exchange did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Where it happened.
    pub phase: Phase,
    /// What it was.
    pub cause: FailureCause,
    /// Which clock ran out, when it was a deadline.
    pub clock: Option<Clock>,
    /// What the operating system, the resolver, TLS or HTTP said, for a person to read.
    pub detail: String,
}

/// What became of one callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// A response with this status arrived: whole, or with a head that settles the matter.
    Responded {
        /// The HTTP status.
        status: u16,
    },
    /// No complete response arrived.
    Failed {
        /// Where it failed.
        phase: Phase,
        /// Why it failed.
        cause: FailureCause,
    },
    /// Nothing was sent.
    NotSent {
        /// Why not.
        cause: FailureCause,
    },
}

impl Outcome {
    /// The status, for a response.
    pub const fn status(self) -> Option<u16> {
        match self {
            Self::Responded { status } => Some(status),
            Self::Failed { .. } | Self::NotSent { .. } => None,
        }
    }

    /// Where it failed, for a failure.
    pub const fn phase(self) -> Option<Phase> {
        match self {
            Self::Failed { phase, .. } => Some(phase),
            Self::Responded { .. } | Self::NotSent { .. } => None,
        }
    }

    /// Derives the outcome from what arrived: a head whose status is not 200 or 204 settles the matter
    /// even when the body after it fails, because no body could have made it good.
    pub fn of(status: Option<u16>, failure: Option<&Failure>) -> Self {
        match (status, failure) {
            (Some(status @ (200 | 204)), None) => Self::Responded { status },
            (Some(200 | 204) | None, Some(failure)) => {
                Self::Failed { phase: failure.phase, cause: failure.cause }
            }
            (Some(status), _) => Self::Responded { status },
            (None, None) => Self::Failed { phase: Phase::Wait, cause: FailureCause::Unrecognised },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truncated() -> Failure {
        Failure { phase: Phase::Body, cause: FailureCause::TruncatedBody, clock: None, detail: String::new() }
    }

    #[test]
    fn a_truncated_body_spoils_a_good_status_only() {
        let failure = truncated();
        assert_eq!(
            Outcome::of(Some(200), Some(&failure)),
            Outcome::Failed { phase: Phase::Body, cause: FailureCause::TruncatedBody }
        );
        assert_eq!(Outcome::of(Some(500), Some(&failure)), Outcome::Responded { status: 500 });
    }

    #[test]
    fn phases_are_kept_in_order_and_absent_when_they_did_not_happen() {
        let mut timings = PhaseTimings::default();
        timings.set(Phase::Wait, Duration::from_millis(2));
        timings.set(Phase::Dns, Duration::from_millis(1));
        let phases: Vec<_> = timings.iter().map(|(phase, _)| phase.name()).collect();
        assert_eq!(phases, ["dns", "wait"]);
        assert_eq!(timings.get(Phase::Tls), None);
    }
}
