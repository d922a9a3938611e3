//! What a person sees while a run is under way: a bar on a terminal, now and then a line elsewhere.

use std::cell::Cell;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

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
        bar.set_style(
            ProgressStyle::with_template("{elapsed_precise} {bar:30.cyan/dim} {pos}/{len} journeys  {msg}")
                .expect("a constant template"),
        );
        Self { bar, lines: kind == ProgressKind::Lines, last_line: Cell::new(Instant::now()) }
    }

    /// Shows how far the run is.
    pub fn update(&self, standing: Standing) {
        let counts = counts(standing);
        if self.lines && self.last_line.get().elapsed() >= LINE_EVERY {
            self.last_line.set(Instant::now());
            output::note(&format!(
                "{} of {} journeys, {counts}",
                standing.done,
                standing.total.unwrap_or_default()
            ));
        }
        self.bar.set_length(standing.total.unwrap_or_default());
        self.bar.set_position(standing.done);
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

fn counts(standing: Standing) -> String {
    let Standing { good, bad, other, .. } = standing;
    match other {
        0 => format!("good {good} · bad {bad}"),
        other => format!("good {good} · bad {bad} · other {other}"),
    }
}
