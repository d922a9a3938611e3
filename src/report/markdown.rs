//! Markdown: a pull-request comment or a step's summary.

use std::fmt::Write;

use super::capacity;
use super::figures::{self, count, duration_or_dash, percent, percent_or_dash};
use super::model::{Basis, Change, ComparedQuantile, Comparison, Gate, Load, OutcomeRow, Report, Status};
use super::wording::{self, answer, times};
use super::{escape, inert};
use crate::slo::{Span, Window};

/// Renders the report as Markdown of GitHub's kind, with the change against a baseline when there is one.
/// Text from outside is never taken for Markdown, HTML, a link or a mention.
pub fn render(report: &Report, change: Option<&Comparison>) -> String {
    let mut out = String::new();
    verdict(&mut out, report);
    line(&mut out, "\n| | |\n|---|---|");
    for (name, value) in rows(report) {
        let _ = writeln!(out, "| {name} | {value} |");
    }
    if let Some(comparison) = change {
        let _ = writeln!(out, "\n### Against the baseline: {}\n", changed(comparison.verdict));
        compared(&mut out, comparison);
    }
    failures(&mut out, report);
    notes(&mut out, report);
    scenarios(&mut out, report);
    limits(&mut out, report);
    out
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

const fn mark(status: Status) -> &'static str {
    match status {
        Status::Ok => "✅",
        Status::AtRisk => "⚠️",
        Status::Breach => "❌",
        Status::NoData | Status::Inconclusive | Status::Unattributed => "❔",
    }
}

fn verdict(out: &mut String, report: &Report) {
    let status = report.verdict.status;
    let run = &report.run;
    let _ =
        writeln!(out, "## {} {}: rehearsal {}", mark(status), wording::status(status), text(&run.command));
    let _ = writeln!(out, "\n{}\n", code(&run.target));
    let reasons = wording::reasons(report);
    match reasons.as_slice() {
        [reason] => line(out, &text(reason)),
        reasons => reasons.iter().for_each(|reason| line(out, &format!("- {}", text(reason)))),
    }
    if let Some(warning) = wording::validity(report.measurement.validity) {
        let _ = writeln!(out, "\n> **{warning}**");
        for reason in &report.measurement.reasons {
            let _ = writeln!(out, "> {}", text(reason));
        }
    }
}

/// Renders a comparison.
pub(super) fn render_comparison(comparison: &Comparison) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "## {}: rehearsal compare\n", changed(comparison.verdict));
    compared(&mut out, comparison);
    let _ = writeln!(out, "\n<sub>{}</sub>", wording::comparison_limits(comparison).join(" "));
    out
}

fn changed(change: Change) -> String {
    let mark = match change {
        Change::Better => "✅",
        Change::Worse => "❌",
        Change::NoDifferenceShown => "➖",
    };
    format!("{mark} {}", wording::change(change).to_lowercase())
}

fn compared(out: &mut String, comparison: &Comparison) {
    for reason in comparison.reasons.iter().chain(&comparison.caveats) {
        let _ = writeln!(out, "- {}", text(reason));
    }
    line(out, "\n| | before | after | difference |\n|---|--:|--:|--:|");
    let rate = &comparison.rate;
    let _ = writeln!(
        out,
        "| Rate | {} | {} | {} |",
        percent_or_dash(rate.before.success_rate),
        percent_or_dash(rate.after.success_rate),
        rate.difference
            .map_or_else(|| "–".to_owned(), |points| format!("{} points", figures::points(points)))
    );
    let _ = writeln!(out, "| Bad | {} | {} | |", count(rate.before.bad), count(rate.after.bad));
    for row in &comparison.latency {
        let ComparedQuantile { before_us, after_us, .. } = row;
        let difference = row.low_us.zip(row.high_us).map_or_else(
            || "too few to tell".to_owned(),
            |(low, high)| format!("{} … {}", figures::signed_duration(low), figures::signed_duration(high)),
        );
        let _ = writeln!(
            out,
            "| Response time, {} | {} | {} | {difference} |",
            wording::quantile(row.quantile),
            duration_or_dash(*before_us),
            duration_or_dash(*after_us)
        );
    }
    let before = &comparison.before;
    let _ = writeln!(out, "\nBefore: run {} of {}.", code(&before.id), figures::moment(before.started_at));
    if !comparison.settings.is_empty() {
        line(out, "\nSet differently:\n");
    }
    for setting in &comparison.settings {
        let _ = writeln!(
            out,
            "- {}: {} before, {} after",
            code(&setting.name),
            code(&setting.before),
            code(&setting.after)
        );
    }
}

fn rows(report: &Report) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    match (&report.reachability, report.verdict.basis) {
        (Some(reach), Basis::Reachability) => {
            rows.push((
                "Reachability (an upper bound of the success rate)",
                format!("**{}**", percent_or_dash(reach.success_rate)),
            ));
            rows.push(("95 % interval", figures::interval(&reach.interval)));
            rows.push(("Callbacks", format!("{} reached, {} bad", count(reach.reached), count(reach.bad))));
        }
        (_, _) => {
            let sli = &report.sli;
            let known = |count: Option<u64>| figures::count(count.unwrap_or(0));
            rows.push(("Success rate", format!("**{}**", percent_or_dash(sli.success_rate))));
            rows.push(("95 % interval (Clopper–Pearson)", figures::interval(&sli.interval)));
            rows.push((
                "Objective, warning",
                format!("{}, {}", percent(sli.objective), percent(sli.warning)),
            ));
            rows.push((
                "Callbacks",
                format!(
                    "{} good, {} bad, {} excluded, {} unattributed",
                    known(sli.good),
                    known(sli.bad),
                    known(sli.excluded),
                    known(sli.unattributed)
                ),
            ));
        }
    }
    for window in report.windows.iter().flat_map(|standing| &standing.windows) {
        rows.push((window_name(window.span), window_figures(window)));
    }
    rows.extend(report.projection.gate.as_ref().map(gate_row));
    if report.projection.success_rate.is_some() {
        rows.push(("Projected success rate", percent_or_dash(report.projection.success_rate)));
    }
    if let Some(chance) = report.projection.p_meet_28d {
        rows.push(("Chance that 28 days meet the objective", percent(chance)));
    }
    let response = &report.latency.response;
    if response.count > 0 {
        let (p50, p99) = (duration_or_dash(response.p50_us), duration_or_dash(response.p99_us));
        rows.push((
            "Response time",
            format!("p50 {p50}, p99 {p99}, max {}", duration_or_dash(response.max_us)),
        ));
    }
    if let Some(load) = &report.load {
        rows.extend(load_rows(load));
    }
    rows.push(("Exit code", report.verdict.exit_code.to_string()));
    rows
}

fn gate_row(gate: &Gate) -> (&'static str, String) {
    let decision = wording::decision(gate.decision);
    (
        "Gate",
        format!(
            "**{decision}**: {} good, {} bad, for {} at {} confidence ({})",
            count(gate.good),
            count(gate.bad),
            percent(gate.objective),
            percent(gate.confidence),
            text(&gate.method)
        ),
    )
}

/// The rate of a load test, whether the generator kept to its schedule, and the capacity that was looked for.
fn load_rows(load: &Load) -> Vec<(&'static str, String)> {
    let per_second = |rate: Option<f64>| rate.map_or_else(|| "–".to_owned(), |rate| format!("{rate:.2}/s"));
    let asked_for = load.target_rate.map(|rate| format!(" of {rate:.2}/s asked for")).unwrap_or_default();
    let Load { scheduled, dropped, censored, .. } = load;
    let late = percent_or_dash(load.late_share);
    let mut rows = vec![
        ("Rate", format!("{}{asked_for}", per_second(load.achieved_rate))),
        (
            "Schedule",
            format!(
                "{} callbacks due, {} dropped, {} censored, {late} begun late",
                count(*scheduled),
                count(*dropped),
                count(*censored)
            ),
        ),
    ];
    let found = |capacity| format!("{}; the goal: {}", capacity::found(capacity), text(&capacity.goal));
    rows.extend(load.capacity.as_ref().map(|capacity| ("Capacity", found(capacity))));
    rows
}

const fn window_name(span: Span) -> &'static str {
    match span {
        Span::Day => "Past 24 hours",
        Span::FourWeeks => "Past 28 days",
    }
}

fn window_figures(window: &Window) -> String {
    format!(
        "{}: {} of {} good, bad events left: {}",
        percent_or_dash(window.success_rate),
        count(window.good),
        count(window.valid),
        wording::bad_events_left(window.budget.remaining, window.budget.allowed),
    )
}

fn failures(out: &mut String, report: &Report) {
    let rows = wording::failures(report);
    if rows.is_empty() {
        return;
    }
    line(out, "\n### What failed\n");
    line(out, "| Code | | Verdict | Owner | What it means, what to do |\n|---|--:|---|---|---|");
    for row in &rows {
        let entry = wording::entry(&row.code);
        let explained = entry.map_or_else(String::new, |entry| {
            format!("{} **{}**", entry.meaning, entry.remedy).replace('|', "\\|")
        });
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {explained} |",
            code(&row.code),
            times(row.count),
            row.verdict.name(),
            row.owner.name()
        );
    }
    line(out, "");
    rows.into_iter().for_each(|row| example(out, row));
}

fn example(out: &mut String, row: &OutcomeRow) {
    let Some(example) = row.examples.first() else { return };
    let _ = writeln!(out, "<details><summary>First {}</summary>\n", text(&row.code));
    let _ = writeln!(
        out,
        "- {} / {}, {}, tenant {}",
        code(&example.scenario),
        code(&example.step),
        figures::time_of_day(example.at),
        code(&example.tenant)
    );
    if !example.detail.is_empty() {
        let _ = writeln!(out, "- {}", code(&example.detail));
    }
    if let Some(address) = &example.address {
        let _ = writeln!(out, "- address {}", code(address));
    }
    if let Some(response) = example.response.as_ref().filter(|response| !response.body_start.is_empty()) {
        let _ = writeln!(out, "- body {}", code(&response.body_start));
    }
    line(out, "\n</details>\n");
}

fn notes(out: &mut String, report: &Report) {
    for advisory in &report.advisories {
        let _ = writeln!(
            out,
            "\n- ⚠️ {} ({}, {})",
            text(&advisory.detail),
            code(&advisory.code),
            times(advisory.count)
        );
    }
    if !report.residue.is_empty() {
        let (remaining, remedy) = (wording::remaining(report), wording::residue_remedy(report));
        let _ = writeln!(out, "\n- ⚠️ {remaining}: {}", code(&remedy));
    }
}

fn scenarios(out: &mut String, report: &Report) {
    if report.scenarios.is_empty() {
        return;
    }
    line(out, "\n<details><summary>Scenarios</summary>\n");
    line(
        out,
        "| Scenario | Step | Sent | Answered | Good | Bad | Other | Median |\n|---|---|---|---|--:|--:|--:|--:|",
    );
    for scenario in &report.scenarios {
        for (index, (is_first, step)) in scenario.callbacks().enumerate() {
            let answers: Vec<_> = step
                .answers
                .iter()
                .map(|row| format!("{} {}", code(answer(&row.code)), times(row.count)))
                .collect();
            let number = |number: u64| if step.counted { count(number) } else { String::new() };
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} | {} | {} |",
                if index == 0 { code(&scenario.name) } else { String::new() },
                if is_first { code(&step.name) } else { String::new() },
                code(&step.event),
                answers.join(", "),
                number(step.good + step.reached),
                number(step.bad),
                number(step.excluded + step.unattributed),
                duration_or_dash(step.latency.response.p50_us)
            );
        }
    }
    for scenario in &report.scenarios {
        for step in &scenario.steps {
            for check in step.checks.iter().filter(|check| !check.passed) {
                let _ = writeln!(
                    out,
                    "\n- ❌ {} / {}: not {}: {}",
                    code(&scenario.name),
                    code(&step.name),
                    text(&check.name),
                    text(&check.detail)
                );
            }
        }
    }
    line(out, "\nCallbacks without numbers are no events of the success rate.\n\n</details>");
}

fn limits(out: &mut String, report: &Report) {
    let limits = wording::limits(report).join(" ");
    let run = &report.run;
    let _ = writeln!(
        out,
        "\n<sub>{} Run {} of {}, rehearsal {}.</sub>",
        limits,
        code(&run.id),
        figures::moment(run.started_at),
        text(&run.tool_version)
    );
}

/// A sentence, in which nothing is Markdown.
fn text(sentence: &str) -> String {
    escape::markdown(&inert::line(sentence))
}

/// A text from outside, as code: there is no mention, link or reference in code.
fn code(text: &str) -> String {
    escape::markdown_code(&inert::line(text))
}
