//! Two runs beside each other, on a terminal.

use super::WIDTHS;
use super::canvas::{Canvas, Line, Tone};
use crate::report::figures::{count, duration_or_dash, moment, percent_or_dash, points, signed_duration};
use crate::report::model::{Basis, Change, ComparedRun, Comparison, RateCounts};
use crate::report::wording;

/// Where the columns of figures end.
const BEFORE: usize = 40;
const AFTER: usize = 52;

/// Renders a comparison for a terminal of `width` columns, styled as the report is.
pub fn render_comparison(comparison: &Comparison, width: usize) -> String {
    let mut canvas = Canvas::new(width.clamp(*WIDTHS.start(), *WIDTHS.end()));
    draw_top(&mut canvas, comparison);
    draw_rate(&mut canvas, comparison);
    draw_latency(&mut canvas, comparison);
    draw_outcomes(&mut canvas, comparison);
    draw_settings(&mut canvas, comparison);
    canvas.heading("What this means", "");
    for limit in wording::comparison_limits(comparison) {
        canvas.paragraph(Line::indented(3), Tone::Plain, &limit);
    }
    canvas.finish()
}

fn draw_top(canvas: &mut Canvas, comparison: &Comparison) {
    canvas.blank();
    canvas.line(Line::indented(1).put(Tone::Strong, "rehearsal compare"));
    for (name, run) in [("before", &comparison.before), ("after", &comparison.after)] {
        canvas.paragraph(Line::indented(1).faint(name).blank_to(9), Tone::Faint, &facts(run));
    }
    canvas.blank();
    let (tone, mark) = mark(comparison.verdict);
    canvas.line(Line::indented(1).put(tone, format!("{mark} {}", wording::change(comparison.verdict))));
    for reason in &comparison.reasons {
        canvas.paragraph(Line::indented(3), Tone::Plain, reason);
    }
    for caveat in &comparison.caveats {
        canvas.paragraph(Line::indented(1).put(Tone::Warn, "! "), Tone::Plain, caveat);
    }
}

fn facts(run: &ComparedRun) -> String {
    let ComparedRun { id, command, target, started_at, status, .. } = run;
    format!("{command} of {target} · run {id} · {} · {}", moment(*started_at), wording::status(*status))
}

const fn mark(change: Change) -> (Tone, &'static str) {
    match change {
        Change::Better => (Tone::Good, "✓"),
        Change::Worse => (Tone::Bad, "✗"),
        Change::NoDifferenceShown => (Tone::Plain, "="),
    }
}

/// A row of two figures and what is said about them; the mark says what is shown.
fn row(canvas: &mut Canvas, name: &str, before: String, after: String, note: &str, change: Change) {
    let (tone, mark) = mark(change);
    let shown = match change {
        Change::NoDifferenceShown => Line::indented(3).plain("  "),
        Change::Better | Change::Worse => Line::indented(3).put(tone, mark).plain(" "),
    };
    let line = shown.cell(BEFORE - 17, Tone::Plain, name).right(BEFORE, Tone::Plain, before);
    canvas.paragraph(line.right(AFTER, tone, after).plain("  "), Tone::Faint, note);
}

fn head(canvas: &mut Canvas, last: &str) {
    let line = Line::new().right(BEFORE, Tone::Faint, "before").right(AFTER, Tone::Faint, "after");
    canvas.line(line.plain("  ").faint(last));
}

fn draw_rate(canvas: &mut Canvas, comparison: &Comparison) {
    let rate = &comparison.rate;
    canvas.heading(wording::rate_heading(comparison.basis), "");
    head(canvas, "");
    let plain = |canvas: &mut Canvas, name: &str, of: fn(&RateCounts) -> u64| {
        let figures = [&rate.before, &rate.after].map(|counts| count(of(counts)));
        let [before, after] = figures;
        row(canvas, name, before, after, "", Change::NoDifferenceShown);
    };
    let good = if comparison.basis == Basis::Sli { "good" } else { "reached" };
    plain(canvas, good, |counts| counts.good);
    plain(canvas, "bad", |counts| counts.bad);
    plain(canvas, "excluded", |counts| counts.excluded);
    plain(canvas, "unattributed", |counts| counts.unattributed);
    let rates = [&rate.before, &rate.after].map(|counts| percent_or_dash(counts.success_rate));
    let note = rate
        .difference
        .zip(rate.p_value)
        .map(|(difference, p)| format!("{} points, p {}", points(difference), wording::p_value(p)));
    let [before, after] = rates;
    row(canvas, "rate", before, after, &note.unwrap_or_default(), rate.change);
    if let Some((low, high)) = rate.low.zip(rate.high) {
        let text = format!("the difference lies between {} and {} points", points(low), points(high));
        canvas.paragraph(Line::indented(5), Tone::Faint, &text);
    }
}

fn draw_latency(canvas: &mut Canvas, comparison: &Comparison) {
    if comparison.latency.iter().all(|row| row.before_us.is_none() && row.after_us.is_none()) {
        return;
    }
    canvas.heading("Response time", "");
    head(canvas, "difference");
    let counts = [&comparison.before, &comparison.after].map(|run| count(run.response.count));
    let [before, after] = counts;
    row(canvas, "callbacks", before, after, "", Change::NoDifferenceShown);
    for quantile in &comparison.latency {
        let note = quantile.low_us.zip(quantile.high_us).map_or_else(
            || "too few to tell".to_owned(),
            |(low, high)| format!("{} … {}", signed_duration(low), signed_duration(high)),
        );
        row(
            canvas,
            &wording::quantile(quantile.quantile),
            duration_or_dash(quantile.before_us),
            duration_or_dash(quantile.after_us),
            &note,
            quantile.change,
        );
    }
    let maxima = [&comparison.before, &comparison.after].map(|run| duration_or_dash(run.response.max_us));
    let [before, after] = maxima;
    row(canvas, "max", before, after, "", Change::NoDifferenceShown);
    if let (Some(before), Some(after)) = (comparison.before.achieved_rate, comparison.after.achieved_rate) {
        let [before, after] = [before, after].map(|rate| format!("{rate:.1}/s"));
        row(canvas, "rate achieved", before, after, "", Change::NoDifferenceShown);
    }
}

fn draw_outcomes(canvas: &mut Canvas, comparison: &Comparison) {
    if comparison.outcomes.is_empty() {
        return;
    }
    canvas.heading("What happened", "");
    head(canvas, "counts as");
    for outcome in &comparison.outcomes {
        let (before, after) = (count(outcome.before), count(outcome.after));
        row(canvas, &outcome.code, before, after, outcome.verdict.name(), Change::NoDifferenceShown);
    }
}

fn draw_settings(canvas: &mut Canvas, comparison: &Comparison) {
    if comparison.settings.is_empty() {
        return;
    }
    canvas.heading("Set differently", "");
    for setting in &comparison.settings {
        let text = format!("{} → {}", or_dash(&setting.before), or_dash(&setting.after));
        canvas.paragraph(Line::indented(3).faint(&setting.name).blank_to(24), Tone::Plain, &text);
    }
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "–" } else { text }
}
