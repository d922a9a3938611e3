//! How an app stands over 24 hours and 28 days.

use super::canvas::{Canvas, Line, Tone};
use crate::report::figures::{count, counted, duration, moment, percent, percent_or_dash};
use crate::report::model::{HealthRow, Report};
use crate::report::wording;
use crate::slo::{Burn, Forecast, Health, Span, Standing, State, Window};
use crate::verdict::Verdict;

/// How far a table reaches, if there is room.
const RIGHT: usize = 76;
/// Where its labels end.
const LABELS: usize = 24;

/// The windows that a check was judged by.
pub(super) fn draw(canvas: &mut Canvas, report: &Report) {
    if let Some(standing) = &report.windows {
        canvas.heading(wording::windows_heading(standing.basis), "");
        draw_figures(canvas, standing);
    }
    if let Some(row) = &report.health {
        canvas.heading("Health check of the app", "in no success rate");
        draw_answer(canvas, row);
    }
}

/// One series with its state, its reasons and its figures.
pub(super) fn draw_standing(canvas: &mut Canvas, standing: &Standing) {
    canvas.heading(wording::windows_heading(standing.basis), &wording::series(standing));
    let (tone, mark) = mark(standing.state);
    let last = standing.last_run_at.map_or_else(|| "never".to_owned(), moment);
    let line = Line::indented(1).put(tone, format!("{mark} {}", wording::state(standing.state)));
    canvas.line(line.right(canvas.width() - 1, Tone::Faint, format!("last check {last}")));
    for reason in &standing.reasons {
        canvas.paragraph(Line::indented(3), Tone::Plain, reason);
    }
    canvas.blank();
    draw_figures(canvas, standing);
}

const fn mark(state: State) -> (Tone, &'static str) {
    match state {
        State::Ok => (Tone::Good, "✓"),
        State::AtRisk => (Tone::Warn, "!"),
        State::NoData => (Tone::Warn, "?"),
        State::Breach => (Tone::Bad, "✗"),
    }
}

fn draw_figures(canvas: &mut Canvas, standing: &Standing) {
    draw_windows(canvas, standing);
    draw_burn(canvas, standing);
    draw_forecast(canvas, standing);
    draw_event_types(canvas, standing);
    if let Some(health) = &standing.health {
        draw_health(canvas, health);
    }
}

fn draw_windows(canvas: &mut Canvas, standing: &Standing) {
    let windows: Vec<&Window> = Span::ALL.into_iter().filter_map(|span| standing.window(span)).collect();
    let cells =
        |cell: &dyn Fn(&Window) -> String| windows.iter().map(|window| cell(window)).collect::<Vec<_>>();
    let (rate, good) = wording::window_words(standing.basis);
    row(canvas, "", Tone::Strong, &cells(&|window| format!("past {}", window.span.name())));
    let mut line = Line::indented(3).faint(rate);
    for (index, window) in windows.iter().enumerate() {
        let column = column(canvas, index, windows.len());
        line = line.right(column, tone(window), percent_or_dash(window.success_rate));
    }
    canvas.line(line);
    for (label, cell) in [
        ("with exclusions counted", &|window: &Window| {
            percent_or_dash(window.success_rate_with_exclusions_counted)
        }),
        ("asked for", &|window: &Window| format!("≥ {}", percent(window.objective))),
        (good, &|window: &Window| format!("{} · {}", count(window.good), count(window.bad))),
        ("excluded · unattributed", &|window: &Window| {
            format!("{} · {}", count(window.excluded), count(window.unattributed))
        }),
        ("bad events left", &budget),
        ("next failure fits", &|window: &Window| match window.budget.good_until_a_failure_fits {
            Some(0) => "now".to_owned(),
            Some(more) => format!("after {} good", count(more)),
            None => "never".to_owned(),
        }),
    ] as [(&str, &dyn Fn(&Window) -> String); 6]
    {
        row(canvas, label, Tone::Plain, &cells(cell));
    }
}

fn budget(window: &Window) -> String {
    let share = window.budget.remaining_share.filter(|share| *share >= 0.0 && window.budget.allowed > 0);
    let share = share.map_or_else(String::new, |share| format!(" · {}", percent(share)));
    format!("{}{share}", wording::bad_events_left(window.budget.remaining, window.budget.allowed))
}

fn tone(window: &Window) -> Tone {
    match (window.met, window.span) {
        (Some(true), _) => Tone::Good,
        (Some(false), Span::Day) => Tone::Warn,
        (Some(false), Span::FourWeeks) => Tone::Bad,
        (None, _) => Tone::Faint,
    }
}

fn draw_burn(canvas: &mut Canvas, standing: &Standing) {
    let rate = |rate: Option<f64>| match rate {
        None => "–".to_owned(),
        Some(rate) if rate < 10.0 => format!("{rate:.2}"),
        Some(rate) => format!("{rate:.1}"),
    };
    let cells = |cell: &dyn Fn(&Burn) -> String| standing.burn.iter().map(cell).collect::<Vec<_>>();
    canvas.blank();
    row(
        canvas,
        "",
        Tone::Strong,
        &cells(&|burn| format!("{}, {}", length(burn.long_s), length(burn.short_s))),
    );
    let tone = if standing.burn.iter().any(|burn| burn.burning) { Tone::Warn } else { Tone::Plain };
    row(
        canvas,
        "burn rate",
        tone,
        &cells(&|burn| {
            let sign = if burn.burning { "! " } else { "" };
            format!("{sign}{} · {}", rate(burn.long_rate), rate(burn.short_rate))
        }),
    );
    row(canvas, "worth an alert from", Tone::Plain, &cells(&|burn| format!("{:.2}", burn.threshold)));
}

fn length(seconds: u64) -> String {
    if seconds.is_multiple_of(3600) {
        format!("{} h", seconds / 3600)
    } else {
        format!("{} min", seconds / 60)
    }
}

fn draw_forecast(canvas: &mut Canvas, standing: &Standing) {
    let cells = |cell: &dyn Fn(&Forecast) -> String| standing.forecast.iter().map(cell).collect::<Vec<_>>();
    if standing.forecast.is_empty() {
        return;
    }
    canvas.blank();
    row(
        canvas,
        "",
        Tone::Strong,
        &cells(&|forecast| format!("in {}", counted(u64::from(forecast.days), "day"))),
    );
    row(canvas, "28 days meet 99 %", Tone::Plain, &cells(&|forecast| percent(forecast.p_meet)));
}

fn draw_event_types(canvas: &mut Canvas, standing: &Standing) {
    if standing.event_types.is_empty() {
        return;
    }
    let (rate, good) = wording::window_words(standing.basis);
    canvas.blank();
    row(canvas, "by event type, 28 days", Tone::Strong, &[rate.to_owned(), good.to_owned()]);
    for event in &standing.event_types {
        let counts = format!("{} · {}", count(event.good), count(event.bad));
        row(canvas, &event.event_type, Tone::Plain, &[percent_or_dash(event.success_rate), counts]);
    }
}

fn draw_health(canvas: &mut Canvas, health: &Health) {
    let text = format!(
        "{} of {} in 28 days, at least {} asked for; failures left: {}",
        percent_or_dash(health.availability),
        counted(health.good + health.bad, "request"),
        percent(health.objective),
        wording::bad_events_left(health.budget.remaining, health.budget.allowed),
    );
    canvas.blank();
    let tone = if health.met == Some(false) { Tone::Bad } else { Tone::Plain };
    canvas.paragraph(Line::indented(3).faint("app's health check  "), tone, &text);
}

fn draw_answer(canvas: &mut Canvas, row: &HealthRow) {
    let tone = match row.verdict {
        Verdict::Good => Tone::Good,
        Verdict::Bad => Tone::Bad,
        Verdict::Reached | Verdict::Excluded | Verdict::Unattributed => Tone::Warn,
    };
    let lead = Line::indented(3).put(tone, format!("{}  ", row.code));
    canvas.paragraph(lead, Tone::Plain, &format!("{} in {}", row.url, duration(row.elapsed_us)));
}

/// A row of a table: a label, and cells that end at equal distances.
fn row(canvas: &mut Canvas, label: &str, tone: Tone, cells: &[String]) {
    let mut line = Line::indented(3).faint(label);
    for (index, cell) in cells.iter().enumerate() {
        line = line.right(column(canvas, index, cells.len()), tone, cell);
    }
    canvas.line(line);
}

/// Where a cell ends.
fn column(canvas: &Canvas, index: usize, cells: usize) -> usize {
    let right = RIGHT.min(canvas.width() - 1);
    LABELS + (right - LABELS) * (index + 1) / cells
}
