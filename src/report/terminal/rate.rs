//! The rate that the verdict rests on, with its interval.

use super::canvas::{Canvas, Line, Tone};
use super::gauge;
use crate::report::figures::{count, interval, percent, percent_or_dash};
use crate::report::model::{Interval, Reachability, Report, Sli};
use crate::report::wording;

const FIGURE: usize = 12;

pub(super) fn draw(canvas: &mut Canvas, report: &Report) {
    canvas.heading(wording::rate_heading(report.verdict.basis), "");
    match &report.reachability {
        Some(reachability) => draw_reachability(canvas, reachability, &report.sli),
        None => draw_sli(canvas, &report.sli),
    }
}

fn draw_sli(canvas: &mut Canvas, sli: &Sli) {
    let known = |count: Option<u64>| count.unwrap_or(0);
    let line = figure(sli.success_rate, sli)
        .put(Tone::Good, format!("{} good", count(known(sli.good))))
        .faint(" · ")
        .put(
            if known(sli.bad) > 0 { Tone::Bad } else { Tone::Faint },
            format!("{} bad", count(known(sli.bad))),
        );
    canvas.line(apart(line, known(sli.excluded), known(sli.unattributed)));
    if known(sli.excluded) + known(sli.unattributed) > 0 {
        let all = percent_or_dash(sli.success_rate_with_exclusions_counted);
        canvas.line(Line::indented(FIGURE).faint(format!("{all} if what is not counted were bad")));
    }
    draw_gauge(canvas, sli.success_rate, &sli.interval, sli);
    let jeffreys = format!("Jeffreys {}", interval(&sli.interval_jeffreys));
    draw_intervals(canvas, &sli.interval, &jeffreys, sli.n_effective.zip(sli.valid));
}

fn draw_reachability(canvas: &mut Canvas, reachability: &Reachability, sli: &Sli) {
    let Reachability { reached, bad, excluded, unattributed, .. } = *reachability;
    let line = figure(reachability.success_rate, sli)
        .put(Tone::Good, format!("{} reached", count(reached)))
        .faint(" · ")
        .put(if bad > 0 { Tone::Bad } else { Tone::Faint }, format!("{} bad", count(bad)));
    canvas.line(apart(line, excluded, unattributed));
    draw_gauge(canvas, reachability.success_rate, &reachability.interval, sli);
    draw_intervals(canvas, &reachability.interval, "", None);
}

fn figure(rate: Option<f64>, sli: &Sli) -> Line {
    let tone = match rate {
        Some(rate) if rate < sli.objective => Tone::Bad,
        Some(rate) if rate < sli.warning => Tone::Warn,
        Some(_) => Tone::Good,
        None => Tone::Faint,
    };
    Line::indented(3).put(tone, percent_or_dash(rate)).blank_to(FIGURE)
}

fn apart(line: Line, excluded: u64, unattributed: u64) -> Line {
    let tone = |count| if count > 0 { Tone::Warn } else { Tone::Faint };
    line.faint(" · ")
        .put(tone(excluded), format!("{} excluded", count(excluded)))
        .faint(" · ")
        .put(tone(unattributed), format!("{} unattributed", count(unattributed)))
}

fn draw_gauge(canvas: &mut Canvas, rate: Option<f64>, interval: &Interval, sli: &Sli) {
    if let (Some(rate), Some(low), Some(high)) = (rate, interval.low, interval.high) {
        canvas.blank();
        gauge::draw(canvas, rate, low, high, sli.objective, sli.warning);
    }
}

fn draw_intervals(canvas: &mut Canvas, exact: &Interval, other: &str, effective: Option<(f64, u64)>) {
    if exact.low.is_none() {
        return;
    }
    let mut facts =
        vec![format!("{} interval: Clopper–Pearson {}", percent(exact.confidence), interval(exact))];
    if !other.is_empty() {
        facts.push(other.to_owned());
    }
    if let Some((effective, valid)) = effective.filter(|(effective, valid)| *effective < *valid as f64) {
        facts.push(format!("{valid} callbacks are worth {effective:.0} independent ones"));
    }
    canvas.paragraph(Line::indented(3), Tone::Faint, &facts.join(" · "));
}
