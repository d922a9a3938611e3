//! Whether a load test measured the app or the generator.

use std::time::Duration;

use super::Validity;

/// What is known about the generator of a load test.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LoadFacts {
    /// Callbacks that were due.
    pub scheduled: u64,
    /// Callbacks that were due and not sent, because too many were open.
    pub dropped: u64,
    /// Callbacks that were open at the end.
    pub censored: u64,
    /// The 99th percentile of how late callbacks were sent.
    pub lag_p99: Option<Duration>,
    /// Callbacks that were due and not signed yet.
    pub unsigned: u64,
    /// Callbacks that failed for want of a local port.
    pub without_port: u64,
    /// Callbacks that failed for want of a file descriptor.
    pub without_descriptor: u64,
    /// The largest share of its time for which a sending thread had the processor.
    pub sender_share: f64,
    /// How many should have been under way on average, by Little's law, and how many were.
    pub in_flight: Option<(f64, f64)>,
    /// How far the time of day moved against the time that passed.
    pub clock_step: Duration,
}

/// Lag beyond which latencies are ours as much as the app's.
const LAG_SUSPECT: Duration = Duration::from_millis(5);
/// Lag beyond which the schedule was not kept.
const LAG_INVALID: Duration = Duration::from_millis(50);
/// A sending thread that had the processor for so much of its time may have been the bottleneck.
const SHARE_SUSPECT: f64 = 0.9;
/// Tokens are backdated by five seconds; a clock that moved further may have spoilt them.
const STEP_INVALID: Duration = Duration::from_secs(5);
/// More than the time of day is slewed by when it is kept in order.
const STEP_SUSPECT: Duration = Duration::from_millis(500);
/// A share of callbacks that our own failure may spoil before the figures say nothing.
const SPOILT: f64 = 0.01;

impl LoadFacts {
    /// Notes every doubt that these facts raise.
    pub fn doubt(&self, validity: &mut Validity) {
        self.doubt_schedule(validity);
        self.doubt_resources(validity);
        if let Some((expected, measured)) = self.in_flight {
            let off = (expected - measured).abs();
            if off > 0.5 && off > 0.05 * expected.max(measured) {
                validity.suspect(format!(
                    "by Little's law {expected:.1} callbacks should have been open on average, and {measured:.1} were: some were not accounted for"
                ));
            }
        }
        let step =
            format!("the time of day moved by {} against the time that passed", millis(self.clock_step));
        if self.clock_step > STEP_INVALID {
            validity.invalid(format!("{step}, so tokens may have been out of date"));
        } else if self.clock_step > STEP_SUSPECT {
            validity.suspect(step);
        }
    }

    fn doubt_schedule(&self, validity: &mut Validity) {
        if let Some(lag) = self.lag_p99.filter(|lag| *lag > LAG_SUSPECT) {
            let late =
                format!("the generator was late: one callback in a hundred by more than {}", millis(lag));
            if lag > LAG_INVALID { validity.invalid(late) } else { validity.suspect(late) }
        }
        if self.unsigned > 0 {
            let bound = format!(
                "signing-bound: {} of {} callbacks were due before their token was signed, which is the generator's fault and not the app's; give it more --signing-threads, or --tenants-pool with --reuse-tokens",
                self.unsigned, self.scheduled
            );
            if self.is_much(self.unsigned) { validity.invalid(bound) } else { validity.suspect(bound) }
        }
        if self.dropped > 0 {
            validity.suspect(format!(
                "{} of {} callbacks were due and not sent, because too many were open: percentiles are lower bounds",
                self.dropped, self.scheduled
            ));
        }
        if self.censored > 0 {
            validity.suspect(format!(
                "{} callbacks were still open at the end and entered at their age: percentiles are lower bounds",
                self.censored
            ));
        }
    }

    fn doubt_resources(&self, validity: &mut Validity) {
        let lacks = [
            (
                self.without_port,
                "found no free local port: one source address has some 470 new connections a second to one target; use --keep-alive",
            ),
            (
                self.without_descriptor,
                "found no free file descriptor: raise the limit (`ulimit -n`) or let fewer be under way (`--max-in-flight`, `--concurrency`)",
            ),
        ];
        for (count, lack) in lacks {
            if count > 0 {
                let reason = format!("{count} of {} callbacks {lack}", self.scheduled);
                if self.is_much(count) { validity.invalid(reason) } else { validity.suspect(reason) }
            }
        }
        if self.sender_share >= SHARE_SUSPECT {
            validity.suspect(format!(
                "a sending thread had the processor {:.0} % of the time: what is measured may be its limit and not the app's",
                self.sender_share * 100.0
            ));
        }
    }

    fn is_much(&self, count: u64) -> bool {
        count as f64 > SPOILT * self.scheduled as f64
    }
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validity::Weight;

    fn judged(facts: LoadFacts) -> Option<Weight> {
        let mut validity = Validity::default();
        LoadFacts { scheduled: 1_000, ..facts }.doubt(&mut validity);
        validity.heaviest()
    }

    #[test]
    fn each_fault_of_ours_has_its_weight() {
        let ms = Duration::from_millis;
        let lag = |lag| LoadFacts { lag_p99: Some(ms(lag)), ..LoadFacts::default() };
        let step = |step| LoadFacts { clock_step: ms(step), ..LoadFacts::default() };
        let unsigned = |unsigned| LoadFacts { unsigned, ..LoadFacts::default() };
        let ports = |without_port| LoadFacts { without_port, ..LoadFacts::default() };
        let files = |without_descriptor| LoadFacts { without_descriptor, ..LoadFacts::default() };
        let share = |sender_share| LoadFacts { sender_share, ..LoadFacts::default() };
        let law =
            |expected, measured| LoadFacts { in_flight: Some((expected, measured)), ..LoadFacts::default() };
        let (suspect, invalid) = (Some(Weight::Suspect), Some(Weight::Invalid));
        for (facts, weight) in [
            (LoadFacts::default(), None),
            (lag(5), None),
            (lag(6), suspect),
            (lag(51), invalid),
            (step(100), None),
            (step(1_000), suspect),
            (step(6_000), invalid),
            (unsigned(10), suspect),
            (unsigned(11), invalid),
            (ports(1), suspect),
            (ports(500), invalid),
            (files(1), suspect),
            (files(500), invalid),
            (share(0.89), None),
            (share(0.95), suspect),
            (law(100.0, 96.0), None),
            (law(100.0, 90.0), suspect),
            (law(0.3, 0.1), None),
            (LoadFacts { dropped: 900, ..LoadFacts::default() }, suspect),
            (LoadFacts { censored: 1, ..LoadFacts::default() }, suspect),
        ] {
            assert_eq!(judged(facts), weight, "{facts:?}");
        }
    }
}
