//! From two reports to what differs, and whether it is shown.

use std::collections::BTreeMap;

use super::sentences;
use crate::exit::Abort;
use crate::report::Report;
use crate::report::model::{
    Basis, Change, ComparedCheck, ComparedHistograms, ComparedOutcome, ComparedQuantile, ComparedRate,
    ComparedRun, ComparedSetting, Comparison, ComparisonSchema, EncodedHistogram, RateCounts, StepRow,
    Validity,
};
use crate::statistics::shift::Shift;
use crate::statistics::{Confidence, Counts, OutOfRange, Probability, two_rates};
use crate::verdict::Verdict;

/// The confidence of all statements together.
const CONFIDENCE: Confidence = Confidence::NINETY_FIVE;
/// The percentiles of the response time that are compared.
const QUANTILES: [f64; 3] = [0.5, 0.9, 0.99];

/// Compares two runs. Response times have to move by more than `tolerance` of what they were to count.
///
/// # Errors
/// When one run tells success and the other reachability, which no figure can bridge.
pub(in crate::app) fn compare(before: &Report, after: &Report, tolerance: f64) -> Result<Comparison, Abort> {
    let basis = before.verdict.basis;
    if basis != after.verdict.basis {
        return Err(Abort::usage(format!(
            "run {} tells {}, run {} tells {}: the one says nothing about the other",
            before.run.id,
            basis_name(basis),
            after.run.id,
            basis_name(after.verdict.basis)
        ))
        .remedy("compare runs with the same kind of trust"));
    }
    let histograms = histograms(before, after);
    let times = histograms.as_ref().map(|both| (recorded(&both.before), recorded(&both.after)));
    let possible = |quantile: f64, confidence: Confidence| {
        let (before, after) = times.as_ref()?;
        Shift::of(before, after, Probability::new(quantile).ok()?, confidence)
    };
    let told = QUANTILES.into_iter().filter(|quantile| possible(*quantile, CONFIDENCE).is_some()).count();
    let each = CONFIDENCE.shared_by(1 + told);
    let mut comparison = Comparison {
        schema: ComparisonSchema,
        before: compared_run(before),
        after: compared_run(after),
        verdict: Change::NoDifferenceShown,
        reasons: Vec::new(),
        caveats: caveats(before, after),
        confidence: CONFIDENCE.level(),
        basis,
        rate: rate(counts(before), counts(after), each)
            .map_err(|error| Abort::data(format!("the runs have too many callbacks: {error}")))?,
        latency_tolerance: tolerance,
        latency: QUANTILES
            .map(|quantile| {
                let seen = [before, after].map(|report| at(report, quantile));
                compared_quantile(quantile, seen, possible(quantile, each), tolerance)
            })
            .into(),
        checks: checks(before, after),
        outcomes: outcomes(before, after),
        settings: settings(before, after),
        histograms,
    };
    let invalid = [before, after].iter().any(|report| report.measurement.validity == Validity::Invalid);
    if invalid {
        comparison.reasons = vec!["a measurement was not sound, so the two can't be compared".to_owned()];
    } else {
        comparison.verdict = verdict(&comparison);
        comparison.reasons = sentences::reasons(&comparison);
    }
    Ok(comparison)
}

/// Worse when anything is shown to be worse, whatever else got better.
fn verdict(comparison: &Comparison) -> Change {
    let checks = comparison.checks.iter().map(|check| check.change);
    let changes = || {
        checks.clone().chain([comparison.rate.change]).chain(comparison.latency.iter().map(|row| row.change))
    };
    let shown = |change| changes().any(|other| other == change);
    if shown(Change::Worse) {
        Change::Worse
    } else if shown(Change::Better) {
        Change::Better
    } else {
        Change::NoDifferenceShown
    }
}

const fn basis_name(basis: Basis) -> &'static str {
    match basis {
        Basis::Sli => "a success rate",
        Basis::Reachability => "reachability",
    }
}

fn compared_run(report: &Report) -> ComparedRun {
    let run = &report.run;
    ComparedRun {
        id: run.id.clone(),
        command: run.command.clone(),
        target: run.target.clone(),
        started_at: run.started_at,
        tool_version: run.tool_version.clone(),
        status: report.verdict.status,
        response: report.latency.response.clone(),
        achieved_rate: report.load.as_ref().and_then(|load| load.achieved_rate),
    }
}

fn counts(report: &Report) -> RateCounts {
    if let Some(reach) = &report.reachability {
        return RateCounts {
            good: reach.reached,
            bad: reach.bad,
            excluded: reach.excluded,
            unattributed: reach.unattributed,
            success_rate: reach.success_rate,
        };
    }
    let sli = &report.sli;
    RateCounts {
        good: sli.good.unwrap_or(0),
        bad: sli.bad.unwrap_or(0),
        excluded: sli.excluded.unwrap_or(0),
        unattributed: sli.unattributed.unwrap_or(0),
        success_rate: sli.success_rate,
    }
}

fn rate(before: RateCounts, after: RateCounts, each: Confidence) -> Result<ComparedRate, OutOfRange> {
    let (first, second) = (Counts::new(before.good, before.bad)?, Counts::new(after.good, after.bad)?);
    let difference = first.success_rate().zip(second.success_rate()).map(|(first, second)| second - first);
    let interval = difference.map(|_| two_rates::difference(first, second, each));
    let p_value = difference.map(|_| two_rates::fisher_exact(first, second));
    let change = match (difference, p_value) {
        (Some(difference), Some(p_value)) if p_value < each.alpha() => {
            if difference < 0.0 {
                Change::Worse
            } else {
                Change::Better
            }
        }
        (_, _) => Change::NoDifferenceShown,
    };
    Ok(ComparedRate {
        before,
        after,
        difference,
        low: interval.map(|interval| interval.low),
        high: interval.map(|interval| interval.high),
        p_value,
        change,
    })
}

fn compared_quantile(
    quantile: f64,
    [before_us, after_us]: [Option<u64>; 2],
    shift: Option<Shift>,
    tolerance: f64,
) -> ComparedQuantile {
    let change = shift.map_or(Change::NoDifferenceShown, |shift| {
        let enough = tolerance * shift.before as f64;
        match shift {
            Shift { low, .. } if low as f64 > enough => Change::Worse,
            Shift { high, .. } if (high as f64) < -enough => Change::Better,
            Shift { .. } => Change::NoDifferenceShown,
        }
    });
    ComparedQuantile {
        quantile,
        before_us,
        after_us,
        low_us: shift.map(|shift| shift.low),
        high_us: shift.map(|shift| shift.high),
        change,
    }
}

/// A quantile of the response time.
fn at(report: &Report, quantile: f64) -> Option<u64> {
    let histogram = report.latency.histogram.as_ref()?.response.histogram();
    (!histogram.is_empty()).then(|| histogram.value_at_quantile(quantile).min(histogram.max()))
}

fn histograms(before: &Report, after: &Report) -> Option<ComparedHistograms> {
    let response = |report: &Report| Some(report.latency.histogram.as_ref()?.response.clone());
    Some(ComparedHistograms { before: response(before)?, after: response(after)? })
}

/// The ascending times of a histogram with their counts.
fn recorded(encoded: &EncodedHistogram) -> Vec<(u64, u64)> {
    let histogram = encoded.histogram();
    let most = histogram.max();
    histogram
        .iter_recorded()
        .map(|bucket| (bucket.value_iterated_to().min(most), bucket.count_at_value()))
        .collect()
}

/// Failed checks that passed in the other run. A check that one of them did not make is no change.
fn checks(before: &Report, after: &Report) -> Vec<ComparedCheck> {
    let (first, second) = (by_check(before), by_check(after));
    let changed = first.into_iter().filter_map(|(key, (passed_before, detail_before))| {
        let (passed_after, detail_after) = second.get(&key)?;
        let (change, detail) = match (passed_before, passed_after) {
            (true, false) => (Change::Worse, detail_after),
            (false, true) => (Change::Better, &detail_before),
            (true, true) | (false, false) => return None,
        };
        let [scenario, step, event, name] = key.map(str::to_owned);
        Some(ComparedCheck { scenario, step, event, name, change, detail: detail.to_string() })
    });
    changed.collect()
}

type CheckKey<'report> = [&'report str; 4];

fn by_check(report: &Report) -> BTreeMap<CheckKey<'_>, (bool, &str)> {
    let steps = report.scenarios.iter().flat_map(|row| row.steps.iter().map(move |step| (&row.name, step)));
    let checks = steps.flat_map(|(scenario, step): (&String, &StepRow)| {
        step.checks.iter().map(move |check| {
            let key = [scenario.as_str(), &step.name, &step.event, &check.name];
            (key, (check.passed, check.detail.as_str()))
        })
    });
    checks.collect()
}

fn outcomes(before: &Report, after: &Report) -> Vec<ComparedOutcome> {
    let mut rows: BTreeMap<(Verdict, &str), [u64; 2]> = BTreeMap::new();
    for (index, report) in [before, after].into_iter().enumerate() {
        for row in &report.outcomes {
            rows.entry((row.verdict, &row.code)).or_default()[index] += row.count;
        }
    }
    let rows = rows.into_iter().map(|((verdict, code), [before, after])| ComparedOutcome {
        code: code.to_owned(),
        verdict,
        before,
        after,
    });
    rows.collect()
}

/// What was set differently, the target's own settings included.
fn settings(before: &Report, after: &Report) -> Vec<ComparedSetting> {
    let of = |report: &Report| -> BTreeMap<String, String> {
        let run = &report.run;
        let settings = run.settings.iter().map(|(name, value)| (name.clone(), plain(value)));
        settings
            .chain([
                ("target".to_owned(), run.target.clone()),
                ("platform".to_owned(), run.platform.clone()),
                ("trust".to_owned(), run.trust.name().to_owned()),
                ("environment".to_owned(), run.environment.clone().unwrap_or_default()),
                ("location".to_owned(), run.location.clone().unwrap_or_default()),
                ("command".to_owned(), run.command.clone()),
            ])
            .collect()
    };
    let (first, second) = (of(before), of(after));
    let names: std::collections::BTreeSet<&String> = first.keys().chain(second.keys()).collect();
    let value = |settings: &BTreeMap<String, String>, name| settings.get(name).cloned().unwrap_or_default();
    names
        .into_iter()
        .map(|name| ComparedSetting {
            name: name.clone(),
            before: value(&first, name),
            after: value(&second, name),
        })
        .filter(|setting| setting.before != setting.after && !PER_RUN.contains(&setting.name.as_str()))
        .collect()
}

/// Settings that differ from run to run by themselves.
const PER_RUN: [&str; 2] = ["kid", "key_server"];

fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn caveats(before: &Report, after: &Report) -> Vec<String> {
    let mut caveats = Vec::new();
    for (report, which) in [(before, "first"), (after, "second")] {
        if !report.run.complete {
            caveats.push(format!("the {which} run was interrupted"));
        }
        match report.measurement.validity {
            Validity::Valid | Validity::Invalid => {}
            Validity::Suspect => caveats.push(format!("the measurement of the {which} run is suspect")),
        }
        if report.projection.gate.is_some() {
            caveats.push(format!(
                "the {which} run stopped when its gate had decided, which makes its rate look more extreme than it is"
            ));
        }
    }
    caveats
}
