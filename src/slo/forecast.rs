//! Whether the window of 28 days will meet its objective some days from now.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Span, Tally};
use crate::statistics::forecast::{Belief, Outlook};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// How many days ahead.
pub(super) const DAYS: [u32; 3] = [1, 7, 28];

/// Whether the window of 28 days will meet its objective some days from now, if callbacks go on as they did.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Forecast {
    /// How many days ahead.
    pub days: u32,
    /// The events that are expected until then: as many a day as in the past 24 hours.
    pub events: u64,
    /// The good events of now that will still be in the window.
    pub kept_good: u64,
    /// The bad events of now that will still be in the window.
    pub kept_bad: u64,
    /// The probability that the window meets its objective then.
    pub p_meet: f64,
}

/// How far back the part reaches of the window of now that is still in the window `days` ahead.
pub(super) fn kept_part(days: u32) -> Duration {
    Span::FourWeeks.length().saturating_sub(DAY.saturating_mul(days))
}

impl Forecast {
    /// The forecast for `days` ahead, from the window of 28 days, its part that is `kept` until then, and the
    /// past 24 hours; nothing without events to go by, or with more than the formulas take.
    pub(super) fn of(days: u32, window: &Tally, kept: &Tally, day: &Tally) -> Option<Self> {
        if window.counts().n() == 0 {
            return None;
        }
        let events = day.counts().n().checked_mul(u64::from(days))?;
        let outlook = Outlook { objective: Span::FourWeeks.objective(), so_far: kept.counts() };
        let belief = Belief::JEFFREYS.after(window.counts());
        Some(Self {
            days,
            events,
            kept_good: kept.counts().good(),
            kept_bad: kept.counts().bad(),
            p_meet: outlook.probability_to_meet(belief, events).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(good: u64, bad: u64) -> Tally {
        Tally { good, bad, ..Tally::default() }
    }

    #[test]
    fn a_spent_budget_that_stays_in_the_window_is_spent_tomorrow() {
        let window = tally(640, 32);
        let tomorrow = Forecast::of(1, &window, &tally(616, 32), &tally(24, 0)).expect("events");
        assert_eq!((tomorrow.events, tomorrow.p_meet), (24, 0.0));
        let healthy = Forecast::of(7, &tally(672, 0), &tally(504, 0), &tally(24, 0)).expect("events");
        assert!(healthy.p_meet > 0.99, "{healthy:?}");
        let after = Forecast::of(28, &window, &tally(0, 0), &tally(24, 0)).expect("events");
        assert!(after.p_meet > 0.0 && after.p_meet < 0.01, "{after:?}");
    }

    #[test]
    fn nothing_seen_foretells_nothing() {
        assert_eq!(Forecast::of(1, &Tally::default(), &Tally::default(), &Tally::default()), None);
    }

    #[test]
    fn what_is_kept_ends_with_the_window() {
        assert_eq!(kept_part(28), Duration::ZERO);
        assert_eq!(kept_part(1), DAY.saturating_mul(27));
    }
}
