//! What the figures foretell: the weighted rate, the next 28 days, the gate, retries.

use super::canvas::{Canvas, Line, Tone};
use crate::report::figures::{count, percent, percent_or_dash, range};
use crate::report::model::{Gate, GateDecision, Projection, Report, Retry};
use crate::report::wording;

const FIGURE: usize = 12;

pub(super) fn draw(canvas: &mut Canvas, report: &Report) {
    let projection = &report.projection;
    if projection.success_rate.is_none() && projection.gate.is_none() {
        return;
    }
    canvas.heading("Projection", "");
    draw_rate(canvas, projection, report.sli.objective);
    draw_mix(canvas, report);
    if let Some(gate) = &projection.gate {
        draw_gate(canvas, gate);
    }
    if let Some(retry) = &projection.retry {
        draw_retry(canvas, retry);
    }
}

fn draw_rate(canvas: &mut Canvas, projection: &Projection, objective: f64) {
    if projection.success_rate.is_some() {
        let range = range(projection.low, projection.high);
        let confidence =
            projection.confidence.map_or_else(String::new, |share| format!(" at {}", percent(share)));
        figure(
            canvas,
            projection.success_rate,
            &format!("success rate weighted by the event mix ({range}{confidence})"),
        );
    }
    if let Some((chance, events)) = projection.p_meet_28d.zip(projection.events_28d) {
        let discount = projection
            .discount
            .map_or_else(String::new, |discount| format!("; a probe counts as {discount} of a real event"));
        let so_far =
            projection.window_good.zip(projection.window_bad).map_or_else(String::new, |(good, bad)| {
                format!(" beside the {} good and {} bad ones of the checks so far", count(good), count(bad))
            });
        let objective = percent(objective);
        figure(
            canvas,
            Some(chance),
            &format!("chance that {} events in 28 days{so_far} meet {objective}{discount}", count(events)),
        );
    }
}

fn figure(canvas: &mut Canvas, rate: Option<f64>, meaning: &str) {
    let lead = Line::indented(3).put(Tone::Strong, percent_or_dash(rate)).blank_to(FIGURE);
    canvas.paragraph(lead, Tone::Plain, meaning);
}

fn draw_mix(canvas: &mut Canvas, report: &Report) {
    let mix: Vec<_> = wording::mix(report)
        .into_iter()
        .map(|(name, share)| {
            format!("{name} {} ({}/{})", percent(share.weight), count(share.good), count(share.valid))
        })
        .collect();
    if !mix.is_empty() {
        canvas.paragraph(Line::indented(3).faint("mix").blank_to(FIGURE), Tone::Faint, &mix.join(", "));
    }
}

fn draw_gate(canvas: &mut Canvas, gate: &Gate) {
    let (tone, mark) = match gate.decision {
        GateDecision::Ship => (Tone::Good, "✓"),
        GateDecision::Block => (Tone::Bad, "✗"),
        GateDecision::Inconclusive => (Tone::Warn, "?"),
    };
    let decision = format!("{mark} {}", wording::decision(gate.decision));
    let lead = Line::indented(3).put(tone, decision).blank_to(FIGURE);
    let mut text = format!(
        "gate for {} at {} confidence ({}): {} good, {} bad",
        percent(gate.objective),
        percent(gate.confidence),
        gate.method,
        count(gate.good),
        count(gate.bad)
    );
    if let Some(more) = gate.more_needed {
        text = format!("{text}; {} more good ones in a row would ship", count(more));
    }
    canvas.paragraph(lead, Tone::Plain, &text);
    for reason in &gate.reasons {
        canvas.paragraph(Line::indented(FIGURE), Tone::Plain, reason);
    }
    for row in &gate.operating_characteristics {
        let text = format!(
            "an app at {} ships {}, is blocked {} of the time, after {:.0} callbacks on average",
            percent(row.true_rate),
            percent(row.p_ship),
            percent(row.p_block),
            row.expected_probes
        );
        canvas.paragraph(Line::indented(FIGURE), Tone::Faint, &text);
    }
}

fn draw_retry(canvas: &mut Canvas, retry: &Retry) {
    let lead = Line::indented(3).put(Tone::Strong, percent_or_dash(retry.success_rate)).blank_to(FIGURE);
    let mut text = format!(
        "if {} of {} tenants failed every time, retried {} times a day, until repaired after {} days",
        percent(retry.broken_share),
        count(retry.tenants),
        retry.retries_per_day,
        retry.days_until_fixed
    );
    if let Some(days) = retry.days_of_budget {
        text = format!("{text}; the budget of 28 days is spent after {days:.1}");
    }
    canvas.paragraph(lead, Tone::Plain, &text);
}
