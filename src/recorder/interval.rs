//! What ended within a short interval of a load test.

use std::collections::BTreeMap;

use super::{Callback, Latency};
use crate::codes::Code;
use crate::verdict::Verdict;

/// What ended within an interval, over all senders or one.
#[derive(Debug, Clone)]
pub struct Interval {
    /// Good events, or ones that reached an app without trust.
    pub good: u64,
    /// Bad events.
    pub bad: u64,
    /// Events that count neither way.
    pub other: u64,
    /// How often each code but the good ones occurred.
    pub failures: BTreeMap<Code, u64>,
    /// Callbacks that were dispatched.
    pub dispatched: u64,
    /// Callbacks that were not dispatched, because too many were open.
    pub dropped: u64,
    /// Callbacks that were open at its end.
    pub in_flight: u64,
    /// Response times, to one in a hundred.
    pub response: Latency,
}

impl Default for Interval {
    fn default() -> Self {
        Self {
            good: 0,
            bad: 0,
            other: 0,
            failures: BTreeMap::new(),
            dispatched: 0,
            dropped: 0,
            in_flight: 0,
            response: Latency::coarse(),
        }
    }
}

impl Interval {
    /// Adds a callback that ended, if it is an event of the success rate.
    pub fn record(&mut self, callback: &Callback) {
        let Some(verdict) = callback.verdict else { return };
        match verdict {
            Verdict::Good | Verdict::Reached => self.good += 1,
            Verdict::Bad => self.bad += 1,
            Verdict::Excluded | Verdict::Unattributed => self.other += 1,
        }
        if !matches!(verdict, Verdict::Good | Verdict::Reached) {
            *self.failures.entry(callback.code).or_default() += 1;
        }
        if let Some(time) = callback.response_time {
            self.response.record(time);
        }
    }

    /// Adds the same interval of another sender.
    pub fn add(&mut self, other: &Self) {
        self.count(other);
        self.in_flight += other.in_flight;
    }

    /// Adds a later interval.
    pub fn append(&mut self, later: &Self) {
        self.count(later);
        self.in_flight = later.in_flight;
    }

    fn count(&mut self, other: &Self) {
        self.good += other.good;
        self.bad += other.bad;
        self.other += other.other;
        for (code, count) in &other.failures {
            *self.failures.entry(*code).or_default() += count;
        }
        self.dispatched += other.dispatched;
        self.dropped += other.dropped;
        self.response.merge(&other.response);
    }
}
