//! Merging: the sum of the parts is the whole.

use std::collections::BTreeMap;
use std::fs;
use std::process::Output;

use assert_cmd::Command;
use hdrhistogram::Histogram;
use jiff::Timestamp;
use proptest::prelude::*;
use rehearsal::report::model::{
    CodeCount, Distribution, EncodedHistogram, Histograms, Latency, OutcomeRow, Phases, Share,
};
use rehearsal::report::{Report, json};
use rehearsal::verdict::Verdict;
use serde_json::Value;
use tempfile::TempDir;

use crate::report::sample;

/// What one callback did: the step it belonged to, whether it was good, how long it took.
type Observed = (usize, bool, u64);

/// The report of some callbacks, counted here without the code under test.
fn report_of(observed: &[Observed], id: &str, second: i64) -> Report {
    let mut report = sample::healthy();
    report.run.id = id.to_owned();
    report.run.started_at = Timestamp::from_second(1_790_000_000 + second).unwrap();
    report.run.finished_at = Timestamp::from_second(1_790_000_060 + second).unwrap();
    report.projection.events_28d = None;
    report.scenarios.truncate(2);
    let count = |step: Option<usize>, is_good: bool| {
        let same = |(at, good, _): &&Observed| step.is_none_or(|step| *at == step) && *good == is_good;
        observed.iter().filter(same).count() as u64
    };
    for (index, scenario) in report.scenarios.iter_mut().enumerate() {
        scenario.iterations = count(Some(index), true) + count(Some(index), false);
        scenario.steps.truncate(1);
        let step = &mut scenario.steps[0];
        (step.good, step.bad) = (count(Some(index), true), count(Some(index), false));
        let answers = [("status.204", step.good), ("status.500", step.bad)];
        let answers = answers.into_iter().filter(|(_, count)| *count > 0);
        step.answers = answers.map(|(code, count)| CodeCount { code: code.to_owned(), count }).collect();
        step.latency = latency(observed.iter().filter(|(at, _, _)| *at == index).map(|(_, _, us)| *us));
    }
    report.latency = latency(observed.iter().map(|(_, _, us)| *us));
    let (good, bad) = (count(None, true), count(None, false));
    (report.sli.good, report.sli.bad, report.sli.valid) = (Some(good), Some(bad), Some(good + bad));
    report.sli.n_effective = (good + bad > 0).then(|| (good + bad) as f64);
    let share = |step: usize| Share {
        weight: 0.5,
        good: count(Some(step), true),
        valid: count(Some(step), true) + count(Some(step), false),
        success_rate: None,
    };
    report.projection.mix =
        BTreeMap::from([("initial-install".to_owned(), share(0)), ("site-rename".to_owned(), share(1))]);
    let row = |code: &str, verdict: Verdict, status: u16, count: u64| OutcomeRow {
        code: code.to_owned(),
        verdict,
        status: Some(status),
        count,
        first_seen: report.run.started_at,
        last_seen: report.run.finished_at,
        ..report.outcomes[0].clone()
    };
    let rows = [row("status.500", Verdict::Bad, 500, bad), row("status.204", Verdict::Good, 204, good)];
    report.outcomes = rows.into_iter().filter(|row| row.count > 0).collect();
    report
}

fn latency(micros: impl Iterator<Item = u64>) -> Latency {
    let mut histogram = Histogram::<u64>::new(3).unwrap();
    micros.for_each(|micros| histogram.record(micros).unwrap());
    if histogram.is_empty() {
        return Latency::default();
    }
    let encoded = || EncodedHistogram::encode(&histogram);
    Latency {
        response: Distribution::of(&histogram),
        service: Distribution::of(&histogram),
        phases: Phases { wait: Some(Distribution::of(&histogram)), ..Phases::default() },
        histogram: Some(Histograms {
            response: encoded(),
            service: encoded(),
            phases: Phases::of(|phase| (phase == rehearsal::outcome::Phase::Wait).then(encoded)),
        }),
    }
}

pub(super) fn run(reports: &[Report], more: &[&str]) -> Output {
    let folder: TempDir = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..reports.len()).map(|index| format!("{index}.json")).collect();
    for (name, report) in names.iter().zip(reports) {
        fs::write(folder.path().join(name), json::render(report)).unwrap();
    }
    let mut command = Command::cargo_bin("rehearsal").unwrap();
    command.env_clear().current_dir(folder.path()).arg("merge").args(&names).args(more).output().unwrap()
}

pub(super) fn merged(reports: &[Report]) -> Report {
    let output = run(reports, &["--report", "json=-"]);
    let text = String::from_utf8(output.stdout).unwrap();
    Report::from_json(&text)
        .unwrap_or_else(|error| panic!("{error}\n{}", String::from_utf8_lossy(&output.stderr)))
}

/// The report without what tells which runs it is the sum of.
fn anonymous(report: &Report) -> Value {
    let mut value = serde_json::to_value(report).unwrap();
    for pointer in ["/run/id", "/run/settings/merged", "/run/arguments", "/run/finished_at"] {
        *value.pointer_mut(pointer).unwrap() = Value::Null;
    }
    for row in value["outcomes"].as_array_mut().unwrap() {
        (row["first_seen"], row["last_seen"]) = (Value::Null, Value::Null);
    }
    value
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 20, // each starts four processes
        ..ProptestConfig::with_cases(6)
    })]

    #[test]
    fn the_sum_of_the_parts_is_the_whole(
        observed in prop::collection::vec((0_usize..2, prop::bool::weighted(0.9), 1_u64..20_000_000), 1..60),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 1..4),
    ) {
        let mut parts = vec![Vec::new(); cuts.len() + 1];
        for (index, callback) in observed.iter().enumerate() {
            let part = cuts.iter().filter(|cut| cut.index(observed.len()) < index).count();
            parts[part].push(*callback);
        }
        let part = |(index, observed): (usize, &Vec<Observed>)| report_of(observed, &format!("part-{index}"), index as i64);
        let mut parts: Vec<Report> = parts.iter().enumerate().map(part).collect();
        let sum = merged(&parts);
        let whole = report_of(&observed, "whole", 0);
        prop_assert_eq!(&sum.latency, &whole.latency);
        prop_assert_eq!(&sum.scenarios, &whole.scenarios);
        prop_assert_eq!((sum.sli.good, sum.sli.bad), (whole.sli.good, whole.sli.bad));
        let whole = merged(&[whole, report_of(&[], "nothing", 1)]);
        prop_assert_eq!(anonymous(&sum), anonymous(&whole));
        // In whatever order they are given.
        parts.reverse();
        let turned = merged(&parts);
        prop_assert_eq!(turned.run.id, sum.run.id);
        prop_assert_eq!(turned.outcomes, sum.outcomes);
    }
}

#[test]
fn evidence_is_added_up_to_what_a_single_run_keeps() {
    let mut parts = [sample::breach(), sample::breach()];
    for (index, part) in parts.iter_mut().enumerate() {
        part.run.id = format!("part-{index}");
        part.projection.gate = None;
        part.projection.mix.clear();
    }
    let sum = merged(&parts);
    for (row, part) in sum.outcomes.iter().map(|row| {
        let part =
            parts[0].outcomes.iter().find(|part| (&part.code, part.verdict) == (&row.code, row.verdict));
        (row, part.unwrap())
    }) {
        assert_eq!(row.count, 2 * part.count, "{}", row.code);
        assert_eq!(row.examples.len(), (2 * part.examples.len()).min(3), "{}", row.code);
    }
    assert_eq!(sum.verdict.exit_code, 2);
}

#[test]
fn what_is_missing_is_told() {
    let mut parts = [report_of(&[(0, true, 5)], "a", 0), report_of(&[(1, true, 7)], "b", 1)];
    parts[1].run.complete = false;
    parts[1].projection.mix.get_mut("site-rename").unwrap().weight = 0.4;
    let sum = merged(&parts);
    assert!(!sum.run.complete);
    let codes: Vec<&str> = sum.advisories.iter().map(|advisory| advisory.code.as_str()).collect();
    assert!(codes.contains(&"merge.incomplete_run") && codes.contains(&"merge.no_projection"), "{codes:?}");
    assert_eq!(sum.run.settings["merged"], serde_json::json!(["a", "b"]));
}

#[test]
fn runs_that_don_t_belong_together_are_refused() {
    let base = || report_of(&[(0, true, 5)], "a", 0);
    type Change = fn(&mut Report);
    let changes: [(&str, Change); 8] = [
        ("given twice", |report| report.run.id = "a".to_owned()),
        ("target is", |report| report.run.target = "https://other.example".to_owned()),
        ("trust is", |report| report.run.trust = rehearsal::verdict::Trust::Legacy),
        ("platform is", |report| report.run.platform = "connect-on-forge".to_owned()),
        ("location is", |report| report.run.location = Some("elsewhere".to_owned())),
        ("timeout_ms is", |report| {
            report.run.settings.insert("timeout_ms".to_owned(), serde_json::json!(1));
        }),
        ("scenarios is", |report| drop(report.scenarios.pop())),
        ("is a check", |report| report.run.command = "check".to_owned()),
    ];
    for (said, change) in changes {
        let mut other = base();
        other.run.id = "b".to_owned();
        change(&mut other);
        let output = run(&[base(), other], &[]);
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(64) && error.contains(said), "{said}: {error}");
    }
    let mut gated = sample::shipped();
    gated.run.id = "b".to_owned();
    let output = run(&[base(), gated], &[]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("had a gate"));
    assert_eq!(run(&[base()], &[]).status.code(), Some(64), "one run is no sum");
}
