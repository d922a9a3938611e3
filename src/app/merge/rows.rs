//! The rows of several reports, added up.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;

use crate::outcome::Phase;
use crate::report::model::{
    Advisory, Check, CodeCount, Distribution, EncodedHistogram, Histograms, Latency, OutcomeRow, Phases,
    ScenarioRow, StepRow,
};
use crate::verdict::Verdict;

/// How many examples of a code are kept at least, as in a single run.
const EXAMPLES: usize = 3;

/// Adds up the same scenarios of several runs.
pub(super) fn scenarios(parts: &[&[ScenarioRow]]) -> Vec<ScenarioRow> {
    let Some((first, others)) = parts.split_first() else { return Vec::new() };
    let mut sum = first.to_vec();
    for part in others {
        for (row, more) in sum.iter_mut().zip(part.iter()) {
            row.iterations += more.iterations;
            for (step, more) in row.steps.iter_mut().zip(&more.steps) {
                add_step(step, more);
            }
        }
    }
    sum
}

fn add_step(step: &mut StepRow, more: &StepRow) {
    step.request = step.request.take().or_else(|| more.request.clone());
    step.good += more.good;
    step.bad += more.bad;
    step.excluded += more.excluded;
    step.unattributed += more.unattributed;
    step.reached += more.reached;
    let mut answers: BTreeMap<&str, u64> = BTreeMap::new();
    for answer in step.answers.iter().chain(&more.answers) {
        *answers.entry(&answer.code).or_default() += answer.count;
    }
    let answers = answers.into_iter().map(|(code, count)| CodeCount { code: code.to_owned(), count });
    step.answers = answers.collect();
    step.latency = latency(&[&step.latency, &more.latency]);
    for check in &more.checks {
        match step.checks.iter_mut().find(|known| known.name == check.name) {
            Some(known) => add_check(known, check),
            None => step.checks.push(check.clone()),
        }
    }
    step.checks.sort_by(|a, b| a.name.cmp(&b.name));
}

/// A check passes when it passed everywhere; what was seen is told of the first failure.
fn add_check(known: &mut Check, more: &Check) {
    if known.passed && !more.passed {
        known.detail.clone_from(&more.detail);
    }
    known.passed &= more.passed;
}

/// Adds up rows of the same code and verdict. Of the examples, the earliest stay.
pub(super) fn outcomes<'part>(rows: impl Iterator<Item = &'part OutcomeRow>) -> Vec<OutcomeRow> {
    let mut sums: BTreeMap<(String, Verdict), OutcomeRow> = BTreeMap::new();
    for row in rows {
        match sums.get_mut(&(row.code.clone(), row.verdict)) {
            Some(sum) => add_outcome(sum, row),
            None => drop(sums.insert((row.code.clone(), row.verdict), row.clone())),
        }
    }
    let mut rows: Vec<OutcomeRow> = sums.into_values().collect();
    crate::app::assembly::sort_outcomes(&mut rows);
    rows
}

fn add_outcome(sum: &mut OutcomeRow, row: &OutcomeRow) {
    let most = EXAMPLES.max(sum.examples.len()).max(row.examples.len());
    if row.first_seen < sum.first_seen {
        (sum.status, sum.phase) = (row.status, row.phase);
    }
    sum.count += row.count;
    sum.first_seen = sum.first_seen.min(row.first_seen);
    sum.last_seen = sum.last_seen.max(row.last_seen);
    sum.examples.extend(row.examples.iter().cloned());
    sum.examples.sort_by_key(|example| example.at);
    sum.examples.truncate(most);
}

/// Adds up what is worth knowing.
pub(super) fn advisories<'part>(rows: impl Iterator<Item = &'part Advisory>) -> Vec<Advisory> {
    let mut sums: Vec<Advisory> = Vec::new();
    for row in rows {
        match sums.iter_mut().find(|sum| sum.code == row.code && sum.detail == row.detail) {
            Some(sum) => sum.count += row.count,
            None => sums.push(row.clone()),
        }
    }
    sums
}

/// The times of several runs: the sum of their histograms, and the figures of that sum.
pub(super) fn latency(parts: &[&Latency]) -> Latency {
    let of = |pick: &dyn Fn(&Histograms) -> Option<&EncodedHistogram>| {
        let histograms = parts.iter().filter_map(|part| pick(part.histogram.as_ref()?));
        sum(histograms.map(EncodedHistogram::histogram))
    };
    let response = of(&|all| Some(&all.response));
    let service = of(&|all| Some(&all.service));
    let (Some(response), Some(service)) = (response, service) else { return Latency::default() };
    let phases = Phases::of(|phase: Phase| of(&|all| all.phases.get(phase).as_ref()));
    Latency {
        response: Distribution::of(&response),
        service: Distribution::of(&service),
        phases: Phases::of(|phase| phases.get(phase).as_ref().map(Distribution::of)),
        histogram: Some(Histograms {
            response: EncodedHistogram::encode(&response),
            service: EncodedHistogram::encode(&service),
            phases: Phases::of(|phase| phases.get(phase).as_ref().map(EncodedHistogram::encode)),
        }),
    }
}

/// The histogram of all times; none where there is none.
pub(super) fn sum<'part>(histograms: impl Iterator<Item = &'part Histogram<u64>>) -> Option<Histogram<u64>> {
    histograms.fold(None, |sum: Option<Histogram<u64>>, histogram| {
        let mut sum = sum.unwrap_or_else(|| {
            Histogram::new(histogram.sigfig()).expect("the digits of a histogram are those of another")
        });
        sum.auto(true);
        sum.add(histogram).expect("a histogram that grows takes all of another's times");
        Some(sum)
    })
}
