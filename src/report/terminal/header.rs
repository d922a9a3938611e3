//! The top: what ran, and the verdict with its reasons.

use super::canvas::{Canvas, Line, Tone};
use crate::report::figures::{counted, elapsed, moment};
use crate::report::model::{Report, Status};
use crate::report::wording;

/// How many reasons stand at the top; what failed is told in full further down.
const REASONS: usize = 4;

pub(super) fn draw(canvas: &mut Canvas, report: &Report) {
    let run = &report.run;
    canvas.blank();
    let title = Line::indented(1).plain(format!("rehearsal {}  ", run.command));
    canvas.line(title.put(Tone::Strong, &run.target));

    let mut facts = vec![format!("run {}", run.id)];
    facts.extend(run.app_key.clone());
    facts.extend(run.environment.clone());
    facts.extend(run.location.iter().map(|location| format!("from {location}")));
    facts.extend(run.labels.iter().map(|(key, value)| format!("{key}={value}")));
    canvas.paragraph(Line::indented(1), Tone::Faint, &facts.join(" · "));

    let started = moment(run.started_at);
    let took = elapsed(run.started_at, run.finished_at);
    let trust = run.trust.name();
    let facts = format!("{started} · took {took} · trust {trust} · platform {}", run.platform);
    canvas.paragraph(Line::indented(1), Tone::Faint, &facts);

    canvas.blank();
    draw_verdict(canvas, report);
}

fn draw_verdict(canvas: &mut Canvas, report: &Report) {
    let (tone, mark) = mark(report.verdict.status);
    let verdict = format!("{mark} {}", wording::status(report.verdict.status));
    let exit = wording::exit(report);
    canvas.line(Line::indented(1).put(tone, verdict).right(canvas.width() - 1, Tone::Faint, exit));
    let reasons = wording::reasons(report);
    for reason in reasons.iter().take(REASONS) {
        canvas.paragraph(Line::indented(3), Tone::Plain, reason);
    }
    if let Some(more) = reasons.len().checked_sub(REASONS).filter(|more| *more > 0) {
        canvas.line(Line::indented(3).faint(format!("… and {}, below", counted(more as u64, "more reason"))));
    }
    if let Some(warning) = wording::validity(report.measurement.validity) {
        canvas.paragraph(Line::indented(1).put(Tone::Warn, "! "), Tone::Plain, warning);
        for reason in &report.measurement.reasons {
            canvas.paragraph(Line::indented(3), Tone::Faint, reason);
        }
    }
}

/// The verdict once more, for whoever sees the end first.
pub(super) fn draw_closing(canvas: &mut Canvas, report: &Report) {
    let (tone, mark) = mark(report.verdict.status);
    let verdict = format!("{mark} {}, {}: ", wording::status(report.verdict.status), wording::exit(report));
    let reasons = wording::reasons(report);
    canvas.paragraph(Line::indented(1).put(tone, verdict), Tone::Plain, reasons.first().unwrap_or(&""));
}

const fn mark(status: Status) -> (Tone, &'static str) {
    match status {
        Status::Ok => (Tone::Good, "✓"),
        Status::AtRisk => (Tone::Warn, "!"),
        Status::Breach => (Tone::Bad, "✗"),
        Status::NoData | Status::Inconclusive | Status::Unattributed => (Tone::Warn, "?"),
    }
}
