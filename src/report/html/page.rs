//! What the templates need besides the report: words, order, explanations and the geometry of charts.

use serde::Serialize;

use super::chart::{Gauge, MirroredHistogram, OverTime, PercentileCurve, Waterfall};
use crate::codes::Entry;
use crate::report::capacity;
use crate::report::figures::elapsed;
use crate::report::model::{Capacity, Evidence, OutcomeRow, Report, ScenarioRow, Status};
use crate::report::wording::{self, Standing};
use crate::verdict::Verdict;

/// What the templates need besides the report.
#[derive(Serialize)]
pub(super) struct Page<'report> {
    /// `good`, `warn` or `bad`: how the verdict looks.
    tone: &'static str,
    mark: &'static str,
    status: &'static str,
    reasons: Vec<&'report str>,
    validity: Option<&'static str>,
    rate_heading: &'static str,
    windows_heading: Option<&'static str>,
    window_counts: Option<&'static str>,
    limits: Vec<String>,
    remaining: String,
    residue_remedy: String,
    took: String,
    gauge: Option<Gauge>,
    scenarios: Vec<Scenario<'report>>,
    failures: Vec<Failure<'report>>,
    histogram: Option<MirroredHistogram>,
    percentiles: Option<PercentileCurve>,
    phases: Waterfall,
    over_time: Option<OverTime>,
    capacity: Option<String>,
    limits_of_ours: Vec<Limit>,
    mix: Vec<Mix<'report>>,
    command_line: Option<String>,
}

/// The rate at which a resource of the generator would have been used up.
#[derive(Serialize)]
struct Limit {
    resource: &'static str,
    rate: f64,
}

#[derive(Serialize)]
struct Scenario<'report> {
    row: &'report ScenarioRow,
    tone: &'static str,
    steps: Vec<Step>,
}

#[derive(Serialize)]
struct Step {
    /// Whether it is the first callback of its step.
    is_first: bool,
    tone: &'static str,
    mark: &'static str,
    word: &'static str,
    waterfall: Waterfall,
}

#[derive(Serialize)]
struct Failure<'report> {
    row: &'report OutcomeRow,
    tone: &'static str,
    mark: &'static str,
    meaning: Option<&'static str>,
    causes: Option<&'static str>,
    remedy: Option<&'static str>,
    examples: Vec<Example<'report>>,
}

#[derive(Serialize)]
struct Example<'report> {
    evidence: &'report Evidence,
    waterfall: Waterfall,
}

#[derive(Serialize)]
struct Mix<'report> {
    name: &'report str,
    weight: f64,
    good: u64,
    valid: u64,
    success_rate: Option<f64>,
}

impl<'report> Page<'report> {
    /// What the templates need to show this report.
    pub(super) fn of(report: &'report Report) -> Self {
        let (tone, mark) = verdict_tone(report.verdict.status);
        let histograms = report.latency.histogram.as_ref();
        Self {
            tone,
            mark,
            status: wording::status(report.verdict.status),
            reasons: wording::reasons(report),
            validity: wording::validity(report.measurement.validity),
            rate_heading: wording::rate_heading(report.verdict.basis),
            remaining: wording::remaining(report),
            residue_remedy: wording::residue_remedy(report),
            windows_heading: report.windows.as_ref().map(|standing| wording::windows_heading(standing.basis)),
            window_counts: report.windows.as_ref().map(|standing| wording::window_words(standing.basis).1),
            limits: wording::limits(report),
            took: elapsed(report.run.started_at, report.run.finished_at),
            gauge: gauge(report),
            scenarios: scenarios(report),
            failures: failures(report),
            histogram: histograms.and_then(MirroredHistogram::of),
            percentiles: histograms.and_then(|both| {
                PercentileCurve::of([("response", &both.response), ("service", &both.service)])
            }),
            phases: Waterfall::of_medians(&report.latency.phases, None),
            over_time: OverTime::of(report.load.as_ref().map_or(&report.series, |load| &load.series)),
            capacity: searched(report).map(capacity::found),
            limits_of_ours: searched(report).map(limits_of_ours).unwrap_or_default(),
            mix: mix(report),
            command_line: (!report.run.arguments.is_empty()).then(|| command_line(&report.run.arguments)),
        }
    }
}

fn searched(report: &Report) -> Option<&Capacity> {
    report.load.as_ref()?.capacity.as_ref()
}

fn limits_of_ours(capacity: &Capacity) -> Vec<Limit> {
    let limits = capacity.limits.iter();
    limits.map(|limit| Limit { resource: capacity::resource(limit.resource), rate: limit.rate }).collect()
}

const fn verdict_tone(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::Ok => ("good", "✓"),
        Status::AtRisk => ("warn", "!"),
        Status::Breach => ("bad", "✗"),
        Status::NoData | Status::Inconclusive | Status::Unattributed => ("warn", "?"),
    }
}

fn gauge(report: &Report) -> Option<Gauge> {
    let sli = &report.sli;
    let (rate, interval) = match &report.reachability {
        Some(reach) => (reach.success_rate, &reach.interval),
        None => (sli.success_rate, &sli.interval),
    };
    Gauge::of(rate, interval, sli.objective, sli.warning)
}

/// Every scenario, the phases of its callbacks on one scale for all.
fn scenarios(report: &Report) -> Vec<Scenario<'_>> {
    let steps = || report.scenarios.iter().flat_map(|scenario| &scenario.steps);
    let slowest = steps().map(|step| Waterfall::of_medians(&step.latency.phases, None).total_us).max();
    report
        .scenarios
        .iter()
        .map(|row| {
            let failed = row.steps.iter().any(|step| Standing::of(step) == Standing::Bad);
            let steps = row.callbacks().map(|(is_first, step)| {
                let standing = Standing::of(step);
                let (tone, word) = match standing {
                    Standing::NotSent => ("none", "not sent"),
                    Standing::Good if !step.counted => ("good", "as expected"),
                    Standing::Good if step.reached > 0 => ("good", "reached"),
                    Standing::Good => ("good", "good"),
                    Standing::Doubtful => ("warn", "not all counted"),
                    Standing::Bad => ("bad", "bad"),
                };
                let mark = standing.mark();
                Step {
                    is_first,
                    tone,
                    mark,
                    word,
                    waterfall: Waterfall::of_medians(&step.latency.phases, slowest),
                }
            });
            Scenario { row, tone: if failed { "bad" } else { "good" }, steps: steps.collect() }
        })
        .collect()
}

fn failures(report: &Report) -> Vec<Failure<'_>> {
    wording::failures(report)
        .into_iter()
        .map(|row| {
            let (tone, mark) = if row.verdict == Verdict::Bad { ("bad", "✗") } else { ("warn", "–") };
            let entry: Option<&Entry> = wording::entry(&row.code);
            Failure {
                row,
                tone,
                mark,
                meaning: entry.map(|entry| entry.meaning),
                causes: entry.map(|entry| entry.causes),
                remedy: entry.map(|entry| entry.remedy),
                examples: row
                    .examples
                    .iter()
                    .map(|evidence| Example { evidence, waterfall: Waterfall::of(&evidence.phases_us, None) })
                    .collect(),
            }
        })
        .collect()
}

fn mix(report: &Report) -> Vec<Mix<'_>> {
    wording::mix(report)
        .into_iter()
        .map(|(name, share)| Mix {
            name,
            weight: share.weight,
            good: share.good,
            valid: share.valid,
            success_rate: share.success_rate,
        })
        .collect()
}

/// The command line, quoted so that a shell reads the same words.
fn command_line(arguments: &[String]) -> String {
    let quoted = arguments.iter().map(|argument| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=,@%+".contains(&byte);
        if !argument.is_empty() && argument.bytes().all(is_plain) {
            argument.clone()
        } else {
            format!("'{}'", argument.replace('\'', "'\\''"))
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}
