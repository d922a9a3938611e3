//! Scales of time.

use super::{Tick, rounded};
use crate::report::figures::duration;

/// A logarithmic scale of time, from 0 to 100 percent.
#[derive(Debug, Clone, Copy)]
pub(super) struct LogScale {
    least: f64,
    ratio: f64,
}

impl LogScale {
    /// A scale that holds all times from `least` to `greatest` microseconds, with a little room.
    pub(super) fn over(least: u64, greatest: u64) -> Self {
        let least = least.max(1) as f64 * 0.85;
        // At least one octave, or a constant time would fill the axis.
        Self { least, ratio: (greatest.max(1) as f64 * 1.18 / least).max(2.0) }
    }

    /// Where a time stands, in percent.
    pub(super) fn at(&self, micros: f64) -> f64 {
        rounded(((micros.max(1.0) / self.least).ln() / self.ratio.ln() * 100.0).clamp(0.0, 100.0))
    }

    /// The time that stands at a percentage.
    pub(super) fn time_at(&self, percent: f64) -> f64 {
        self.least * self.ratio.powf(percent / 100.0)
    }

    /// Powers of ten, and the shorter the scale is, the more multiples of them.
    pub(super) fn ticks(&self) -> Vec<Tick> {
        let factors: &[f64] = match self.ratio {
            ..5.0 => &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0],
            ..60.0 => &[1.0, 2.0, 5.0],
            _ => &[1.0],
        };
        (0..11)
            .flat_map(|power| factors.iter().map(move |factor| factor * 10_f64.powi(power)))
            .filter(|time| (self.least..=self.least * self.ratio).contains(time))
            .map(|time| Tick::new(self.at(time), short(time)))
            .collect()
    }
}

/// A round time without the digits that say nothing.
fn short(micros: f64) -> String {
    let text = duration(micros as u64);
    match text.split_once(' ') {
        Some((number, unit)) if number.contains('.') => {
            format!("{} {unit}", number.trim_end_matches('0').trim_end_matches('.'))
        }
        Some(_) | None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_has_its_place() {
        for (least, greatest) in [(0, 0), (1, 1), (900, 1_100), (5, 3_600_000_000)] {
            let scale = LogScale::over(least, greatest);
            assert!((0.0..=100.0).contains(&scale.at(least as f64)));
            assert!(scale.at(least as f64) <= scale.at(greatest as f64));
            assert!(!scale.ticks().is_empty() || scale.ratio < 2.5, "{least} {greatest}");
            assert!(scale.ticks().len() < 12, "{least} {greatest}");
        }
    }

    #[test]
    fn ticks_are_round() {
        let labels: Vec<_> =
            LogScale::over(900, 2_000_000).ticks().into_iter().map(|tick| tick.label).collect();
        assert_eq!(labels, ["1 ms", "10 ms", "100 ms", "1 s"]);
    }
}
