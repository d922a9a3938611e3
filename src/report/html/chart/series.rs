//! A run over time.

use std::fmt::Write;

use serde::Serialize;

use super::scale::LogScale;
use super::{Tick, rounded};
use crate::report::figures::{count, duration_or_dash};
use crate::report::model::Slot;

/// The greatest height of a bar, in pixels.
const HEIGHT: f64 = 136.0;
/// With more slots than these, points would run into each other.
const MOST_POINTS: usize = 60;

/// A run over time: good and bad callbacks, and response times.
#[derive(Debug, Clone, Serialize)]
pub(in crate::report::html) struct OverTime {
    slots: Vec<SlotBar>,
    /// Paths in a square of 100 by 100, by the name of the percentile.
    lines: Vec<Line>,
    /// Where the slots are few enough to be told apart.
    points: Vec<Point>,
    seconds: Vec<Tick>,
    times: Vec<Tick>,
    /// What the highest bar stands for.
    most: String,
}

#[derive(Debug, Clone, Serialize)]
struct SlotBar {
    x: f64,
    width: f64,
    good: f64,
    bad: f64,
    title: String,
}

#[derive(Debug, Clone, Serialize)]
struct Point {
    name: &'static str,
    x: f64,
    y: f64,
    title: String,
}

#[derive(Debug, Clone, Serialize)]
struct Line {
    name: &'static str,
    path: String,
}

/// A percentile of a slot, by its name.
type Percentile = (&'static str, fn(&Slot) -> Option<u64>);

const PERCENTILES: [Percentile; 2] = [("p99", |slot| slot.p99_us), ("p50", |slot| slot.p50_us)];

impl OverTime {
    /// The charts of a series, when it has more than one slot.
    pub(in crate::report::html) fn of(series: &[Slot]) -> Option<Self> {
        let last = series.last().filter(|_| series.len() > 1)?;
        let seconds = (last.start_s + last.width_s).max(f64::MIN_POSITIVE);
        let rate = |slot: &Slot, number: u64| number as f64 / slot.width_s.max(f64::MIN_POSITIVE);
        let all = |slot: &Slot| rate(slot, slot.good + slot.bad);
        let highest = series.iter().max_by(|one, other| all(one).total_cmp(&all(other)))?;
        let most = all(highest).max(f64::MIN_POSITIVE);
        let slots = series.iter().map(|slot| SlotBar {
            x: rounded(slot.start_s / seconds * 100.0),
            width: rounded(slot.width_s / seconds * 92.0),
            good: (rate(slot, slot.good) / most * HEIGHT).round(),
            bad: if slot.bad == 0 { 0.0 } else { (rate(slot, slot.bad) / most * HEIGHT).round().max(2.0) },
            title: title(slot, seconds),
        });
        let times = || series.iter().flat_map(|slot| [slot.p50_us, slot.p99_us]).flatten();
        let scale = LogScale::over(times().min().unwrap_or(1), times().max().unwrap_or(1));
        let place = Place { seconds, scale };
        Some(Self {
            slots: slots.collect(),
            lines: PERCENTILES.map(|(name, value)| Line { name, path: place.path(series, value) }).into(),
            points: if series.len() > MOST_POINTS { Vec::new() } else { place.points(series) },
            seconds: [0.0, 0.25, 0.5, 0.75, 1.0]
                .map(|share| Tick::new(share * 100.0, moment(share * seconds, seconds)))
                .into(),
            times: scale
                .ticks()
                .into_iter()
                .map(|tick| Tick { at: rounded(100.0 - tick.at), ..tick })
                .collect(),
            most: if highest.width_s < 1.0 {
                format!(
                    "{} within {}",
                    count(highest.good + highest.bad),
                    moment(highest.width_s, highest.width_s)
                )
            } else {
                format!("{most:.1}/s")
            },
        })
    }
}

/// Where slots stand in a chart of response times.
struct Place {
    /// How long the run took.
    seconds: f64,
    scale: LogScale,
}

impl Place {
    fn x(&self, slot: &Slot) -> f64 {
        rounded((slot.start_s + slot.width_s / 2.0) / self.seconds * 100.0)
    }

    fn y(&self, micros: u64) -> f64 {
        rounded(100.0 - self.scale.at(micros as f64))
    }

    /// A line through the middles of the slots. Where there are no points to tell what is known, it is interrupted
    /// where nothing is.
    fn path(&self, series: &[Slot], value: fn(&Slot) -> Option<u64>) -> String {
        let mut path = String::new();
        let mut command = 'M';
        for slot in series {
            if let Some(micros) = value(slot) {
                let _ = write!(path, "{command}{} {}", self.x(slot), self.y(micros));
                command = 'L';
            } else if series.len() > MOST_POINTS {
                command = 'M';
            }
        }
        path
    }

    fn points(&self, series: &[Slot]) -> Vec<Point> {
        let point = |name, slot: &Slot, micros| Point {
            name,
            x: self.x(slot),
            y: self.y(micros),
            title: title(slot, self.seconds),
        };
        let of = |(name, value): Percentile| {
            series.iter().filter_map(move |slot| Some((name, slot, value(slot)?)))
        };
        PERCENTILES.into_iter().flat_map(of).map(|(name, slot, micros)| point(name, slot, micros)).collect()
    }
}

/// What a slot of a run of so many seconds holds.
fn title(slot: &Slot, of: f64) -> String {
    format!(
        "{}: {} good, {} bad, p50 {}, p99 {}, {} in flight",
        moment(slot.start_s, of),
        count(slot.good),
        count(slot.bad),
        duration_or_dash(slot.p50_us),
        duration_or_dash(slot.p99_us),
        count(slot.in_flight)
    )
}

/// A time after the start of a run of so many seconds, no finer than that needs.
fn moment(seconds: f64, of: f64) -> String {
    match of {
        ..1.0 => format!("{:.0} ms", seconds * 1e3),
        ..40.0 => format!("{seconds:.1} s"),
        _ => format!("{seconds:.0} s"),
    }
}
