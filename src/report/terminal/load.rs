//! How the load was generated, and whether the generator kept up.

use super::canvas::{Canvas, Line, Tone};
use super::chart::sparkline;
use crate::report::capacity;
use crate::report::figures::{count, counted, duration, duration_or_dash, percent, percent_or_dash};
use crate::report::model::{
    Capacity, CapacityLimit, Distribution, Load, LoadModel, Report, Slot, StageRow, ThreadWork, WarmUp,
};

const LABEL: usize = 16;

pub(super) fn draw(canvas: &mut Canvas, report: &Report) {
    let Some(load) = &report.load else { return };
    canvas.heading("Load", model(load.model));
    for (name, fact) in facts(load) {
        canvas.paragraph(Line::indented(3).faint(name).blank_to(LABEL), Tone::Plain, &fact);
    }
    if load.stages.len() > 1 {
        draw_stages(canvas, &load.stages);
    }
    if !load.series.is_empty() {
        draw_series(canvas, &load.series);
    }
    if let Some(capacity) = &load.capacity {
        draw_capacity(canvas, capacity);
    }
}

const fn model(model: LoadModel) -> &'static str {
    match model {
        LoadModel::Closed => "closed model: each sender waits for its answer",
        LoadModel::Open => "open model: callbacks arrive whether or not earlier ones have ended",
        LoadModel::Stages => "in stages",
    }
}

fn facts(load: &Load) -> Vec<(&'static str, String)> {
    let rate = |rate: Option<f64>| rate.map_or_else(|| "–".to_owned(), |rate| format!("{rate:.2}/s"));
    let mut facts = vec![
        ("rate", format!("{} achieved of {} asked for", rate(load.achieved_rate), rate(load.target_rate))),
        (
            "callbacks",
            format!(
                "{} scheduled = {} completed + {} dropped + {} censored",
                count(load.scheduled),
                count(load.completed),
                count(load.dropped),
                count(load.censored)
            ),
        ),
        (
            "lag",
            format!(
                "{} late · p50 {} · p99 {} · max {}",
                percent_or_dash(load.late_share),
                duration_or_dash(load.lag.p50_us),
                duration_or_dash(load.lag.p99_us),
                duration_or_dash(load.lag.max_us)
            ),
        ),
    ];
    let mut in_flight = format!("at most {}", count(load.in_flight.max));
    if let Some(mean) = load.in_flight.mean {
        in_flight = format!("{mean:.2} on average, {in_flight}");
    }
    if let Some(limit) = load.in_flight.limit {
        in_flight = format!("{in_flight} of {} allowed", count(limit));
    }
    facts.push(("in flight", in_flight));
    if let Some(law) = load.littles_law {
        let agree = if law.holds { "agrees with" } else { "disagrees with" };
        facts.push((
            "Little's law",
            format!("{:.2} expected {agree} {:.2} measured", law.expected, law.measured),
        ));
    }
    if let Some(signing) = load.signing {
        let mean = duration_or_dash(signing.mean_us.map(|mean| mean as u64));
        let waited = counted(signing.waited, "callback");
        let reused = if signing.reused { ", used again for each tenant" } else { "" };
        facts.push((
            "signing",
            format!("{} tokens{reused}, {mean} each; {waited} waited for one", count(signing.tokens)),
        ));
    }
    let spread = |times: &Distribution| {
        let (p50, p99) = (duration_or_dash(times.p50_us), duration_or_dash(times.p99_us));
        format!("p50 {p50} · p99 {p99} · max {}", duration_or_dash(times.max_us))
    };
    if load.dial.count > 0 {
        facts.push((
            "dialling",
            format!("{} · {}", counted(load.dial.count, "new connection"), spread(&load.dial)),
        ));
    }
    if load.failed.count > 0 {
        facts.push((
            "no answer",
            format!("{} after {}", counted(load.failed.count, "callback"), spread(&load.failed)),
        ));
    }
    if load.queued > 0 {
        facts.push(("queued", format!("{} waited for others to end", counted(load.queued, "callback"))));
    }
    if let Some(warm_up) = &load.warm_up {
        let WarmUp { seconds, good, bad, response, .. } = warm_up;
        facts.push((
            "warm-up",
            format!("{seconds:.0} s, not counted: {good} good · {bad} bad · {}", spread(response)),
        ));
    }
    if !load.threads.is_empty() {
        let shares = load.threads.iter().map(|thread| {
            let work = match thread.work {
                ThreadWork::Sending => "sending",
                ThreadWork::Signing => "signing",
            };
            format!("{work} {}", percent_or_dash(thread.share))
        });
        facts.push(("threads", format!("{} of their time", shares.collect::<Vec<_>>().join(" · "))));
    }
    if let Some(reason) = &load.ended_early {
        facts.push(("ended early", reason.clone()));
    }
    facts
}

fn draw_stages(canvas: &mut Canvas, stages: &[StageRow]) {
    canvas.blank();
    for (index, stage) in stages.iter().enumerate() {
        let rates = match (stage.from_rate, stage.to_rate) {
            (Some(from), Some(to)) if from == to => format!("{from:.1}/s"),
            (Some(from), Some(to)) => format!("{from:.1} → {to:.1}/s"),
            (_, _) => String::new(),
        };
        let name = if index == 0 { "stages" } else { "" };
        let text = format!(
            "{rates}, {:.0} s: {} good · {} bad · p50 {} · p99 {}",
            stage.seconds,
            count(stage.good),
            count(stage.bad),
            duration_or_dash(stage.response.p50_us),
            duration_or_dash(stage.response.p99_us)
        );
        canvas.paragraph(Line::indented(3).faint(name).blank_to(LABEL), Tone::Plain, &text);
    }
}

/// The run over time, folded to the width of the terminal.
fn draw_series(canvas: &mut Canvas, series: &[Slot]) {
    let columns = (canvas.width() - LABEL - 14).min(series.len());
    let greatest = |value: fn(&Slot) -> f64| -> Vec<f64> {
        (0..columns)
            .map(|column| {
                let part = column * series.len() / columns..((column + 1) * series.len()).div_ceil(columns);
                series[part].iter().map(value).fold(0.0, f64::max)
            })
            .collect()
    };
    canvas.blank();
    let mut row = |name: &str, tone: Tone, values: Vec<f64>, label: fn(f64) -> String| {
        let most = values.iter().copied().fold(0.0, f64::max);
        let line = Line::indented(3).faint(name).blank_to(LABEL + 3).put(tone, sparkline(&values));
        canvas.line(line.blank_to(LABEL + 3 + columns).faint(format!(" ≤ {}", label(most))));
    };
    row("good", Tone::Good, greatest(|slot| slot.good as f64 / slot.width_s), |most| format!("{most:.1}/s"));
    row("bad", Tone::Bad, greatest(|slot| slot.bad as f64 / slot.width_s), |most| format!("{most:.1}/s"));
    row("response p99", Tone::Accent, greatest(|slot| slot.p99_us.unwrap_or(0) as f64), |most| {
        duration(most as u64)
    });
    let seconds = series.last().map_or(0.0, |slot| slot.start_s + slot.width_s);
    let end = format!("{seconds:.0} s");
    canvas.line(Line::indented(LABEL + 3).faint("0 s").right(LABEL + 3 + columns, Tone::Faint, end));
}

fn draw_capacity(canvas: &mut Canvas, capacity: &Capacity) {
    canvas.blank();
    let found = capacity::found(capacity);
    let text = format!("{found} · the goal: {}", capacity.goal);
    canvas.paragraph(Line::indented(3).faint("capacity").blank_to(LABEL), Tone::Strong, &text);
    if !capacity.limits.is_empty() {
        let limit =
            |limit: &CapacityLimit| format!("{} at {:.0}/s", capacity::resource(limit.resource), limit.rate);
        let limits = capacity.limits.iter().map(limit).collect::<Vec<_>>().join(" · ");
        canvas.paragraph(Line::indented(3).faint("our limits").blank_to(LABEL), Tone::Plain, &limits);
    }
    for trial in &capacity.trials {
        let (tone, mark) = if trial.met { (Tone::Good, "✓") } else { (Tone::Bad, "✗") };
        let rate = trial.success_rate.map_or_else(|| "–".to_owned(), percent);
        let line = Line::indented(LABEL).put(tone, mark).right(
            LABEL + 12,
            Tone::Plain,
            format!("{:.1}/s", trial.rate),
        );
        canvas.line(
            line.right(LABEL + 24, Tone::Plain, rate)
                .right(LABEL + 36, Tone::Plain, duration_or_dash(trial.p99_us))
                .put(Tone::Faint, trial.why.as_ref().map(|why| format!("  {why}")).unwrap_or_default()),
        );
    }
}
