//! The correlation of neighbouring outcomes, estimated from the outcomes.
//!
//! A two-state Markov chain has the lag-1 correlation r = P(bad after bad) − P(bad after good). The two
//! parts are estimated from different transitions, so an exact bound for each gives a bound for the
//! difference that errs to the safe side, also with the two or three failures that a gate ever sees.

use serde::Serialize;

use super::interval::{Interval, Method, Side};
use super::{Confidence, Counts};

/// The transitions between neighbouring outcomes, taken in slot order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Lag1 {
    after_good: Counts,
    after_bad: Counts,
    #[serde(skip)]
    previous: Option<bool>,
}

impl Lag1 {
    /// Takes the next outcome.
    pub fn observe(&mut self, good: bool) {
        if let Some(previous) = self.previous.replace(good) {
            let transitions = if previous { &mut self.after_good } else { &mut self.after_bad };
            *transitions = transitions.with(good);
        }
    }

    /// What followed good outcomes.
    pub const fn after_good(self) -> Counts {
        self.after_good
    }

    /// What followed bad outcomes.
    pub const fn after_bad(self) -> Counts {
        self.after_bad
    }

    /// The estimate, from −1 to 1; `None` while only one kind of outcome was followed by another.
    pub fn estimate(self) -> Option<f64> {
        Some(self.after_good.success_rate()? - self.after_bad.success_rate()?)
    }

    /// Both bounds at this confidence (Clopper–Pearson for each part, the error halved between them);
    /// −1 to 1 as long as nothing is known.
    pub fn interval(self, confidence: Confidence) -> Interval {
        let each = confidence.shared_by(2);
        let (after_good, after_bad) = (
            Interval::clopper_pearson(self.after_good, each),
            Interval::clopper_pearson(self.after_bad, each),
        );
        Interval { low: after_good.low - after_bad.high, high: after_good.high - after_bad.low }
    }

    /// The one-sided lower bound at this confidence: above 0, the outcomes are shown to come in clumps.
    pub fn lower_bound(self, confidence: Confidence) -> f64 {
        let each = confidence.shared_by(2);
        let after_good = Interval::of(Method::ClopperPearson, self.after_good, each, Side::Lower);
        let after_bad = Interval::of(Method::ClopperPearson, self.after_bad, each, Side::Upper);
        after_good.low - after_bad.high
    }

    /// The factor by which the estimate says the variance grows, (1 + r)/(1 − r); at least 1: a negative
    /// estimate earns nothing, and no estimate says nothing.
    pub fn design_effect(self) -> f64 {
        let r = self.estimate().unwrap_or(0.0).max(0.0);
        if r < 1.0 { (1.0 + r) / (1.0 - r) } else { f64::MAX }
    }

    /// How many independent probes would say as much as these `n`: n over the design effect, at least 1
    /// of 1 or more. Without failures it is n, for want of knowledge.
    pub fn n_effective(self, n: u64) -> f64 {
        let n = n as f64;
        (n / self.design_effect()).max(n.min(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(outcomes: &str) -> Lag1 {
        let mut lag1 = Lag1::default();
        outcomes.bytes().for_each(|outcome| lag1.observe(outcome == b'g'));
        lag1
    }

    #[test]
    fn transitions_are_counted_by_what_came_before() {
        let lag1 = of("gggbbg");
        assert_eq!((lag1.after_good().good(), lag1.after_good().bad()), (2, 1));
        assert_eq!((lag1.after_bad().good(), lag1.after_bad().bad()), (1, 1));
        assert!((lag1.estimate().expect("both kinds") - (2.0 / 3.0 - 0.5)).abs() < 1e-15);
    }

    #[test]
    fn one_kind_of_outcome_says_nothing() {
        for outcomes in ["", "g", "ggggg", "bbbb", "ggggb"] {
            let lag1 = of(outcomes);
            assert_eq!(lag1.estimate(), None, "{outcomes}");
            assert!(lag1.lower_bound(Confidence::NINETY_FIVE) < 0.0);
            assert_eq!(lag1.n_effective(outcomes.len() as u64), outcomes.len() as f64);
        }
    }

    #[test]
    fn clumps_are_shown_and_scattered_failures_are_not() {
        let scattered = of(&"ggggggggggggggggggggggggb".repeat(8));
        assert!(scattered.lower_bound(Confidence::NINETY_FIVE) < 0.0);
        let clumped = of(&"ggggggggggggggggggggggggggggggggggggggggggggggggbbbb".repeat(4));
        assert!(clumped.lower_bound(Confidence::NINETY_FIVE) > 0.0);
        assert!(clumped.n_effective(208) < 40.0);
    }

    #[test]
    fn an_app_that_is_down_is_not_called_correlated() {
        assert!(of("bb").lower_bound(Confidence::NINETY_FIVE) < 0.0);
        assert!(of(&"b".repeat(50)).lower_bound(Confidence::NINETY_FIVE) < 0.0);
    }

    #[test]
    fn the_interval_holds_the_estimate() {
        for outcomes in ["gbgbgb", "ggbb", "ggggbbbbgggg", "gbggbbgggbbb"] {
            let (lag1, confidence) = (of(outcomes), Confidence::NINETY_FIVE);
            let (interval, estimate) = (lag1.interval(confidence), lag1.estimate().expect("both kinds"));
            assert!(interval.low <= estimate && estimate <= interval.high, "{outcomes}");
            assert!(interval.low <= lag1.lower_bound(confidence), "half the error asks for more room");
        }
    }
}
