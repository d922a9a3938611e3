//! From tallies to the rows of a report.

use super::evidence::evidence;
use crate::engine::Script;
use crate::outcome::Phase;
use crate::recorder::{self, OutcomeTally, Place, Recorder, StepTally};
use crate::redact::Redactor;
use crate::report::model::{
    Advisory, Check, CodeCount, Distribution, EncodedHistogram, Histograms, Latency, OutcomeRow, Phases,
    ScenarioRow, StepRow,
};
use crate::scenario::{Callback, Plan, Scenario};
use crate::transport::Deadlines;
use crate::verdict::Verdict;

/// A row for each scenario of the plan, with a row for each callback of its steps.
pub(super) fn scenarios(script: &Script, recorder: &Recorder, iterations: &[u64]) -> Vec<ScenarioRow> {
    let base = script.targets.base().to_string();
    let scenarios = script.plan.scenarios.iter().enumerate();
    scenarios
        .map(|(index, scenario)| ScenarioRow {
            name: scenario.name.clone(),
            title: scenario.title.clone(),
            actor: wire_name(&scenario.actor),
            iterations: iterations.get(index).copied().unwrap_or_default(),
            steps: steps(index, scenario, recorder, &base),
        })
        .collect()
}

fn steps(index: usize, scenario: &Scenario, recorder: &Recorder, base: &str) -> Vec<StepRow> {
    let mut rows = Vec::new();
    for (step_index, step) in scenario.steps.iter().enumerate() {
        for (callback_index, callback) in step.callbacks.iter().enumerate() {
            let place = Place { scenario: index, step: step_index, callback: callback_index };
            rows.push(step_row(&step.name, callback, recorder.step(place), base));
        }
    }
    rows
}

fn step_row(name: &str, callback: &Callback, tally: Option<&StepTally>, base: &str) -> StepRow {
    let none = StepTally::default();
    let tally = tally.unwrap_or(&none);
    StepRow {
        name: name.to_owned(),
        event: callback.event.name().to_owned(),
        request: tally.request.as_ref().map(|request| request.replacen(base, "", 1)),
        signing: Some(wire_name(&callback.signing)),
        counted: callback.counted,
        good: tally.count(Verdict::Good),
        bad: tally.count(Verdict::Bad),
        excluded: tally.count(Verdict::Excluded),
        unattributed: tally.count(Verdict::Unattributed),
        reached: tally.count(Verdict::Reached),
        answers: tally
            .answers
            .iter()
            .map(|(code, count)| CodeCount { code: code.clone(), count: *count })
            .collect(),
        latency: Latency {
            response: distribution(&tally.response),
            service: distribution(&tally.service),
            phases: Phases::of(|phase| tally.phases[phase as usize].histogram().map(Distribution::of)),
            histogram: None,
        },
        checks: tally
            .checks
            .iter()
            .map(|(name, check)| Check {
                name: (*name).to_owned(),
                passed: check.failed == 0,
                detail: if check.failed == 0 {
                    check.detail.clone()
                } else {
                    format!("{} ({} of {} times)", check.detail, check.failed, check.failed + check.passed)
                },
            })
            .collect(),
    }
}

/// The name that a value of a closed vocabulary has in files and reports.
fn wire_name(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(other) => other.to_string(),
        Err(error) => error.to_string(),
    }
}

/// A row for each code and verdict, failures first, the most frequent first among them.
pub(super) fn outcomes(
    plan: &Plan,
    recorder: &Recorder,
    deadlines: &Deadlines,
    redactor: &Redactor,
) -> Vec<OutcomeRow> {
    let mut tallies: Vec<&OutcomeTally> = recorder.outcomes().collect();
    tallies
        .sort_by_key(|tally| (rank(tally.verdict), std::cmp::Reverse(tally.count), tally.code.to_string()));
    tallies
        .into_iter()
        .map(|tally| OutcomeRow {
            code: tally.code.to_string(),
            family: tally.code.entry().family,
            owner: tally.code.entry().owner,
            verdict: tally.verdict,
            status: tally.status(),
            phase: tally.phase(),
            count: tally.count,
            first_seen: tally.first_seen,
            last_seen: tally.last_seen,
            examples: match tally.verdict {
                Verdict::Good => Vec::new(),
                Verdict::Bad | Verdict::Reached | Verdict::Excluded | Verdict::Unattributed => tally
                    .examples
                    .iter()
                    .map(|example| evidence(example, plan, deadlines, redactor))
                    .collect(),
            },
        })
        .collect()
}

const fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Bad => 0,
        Verdict::Unattributed => 1,
        Verdict::Excluded => 2,
        Verdict::Reached => 3,
        Verdict::Good => 4,
    }
}

/// The latency of the run's events, with histograms that merge.
pub(super) fn latency(recorder: &Recorder) -> Latency {
    let histogram = match (recorder.response().histogram(), recorder.service().histogram()) {
        (Some(response), Some(service)) => Some(Histograms {
            response: EncodedHistogram::encode(response),
            service: EncodedHistogram::encode(service),
            phases: Phases::of(|phase: Phase| {
                recorder.phase(phase).histogram().map(EncodedHistogram::encode)
            }),
        }),
        _ => None,
    };
    Latency {
        response: distribution(recorder.response()),
        service: distribution(recorder.service()),
        phases: Phases::of(|phase| recorder.phase(phase).histogram().map(Distribution::of)),
        histogram,
    }
}

/// The figures of a distribution of times.
pub(super) fn distribution(latency: &recorder::Latency) -> Distribution {
    latency.histogram().map(Distribution::of).unwrap_or_default()
}

/// A row for each advisory.
pub(super) fn advisories(recorder: &Recorder) -> Vec<Advisory> {
    recorder
        .advisories()
        .map(|(code, detail, count)| Advisory { code: code.to_owned(), detail: detail.to_owned(), count })
        .collect()
}
