//! How long it took: percentiles, histograms, phases, and the phases of each step.

use super::canvas::{Canvas, Line, Tone};
use super::chart::{self, Axis};
use crate::outcome::Phase;
use crate::report::figures::{counted, duration_or_dash};
use crate::report::model::{Distribution, Report, StepRow};

const LABEL: usize = 12;

pub(super) fn draw(canvas: &mut Canvas, report: &Report) {
    let latency = &report.latency;
    if latency.response.count == 0 {
        return;
    }
    canvas.heading("Latency", &counted(latency.response.count, "callback"));
    draw_percentiles(canvas, &latency.response, &latency.service);
    draw_histograms(canvas, report);
    draw_phases(canvas, report);
    draw_steps(canvas, report);
}

fn draw_percentiles(canvas: &mut Canvas, response: &Distribution, service: &Distribution) {
    // A narrow terminal has no room for the two that say the least.
    let all = canvas.width() >= 70;
    let names = ["min", "p50", "p90", "p95", "p99", "p99.9", "max"];
    let shown =
        || names.iter().enumerate().filter(move |(_, name)| all || !matches!(**name, "p95" | "p99.9"));
    let column = ((canvas.width() - LABEL - 1) / shown().count()).min(10);
    let row = |name: &str, tone: Tone, cells: [String; 7]| {
        let shown = shown().map(|(index, _)| &cells[index]).enumerate();
        shown.fold(Line::indented(3).put(tone, name), |line, (index, cell)| {
            line.right(LABEL + column * (index + 1), tone, cell)
        })
    };
    canvas.line(row("", Tone::Faint, names.map(str::to_owned)));
    for (name, times) in [("response", response), ("service", service)] {
        let Distribution { min_us, p50_us, p90_us, p95_us, p99_us, p99_9_us, max_us, .. } = *times;
        let cells = [min_us, p50_us, p90_us, p95_us, p99_us, p99_9_us, max_us].map(duration_or_dash);
        canvas.line(row(name, Tone::Plain, cells));
    }
    let meaning = "response: from when it was due, what a tenant feels · service: from the first byte sent, \
                   what the server did";
    canvas.paragraph(Line::indented(3), Tone::Faint, meaning);
}

fn draw_histograms(canvas: &mut Canvas, report: &Report) {
    let Some(histograms) = &report.latency.histogram else { return };
    let (response, service) = (histograms.response.histogram(), histograms.service.histogram());
    let Some(axis) = Axis::over(&[response, service], canvas.width()) else { return };
    canvas.blank();
    chart::draw(canvas, "response", response, &axis);
    canvas.blank();
    chart::draw(canvas, "service", service, &axis);
    axis.draw(canvas);
}

fn draw_phases(canvas: &mut Canvas, report: &Report) {
    let phases = &report.latency.phases;
    let medians =
        Phase::ALL.map(|phase| phases.get(phase).as_ref().and_then(|times| times.p50_us).unwrap_or(0));
    let greatest = medians.into_iter().max().unwrap_or(0) as f64;
    let bar = canvas.width() - LABEL - 1 - 4 * 10 - 2;
    canvas.blank();
    let ends = [1, 2, 3, 4].map(|index| LABEL + bar + 2 + 10 * index);
    let head = ["p50", "p90", "p99", "max"]
        .into_iter()
        .zip(ends)
        .fold(Line::indented(3).faint("phase"), |line, (name, end)| line.right(end, Tone::Faint, name));
    canvas.line(head);
    for (phase, median) in Phase::ALL.into_iter().zip(medians) {
        let Some(times) = phases.get(phase) else { continue };
        let line = Line::indented(3).plain(phase.name()).blank_to(LABEL);
        let line = line.put(Tone::Accent, chart::bar(median as f64, greatest, bar));
        let figures = [times.p50_us, times.p90_us, times.p99_us, times.max_us];
        canvas.line(
            figures
                .into_iter()
                .zip(ends)
                .fold(line, |line, (figure, end)| line.right(end, Tone::Plain, duration_or_dash(figure))),
        );
    }
}

/// The medians of every step, phase by phase.
fn draw_steps(canvas: &mut Canvas, report: &Report) {
    const CELL: usize = 8;
    let steps = || report.scenarios.iter().flat_map(|scenario| &scenario.steps);
    let happened = |phase: &Phase| steps().any(|step| step.latency.phases.get(*phase).is_some());
    // A narrow terminal has no room for the two that hardly take any time.
    let fits = |phase: &Phase| canvas.width() >= 76 || !matches!(phase, Phase::Write | Phase::Body);
    let phases: Vec<_> = Phase::ALL.into_iter().filter(|phase| happened(phase) && fits(phase)).collect();
    if phases.is_empty() {
        return;
    }
    let has_phases = |step: &StepRow| phases.iter().any(|phase| step.latency.phases.get(*phase).is_some());
    let names = (canvas.width() - 1 - CELL * (phases.len() + 1)).min(40);
    canvas.blank();
    let heads = phases.iter().map(|phase| phase.name()).chain(["in all"]);
    let head = heads.enumerate().fold(Line::indented(3).faint("median"), |line, (index, name)| {
        line.right(names + CELL * (index + 1), Tone::Faint, name)
    });
    canvas.line(head);
    for scenario in &report.scenarios {
        canvas.line(Line::indented(1).put(Tone::Strong, &scenario.name));
        for (is_first, step) in scenario.callbacks().filter(|(_, step)| has_phases(step)) {
            let median =
                |phase: &Phase| step.latency.phases.get(*phase).as_ref().and_then(|times| times.p50_us);
            let cells = phases.iter().map(|phase| (Tone::Faint, median(phase)));
            let cells = cells.chain([(Tone::Plain, step.latency.response.p50_us)]);
            let line = match is_first {
                true => Line::indented(3).cell(names - 3, Tone::Plain, &step.name),
                false => Line::indented(5).cell(names - 5, Tone::Faint, &step.event),
            };
            canvas.line(cells.enumerate().fold(line, |line, (index, (tone, median))| {
                line.right(names + CELL * (index + 1), tone, duration_or_dash(median))
            }));
        }
    }
}
