//! A load test of ten minutes, in which the app slows down half way.

use rehearsal::codes::{Family, Owner};
use rehearsal::outcome::Phase;
use rehearsal::report::Report;
use rehearsal::report::model::{
    Capacity, CapacityLimit, CapacityResource, CapacityTrial, Distribution, EncodedHistogram, InFlight,
    LittlesLaw, Load, LoadHistograms, LoadModel, OutcomeRow, Signing, Slot, StageRow, Status, ThreadRow,
    ThreadWork, WarmUp, WhenFull,
};
use rehearsal::verdict::Verdict;

use super::healthy::{good_row, projection};
use super::parts::{at, base, code_count, run_latency, scenario, sli, step, times};

/// Ten callbacks a second for ten minutes, 57 of which time out.
pub(crate) fn load() -> Report {
    let mut report = base("load");
    report.run.finished_at = at("2026-11-20T10:10:05.002Z");
    report.verdict.status = Status::Breach;
    report.verdict.exit_code = 2;
    report.verdict.reasons = vec![
        "57 of 5,997 installation callbacks were bad.".to_owned(),
        "Without a gate any bad callback is a breach, although the success rate of 99.04 % meets the objective."
            .to_owned(),
    ];
    report.sli = sli(
        5_940,
        57,
        0,
        [0.987_702_814_639_290_1, 0.992_793_469_022_009_5],
        [0.987_796_760_670_743_1, 0.992_720_789_723_137],
    );
    report.projection = projection(1_000);
    let mut install = step("install", "installed", "POST /connect/installed", "as-atlassian", 5_940);
    install.bad = 57;
    install.answers.push(code_count("timeout.response_head", 57));
    report.scenarios = vec![scenario(
        "initial-install",
        "customer",
        "A customer installs the app for the first time",
        5_997,
        vec![install],
    )];
    report.outcomes = vec![good_row("status.204", 204, 5_940), timeouts()];
    let service = times(5_997, 31_000.0, 0.45);
    report.latency = run_latency(&service, &times(5_997, 44_000.0, 0.5), 31_000.0);
    let (lag, dial) = (times(5_999, 42.0, 0.3), times(5_999, 9_100.0, 0.4));
    let (failed, warm_up) = (times(57, 10_000_000.0, 0.0), times(100, 61_000.0, 0.5));
    report.load = Some(Load {
        model: LoadModel::Open,
        target_rate: Some(10.0),
        scheduled: 6_000,
        dispatched: 5_999,
        completed: 5_997,
        dropped: 1,
        censored: 2,
        queued: 0,
        late_share: Some(0.000_3),
        lag: Distribution::of(&lag),
        dial: Distribution::of(&dial),
        failed: Distribution::of(&failed),
        histograms: LoadHistograms {
            lag: Some(EncodedHistogram::encode(&lag)),
            dial: Some(EncodedHistogram::encode(&dial)),
            failed: Some(EncodedHistogram::encode(&failed)),
        },
        achieved_rate: Some(9.98),
        in_flight: InFlight { mean: Some(0.61), max: 58, limit: Some(512), when_full: Some(WhenFull::Drop) },
        littles_law: Some(LittlesLaw { expected: 0.6, measured: 0.61, holds: true }),
        signing: Some(Signing {
            tokens: 6_000,
            mean_us: Some(284.0),
            waited: 0,
            renewed: 0,
            reused: false,
            cpu_s: 1.71,
        }),
        capacity: None,
        ended_early: None,
        warm_up: Some(WarmUp {
            seconds: 10.0,
            good: 100,
            bad: 0,
            response: Distribution::of(&warm_up),
            histogram: Some(EncodedHistogram::encode(&warm_up)),
        }),
        stages: vec![stage(&service, 10.0, 20.0, 3_600, 0), stage(&service, 10.0, 10.0, 2_340, 57)],
        threads: vec![
            ThreadRow { work: ThreadWork::Sending, cpu_s: 3.1, share: Some(0.005) },
            ThreadRow { work: ThreadWork::Signing, cpu_s: 1.71, share: Some(0.003) },
        ],
        series: (0..60).map(slot).collect(),
    });
    report
}

/// A search for the largest rate that the app sustains, shown by one of its trials.
pub(crate) fn searched() -> Report {
    let mut report = load();
    let trial = |rate: f64, p99_us: u64, why: Option<&str>| CapacityTrial {
        rate,
        met: why.is_none(),
        success_rate: Some(1.0),
        p99_us: Some(p99_us),
        why: why.map(str::to_owned),
    };
    let load = report.load.as_mut().expect("a load test");
    load.capacity = Some(Capacity {
        rate: Some(143.2),
        low: Some(138.4),
        high: Some(149.1),
        confidence: 0.95,
        goal: "99.9 % good, 99 % within 2 s, and no queue that grows".to_owned(),
        limits: vec![
            CapacityLimit { resource: CapacityResource::Signing, rate: 1_312.0 },
            CapacityLimit { resource: CapacityResource::LocalPorts, rate: 466.0 },
        ],
        trials: vec![
            trial(40.0, 91_000, None),
            trial(160.0, 2_400_000, Some("too slow")),
            trial(140.0, 610_000, None),
        ],
    });
    report
}

fn stage(
    times: &hdrhistogram::Histogram<u64>,
    from_rate: f64,
    to_rate: f64,
    good: u64,
    bad: u64,
) -> StageRow {
    StageRow {
        from_rate: Some(from_rate),
        to_rate: Some(to_rate),
        seconds: 300.0,
        good,
        bad,
        success_rate: Some(good as f64 / (good + bad) as f64),
        response: Distribution::of(times),
        histogram: Some(EncodedHistogram::encode(times)),
    }
}

/// Ten seconds of the run: slow from the sixth to the eighth minute.
fn slot(index: u32) -> Slot {
    let slow = (36..48).contains(&index);
    let bad = if slow { 5 - u64::from(index == 40) * 3 } else { 0 };
    let wobble = u64::from(index * 37 % 11);
    Slot {
        start_s: f64::from(index) * 10.0,
        width_s: 10.0,
        good: 100 - bad,
        bad,
        failures: (bad > 0).then(|| code_count("timeout.response_head", bad)).into_iter().collect(),
        dropped: u64::from(index == 40),
        in_flight: if slow { 40 + wobble } else { 1 },
        p50_us: Some(if slow { 310_000 } else { 41_000 } + wobble * 700),
        p99_us: Some(if slow { 10_000_000 } else { 182_000 } + wobble * 9_100),
        histogram: None,
    }
}

fn timeouts() -> OutcomeRow {
    OutcomeRow {
        code: "timeout.response_head".to_owned(),
        family: Family::Timeout,
        owner: Owner::App,
        verdict: Verdict::Bad,
        status: None,
        phase: Some(Phase::Wait),
        count: 57,
        first_seen: at("2026-11-20T10:06:01Z"),
        last_seen: at("2026-11-20T10:07:59Z"),
        examples: Vec::new(),
    }
}
