//! The figures that a threshold can be about, and their names.

use std::fmt;

/// A figure of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// How many, as a number or as a share of what it is counted among.
    Count(Count),
    /// Good events as a share of good and bad ones.
    SuccessRate,
    /// Callbacks that ended, per second.
    Rate,
    /// A statistic of times.
    Time(Timing, Statistic),
}

/// What can be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// Good events.
    Good,
    /// Bad events.
    Bad,
    /// Events that count for nothing, since they were our own fault.
    Excluded,
    /// Events whose blame can't be told.
    Unattributed,
    /// Callbacks that were due.
    Scheduled,
    /// Callbacks that ended.
    Completed,
    /// Callbacks that were not begun, because too many were in flight.
    Dropped,
    /// Callbacks that were still open at the end.
    Censored,
}

/// What can be timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timing {
    /// From the moment a callback was due to its end.
    Response,
    /// From the first byte sent to the end.
    Service,
    /// From the moment a callback was due to its dispatch.
    Lag,
    /// Resolving the name.
    Dns,
    /// Opening the connection.
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

/// A statistic of times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistic {
    /// The least.
    Min,
    /// The mean.
    Mean,
    /// The median.
    P50,
    /// The 90th percentile.
    P90,
    /// The 95th percentile.
    P95,
    /// The 99th percentile.
    P99,
    /// The 99.9th percentile.
    P99_9,
    /// The greatest.
    Max,
}

impl Count {
    const ALL: [Self; 8] = [
        Self::Good,
        Self::Bad,
        Self::Excluded,
        Self::Unattributed,
        Self::Scheduled,
        Self::Completed,
        Self::Dropped,
        Self::Censored,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Excluded => "excluded",
            Self::Unattributed => "unattributed",
            Self::Scheduled => "scheduled",
            Self::Completed => "completed",
            Self::Dropped => "dropped",
            Self::Censored => "censored",
        }
    }

    /// What a share of this is a share of: these counts together.
    pub(super) const fn of(self) -> &'static [Self] {
        match self {
            Self::Good | Self::Bad => &[Self::Good, Self::Bad],
            Self::Excluded | Self::Unattributed => {
                &[Self::Good, Self::Bad, Self::Excluded, Self::Unattributed]
            }
            Self::Scheduled | Self::Completed | Self::Dropped | Self::Censored => &[Self::Scheduled],
        }
    }
}

impl Timing {
    const ALL: [Self; 9] = [
        Self::Response,
        Self::Service,
        Self::Lag,
        Self::Dns,
        Self::Connect,
        Self::Tls,
        Self::Write,
        Self::Wait,
        Self::Body,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Response => "response",
            Self::Service => "service",
            Self::Lag => "lag",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Write => "write",
            Self::Wait => "wait",
            Self::Body => "body",
        }
    }
}

impl Statistic {
    const ALL: [Self; 8] =
        [Self::Min, Self::Mean, Self::P50, Self::P90, Self::P95, Self::P99, Self::P99_9, Self::Max];

    const fn name(self) -> &'static str {
        match self {
            Self::Min => "min",
            Self::Mean => "mean",
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::P99_9 => "p99.9",
            Self::Max => "max",
        }
    }
}

impl Metric {
    /// All of them.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let times = Timing::ALL.into_iter().flat_map(|timing| {
            Statistic::ALL.into_iter().map(move |statistic| Self::Time(timing, statistic))
        });
        Count::ALL.into_iter().map(Self::Count).chain([Self::SuccessRate, Self::Rate]).chain(times)
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => f.write_str(count.name()),
            Self::SuccessRate => f.write_str("success_rate"),
            Self::Rate => f.write_str("rate"),
            Self::Time(timing, statistic) => write!(f, "{}.{}", timing.name(), statistic.name()),
        }
    }
}
