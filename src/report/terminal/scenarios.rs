//! The scenarios, step by step: what was sent, what came back, what it counts as.

use unicode_width::UnicodeWidthStr;

use super::canvas::{Canvas, Line, Tone};
use crate::report::figures::{count, counted};
use crate::report::model::{Basis, Check, CodeCount, Report, ScenarioRow, StepRow};
use crate::report::wording::{answer, times};

const NUMBER: usize = 6;

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
        let request = 5 + names.max().unwrap_or(0).clamp(10, 24) + 2;
        let answer = numbers - answers.max().unwrap_or(0).clamp(8, 12) - 1;
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
    let mut steps = report.scenarios.iter().flat_map(|scenario| &scenario.steps);
    if steps.any(|step| !step.counted) {
        let legend = "(n): no events of the success rate; good is what was answered as expected.";
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
    for step in &scenario.steps {
        draw_step(canvas, step, columns);
        for check in &step.checks {
            draw_check(canvas, check);
        }
    }
}

fn draw_step(canvas: &mut Canvas, step: &StepRow, columns: &Columns) {
    let other = step.excluded + step.unattributed;
    let (tone, mark) = match step {
        _ if step.sent() == 0 => (Tone::Faint, "·"),
        _ if step.bad > 0 => (Tone::Bad, "✗"),
        _ if other > 0 => (Tone::Warn, "–"),
        _ => (Tone::Good, "✓"),
    };
    let mut sent = step.request.clone().unwrap_or_else(|| step.event.clone());
    let room = columns.answer - columns.request - 1;
    if let Some(signing) = step.signing.as_ref().filter(|text| sent.width() + 1 + text.width() <= room) {
        sent = format!("{sent} {signing}");
    }
    let mut answers = step.answers.iter().map(answered);
    let first = answers.next().unwrap_or_default();

    let mut line = Line::indented(3)
        .put(tone, mark)
        .plain(" ")
        .cell(columns.request - 7, Tone::Plain, &step.name)
        .blank_to(columns.request)
        .cell(room, Tone::Faint, sent)
        .plain(" ")
        .cell(columns.numbers - columns.answer, Tone::Plain, first);
    let numbers = [(step.good + step.reached, Tone::Good), (step.bad, Tone::Bad), (other, Tone::Warn)];
    for (index, (number, tone)) in numbers.into_iter().enumerate() {
        let end = columns.numbers + NUMBER * (index + 1);
        let tone = if number == 0 { Tone::Faint } else { tone };
        let number = count(number);
        line = line.right(end, tone, if step.counted { number } else { format!("({number})") });
    }
    canvas.line(line);
    for further in answers {
        canvas.line(Line::indented(columns.request).put(tone, format!("↳ {further}")));
    }
}

fn answered(row: &CodeCount) -> String {
    format!("{} {}", answer(&row.code), times(row.count))
}

fn draw_check(canvas: &mut Canvas, check: &Check) {
    let (tone, mark) = if check.passed { (Tone::Good, "✓") } else { (Tone::Bad, "✗") };
    let lead = Line::indented(5).put(tone, mark).plain(" ");
    let verdict = if check.passed { "" } else { "failed: " };
    canvas.paragraph(lead, Tone::Plain, &format!("{verdict}{}: {}", check.name, check.detail));
}
