//! The scenarios, step by step: what was sent, what came back, what it counts as.

use std::collections::BTreeMap;

use unicode_width::UnicodeWidthStr;

use super::canvas::{Canvas, Line, Tone};
use crate::report::figures::{count, counted};
use crate::report::model::{Basis, CodeCount, Report, ScenarioRow, StepRow};
use crate::report::wording::{Standing, answer, times};

const NUMBER: usize = 6;
const EVENT: usize = 11;

/// Where the columns of the table begin.
struct Columns {
    request: usize,
    answer: usize,
    numbers: usize,
    /// What the first number is: callbacks that were good, or reached an app that does not trust us.
    first: &'static str,
}

impl Columns {
    fn of(report: &Report, width: usize) -> Self {
        let steps = || report.scenarios.iter().flat_map(|scenario| &scenario.steps);
        let names = steps().map(|step| step.name.width());
        let answers = steps().filter_map(|step| step.answers.first()).map(|row| answered(row).width());
        let numbers = width - 1 - 3 * NUMBER;
        let answer = numbers - answers.max().unwrap_or(0).clamp(8, 12) - 1;
        let request = (5 + names.max().unwrap_or(0).clamp(10, 24) + 2).min(answer - EVENT - 1);
        let first = match report.verdict.basis {
            Basis::Sli => "good",
            Basis::Reachability => "reach",
        };
        Self { request, answer, numbers, first }
    }
}

pub(super) fn draw(canvas: &mut Canvas, report: &Report) {
    if report.scenarios.is_empty() {
        return;
    }
    let columns = Columns::of(report, canvas.width());
    canvas.heading("Scenarios", "");
    let mut head = Line::indented(columns.request).faint("sent").blank_to(columns.answer).faint("answered");
    for (index, number) in [columns.first, "bad", "other"].into_iter().enumerate() {
        head = head.right(columns.numbers + NUMBER * (index + 1), Tone::Faint, number);
    }
    canvas.line(head);
    for scenario in &report.scenarios {
        draw_scenario(canvas, scenario, &columns);
    }
    draw_passed_checks(canvas, report);
    let mut steps = report.scenarios.iter().flat_map(|scenario| &scenario.steps);
    if steps.any(|step| !step.counted) {
        let legend = "Callbacks without numbers are no events of the success rate.";
        canvas.paragraph(Line::indented(3), Tone::Faint, legend);
    }
}

fn draw_scenario(canvas: &mut Canvas, scenario: &ScenarioRow, columns: &Columns) {
    let iterations = counted(scenario.iterations, "time");
    let mut facts = format!("  {} · {iterations}", scenario.actor);
    if !scenario.title.is_empty() {
        facts = format!("{facts} · {}", scenario.title);
    }
    canvas.line(Line::indented(1).put(Tone::Strong, &scenario.name).faint(facts));
    for (is_first, step) in scenario.callbacks() {
        draw_step(canvas, if is_first { &step.name } else { "" }, step, columns);
        for check in step.checks.iter().filter(|check| !check.passed) {
            let lead = Line::indented(5).put(Tone::Bad, "✗").plain(" ");
            canvas.paragraph(lead, Tone::Plain, &format!("not {}: {}", check.name, check.detail));
        }
    }
}

fn draw_step(canvas: &mut Canvas, name: &str, step: &StepRow, columns: &Columns) {
    let standing = Standing::of(step);
    let tone = match standing {
        Standing::NotSent => Tone::Faint,
        Standing::Good => Tone::Good,
        Standing::Doubtful => Tone::Warn,
        Standing::Bad => Tone::Bad,
    };
    let mut answers = step.answers.iter().map(answered);
    let first = answers.next().unwrap_or_default();

    let room = (columns.answer - columns.request).saturating_sub(EVENT + 2);
    let mut line = Line::indented(3)
        .put(tone, standing.mark())
        .plain(" ")
        .cell(columns.request - 7, Tone::Plain, name)
        .blank_to(columns.request)
        .cell(EVENT, Tone::Plain, &step.event)
        .plain(" ")
        .cell(room, Tone::Faint, request(step, room))
        .blank_to(columns.answer)
        .cell(columns.numbers - columns.answer, Tone::Plain, first);
    let other = step.excluded + step.unattributed;
    let numbers = [(step.good + step.reached, Tone::Good), (step.bad, Tone::Bad), (other, Tone::Warn)];
    for (index, (number, tone)) in numbers.into_iter().enumerate().filter(|_| step.counted) {
        let end = columns.numbers + NUMBER * (index + 1);
        line = line.right(end, if number == 0 { Tone::Faint } else { tone }, count(number));
    }
    canvas.line(line);
    for further in answers {
        canvas.line(Line::indented(columns.request).put(tone, format!("↳ {further}")));
    }
}

/// The path of what was sent, if anything was, without the method that all callbacks share, and how it was signed where
/// there is room for that.
fn request(step: &StepRow, room: usize) -> String {
    let Some(request) = step.request.as_deref() else { return String::new() };
    let path = request.strip_prefix("POST ").unwrap_or(request);
    match &step.signing {
        Some(signing) if path.width() + 1 + signing.width() <= room => format!("{path} {signing}"),
        Some(_) | None => path.to_owned(),
    }
}

fn answered(row: &CodeCount) -> String {
    format!("{} {}", answer(&row.code), times(row.count))
}

/// The checks that passed, each kind with its number.
fn draw_passed_checks(canvas: &mut Canvas, report: &Report) {
    let mut passed: BTreeMap<&str, u64> = BTreeMap::new();
    let steps = report.scenarios.iter().flat_map(|scenario| &scenario.steps);
    for check in steps.flat_map(|step| &step.checks).filter(|check| check.passed) {
        *passed.entry(&check.name).or_default() += 1;
    }
    if !passed.is_empty() {
        let checks: Vec<_> =
            passed.into_iter().map(|(name, steps)| format!("{name} {}", times(steps))).collect();
        let lead = Line::indented(3).put(Tone::Good, "✓").plain(" ");
        canvas.paragraph(lead, Tone::Plain, &format!("checked besides: {}", checks.join(", ")));
    }
}
