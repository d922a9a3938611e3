//! Runs in which all went well, or nothing went at all.

use rehearsal::codes::{Family, Owner};
use rehearsal::report::Report;
use rehearsal::report::model::{
    Claim, Gate, GateDecision, OperatingCharacteristic, OutcomeRow, Projection, Retry, Status,
};
use rehearsal::verdict::Verdict;

use super::parts::{at, base, check, run_latency, scenario, share, sli, step, times};

const POST_INSTALLED: &str = "POST /connect/installed";
const POST_ENABLED: &str = "POST /connect/enabled";

/// The demo: six scenarios, all good, once each.
pub(crate) fn healthy() -> Report {
    let mut report = base("demo");
    report.run.arguments = vec!["rehearsal".to_owned(), "demo".to_owned()];
    let installed = |name: &str| step(name, "installed", POST_INSTALLED, "as-atlassian", 1);
    let enabled = |name: &str| step(name, "enabled", POST_ENABLED, "as-atlassian", 1);
    let mut protected = step("new-secret-works", "request", "GET /connect/protected", "current-secret", 1);
    protected.checks = vec![check("answered as expected", true, "answered 200, expected 200 or 204")];
    report.scenarios = vec![
        scenario(
            "initial-install",
            "customer",
            "A customer installs the app for the first time",
            1,
            vec![installed("install"), enabled("install")],
        ),
        scenario(
            "manual-upgrade",
            "customer",
            "A customer consents to a new version of the app",
            1,
            vec![
                installed("install"),
                enabled("install"),
                installed("upgrade-secret-kept"),
                enabled("upgrade-secret-kept"),
                installed("upgrade-secret-new"),
                enabled("upgrade-secret-new"),
            ],
        ),
        scenario(
            "automatic-upgrade",
            "partner",
            "A new version is rolled out to every site",
            1,
            vec![installed("install"), enabled("install"), installed("upgrade"), enabled("upgrade")],
        ),
        scenario(
            "site-rename",
            "site-admin",
            "The site gets another name",
            1,
            vec![installed("install"), enabled("install"), installed("rename")],
        ),
        scenario(
            "site-import",
            "site-admin",
            "The site's data is imported into a new site",
            1,
            vec![installed("install"), enabled("install"), installed("import"), enabled("import")],
        ),
        scenario(
            "secret-rotation",
            "atlassian",
            "Atlassian rotates the shared secret",
            1,
            vec![installed("install"), enabled("install"), installed("rotate"), protected],
        ),
    ];
    report.sli = sli(12, 0, 0, [0.735_351_530_602_948_8, 1.0], [0.814_694_061_687_514_9, 1.0]);
    report.verdict.reasons = vec!["All 12 installation callbacks were good.".to_owned()];
    report.projection = projection(2);
    report.outcomes = vec![good_row("status.204", 204, 12), good_row("status.200", 200, 1)];
    report.latency = run_latency(&times(12, 24_000.0, 0.2), &times(12, 33_500.0, 0.18), 24_000.0);
    report
}

/// A gated run that ships.
pub(crate) fn shipped() -> Report {
    let mut report = healthy();
    report.run.command = "probe".to_owned();
    report.run.arguments = ["rehearsal", "probe", "https://staging.app.example/connect", "--gate", "99"]
        .map(str::to_owned)
        .to_vec();
    report.verdict.claim = Claim::Rate;
    report.verdict.reasons = vec![
        "The gate ships: 587 callbacks, 1 of them bad, show a success rate of at least 99 %.".to_owned(),
    ];
    report.sli = sli(
        586,
        1,
        0,
        [0.990_545_152_725_619_7, 0.999_956_870_081_766_8],
        [0.992_065_385_245_660_1, 0.999_816_126_564_501],
    );
    report.projection.gate = Some(Gate {
        decision: GateDecision::Ship,
        good: 586,
        bad: 1,
        more_needed: None,
        method: "sprt".to_owned(),
        objective: 0.99,
        alternative: Some(0.999),
        confidence: 0.95,
        max_probes: Some(2_000),
        allowed_failures: None,
        reasons: Vec::new(),
        operating_characteristics: [
            (0.97, 0.0001, 0.9999, 88.0),
            (0.99, 0.0485, 0.9515, 301.0),
            (0.999, 0.9774, 0.0226, 423.0),
        ]
        .map(|(true_rate, p_ship, p_block, expected_probes)| OperatingCharacteristic {
            true_rate,
            p_ship,
            p_block,
            expected_probes,
        })
        .to_vec(),
    });
    report.projection.retry = Some(Retry {
        tenants: 1_000,
        broken_share: 0.001,
        retries_per_day: 4.0,
        days_until_fixed: 28.0,
        success_rate: Some(0.907_5),
        days_of_budget: Some(2.8),
    });
    report
}

/// A run that was interrupted before anything was counted.
pub(crate) fn no_data() -> Report {
    let mut report = base("probe");
    report.run.complete = false;
    report.verdict.status = Status::NoData;
    report.verdict.exit_code = 3;
    report.verdict.reasons = vec!["No callback was counted: the run was interrupted at once.".to_owned()];
    report
}

/// The projection of a run with this many good callbacks of each kind.
pub(super) fn projection(each: u64) -> Projection {
    let mix = [
        ("initial-install", 0.35),
        ("manual-upgrade", 0.10),
        ("automatic-upgrade", 0.40),
        ("site-rename", 0.05),
        ("site-import", 0.05),
        ("secret-rotation", 0.05),
    ];
    Projection {
        success_rate: Some(0.972_1),
        low: Some(0.884_2),
        high: Some(0.999_1),
        confidence: Some(0.95),
        p_meet_28d: Some(0.671),
        events_28d: Some(400),
        discount: Some(0.5),
        window_good: None,
        window_bad: None,
        mix: mix.map(|(name, weight)| (name.to_owned(), share(weight, each, each))).into(),
        retry: None,
        gate: None,
    }
}

/// The row of a good status.
pub(super) fn good_row(code: &str, status: u16, count: u64) -> OutcomeRow {
    OutcomeRow {
        code: code.to_owned(),
        family: Family::Good,
        owner: Owner::App,
        verdict: Verdict::Good,
        status: Some(status),
        phase: None,
        count,
        first_seen: at("2026-11-20T10:00:00.151Z"),
        last_seen: at("2026-11-20T10:00:24.871Z"),
        examples: Vec::new(),
    }
}
