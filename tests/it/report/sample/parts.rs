//! The parts that samples are made of.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use jiff::Timestamp;
use rehearsal::outcome::Phase;
use rehearsal::report::Report;
use rehearsal::report::model::{Basis, Claim, Conclusion, Measurement, Projection, Status, Validity};
use rehearsal::report::model::{
    Check, CodeCount, Distribution, EncodedHistogram, Histograms, Interval, IntervalMethod, Latency, Phases,
    Run, ScenarioRow, Schema, Share, Sli, StepRow,
};
use rehearsal::verdict::Trust;
use serde_json::json;

/// A moment of the sample runs.
pub(super) fn at(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

/// Times that spread around `median_us` as a logistic distribution of their logarithm does.
pub(super) fn times(count: u32, median_us: f64, spread: f64) -> Histogram<u64> {
    let mut histogram = Histogram::new_with_bounds(1, 3_600_000_000, 3).expect("valid bounds");
    for index in 0..count {
        let rank = (f64::from(index) + 0.5) / f64::from(count);
        let micros = median_us * (spread * (rank / (1.0 - rank)).ln()).exp();
        histogram.record(micros.round() as u64).expect("within bounds");
    }
    histogram
}

/// The latency of a step with this many callbacks around this median, over TLS.
pub(super) fn step_latency(count: u32, median_us: f64) -> Latency {
    let service = times(count, median_us, 0.25);
    let response = times(count, median_us + 9_500.0, 0.22);
    Latency {
        response: Distribution::of(&response),
        service: Distribution::of(&service),
        phases: phase_times(count, median_us).map_values(Distribution::of),
        histogram: None,
    }
}

/// The latency of a whole run, with histograms.
pub(super) fn run_latency(service: &Histogram<u64>, response: &Histogram<u64>, median_us: f64) -> Latency {
    let phases = phase_times(u32::try_from(service.len()).expect("few"), median_us);
    Latency {
        response: Distribution::of(response),
        service: Distribution::of(service),
        phases: phases.map_values(Distribution::of),
        histogram: Some(Histograms {
            response: EncodedHistogram::encode(response),
            service: EncodedHistogram::encode(service),
            phases: phases.map_values(EncodedHistogram::encode),
        }),
    }
}

fn phase_times(count: u32, median_us: f64) -> PhaseTimes {
    PhaseTimes(Phases::of(|phase| match phase {
        Phase::Dns => Some(times(count, 1_150.0, 0.3)),
        Phase::Connect => Some(times(count, 2_300.0, 0.15)),
        Phase::Tls => Some(times(count, 5_900.0, 0.12)),
        Phase::Write => Some(times(count, 85.0, 0.2)),
        Phase::Wait => Some(times(count, median_us - 300.0, 0.27)),
        Phase::Body => Some(times(count, 60.0, 0.2)),
    }))
}

struct PhaseTimes(Phases<Option<Histogram<u64>>>);

impl PhaseTimes {
    fn map_values<T>(&self, map: impl Fn(&Histogram<u64>) -> T) -> Phases<Option<T>> {
        Phases::of(|phase| self.0.get(phase).as_ref().map(&map))
    }
}

/// A step of which `good` callbacks were answered 204.
pub(super) fn step(name: &str, event: &str, request: &str, signing: &str, good: u32) -> StepRow {
    StepRow {
        name: name.to_owned(),
        event: event.to_owned(),
        request: Some(request.to_owned()),
        signing: Some(signing.to_owned()),
        counted: event == "installed",
        good: if event == "installed" { u64::from(good) } else { 0 },
        bad: 0,
        excluded: 0,
        unattributed: 0,
        reached: 0,
        answers: vec![code_count("status.204", u64::from(good))],
        latency: step_latency(good, 21_000.0 + 900.0 * name.len() as f64),
        checks: match event {
            "installed" => vec![check("secret kept", true, "not in the answer")],
            _ => vec![check("answered as expected", true, "answered 204, expected 200 or 204")],
        },
    }
}

pub(super) fn code_count(code: &str, count: u64) -> CodeCount {
    CodeCount { code: code.to_owned(), count }
}

pub(super) fn check(name: &str, passed: bool, detail: &str) -> Check {
    Check { name: name.to_owned(), passed, detail: detail.to_owned() }
}

pub(super) fn scenario(
    name: &str,
    actor: &str,
    title: &str,
    iterations: u64,
    steps: Vec<StepRow>,
) -> ScenarioRow {
    ScenarioRow { name: name.to_owned(), title: title.to_owned(), actor: actor.to_owned(), iterations, steps }
}

/// A success rate with its two intervals.
pub(super) fn sli(good: u64, bad: u64, excluded: u64, exact: [f64; 2], jeffreys: [f64; 2]) -> Sli {
    let valid = good + bad;
    Sli {
        good: Some(good),
        bad: Some(bad),
        excluded: Some(excluded),
        unattributed: Some(0),
        valid: Some(valid),
        success_rate: Some(good as f64 / valid as f64),
        success_rate_with_exclusions_counted: Some(good as f64 / (valid + excluded) as f64),
        interval: interval(IntervalMethod::ClopperPearson, Some(exact)),
        interval_jeffreys: interval(IntervalMethod::Jeffreys, Some(jeffreys)),
        n_effective: Some(valid as f64),
        objective: 0.99,
        warning: 0.999,
    }
}

/// A success rate of which nothing is known; `count` is 0 or null.
pub(super) fn unknown_sli(count: Option<u64>) -> Sli {
    Sli {
        good: count,
        bad: count,
        excluded: count,
        unattributed: count,
        valid: count,
        success_rate: None,
        success_rate_with_exclusions_counted: None,
        interval: interval(IntervalMethod::ClopperPearson, None),
        interval_jeffreys: interval(IntervalMethod::Jeffreys, None),
        n_effective: None,
        objective: 0.99,
        warning: 0.999,
    }
}

pub(super) fn interval(method: IntervalMethod, ends: Option<[f64; 2]>) -> Interval {
    let end = |index: usize| ends.map(|ends| ends[index]);
    Interval { method, confidence: 0.95, low: end(0), high: end(1) }
}

pub(super) fn share(weight: f64, good: u64, valid: u64) -> Share {
    Share { weight, good, valid, success_rate: (valid > 0).then(|| good as f64 / valid as f64) }
}

/// A run of `command` against a staging app, to be filled in.
pub(super) fn base(command: &str) -> Report {
    let settings = json!({
        "repeat": 10,
        "concurrency": 1,
        "trust": "probe-key",
        "connect-timeout": "3s",
        "idle-timeout": "5s",
        "timeout": "10s",
        "connections": "fresh",
        "http2": false,
        "key-server": "127.0.0.1:7465",
    });
    let serde_json::Value::Object(settings) = settings else { unreachable!("an object") };
    Report {
        schema: Schema,
        run: Run {
            id: "019349d1-7c38-7a52-b1d0-6f7e2c90a415".to_owned(),
            command: command.to_owned(),
            target: "https://staging.app.example/connect".to_owned(),
            app_key: Some("com.example.timesheets".to_owned()),
            environment: Some("staging".to_owned()),
            location: Some("eu-central-1".to_owned()),
            labels: BTreeMap::from([("commit".to_owned(), "4f2a91c".to_owned())]),
            started_at: at("2026-11-20T10:00:00.120456Z"),
            finished_at: at("2026-11-20T10:00:24.871Z"),
            tool_version: "0.1.0".to_owned(),
            seed: 7_241_994_013,
            complete: true,
            trust: Trust::ProbeKey,
            platform: "connect".to_owned(),
            settings,
            arguments: ["rehearsal", command, "https://staging.app.example/connect", "--repeat", "10"]
                .map(str::to_owned)
                .to_vec(),
        },
        verdict: Conclusion {
            status: Status::Ok,
            basis: Basis::Sli,
            claim: Claim::Contract,
            exit_code: 0,
            reasons: Vec::new(),
        },
        measurement: Measurement { validity: Validity::Valid, reasons: Vec::new() },
        sli: unknown_sli(Some(0)),
        reachability: None,
        projection: Projection::default(),
        scenarios: Vec::new(),
        outcomes: Vec::new(),
        advisories: Vec::new(),
        latency: Latency::default(),
        load: None,
        windows: None,
        health: None,
        series: Vec::new(),
        residue: Vec::new(),
    }
}
