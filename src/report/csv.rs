//! CSV: one row for each callback of a scenario.

use super::escape::csv_field;
use super::inert;
use super::model::{Report, ScenarioRow, StepRow};
use crate::outcome::Phase;

const HEAD: [&str; 26] = [
    "run",
    "started_at",
    "target",
    "environment",
    "location",
    "scenario",
    "step",
    "event",
    "counted",
    "sent",
    "good",
    "bad",
    "excluded",
    "unattributed",
    "reached",
    "success_rate",
    "response_p50_us",
    "response_p99_us",
    "response_max_us",
    "service_p50_us",
    "dns_p50_us",
    "connect_p50_us",
    "tls_p50_us",
    "write_p50_us",
    "wait_p50_us",
    "body_p50_us",
];

/// Renders the report as CSV (RFC 4180), one row for each callback of a scenario; what is not known is
/// empty. No cell is taken for a formula.
pub(super) fn render(report: &Report) -> String {
    let mut out = row(HEAD.map(str::to_owned));
    for scenario in &report.scenarios {
        for step in &scenario.steps {
            out += &row(cells(report, scenario, step));
        }
    }
    out
}

fn row(cells: [String; HEAD.len()]) -> String {
    cells.map(|cell| csv_field(&inert::line(&cell))).join(",") + "\r\n"
}

fn cells(report: &Report, scenario: &ScenarioRow, step: &StepRow) -> [String; HEAD.len()] {
    let run = &report.run;
    let valid = step.good + step.bad;
    let rate = (valid > 0).then(|| (step.good as f64 / valid as f64).to_string());
    let latency = &step.latency;
    let known = |micros: Option<u64>| micros.map(|micros| micros.to_string()).unwrap_or_default();
    let phase = |phase: Phase| known(latency.phases.get(phase).as_ref().and_then(|times| times.p50_us));
    [
        run.id.clone(),
        run.started_at.to_string(),
        run.target.clone(),
        run.environment.clone().unwrap_or_default(),
        run.location.clone().unwrap_or_default(),
        scenario.name.clone(),
        step.name.clone(),
        step.event.clone(),
        step.counted.to_string(),
        step.sent().to_string(),
        step.good.to_string(),
        step.bad.to_string(),
        step.excluded.to_string(),
        step.unattributed.to_string(),
        step.reached.to_string(),
        rate.unwrap_or_default(),
        known(latency.response.p50_us),
        known(latency.response.p99_us),
        known(latency.response.max_us),
        known(latency.service.p50_us),
        phase(Phase::Dns),
        phase(Phase::Connect),
        phase(Phase::Tls),
        phase(Phase::Write),
        phase(Phase::Wait),
        phase(Phase::Body),
    ]
}
