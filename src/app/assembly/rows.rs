//! From tallies to the rows of a report.

use std::collections::BTreeMap;

use super::evidence::evidence;
use crate::codes::Code;
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
        request: tally.asked.as_ref().map(|asked| asked.to_string().replacen(base, "", 1)),
        signing: Some(wire_name(&callback.signing)),
        counted: callback.counted,
        good: tally.count(Verdict::Good),
        bad: tally.count(Verdict::Bad),
        excluded: tally.count(Verdict::Excluded),
        unattributed: tally.count(Verdict::Unattributed),
        reached: tally.count(Verdict::Reached),
        answers: code_counts(&tally.answers),
        latency: latency(&tally.response, &tally.service, &tally.phases),
        checks: tally
            .checks
            .iter()
            .map(|(name, check)| Check {
                name: (*name).to_owned(),
                passed: check.failed == 0,
                detail: if check.failed == 0 {
                    check.detail.to_string()
                } else {
                    format!("{} ({} of {} times)", check.detail, check.failed, check.failed + check.passed)
                },
            })
            .collect(),
    }
}

/// How often each code occurred, by name.
pub(super) fn code_counts(counts: &BTreeMap<Code, u64>) -> Vec<CodeCount> {
    let mut rows: Vec<_> =
        counts.iter().map(|(code, count)| CodeCount { code: code.to_string(), count: *count }).collect();
    rows.sort_by(|a, b| a.code.cmp(&b.code));
    rows
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
    let mut rows: Vec<OutcomeRow> = recorder
        .outcomes()
        .map(|tally: &OutcomeTally| OutcomeRow {
            code: tally.code.to_string(),
            family: tally.code.entry().family,
            owner: tally.code.entry().owner,
            verdict: tally.verdict,
            status: tally.status(),
            phase: tally.phase(),
            count: tally.count,
            first_seen: tally.first_seen,
            last_seen: tally.last_seen,
            examples: tally
                .examples
                .iter()
                .map(|example| evidence(example, plan, deadlines, redactor))
                .collect(),
        })
        .collect();
    sort_outcomes(&mut rows);
    rows
}

/// Failures first, the most frequent first among them.
pub(in crate::app) fn sort_outcomes(rows: &mut [OutcomeRow]) {
    rows.sort_by_key(|row| (rank(row.verdict), std::cmp::Reverse(row.count), row.code.clone()));
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

/// The latency of a run's events.
pub(super) fn latency_of(recorder: &Recorder) -> Latency {
    latency(&recorder.response(), &recorder.service(), &Phase::ALL.map(|phase| recorder.phase(phase)))
}

/// The figures of a distribution of times.
pub(super) fn distribution(latency: &recorder::Latency) -> Distribution {
    latency.histogram().map(Distribution::of).unwrap_or_default()
}

/// The histogram of times, where there are any.
pub(super) fn encoded(latency: &recorder::Latency) -> Option<EncodedHistogram> {
    latency.histogram().map(EncodedHistogram::encode)
}

/// Times with the histograms behind them, which merge.
fn latency(
    response: &recorder::Latency,
    service: &recorder::Latency,
    phases: &[recorder::Latency; 6],
) -> Latency {
    let phase = |of: Phase| &phases[of as usize];
    let histogram = response.histogram().map(|response| Histograms {
        response: EncodedHistogram::encode(response),
        // Where nothing was ever sent, there is no service time.
        service: service.histogram().map_or_else(EncodedHistogram::empty, EncodedHistogram::encode),
        phases: Phases::of(|of| encoded(phase(of))),
    });
    Latency {
        response: distribution(response),
        service: distribution(service),
        phases: Phases::of(|of| phase(of).histogram().map(Distribution::of)),
        histogram,
    }
}

/// A row for each advisory.
pub(super) fn advisories(recorder: &Recorder) -> Vec<Advisory> {
    recorder
        .advisories()
        .map(|(code, detail, count)| Advisory { code: code.to_owned(), detail: detail.to_owned(), count })
        .collect()
}
