//! A run against an app that trusts Atlassian alone.

use rehearsal::codes::{Family, Owner};
use rehearsal::report::Report;
use rehearsal::report::model::{Basis, IntervalMethod, Reachability, StepRow};
use rehearsal::verdict::{Trust, Verdict};

use super::healthy::good_row;
use super::parts::{base, code_count, interval, run_latency, scenario, step, times, unknown_sli};

/// Forty callbacks, all refused as they should be.
pub(crate) fn reachability() -> Report {
    let mut report = base("check");
    report.run.trust = Trust::None;
    report.run.environment = Some("production".to_owned());
    report.run.target = "https://app.example/connect".to_owned();
    report.verdict.basis = Basis::Reachability;
    report.verdict.reasons =
        vec!["All 40 callbacks reached the app, which refused them as it should.".to_owned()];
    report.sli = unknown_sli(None);
    report.reachability = Some(Reachability {
        reached: 40,
        bad: 0,
        excluded: 0,
        unattributed: 0,
        success_rate: Some(1.0),
        interval: interval(IntervalMethod::ClopperPearson, Some([0.911_902_697_121_197_6, 1.0])),
    });
    report.scenarios = vec![scenario(
        "initial-install",
        "customer",
        "A customer installs the app for the first time",
        40,
        vec![refused()],
    )];
    let mut row = good_row("status.401", 401, 40);
    row.family = Family::Status;
    row.owner = Owner::App;
    row.verdict = Verdict::Reached;
    report.outcomes = vec![row];
    report.latency = run_latency(&times(40, 8_400.0, 0.2), &times(40, 17_900.0, 0.15), 8_400.0);
    report
}

fn refused() -> StepRow {
    let mut step = step("install", "installed", "POST /connect/installed", "as-atlassian", 40);
    step.good = 0;
    step.reached = 40;
    step.answers = vec![code_count("status.401", 40)];
    step
}
