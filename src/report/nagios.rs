//! The output of a Nagios plug-in: one line with performance data, then details.

use super::figures::{count, percent, percent_or_dash};
use super::model::{Report, Status};
use super::{inert, wording};
use crate::slo::Span;

/// Renders the report as the output of a plug-in (Monitoring Plugins Development Guidelines, "Plugin
/// output for Nagios" and "Performance data").
pub(super) fn render(report: &Report) -> String {
    let state = match report.verdict.status {
        Status::Ok => "OK",
        Status::AtRisk => "WARNING",
        Status::Breach => "CRITICAL",
        Status::NoData | Status::Inconclusive | Status::Unattributed => "UNKNOWN",
    };
    let reasons: Vec<_> = wording::reasons(report).into_iter().map(text).collect();
    let (first, further) = reasons.split_first().expect("a verdict has a reason at least");
    let rate = match &report.reachability {
        Some(reach) => format!("reachability {} (an upper bound)", percent_or_dash(reach.success_rate)),
        None => format!("success rate {}", percent_or_dash(report.sli.success_rate)),
    };
    let mut out = format!(
        "REHEARSAL {state} - {}: {rate}: {first} | {}\n",
        text(&report.run.target),
        performance(report)
    );
    for line in further {
        out += &format!("{line}\n");
    }
    for row in wording::failures(report) {
        let remedy = wording::entry(&row.code).map_or("", |entry| entry.remedy);
        let (code, times) = (text(&row.code), wording::times(row.count));
        out += &format!("{code} {times} ({}, owner {}): {remedy}\n", row.verdict.name(), row.owner.name());
    }
    out
}

/// Values with their thresholds, a value of which nothing is known left out.
fn performance(report: &Report) -> String {
    let mut data = Vec::new();
    let (warning, objective) = (threshold(report.sli.warning), threshold(report.sli.objective));
    let rate = report.reachability.as_ref().map_or(report.sli.success_rate, |reach| reach.success_rate);
    if let Some(rate) = rate {
        data.push(format!("success_rate={}%;{warning}:;{objective}:;0;100", plain_percent(rate)));
    }
    let sli = &report.sli;
    for (name, value) in
        [("good", sli.good), ("bad", sli.bad), ("excluded", sli.excluded), ("unattributed", sli.unattributed)]
    {
        data.extend(value.map(|value| format!("{name}={value};;;0")));
    }
    for window in report.windows.iter().flat_map(|standing| &standing.windows) {
        let (span, objective) = match window.span {
            Span::Day => ("24h", format!("{warning}:;")),
            Span::FourWeeks => ("28d", format!(";{objective}:")),
        };
        data.extend(
            window
                .success_rate
                .map(|rate| format!("success_rate_{span}={}%;{objective};0;100", plain_percent(rate))),
        );
        data.push(format!("valid_{span}={};;;0", window.valid));
        data.push(format!("budget_{span}={};;;", window.budget.remaining));
    }
    let response = &report.latency.response;
    for (name, value) in [("response_p50", response.p50_us), ("response_p99", response.p99_us)] {
        data.extend(value.map(|micros| format!("{name}={}s;;;0", micros as f64 / 1e6)));
    }
    data.extend(
        report.projection.p_meet_28d.map(|chance| format!("p_meet_28d={}%;;;0;100", plain_percent(chance))),
    );
    data.push(format!("residue={};;;0", count(report.residue.len() as u64).replace(',', "")));
    data.join(" ")
}

fn threshold(rate: f64) -> String {
    plain_percent(rate)
}

fn plain_percent(rate: f64) -> String {
    percent(rate).trim_end_matches(" %").to_owned()
}

/// The bar separates text from performance data: it can't stand in a text.
fn text(text: &str) -> String {
    inert::line(text).replace('|', "¦")
}
