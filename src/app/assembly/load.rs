//! From a load test to its part of the report, and to the doubts about it.

use std::time::Duration;

use super::rows::{code_counts, distribution, encoded};
use crate::codes::FailureCause;
use crate::engine::load::{LoadPlan, Loaded, Model, Stage, Tokens, WhenFull, Work};
use crate::recorder::{Interval, Latency, LoadTally, StageTally, Timeline};
use crate::report::model::{
    self, Capacity, InFlight, LittlesLaw, Load, LoadHistograms, LoadModel, Signing, Slot, StageRow,
    ThreadRow, ThreadWork, WarmUp,
};
use crate::validity::{LoadFacts, Validity};

/// Agreement of Little's law: what both sides may differ by.
const AGREES: f64 = 0.05;

/// A load test that has come to its end.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct LoadFinished<'run> {
    /// What it brought.
    pub(in super::super) loaded: &'run Loaded,
    /// What was to be done.
    pub(in super::super) plan: &'run LoadPlan,
    /// What a search found, of which this was one trial.
    pub(in super::super) capacity: Option<&'run Capacity>,
}

impl LoadFinished<'_> {
    /// Notes what raises doubts about the measurement.
    pub(in super::super) fn doubt(&self, validity: &mut Validity) {
        let tally = &self.loaded.tally;
        let count = |cause: FailureCause| {
            let code = cause.to_string();
            let tallies = self.loaded.recorder.outcomes();
            tallies.filter(|tally| tally.code.to_string() == code).map(|tally| tally.count).sum()
        };
        LoadFacts {
            scheduled: tally.scheduled,
            dropped: tally.dropped,
            censored: tally.censored,
            lag_p99: tally.lag.histogram().map(|lag| Duration::from_micros(lag.value_at_quantile(0.99))),
            unsigned: tally.signing.waited,
            without_port: count(FailureCause::LocalPortsExhausted),
            without_descriptor: count(FailureCause::TooManyOpenFiles),
            sender_share: self.sender_share(),
            in_flight: self.littles_law(),
            clock_step: self.loaded.clock_step,
        }
        .doubt(validity);
        if let Some(reason) = &self.loaded.ended_early {
            validity.suspect(reason.clone());
        }
    }

    /// The load section of the report.
    pub(super) fn section(&self) -> Load {
        let Loaded { tally, .. } = self.loaded;
        let begun = tally.lag.count();
        let law = self.littles_law();
        Load {
            model: match &self.plan.model {
                Model::Closed { .. } => LoadModel::Closed,
                Model::Open(schedule) if schedule.stages().len() > 1 => LoadModel::Stages,
                Model::Open(_) => LoadModel::Open,
            },
            target_rate: match &self.plan.model {
                Model::Closed { .. } => None,
                Model::Open(schedule) => Some(schedule.mean_rate()),
            },
            scheduled: tally.scheduled,
            dispatched: tally.dispatched,
            completed: tally.completed,
            dropped: tally.dropped,
            censored: tally.censored,
            queued: tally.queued,
            late_share: (begun > 0).then(|| tally.late as f64 / begun as f64),
            lag: distribution(&tally.lag),
            dial: distribution(&tally.dial),
            failed: distribution(&tally.failed),
            histograms: LoadHistograms {
                lag: encoded(&tally.lag),
                dial: encoded(&tally.dial),
                failed: encoded(&tally.failed),
            },
            achieved_rate: per_second(tally.completed, self.loaded.took),
            in_flight: InFlight {
                mean: tally.in_flight.mean(self.loaded.whole),
                max: tally.in_flight.max(),
                limit: Some(u64::from(self.plan.max_in_flight)),
                when_full: Some(match self.plan.when_full {
                    WhenFull::Drop => model::WhenFull::Drop,
                    WhenFull::Queue => model::WhenFull::Queue,
                }),
            },
            littles_law: law.map(|(expected, measured)| littles_law(expected, measured)),
            signing: Some(self.signing()),
            capacity: self.capacity.cloned(),
            ended_early: self.loaded.ended_early.clone(),
            warm_up: self.warm_up(),
            stages: self.stages(),
            threads: self.threads(),
            series: self.series(),
        }
    }

    /// How many journeys should have been under way on average, by their rate and mean time, and how many
    /// were, by the count of them over time.
    fn littles_law(&self) -> Option<(f64, f64)> {
        let LoadTally { journeys, in_flight, .. } = &self.loaded.tally;
        let whole = self.loaded.whole;
        let mean_s = journeys.histogram()?.mean() / 1e6;
        Some((per_second(journeys.count(), whole)? * mean_s, in_flight.mean(whole)?))
    }

    fn signing(&self) -> Signing {
        let signing = &self.loaded.tally.signing;
        let threads = self.loaded.threads.iter().filter(|thread| thread.work == Work::Signing);
        Signing {
            tokens: signing.tokens,
            mean_us: (signing.tokens > 0).then(|| signing.busy.as_secs_f64() * 1e6 / signing.tokens as f64),
            waited: signing.waited,
            renewed: signing.renewed,
            reused: self.plan.tokens == Tokens::Reused,
            cpu_s: threads.map(|thread| thread.cpu.as_secs_f64()).sum(),
        }
    }

    fn warm_up(&self) -> Option<WarmUp> {
        let StageTally { good, bad, response, .. } = &self.loaded.tally.warm_up;
        let seconds = self.plan.warm_up.as_secs_f64();
        (seconds > 0.0).then(|| WarmUp {
            seconds,
            good: *good,
            bad: *bad,
            response: distribution(response),
            histogram: encoded(response),
        })
    }

    fn stages(&self) -> Vec<StageRow> {
        let planned: Vec<Option<Stage>> = match &self.plan.model {
            Model::Open(schedule) => schedule.stages().iter().copied().map(Some).collect(),
            Model::Closed { .. } => vec![None],
        };
        let tallies = &self.loaded.tally.stages;
        planned.into_iter().zip(tallies).map(|(stage, tally)| self.stage(stage, tally)).collect()
    }

    fn stage(&self, stage: Option<Stage>, tally: &StageTally) -> StageRow {
        let valid = tally.good + tally.bad;
        StageRow {
            from_rate: stage.map(|stage| stage.from.get()),
            to_rate: stage.map(|stage| stage.to.get()),
            seconds: stage.map_or_else(|| self.plan.model.lasts(), |stage| stage.lasts).as_secs_f64(),
            good: tally.good,
            bad: tally.bad,
            success_rate: (valid > 0).then(|| tally.good as f64 / valid as f64),
            response: distribution(&tally.response),
            histogram: encoded(&tally.response),
        }
    }

    fn threads(&self) -> Vec<ThreadRow> {
        let whole = self.loaded.whole.as_secs_f64();
        let rows = self.loaded.threads.iter().map(|thread| ThreadRow {
            work: match thread.work {
                Work::Sending => ThreadWork::Sending,
                Work::Signing => ThreadWork::Signing,
            },
            cpu_s: thread.cpu.as_secs_f64(),
            share: (whole > 0.0).then(|| thread.cpu.as_secs_f64() / whole),
        });
        rows.collect()
    }

    fn sender_share(&self) -> f64 {
        let rows = self.threads();
        let senders = rows.iter().filter(|row| row.work == ThreadWork::Sending);
        senders.filter_map(|row| row.share).fold(0.0, f64::max)
    }

    fn series(&self) -> Vec<Slot> {
        let width = self.loaded.series.width_s();
        self.loaded
            .series
            .slots()
            .enumerate()
            .map(|(index, slot)| Slot {
                histogram: encoded(&slot.interval.response),
                ..series_slot(index as u64 * width, slot.seconds, 1.0, &slot.interval)
            })
            .collect()
    }
}

/// Both sides of Little's law, and whether they agree.
pub(in super::super) fn littles_law(expected: f64, measured: f64) -> LittlesLaw {
    LittlesLaw {
        expected,
        measured,
        holds: (expected - measured).abs() <= (AGREES * expected.max(measured)).max(0.5),
    }
}

/// The run over time.
pub(super) fn timeline(timeline: &Timeline) -> Vec<Slot> {
    let slots = timeline.slots();
    slots.map(|(start, interval)| series_slot(start, timeline.width_ms(), 1_000.0, interval)).collect()
}

/// A slot of a series, whose times are so many to the second.
fn series_slot(start: u64, width: u64, per_second: f64, interval: &Interval) -> Slot {
    let Interval { good, bad, failures, dropped, in_flight, response, .. } = interval;
    Slot {
        start_s: start as f64 / per_second,
        width_s: width as f64 / per_second,
        good: *good,
        bad: *bad,
        failures: code_counts(failures),
        dropped: *dropped,
        in_flight: *in_flight,
        p50_us: quantile(response, 0.5),
        p99_us: quantile(response, 0.99),
        histogram: None,
    }
}

fn quantile(latency: &Latency, quantile: f64) -> Option<u64> {
    let histogram = latency.histogram()?;
    Some(histogram.value_at_quantile(quantile).min(histogram.max()))
}

fn per_second(count: u64, time: Duration) -> Option<f64> {
    (!time.is_zero()).then(|| count as f64 / time.as_secs_f64())
}
