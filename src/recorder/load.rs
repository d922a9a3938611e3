//! What a load test adds up to besides its callbacks: whether the generator kept to its schedule.

use std::time::Duration;

use super::{Callback, Latency};
use crate::codes::{Code, FailureCause};
use crate::outcome::Phase;
use crate::verdict::Verdict;

/// Later than this is late: beyond what bundled wake-ups and a busy core explain.
const LATE: Duration = Duration::from_millis(1);

/// The counts of a load test. Only the first callback of a journey has a moment of its own in the
/// schedule, so these are what is counted here.
///
/// Conservation holds: scheduled = completed + dropped + censored, and dispatched = completed + censored.
#[derive(Debug, Clone, Default)]
pub struct LoadTally {
    /// Callbacks that were due.
    pub scheduled: u64,
    /// Callbacks that were begun.
    pub dispatched: u64,
    /// Callbacks that ended.
    pub completed: u64,
    /// Callbacks that were due and not begun: too many were open, or the run was stopped.
    pub dropped: u64,
    /// Callbacks that were still open when the run was cut off.
    pub censored: u64,
    /// Callbacks that waited for others to end before they were begun.
    pub queued: u64,
    /// Callbacks that were begun late.
    pub late: u64,
    /// How late they were begun, those that waited for others left out: that is the app's part.
    pub lag: Latency,
    /// Name, connection and TLS of those that needed a new connection.
    pub dial: Latency,
    /// Response times of callbacks that got no whole answer.
    pub failed: Latency,
    /// How long journeys were under way.
    pub journeys: Latency,
    /// How many journeys were under way.
    pub in_flight: Occupancy,
    /// The stages in order.
    pub stages: Vec<StageTally>,
    /// What came before counting began.
    pub warm_up: StageTally,
    /// What signing took.
    pub signing: SigningTally,
}

/// The events of a stage.
#[derive(Debug, Clone, Default)]
pub struct StageTally {
    /// Good events.
    pub good: u64,
    /// Bad events.
    pub bad: u64,
    /// Events that count neither way.
    pub other: u64,
    /// From the intended moment to the end.
    pub response: Latency,
}

/// What signing took.
#[derive(Debug, Clone, Default)]
pub struct SigningTally {
    /// Callbacks that were signed.
    pub tokens: u64,
    /// The time that took, over all threads.
    pub busy: Duration,
    /// Callbacks that were due and waited for their token.
    pub waited: u64,
    /// Tokens that had grown old and were signed again.
    pub renewed: u64,
}

/// How many are under way, over time.
#[derive(Debug, Clone, Copy, Default)]
pub struct Occupancy {
    now: u64,
    max: u64,
    /// Time multiplied by how many there were.
    area: f64,
    changed: Duration,
}

impl Occupancy {
    /// One more since `at`, counted from the start.
    pub fn enter(&mut self, at: Duration) {
        self.settle(at);
        self.now += 1;
        self.max = self.max.max(self.now);
    }

    /// One fewer since `at`.
    pub fn leave(&mut self, at: Duration) {
        self.settle(at);
        self.now -= 1;
    }

    /// How many there are.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// How many there were at most; the sum over senders that were merged, which need not have had their
    /// most at one time.
    pub fn max(&self) -> u64 {
        self.max
    }

    /// How many there were on average until `at`.
    pub fn mean(&self, at: Duration) -> Option<f64> {
        let mut until = *self;
        until.settle(at);
        (!at.is_zero()).then(|| until.area / at.as_secs_f64())
    }

    fn settle(&mut self, at: Duration) {
        self.area += self.now as f64 * at.saturating_sub(self.changed).as_secs_f64();
        self.changed = self.changed.max(at);
    }
}

impl LoadTally {
    /// Counts of a schedule with so many stages.
    pub fn new(stages: usize) -> Self {
        Self { stages: vec![StageTally::default(); stages], ..Self::default() }
    }

    /// Adds a callback that ended. `stage` is the one in which its journey was due; none during the
    /// warm-up.
    pub fn record(&mut self, callback: &Callback, stage: Option<usize>, queued: bool) {
        let tally = match stage {
            Some(stage) => &mut self.stages[stage],
            None => &mut self.warm_up,
        };
        tally.record(callback);
        let Some(lag) = callback.lag else { return };
        if stage.is_none() {
            return;
        }
        match callback.code {
            Code::Failure(FailureCause::Cancelled) => self.censored += 1,
            Code::Failure(_) | Code::Status(_) | Code::UntrustedInstallAccepted => self.completed += 1,
        }
        if queued {
            self.queued += 1;
        } else {
            self.late += u64::from(lag > LATE);
            self.lag.record(lag);
        }
        let Some(exchange) = &callback.exchange else { return };
        if exchange.failure().is_some()
            && let Some(time) = callback.response_time
        {
            self.failed.record(time);
        }
        if !exchange.reused {
            let dialling = [Phase::Dns, Phase::Connect, Phase::Tls];
            self.dial.record(dialling.iter().filter_map(|phase| exchange.phases.get(*phase)).sum());
        }
    }

    /// Adds the counts of another sender of the same schedule.
    pub fn merge(&mut self, other: &Self) {
        self.scheduled += other.scheduled;
        self.dispatched += other.dispatched;
        self.completed += other.completed;
        self.dropped += other.dropped;
        self.censored += other.censored;
        self.queued += other.queued;
        self.late += other.late;
        self.lag.merge(&other.lag);
        self.dial.merge(&other.dial);
        self.failed.merge(&other.failed);
        self.journeys.merge(&other.journeys);
        self.in_flight.now += other.in_flight.now;
        self.in_flight.max += other.in_flight.max;
        self.in_flight.area += other.in_flight.area;
        self.in_flight.changed = self.in_flight.changed.max(other.in_flight.changed);
        self.stages.resize_with(self.stages.len().max(other.stages.len()), StageTally::default);
        for (stage, other) in self.stages.iter_mut().zip(&other.stages) {
            stage.merge(other);
        }
        self.warm_up.merge(&other.warm_up);
        self.signing.merge(&other.signing);
    }
}

impl StageTally {
    fn record(&mut self, callback: &Callback) {
        match callback.verdict {
            Some(Verdict::Good) => self.good += 1,
            Some(Verdict::Bad) => self.bad += 1,
            Some(Verdict::Reached | Verdict::Excluded | Verdict::Unattributed) => self.other += 1,
            None => return,
        }
        if let Some(time) = callback.response_time {
            self.response.record(time);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.good += other.good;
        self.bad += other.bad;
        self.other += other.other;
        self.response.merge(&other.response);
    }
}

impl SigningTally {
    /// Adds what another thread signed.
    pub fn merge(&mut self, other: &Self) {
        self.tokens += other.tokens;
        self.busy += other.busy;
        self.waited += other.waited;
        self.renewed += other.renewed;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn occupancy_is_an_average_over_time() {
        let at = Duration::from_secs;
        let mut occupancy = Occupancy::default();
        occupancy.enter(at(1));
        occupancy.enter(at(2));
        occupancy.leave(at(4));
        assert_eq!((occupancy.now(), occupancy.max()), (1, 2));
        // One during the second second, two for two more, one until the tenth.
        assert_eq!(occupancy.mean(at(10)), Some((1.0 + 4.0 + 6.0) / 10.0));
        assert_eq!(Occupancy::default().mean(Duration::ZERO), None);
    }
}
