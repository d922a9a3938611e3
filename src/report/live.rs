//! What a person sees while a load test is under way.

use std::cell::{Cell, RefCell};
use std::fmt::Write;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::figures::{count, duration_or_dash};
use super::output;
use super::progress::ProgressKind;
use crate::recorder::{Interval, Latency};

/// How often a line is written where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);
/// How many codes are named, the most frequent first.
const CODES: usize = 3;

/// How far a load test is.
#[derive(Debug, Clone, Copy)]
pub struct LoadStanding<'run> {
    /// Seconds since counting began.
    pub seconds: u64,
    /// The rate that is aimed at now; none in a closed model.
    pub target_rate: Option<f64>,
    /// What ended in the last second.
    pub last: &'run Interval,
    /// What has ended so far.
    pub total: &'run Interval,
}

/// Shows how far a load test is. It is told once a second, by a thread that sends nothing.
#[derive(Debug)]
pub struct LoadView {
    bar: ProgressBar,
    lines: bool,
    last_line: Cell<Instant>,
    lasts: RefCell<Duration>,
}

impl LoadView {
    /// A view on standard error; a silent one shows nothing.
    pub fn new(kind: ProgressKind) -> Self {
        let bar = match kind {
            ProgressKind::Bar => ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(5)),
            ProgressKind::Lines | ProgressKind::Silent => ProgressBar::hidden(),
        };
        bar.set_style(style("{elapsed_precise}  {msg}"));
        Self {
            bar,
            lines: kind == ProgressKind::Lines,
            last_line: Cell::new(Instant::now()),
            lasts: RefCell::default(),
        }
    }

    /// Begins a run that lasts so long, after a warm-up.
    pub fn begin(&self, lasts: Duration, warm_up: Duration) {
        self.lasts.replace(lasts);
        self.bar.set_length(lasts.as_secs());
        self.bar.set_style(style("{elapsed_precise} {bar:16.cyan/dim} {pos}/{len} s  {prefix}\n{wide_msg}"));
        self.bar.enable_steady_tick(Duration::from_millis(500));
        if !warm_up.is_zero() {
            self.stage("warming up, which is not counted");
        }
    }

    /// Shows how far the run is.
    pub fn update(&self, standing: &LoadStanding<'_>) {
        let (pace, counts) = (pace(standing), counts(standing));
        if self.lines && self.last_line.get().elapsed() >= LINE_EVERY {
            self.last_line.set(Instant::now());
            let of = self.lasts.borrow().as_secs();
            output::note(&format!("{} of {of} s, {pace} · {counts}", standing.seconds));
        }
        self.bar.set_position(standing.seconds);
        self.bar.set_prefix(pace);
        self.bar.set_message(counts);
    }

    /// Names what the run does now.
    pub fn stage(&self, name: &str) {
        if self.lines {
            output::note(name);
        }
        self.bar.set_message(name.to_owned());
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

fn style(template: &'static str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("a constant template")
}

/// How fast it goes now.
fn pace(standing: &LoadStanding<'_>) -> String {
    let LoadStanding { target_rate, last, .. } = standing;
    let target = target_rate.map(|target| format!(" of {target:.0}")).unwrap_or_default();
    format!("{}/s{target} · {} open", last.good + last.bad + last.other, last.in_flight)
}

/// What has come of it, the codes of failures last: a narrow terminal cuts them.
fn counts(standing: &LoadStanding<'_>) -> String {
    let LoadStanding { last, total, .. } = standing;
    let mut text = format!("good {} · bad {}", count(total.good), count(total.bad));
    if total.dropped > 0 {
        let _ = write!(text, " · dropped {}", count(total.dropped));
    }
    let _ = write!(
        text,
        " · p50 {} p99 {} (so far {}, {})",
        quantile(&last.response, 0.5),
        quantile(&last.response, 0.99),
        quantile(&total.response, 0.5),
        quantile(&total.response, 0.99)
    );
    let mut codes: Vec<_> = total.failures.iter().collect();
    codes.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    for (code, times) in codes.into_iter().take(CODES) {
        let _ = write!(text, " · {code} {}", count(*times));
    }
    text
}

fn quantile(latency: &Latency, quantile: f64) -> String {
    duration_or_dash(latency.histogram().map(|times| times.value_at_quantile(quantile).min(times.max())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::{Code, FailureCause};

    #[test]
    fn a_line_says_how_it_goes_now_and_so_far() {
        let mut last = Interval { good: 49, bad: 1, in_flight: 7, dropped: 2, ..Interval::default() };
        last.response.record(Duration::from_millis(5));
        let mut total = Interval { good: 1_490, bad: 3, dropped: 2, ..Interval::default() };
        total.failures.extend([(Code::Status(500), 2), (Code::Failure(FailureCause::ConnectRefused), 1)]);
        total.response.record(Duration::from_millis(4));
        let standing = LoadStanding { seconds: 30, target_rate: Some(50.0), last: &last, total: &total };
        // Times of the live view are kept to two digits.
        assert_eq!(pace(&standing), "50/s of 50 · 7 open");
        assert_eq!(
            counts(&standing),
            "good 1,490 · bad 3 · dropped 2 · p50 5.02 ms p99 5.02 ms (so far 4.01 ms, 4.01 ms) · status.500 2 · connect.refused 1"
        );
    }
}
