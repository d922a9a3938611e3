//! What thresholds make of a run's figures.

use std::time::Duration;

use crate::conclusion::BoundsSaid;
use crate::engine::load::Loaded;
use crate::outcome::Phase;
use crate::recorder::{Latency, Recorder};
use crate::threshold::{Count, Figures, Judgement, Metric, Statistic, Threshold, Timing};
use crate::verdict::Verdict;

/// What the thresholds say of a run's figures.
pub(super) fn said(thresholds: &[Threshold], figures: &impl Figures) -> BoundsSaid {
    let mut said = BoundsSaid {
        weigh_bad_events: thresholds.iter().any(|threshold| weighs_bad_events(threshold.metric())),
        ..BoundsSaid::default()
    };
    for threshold in thresholds {
        match threshold.judge(figures) {
            Judgement::Crossed(reading) => {
                said.crossed.push(format!("{reading}, and the run was to fail if {threshold}"));
            }
            Judgement::Kept(_) => {}
            Judgement::Unknown => said.unknown.push(format!(
                "{} was not measured, so nobody knows whether {threshold}",
                threshold.metric()
            )),
        }
    }
    said
}

/// Whether a threshold about this says how many events may be bad.
const fn weighs_bad_events(metric: Metric) -> bool {
    match metric {
        Metric::Count(Count::Good | Count::Bad) | Metric::SuccessRate => true,
        Metric::Count(
            Count::Excluded
            | Count::Unattributed
            | Count::Scheduled
            | Count::Completed
            | Count::Dropped
            | Count::Censored,
        )
        | Metric::Rate
        | Metric::Time(..) => false,
    }
}

/// The figures of a finished run.
pub(super) struct RunFigures<'run> {
    /// What was seen.
    pub(super) recorder: &'run Recorder,
    /// Whether the generator kept to its schedule, of a load test.
    pub(super) load: Option<&'run Loaded>,
}

impl Figures for RunFigures<'_> {
    fn count(&self, count: Count) -> Option<u64> {
        let of = |verdict| Some(self.recorder.count(verdict));
        match count {
            // Without trust, being refused is what is good.
            Count::Good => Some(self.recorder.count(Verdict::Good) + self.recorder.count(Verdict::Reached)),
            Count::Bad => of(Verdict::Bad),
            Count::Excluded => of(Verdict::Excluded),
            Count::Unattributed => of(Verdict::Unattributed),
            Count::Scheduled => self.load.map(|load| load.tally.scheduled),
            Count::Completed => self.load.map(|load| load.tally.completed),
            Count::Dropped => self.load.map(|load| load.tally.dropped),
            Count::Censored => self.load.map(|load| load.tally.censored),
        }
    }

    fn time(&self, timing: Timing, wanted: Statistic) -> Option<Duration> {
        let recorder = self.recorder;
        let latency = match timing {
            Timing::Response => recorder.response(),
            Timing::Service => recorder.service(),
            Timing::Dns => recorder.phase(Phase::Dns),
            Timing::Connect => recorder.phase(Phase::Connect),
            Timing::Tls => recorder.phase(Phase::Tls),
            Timing::Write => recorder.phase(Phase::Write),
            Timing::Wait => recorder.phase(Phase::Wait),
            Timing::Body => recorder.phase(Phase::Body),
            Timing::Lag => return statistic(&self.load?.tally.lag, wanted),
        };
        statistic(&latency, wanted)
    }

    fn rate(&self) -> Option<f64> {
        let load = self.load.filter(|load| !load.took.is_zero())?;
        Some(load.tally.completed as f64 / load.took.as_secs_f64())
    }
}

/// A statistic of recorded times; none when there are none.
pub(super) fn statistic(latency: &Latency, statistic: Statistic) -> Option<Duration> {
    let times = latency.histogram()?;
    let quantile = |quantile| times.value_at_quantile(quantile).min(times.max());
    let micros = match statistic {
        Statistic::Min => times.min(),
        Statistic::Mean => return Some(Duration::from_secs_f64(times.mean() / 1e6)),
        Statistic::P50 => quantile(0.5),
        Statistic::P90 => quantile(0.9),
        Statistic::P95 => quantile(0.95),
        Statistic::P99 => quantile(0.99),
        Statistic::P99_9 => quantile(0.999),
        Statistic::Max => times.max(),
    };
    Some(Duration::from_micros(micros))
}
