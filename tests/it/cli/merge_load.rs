//! Merging load tests: generators that ran together add up.

use hdrhistogram::Histogram;
use jiff::{SignedDuration, Timestamp};
use rehearsal::report::Report;
use rehearsal::report::model::{Distribution, EncodedHistogram, Load};
use serde_json::json;

use super::merge::{merged, run};
use crate::report::sample;

/// The part of a generator that began so many seconds after the first. In each slot one callback took as many
/// milliseconds as the part's number says.
fn part(number: u64, began_s: i64) -> Report {
    let mut report = sample::load();
    report.run.id = format!("part-{number}");
    let began: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
    report.run.started_at = began + SignedDuration::from_secs(began_s);
    report.projection = Default::default();
    let load = report.load.as_mut().unwrap();
    load.late_share = Some(number as f64 / load.lag.count as f64);
    load.capacity = None;
    let times = histogram(number * 1_000);
    for slot in &mut load.series {
        slot.histogram = Some(EncodedHistogram::encode(&times));
    }
    report
}

fn histogram(micros: u64) -> Histogram<u64> {
    let mut histogram = Histogram::new(2).unwrap();
    histogram.record(micros).unwrap();
    histogram
}

fn load(report: &Report) -> &Load {
    report.load.as_ref().expect("a load test")
}

#[test]
fn generators_that_ran_together_add_up() {
    let parts = [part(1, 0), part(2, 12), part(3, 4)];
    let sum = merged(&parts);
    let (one, all) = (load(&parts[0]), load(&sum));
    let thrice = |count: u64| 3 * count;
    assert_eq!(all.scheduled, thrice(one.scheduled));
    assert_eq!(all.completed, thrice(one.completed));
    assert_eq!(all.scheduled, all.completed + all.dropped + all.censored);
    assert_eq!(all.dispatched, all.completed + all.censored);
    assert_eq!((all.target_rate, all.in_flight.limit), (Some(30.0), Some(3 * 512)));
    assert_eq!(all.late_share, Some(6.0 / all.lag.count as f64));
    let (expected, measured) = (0.6 * 3.0, 0.61 * 3.0);
    let law = all.littles_law.unwrap();
    assert!((law.expected - expected).abs() < 1e-9 && (law.measured - measured).abs() < 1e-9 && law.holds);
    assert_eq!(all.signing.unwrap().tokens, thrice(6_000));
    assert!((all.signing.unwrap().mean_us.unwrap() - 284.0).abs() < 1e-9);
    assert_eq!(all.threads.len(), 6);

    // Thrice the same times have the same percentiles, and thrice the counts.
    for (sum, one) in [
        (&all.lag, &one.lag),
        (&all.dial, &one.dial),
        (&all.failed, &one.failed),
        (&all.stages[1].response, &one.stages[1].response),
        (&all.warm_up.as_ref().unwrap().response, &one.warm_up.as_ref().unwrap().response),
    ] {
        let mean = one.mean_us.unwrap();
        assert!((sum.mean_us.unwrap() - mean).abs() < 1e-6 * mean);
        assert_eq!(Distribution { count: one.count, mean_us: one.mean_us, ..sum.clone() }, *one);
        assert_eq!(sum.count, thrice(one.count));
    }
    let (stage, row) = (&all.stages[1], &one.stages[1]);
    assert_eq!((stage.good, stage.bad, stage.seconds), (thrice(row.good), thrice(row.bad), row.seconds));
    assert_eq!((stage.from_rate, stage.success_rate), (Some(30.0), row.success_rate));

    // Slots of ten seconds: the second part began one slot later, the third in the first one.
    let good = |index: usize| one.series.get(index).map_or(0, |slot| slot.good);
    assert_eq!(all.series.len(), one.series.len() + 1);
    for (index, slot) in all.series.iter().enumerate() {
        assert_eq!(slot.start_s, index as f64 * 10.0);
        let shifted = index.checked_sub(1).map_or(0, good);
        assert_eq!(slot.good, 2 * good(index) + shifted, "{index}");
        let failed: u64 = slot.failures.iter().map(|failure| failure.count).sum();
        assert_eq!(failed, slot.bad, "{index}");
    }
    let at = |index: usize| (all.series[index].p50_us, all.series[index].p99_us);
    let last = all.series.len() - 1;
    let close = |micros: Option<u64>, expected: u64| micros.unwrap().abs_diff(expected) <= expected / 50;
    assert!(close(at(0).0, 1_000) && close(at(0).1, 3_000), "{:?}", at(0));
    assert!(close(at(1).0, 2_000) && close(at(last).0, 2_000), "{:?} {:?}", at(1), at(last));
    // The sum is a report like any other.
    crate::report::json::validate_report(&serde_json::to_value(&sum).unwrap());
}

#[test]
fn what_can_t_be_told_over_time_is_said_to_be_missing() {
    let mut parts = [part(1, 0), part(2, 0)];
    let load = parts[1].load.as_mut().unwrap();
    load.series.truncate(30);
    for slot in &mut load.series {
        (slot.start_s, slot.width_s) = (slot.start_s * 2.0, slot.width_s * 2.0);
    }
    let mut instant = [part(1, 0), part(2, 12)];
    for slot in instant.iter_mut().flat_map(|part| &mut part.load.as_mut().unwrap().series) {
        slot.width_s = 1e-300;
    }
    assert_eq!(merged(&instant).load.unwrap().series, [], "no run has such slots");
    let sum = merged(&parts);
    assert_eq!(sum.load.as_ref().unwrap().series, []);
    assert!(sum.advisories.iter().any(|advisory| advisory.code == "merge.no_series"));
    let fitting = merged(&[part(1, 0), part(2, 0)]);
    assert!(fitting.advisories.iter().all(|advisory| advisory.code != "merge.no_series"));
}

#[test]
fn load_tests_whose_sum_means_nothing_are_refused() {
    type Change = fn(&mut Report);
    let capacity = json!({ "rate": 9.0, "goal": "good", "trials": [] });
    let searched = serde_json::from_value(capacity).unwrap();
    let changes: [(i32, &str, Change); 6] = [
        (64, "ran together for 300 s of 600 s", |report| *report = part(2, 300)),
        (64, "ran together for 0 s of 600 s", |report| *report = part(2, 86_400)),
        (64, "stages is", |report| report.load.as_mut().unwrap().stages[0].seconds = 60.0),
        (64, "model is", |report| {
            report.load.as_mut().unwrap().model = rehearsal::report::model::LoadModel::Stages;
        }),
        (65, "lacks the histograms", |report| report.load.as_mut().unwrap().stages[0].histogram = None),
        (65, "run it again with this version", |report| {
            report.load.as_mut().unwrap().histograms = Default::default();
        }),
    ];
    for (code, said, change) in changes {
        let mut other = part(2, 0);
        change(&mut other);
        let output = run(&[part(1, 0), other], &[]);
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(code) && error.contains(said), "{said}: {error}");
    }
    let mut search = part(2, 0);
    search.load.as_mut().unwrap().capacity = Some(searched);
    let output = run(&[part(1, 0), search], &[]);
    assert_eq!(output.status.code(), Some(64));
    assert!(String::from_utf8(output.stderr).unwrap().contains("searched for a capacity"));
}

#[test]
fn generators_may_differ_in_what_is_theirs() {
    let mut other = part(2, 0);
    for (name, value) in
        [("threads", json!(8)), ("max_in_flight", json!(9)), ("ceiling_connections", json!(77))]
    {
        other.run.settings.insert(name.to_owned(), value);
    }
    assert_eq!(load(&merged(&[part(1, 0), other])).scheduled, 12_000);
}
