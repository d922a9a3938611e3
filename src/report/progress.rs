//! What a person sees while a run is under way: a bar on a terminal, now and then a line elsewhere.

use std::cell::Cell;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::figures::duration;
use super::output;

/// How often a line is written where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// How far a run is, in numbers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Standing {
    /// Journeys that came to their end.
    pub done: u64,
    /// Journeys in all.
    pub total: Option<u64>,
    /// Good events.
    pub good: u64,
    /// Bad events.
    pub bad: u64,
    /// Events that count neither way.
    pub other: u64,
    /// Callbacks a second, once that can be told.
    pub per_second: Option<f64>,
    /// The median response time so far.
    pub p50_us: Option<u64>,
    /// The 99th percentile of the response time so far.
    pub p99_us: Option<u64>,
    /// How far the gate is from its ends, where there is one.
    pub gate: Option<GateStanding>,
}

/// How far a gate is from its ends.
#[derive(Debug, Clone, Copy)]
pub struct GateStanding {
    /// The good events in a row that would ship, if that can happen.
    pub good_to_ship: Option<u64>,
    /// The bad events in a row that would block, if that can happen.
    pub bad_to_block: Option<u64>,
}

/// Shows how far a run is. A slow terminal drops frames; it never holds back the run.
#[derive(Debug)]
pub struct ProgressView {
    bar: ProgressBar,
    lines: bool,
    last_line: Cell<Instant>,
}

impl ProgressView {
    /// A view on standard error; a silent one shows nothing.
    pub fn new(kind: ProgressKind) -> Self {
        let bar = match kind {
            ProgressKind::Bar => ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10)),
            ProgressKind::Lines | ProgressKind::Silent => ProgressBar::hidden(),
        };
        bar.set_style(style("{elapsed_precise} {pos} journeys  {prefix}\n{wide_msg}"));
        Self { bar, lines: kind == ProgressKind::Lines, last_line: Cell::new(Instant::now()) }
    }

    /// Shows how far the run is.
    pub fn update(&self, standing: Standing) {
        let counts = counts(standing);
        if self.lines && self.last_line.get().elapsed() >= LINE_EVERY {
            self.last_line.set(Instant::now());
            let of_total = standing.total.map(|total| format!(" of {total}")).unwrap_or_default();
            let pace = pace(standing);
            let pace = if pace.is_empty() { pace } else { format!(" · {pace}") };
            output::note(&format!("{}{of_total} journeys{pace} · {counts}", standing.done));
        }
        if standing.total.is_some() && self.bar.length() != standing.total {
            self.bar.set_length(standing.total.unwrap_or_default());
            self.bar.set_style(style(
                "{elapsed_precise} {bar:16.cyan/dim} {pos}/{len} journeys  {prefix}\n{wide_msg}",
            ));
        }
        self.bar.set_position(standing.done);
        self.bar.set_prefix(pace(standing));
        self.bar.set_message(counts);
    }

    /// Names what the run does now.
    pub fn stage(&self, name: &'static str) {
        self.bar.set_message(name);
    }

    /// Writes a line for the person, above the bar.
    pub fn note(&self, line: &str) {
        self.bar.suspend(|| output::note(line));
    }

    /// Takes the view away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// What kind of view a person can make use of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgressKind {
    /// A bar that moves.
    Bar,
    /// A line every few seconds.
    Lines,
    /// Nothing.
    Silent,
}

fn style(template: &'static str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("a constant template")
}

/// How fast it goes: callbacks a second, and response times so far.
fn pace(standing: Standing) -> String {
    let rate = standing.per_second.map(|rate| format!("{rate:.1}/s"));
    let time = |name: &str, micros: Option<u64>| micros.map(|micros| format!("{name} {}", duration(micros)));
    let parts = [rate, time("p50", standing.p50_us), time("p99", standing.p99_us)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

fn counts(standing: Standing) -> String {
    let Standing { good, bad, other, gate, .. } = standing;
    let mut text = format!("good {good} · bad {bad}");
    if other > 0 {
        text += &format!(" · other {other}");
    }
    if let Some(GateStanding { good_to_ship, bad_to_block }) = gate {
        let shown = |count: Option<u64>| count.map_or("–".to_owned(), |count| count.to_string());
        text += &format!(
            " · ships after {} more good, blocks after {} more bad",
            shown(good_to_ship),
            shown(bad_to_block)
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_says_how_far_it_is() {
        let gate = GateStanding { good_to_ship: Some(12), bad_to_block: None };
        let text = counts(Standing { good: 320, gate: Some(gate), ..Standing::default() });
        assert_eq!(text, "good 320 · bad 0 · ships after 12 more good, blocks after – more bad");
        assert_eq!(counts(Standing { other: 2, ..Standing::default() }), "good 0 · bad 0 · other 2");
    }

    #[test]
    fn the_pace_is_told_as_far_as_it_is_known() {
        assert_eq!(pace(Standing::default()), "");
        let times = Standing { p50_us: Some(12_300), p99_us: Some(40_100), ..Standing::default() };
        assert_eq!(pace(times), "p50 12.3 ms · p99 40.1 ms");
        assert_eq!(pace(Standing { per_second: Some(45.04), ..times }), "45.0/s · p50 12.3 ms · p99 40.1 ms");
    }
}
