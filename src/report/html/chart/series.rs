//! A load test over time.

use std::fmt::Write;

use serde::Serialize;

use super::scale::LogScale;
use super::{Tick, rounded};
use crate::report::figures::{count, duration_or_dash};
use crate::report::model::Slot;

/// The greatest height of a bar, in pixels.
const HEIGHT: f64 = 90.0;

/// A load test over time: good and bad callbacks per second, and response times.
#[derive(Debug, Clone, Serialize)]
pub(in crate::report::html) struct OverTime {
    slots: Vec<SlotBar>,
    /// Paths in a square of 100 by 100, by the name of the percentile.
    lines: Vec<Line>,
    seconds: Vec<Tick>,
    times: Vec<Tick>,
    /// The greatest rate, in callbacks per second.
    most_per_second: String,
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
struct Line {
    name: &'static str,
    path: String,
}

impl OverTime {
    /// The charts of a series, when it has more than one slot.
    pub(in crate::report::html) fn of(series: &[Slot]) -> Option<Self> {
        let last = series.last().filter(|_| series.len() > 1)?;
        let seconds = (last.start_s + last.width_s).max(f64::MIN_POSITIVE);
        let rate = |slot: &Slot, number: u64| number as f64 / slot.width_s.max(f64::MIN_POSITIVE);
        let most =
            series.iter().map(|slot| rate(slot, slot.good + slot.bad)).fold(f64::MIN_POSITIVE, f64::max);
        let slots = series.iter().map(|slot| SlotBar {
            x: rounded(slot.start_s / seconds * 100.0),
            width: rounded(slot.width_s / seconds * 92.0),
            good: (rate(slot, slot.good) / most * HEIGHT).round(),
            bad: if slot.bad == 0 { 0.0 } else { (rate(slot, slot.bad) / most * HEIGHT).round().max(2.0) },
            title: format!(
                "{:.0} s: {} good, {} bad, p50 {}, p99 {}, {} in flight",
                slot.start_s,
                count(slot.good),
                count(slot.bad),
                duration_or_dash(slot.p50_us),
                duration_or_dash(slot.p99_us),
                count(slot.in_flight)
            ),
        });
        let times = || series.iter().flat_map(|slot| [slot.p50_us, slot.p99_us]).flatten();
        let scale = LogScale::over(times().min().unwrap_or(1), times().max().unwrap_or(1));
        let lines = [("p99", (|slot| slot.p99_us) as fn(&Slot) -> Option<u64>), ("p50", |slot| slot.p50_us)];
        Some(Self {
            slots: slots.collect(),
            lines: lines
                .map(|(name, value)| Line { name, path: path(series, seconds, &scale, value) })
                .into(),
            seconds: [0.0, 0.25, 0.5, 0.75, 1.0]
                .map(|share| Tick::new(share * 100.0, format!("{:.0} s", share * seconds)))
                .into(),
            times: scale
                .ticks()
                .into_iter()
                .map(|tick| Tick { at: rounded(100.0 - tick.at), ..tick })
                .collect(),
            most_per_second: format!("{most:.1}"),
        })
    }
}

/// A line through the middles of the slots, interrupted where nothing is known.
fn path(series: &[Slot], seconds: f64, scale: &LogScale, value: fn(&Slot) -> Option<u64>) -> String {
    let mut path = String::new();
    let mut command = 'M';
    for slot in series {
        let Some(micros) = value(slot) else {
            command = 'M';
            continue;
        };
        let x = rounded((slot.start_s + slot.width_s / 2.0) / seconds * 100.0);
        let _ = write!(path, "{command}{x} {}", rounded(100.0 - scale.at(micros as f64)));
        command = 'L';
    }
    path
}
