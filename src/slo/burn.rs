//! How fast the budget of 28 days is being spent.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Span, Tally};
use crate::statistics::Probability;
use crate::statistics::burn::{burn_rate, burn_rate_of_threshold, hours_to_exhaustion};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const WINDOW_DAYS: f64 = 28.0;

/// A long window, a short one that shows whether it still burns, and the part of the budget that is spent
/// within the long one when both burn at the threshold (The Site Reliability Workbook, chapter 5).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Alert {
    pub(super) long: Duration,
    pub(super) short: Duration,
    share: f64,
}

/// The workbook's three.
pub(super) const ALERTS: [Alert; 3] = [
    Alert { long: HOUR, short: MINUTE.saturating_mul(5), share: 0.02 },
    Alert { long: HOUR.saturating_mul(6), short: MINUTE.saturating_mul(30), share: 0.05 },
    Alert { long: HOUR.saturating_mul(72), short: HOUR.saturating_mul(6), share: 0.1 },
];

/// How fast the budget of 28 days is being spent, over two windows at once. A rate of 1 spends it in 28 days.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Burn {
    /// The length of the long window, in seconds.
    pub long_s: u64,
    /// The length of the short window, in seconds.
    pub short_s: u64,
    /// The burn rate over the long window; null without events.
    pub long_rate: Option<f64>,
    /// The burn rate over the short window; null without events.
    pub short_rate: Option<f64>,
    /// The burn rate at which this pair of windows is worth an alert: 13.44, 5.6 or 0.9333.
    pub threshold: f64,
    /// Whether both windows burn at the threshold or faster.
    pub burning: bool,
    /// The hours in which the long window's rate spends a whole budget; null when nothing burns.
    pub exhausted_after_h: Option<f64>,
}

impl Burn {
    pub(super) fn of(alert: Alert, long: &Tally, short: &Tally) -> Self {
        let hours = alert.long.as_secs_f64() / 3600.0;
        let threshold = burn_rate(WINDOW_DAYS, alert.share, hours).expect("the constants are in range");
        let (long_rate, short_rate) = (rate(long), rate(short));
        let burns = |rate: Option<f64>| rate.is_some_and(|rate| rate >= threshold);
        Self {
            long_s: alert.long.as_secs(),
            short_s: alert.short.as_secs(),
            long_rate,
            short_rate,
            threshold,
            burning: burns(long_rate) && burns(short_rate),
            exhausted_after_h: long_rate
                .and_then(|rate| hours_to_exhaustion(WINDOW_DAYS, rate).ok().flatten()),
        }
    }
}

fn rate(tally: &Tally) -> Option<f64> {
    let success_rate = Probability::new(tally.counts().success_rate()?).ok()?;
    burn_rate_of_threshold(Span::FourWeeks.objective().probability(), success_rate).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(good: u64, bad: u64) -> Tally {
        Tally { good, bad, ..Tally::default() }
    }

    #[test]
    fn both_windows_have_to_burn() {
        let of = |long, short| Burn::of(ALERTS[0], &long, &short);
        let burning = of(tally(80, 20), tally(4, 1));
        assert!(burning.burning);
        assert!((burning.long_rate.expect("events") - 20.0).abs() < 1e-9);
        assert!((burning.exhausted_after_h.expect("it burns") - 33.6).abs() < 1e-9);
        assert!(!of(tally(80, 20), tally(5, 0)).burning, "it is over");
        assert!(!of(tally(80, 20), tally(0, 0)).burning, "nothing is known of now");
        assert_eq!(of(tally(100, 0), tally(5, 0)).exhausted_after_h, None);
    }

    #[test]
    fn the_thresholds_are_those_of_28_days() {
        let thresholds = ALERTS.map(|alert| Burn::of(alert, &tally(1, 0), &tally(1, 0)).threshold);
        for (threshold, expected) in thresholds.iter().zip([13.44, 5.6, 14.0 / 15.0]) {
            assert!((threshold - expected).abs() < 1e-9);
        }
    }
}
