//! How long callbacks took.

use std::time::Duration;

use hdrhistogram::Histogram;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::EncodedHistogram;
use crate::outcome::{Phase, PhaseTimings};

/// How long callbacks took, twice over and by phase.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Latency {
    /// From the moment a callback was due to its end: what a tenant feels.
    pub response: Distribution,
    /// From the first byte sent to the end: what the server did.
    pub service: Distribution,
    /// By phase; null for a phase that never happened.
    pub phases: Phases<Option<Distribution>>,
    /// The histograms behind the figures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub histogram: Option<Histograms>,
}

/// The HdrHistograms behind the figures: microseconds, V2, compressed, base64.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Histograms {
    /// Response times.
    pub response: EncodedHistogram,
    /// Service times.
    pub service: EncodedHistogram,
    /// Times of the phases; null for a phase that never happened.
    pub phases: Phases<Option<EncodedHistogram>>,
}

/// A distribution of times, in microseconds. Everything but the count is null when it is empty.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Distribution {
    /// How many were measured.
    pub count: u64,
    /// The least.
    pub min_us: Option<u64>,
    /// The mean.
    pub mean_us: Option<f64>,
    /// The median.
    pub p50_us: Option<u64>,
    /// The 90th percentile.
    pub p90_us: Option<u64>,
    /// The 95th percentile.
    pub p95_us: Option<u64>,
    /// The 99th percentile.
    pub p99_us: Option<u64>,
    /// The 99.9th percentile.
    pub p99_9_us: Option<u64>,
    /// The greatest.
    pub max_us: Option<u64>,
}

impl Distribution {
    /// The sum of all, in seconds.
    pub fn sum_s(&self) -> f64 {
        self.mean_us.unwrap_or_default() * self.count as f64 / 1e6
    }

    /// Sums up a histogram of microseconds.
    pub fn of(histogram: &Histogram<u64>) -> Self {
        if histogram.is_empty() {
            return Self::default();
        }
        // The highest value that a bucket may stand for can exceed the greatest value recorded.
        let max = histogram.max();
        let quantile = |q| Some(histogram.value_at_quantile(q).min(max));
        Self {
            count: histogram.len(),
            min_us: Some(histogram.min()),
            mean_us: Some(histogram.mean()),
            p50_us: quantile(0.5),
            p90_us: quantile(0.9),
            p95_us: quantile(0.95),
            p99_us: quantile(0.99),
            p99_9_us: quantile(0.999),
            max_us: Some(max),
        }
    }
}

/// One value for each phase of an exchange.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Phases<T> {
    /// Resolving the name.
    pub dns: T,
    /// Opening the TCP connection.
    pub connect: T,
    /// The TLS handshake.
    pub tls: T,
    /// Writing the request.
    pub write: T,
    /// Waiting for the response's head.
    pub wait: T,
    /// Reading the response's body.
    pub body: T,
}

impl<T> Phases<T> {
    /// Makes a value for each phase.
    pub fn of(mut make: impl FnMut(Phase) -> T) -> Self {
        Self {
            dns: make(Phase::Dns),
            connect: make(Phase::Connect),
            tls: make(Phase::Tls),
            write: make(Phase::Write),
            wait: make(Phase::Wait),
            body: make(Phase::Body),
        }
    }

    /// The value of one phase.
    pub const fn get(&self, phase: Phase) -> &T {
        match phase {
            Phase::Dns => &self.dns,
            Phase::Connect => &self.connect,
            Phase::Tls => &self.tls,
            Phase::Write => &self.write,
            Phase::Wait => &self.wait,
            Phase::Body => &self.body,
        }
    }
}

impl From<&PhaseTimings> for Phases<Option<u64>> {
    fn from(timings: &PhaseTimings) -> Self {
        Self::of(|phase| timings.get(phase).map(whole_microseconds))
    }
}

fn whole_microseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
