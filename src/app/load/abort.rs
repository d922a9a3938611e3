//! `--abort-if`: bounds that end a load test on its way.

use std::time::Duration;

use crate::app::bounds::statistic;
use crate::exit::Abort;
use crate::recorder::Interval;
use crate::threshold::{Count, Figures, Judgement, Metric, Statistic, Threshold, Timing};

/// The fewest events by which a bound is judged.
const FEWEST: u64 = 20;

/// Refuses bounds on figures that are not known before the end.
///
/// # Errors
/// When there is one.
pub(super) fn admit(bounds: &[Threshold]) -> Result<(), Abort> {
    let unknown = bounds.iter().find(|bound| !is_known_on_the_way(bound.metric()));
    unknown.map_or(Ok(()), |bound| {
        Err(Abort::usage(format!("--abort-if '{bound}': {} is not known before the end", bound.metric()))
            .remedy("give it to --fail-if instead"))
    })
}

/// Why to stop, if a bound is crossed so many seconds after the start.
pub(super) fn reason(bounds: &[Threshold], seconds: u64, total: &Interval) -> Option<String> {
    if total.good + total.bad < FEWEST {
        return None;
    }
    let so_far = SoFar { seconds, total };
    bounds.iter().find_map(|bound| match bound.judge(&so_far) {
        Judgement::Crossed(reading) => {
            Some(format!("stopped after {seconds} s: {reading}, and the run was to stop if {bound}"))
        }
        Judgement::Kept(_) | Judgement::Unknown => None,
    })
}

const fn is_known_on_the_way(metric: Metric) -> bool {
    match metric {
        Metric::Count(Count::Good | Count::Bad | Count::Dropped | Count::Completed | Count::Scheduled)
        | Metric::SuccessRate
        | Metric::Rate
        | Metric::Time(Timing::Response, _) => true,
        Metric::Count(Count::Excluded | Count::Unattributed | Count::Censored)
        | Metric::Time(
            Timing::Service
            | Timing::Lag
            | Timing::Dns
            | Timing::Connect
            | Timing::Tls
            | Timing::Write
            | Timing::Wait
            | Timing::Body,
            _,
        ) => false,
    }
}

/// The figures of a run so far.
struct SoFar<'run> {
    seconds: u64,
    total: &'run Interval,
}

impl Figures for SoFar<'_> {
    fn count(&self, count: Count) -> Option<u64> {
        let Interval { good, bad, other, dispatched, dropped, .. } = self.total;
        match count {
            Count::Good => Some(*good),
            Count::Bad => Some(*bad),
            Count::Completed => Some(good + bad + other),
            Count::Scheduled => Some(dispatched + dropped),
            Count::Dropped => Some(*dropped),
            Count::Excluded | Count::Unattributed | Count::Censored => None,
        }
    }

    fn time(&self, timing: Timing, wanted: Statistic) -> Option<Duration> {
        (timing == Timing::Response).then(|| statistic(&self.total.response, wanted)).flatten()
    }

    fn rate(&self) -> Option<f64> {
        (self.seconds > 0).then(|| self.count(Count::Completed).unwrap_or(0) as f64 / self.seconds as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(text: &str) -> Vec<Threshold> {
        vec![text.parse().expect("a threshold")]
    }

    fn interval(good: u64, bad: u64) -> Interval {
        let mut interval = Interval { good, bad, dispatched: good + bad, ..Interval::default() };
        interval.response.record(Duration::from_millis(300));
        interval
    }

    #[test]
    fn a_crossed_bound_stops_the_run_once_there_are_enough_events() {
        let bad = bounds("bad > 10%");
        assert_eq!(reason(&bad, 5, &interval(10, 9)), None);
        let told = reason(&bad, 5, &interval(10, 10)).expect("crossed");
        assert!(told.contains("bad is 50 % (10 of 20)") && told.contains("if bad > 10%"), "{told}");
        assert_eq!(reason(&bad, 5, &interval(90, 10)), None);
        assert!(reason(&bounds("response.p50 > 0.2s"), 5, &interval(30, 0)).is_some());
        assert!(reason(&bounds("rate < 7/s"), 5, &interval(30, 0)).is_some());
    }

    #[test]
    fn what_is_known_only_at_the_end_is_refused() {
        assert!(admit(&bounds("dropped > 0")).is_ok());
        for text in ["lag.p99 > 5ms", "service.max > 1s", "censored > 0"] {
            assert!(admit(&bounds(text)).is_err(), "{text}");
        }
    }
}
