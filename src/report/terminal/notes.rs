//! What is no part of the verdict and should be known: advisories, and tenants still installed.

use super::canvas::{Canvas, Line, Tone};
use crate::report::model::Report;
use crate::report::wording::{remaining, residue_remedy, times};

/// A load test may leave ten thousand.
const MOST_SHOWN: usize = 10;

pub(super) fn draw(canvas: &mut Canvas, report: &Report) {
    draw_advisories(canvas, report);
    draw_residue(canvas, report);
}

fn draw_advisories(canvas: &mut Canvas, report: &Report) {
    if report.advisories.is_empty() {
        return;
    }
    canvas.heading("Good to know", "no part of the verdict");
    for advisory in &report.advisories {
        let lead = Line::indented(1).put(Tone::Warn, "! ");
        canvas.paragraph(
            lead,
            Tone::Plain,
            &format!("{} ({} {})", advisory.detail, advisory.code, times(advisory.count)),
        );
    }
}

fn draw_residue(canvas: &mut Canvas, report: &Report) {
    if report.residue.is_empty() {
        return;
    }
    canvas.heading("Still installed", "");
    let shown = report.residue.len().min(MOST_SHOWN);
    let more = match report.residue.len() - shown {
        0 => String::new(),
        more => format!(", and {more} more in the JSON report"),
    };
    let text = format!("{}: {}{more}", remaining(report), report.residue[..shown].join(", "));
    canvas.paragraph(Line::indented(3), Tone::Plain, &text);
    let remedy = residue_remedy(report);
    canvas.paragraph(Line::indented(3).plain("remedy   "), Tone::Strong, &remedy);
}
