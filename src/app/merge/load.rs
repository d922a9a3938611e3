//! Load tests that ran together, from several generators, added up.

use std::collections::BTreeMap;

use super::rows;
use crate::app::assembly;
use crate::report::Report;
use crate::report::model::{
    CodeCount, Distribution, EncodedHistogram, InFlight, Load, LoadHistograms, Signing, Slot, StageRow,
    WarmUp,
};

/// Adds up the load sections of runs that ran together and had the same stages. The series is left out where its
/// slots don't fit.
pub(super) fn load(parts: &[&Report]) -> Option<Load> {
    let loads: Vec<&Load> = parts.iter().filter_map(|part| part.load.as_ref()).collect();
    let first = *loads.first()?;
    let sum = |count: fn(&Load) -> u64| loads.iter().map(|load| count(load)).sum();
    let rate = |rate: fn(&Load) -> Option<f64>| loads.iter().map(|load| rate(load)).sum();
    let (lag, lag_histogram) = times(loads.iter().map(|load| &load.histograms.lag));
    let (dial, dial_histogram) = times(loads.iter().map(|load| &load.histograms.dial));
    let (failed, failed_histogram) = times(loads.iter().map(|load| &load.histograms.failed));
    let late: f64 = loads.iter().map(|load| load.late_share.unwrap_or(0.0) * load.lag.count as f64).sum();
    let ended_early: Vec<&str> = loads.iter().filter_map(|load| load.ended_early.as_deref()).collect();
    Some(Load {
        model: first.model,
        target_rate: rate(|load| load.target_rate),
        scheduled: sum(|load| load.scheduled),
        dispatched: sum(|load| load.dispatched),
        completed: sum(|load| load.completed),
        dropped: sum(|load| load.dropped),
        censored: sum(|load| load.censored),
        queued: sum(|load| load.queued),
        // Shares of counts: the counts themselves are whole.
        late_share: (lag.count > 0).then(|| late.round() / lag.count as f64),
        lag,
        dial,
        failed,
        histograms: LoadHistograms { lag: lag_histogram, dial: dial_histogram, failed: failed_histogram },
        achieved_rate: rate(|load| load.achieved_rate),
        in_flight: InFlight {
            mean: rate(|load| load.in_flight.mean),
            max: sum(|load| load.in_flight.max),
            limit: loads.iter().map(|load| load.in_flight.limit).sum(),
            when_full: first.in_flight.when_full,
        },
        littles_law: rate(|load| Some(load.littles_law?.expected))
            .zip(rate(|load| Some(load.littles_law?.measured)))
            .map(|(expected, measured)| assembly::littles_law(expected, measured)),
        signing: signing(&loads),
        capacity: None,
        ended_early: (!ended_early.is_empty()).then(|| ended_early.join("; ")),
        warm_up: warm_up(&loads),
        stages: (0..first.stages.len()).map(|index| stage(&loads, index)).collect(),
        threads: loads.iter().flat_map(|load| &load.threads).copied().collect(),
        series: series(parts).unwrap_or_default(),
    })
}

/// The sum of histograms, and its figures.
fn times<'part>(
    parts: impl Iterator<Item = &'part Option<EncodedHistogram>>,
) -> (Distribution, Option<EncodedHistogram>) {
    let sum = rows::sum(parts.flatten().map(EncodedHistogram::histogram));
    (sum.as_ref().map(Distribution::of).unwrap_or_default(), sum.as_ref().map(EncodedHistogram::encode))
}

fn signing(loads: &[&Load]) -> Option<Signing> {
    let parts: Option<Vec<Signing>> = loads.iter().map(|load| load.signing).collect();
    let parts = parts?;
    let sum = |count: fn(&Signing) -> u64| parts.iter().map(count).sum::<u64>();
    let tokens = sum(|part| part.tokens);
    let busy_us: f64 = parts.iter().map(|part| part.mean_us.unwrap_or(0.0) * part.tokens as f64).sum();
    Some(Signing {
        tokens,
        mean_us: (tokens > 0).then(|| busy_us / tokens as f64),
        waited: sum(|part| part.waited),
        renewed: sum(|part| part.renewed),
        reused: parts.iter().any(|part| part.reused),
        cpu_s: parts.iter().map(|part| part.cpu_s).sum(),
    })
}

fn warm_up(loads: &[&Load]) -> Option<WarmUp> {
    let parts: Option<Vec<&WarmUp>> = loads.iter().map(|load| load.warm_up.as_ref()).collect();
    let parts = parts?;
    let (response, histogram) = times(parts.iter().map(|part| &part.histogram));
    Some(WarmUp {
        seconds: parts.iter().map(|part| part.seconds).fold(0.0, f64::max),
        good: parts.iter().map(|part| part.good).sum(),
        bad: parts.iter().map(|part| part.bad).sum(),
        response,
        histogram,
    })
}

fn stage(loads: &[&Load], index: usize) -> StageRow {
    let parts: Vec<&StageRow> = loads.iter().filter_map(|load| load.stages.get(index)).collect();
    let (good, bad) = (parts.iter().map(|part| part.good).sum(), parts.iter().map(|part| part.bad).sum());
    let valid: u64 = good + bad;
    let (response, histogram) = times(parts.iter().map(|part| &part.histogram));
    StageRow {
        from_rate: parts.iter().map(|part| part.from_rate).sum(),
        to_rate: parts.iter().map(|part| part.to_rate).sum(),
        seconds: parts.iter().map(|part| part.seconds).fold(0.0, f64::max),
        good,
        bad,
        success_rate: (valid > 0).then(|| good as f64 / valid as f64),
        response,
        histogram,
    }
}

/// The runs over time, each shifted by whole slots to when it began; none where their slots have different widths.
fn series(parts: &[&Report]) -> Option<Vec<Slot>> {
    let loads: Vec<(&Report, &Load)> =
        parts.iter().filter_map(|part| Some((*part, part.load.as_ref()?))).collect();
    let width =
        loads.iter().flat_map(|(_, load)| load.series.first()).map(|slot| slot.width_s).fold(0.0, f64::max);
    // Of each, only the last slot may have been cut short.
    let fits = |load: &Load| load.series.iter().rev().skip(1).all(|slot| slot.width_s == width);
    let begins = parts.iter().map(|part| part.run.started_at).min()?;
    // Slots of a load test have whole seconds.
    if width < 1.0 || !loads.iter().all(|(_, load)| fits(load)) {
        return None;
    }
    let mut slots: BTreeMap<u64, Vec<&Slot>> = BTreeMap::new();
    for (part, load) in &loads {
        let later = part.run.started_at.duration_since(begins).as_secs_f64();
        let shift = (later / width).round() as u64;
        for (index, slot) in (shift..).zip(&load.series) {
            slots.entry(index).or_default().push(slot);
        }
    }
    Some(slots.into_iter().map(|(index, parts)| slot(index as f64 * width, &parts)).collect())
}

fn slot(start_s: f64, parts: &[&Slot]) -> Slot {
    let sum = |count: fn(&Slot) -> u64| parts.iter().map(|part| count(part)).sum();
    let mut failures: BTreeMap<&str, u64> = BTreeMap::new();
    for failure in parts.iter().flat_map(|part| &part.failures) {
        *failures.entry(&failure.code).or_default() += failure.count;
    }
    let (response, histogram) = times(parts.iter().map(|part| &part.histogram));
    Slot {
        start_s,
        width_s: parts.iter().map(|part| part.width_s).fold(0.0, f64::max),
        good: sum(|part| part.good),
        bad: sum(|part| part.bad),
        failures: failures
            .into_iter()
            .map(|(code, count)| CodeCount { code: code.to_owned(), count })
            .collect(),
        dropped: sum(|part| part.dropped),
        in_flight: sum(|part| part.in_flight),
        p50_us: response.p50_us,
        p99_us: response.p99_us,
        histogram,
    }
}
