//! What a window will show, from what probes have shown.
//!
//! The success rate is a beta distribution of beliefs; probes sharpen it, and the events to come are
//! drawn from it (the beta-binomial predictive distribution: Raiffa and Schlaifer, "Applied statistical
//! decision theory", 1961). The figure counts what is in the window already.

mod predictive;

use serde::Serialize;

use super::{Counts, MAX_EVENTS, Objective, OutOfRange, Probability, poisson};
pub use predictive::BadEvents;

/// Beta(good, bad): what is believed of a success rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Belief {
    good: f64,
    bad: f64,
}

impl Belief {
    /// Beta(½, ½), Jeffreys' prior: as good as no opinion.
    pub const JEFFREYS: Self = Self { good: 0.5, bad: 0.5 };

    /// Beta(`good`, `bad`).
    ///
    /// # Errors
    /// When one is not from 10^-6 to 10^9.
    pub fn new(good: f64, bad: f64) -> Result<Self, OutOfRange> {
        let fine = |parameter: f64| (1e-6..=1e9).contains(&parameter);
        if fine(good) && fine(bad) {
            Ok(Self { good, bad })
        } else {
            Err(OutOfRange::new("a prior's parameters", "from 10^-6 to 10^9", format!("{good} and {bad}")))
        }
    }

    /// The belief after these events.
    #[must_use]
    pub fn after(self, counts: Counts) -> Self {
        self.after_discounted(counts, Probability::ONE)
    }

    /// The belief after these events when each weighs only `discount`: probes and real installs are not
    /// exchangeable (the power prior of Ibrahim and Chen, "Power prior distributions for regression
    /// models", 2000).
    #[must_use]
    pub fn after_discounted(self, counts: Counts, discount: Probability) -> Self {
        Self {
            good: self.good + discount.get() * counts.good() as f64,
            bad: self.bad + discount.get() * counts.bad() as f64,
        }
    }

    /// The expected success rate.
    pub fn mean(self) -> f64 {
        self.good / (self.good + self.bad)
    }

    /// The parameter that stands for good events.
    pub const fn good(self) -> f64 {
        self.good
    }

    /// The parameter that stands for bad events.
    pub const fn bad(self) -> f64 {
        self.bad
    }
}

/// A window with a part still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outlook {
    /// The objective of the window.
    pub objective: Objective,
    /// What it holds so far and will still hold at its end.
    pub so_far: Counts,
}

impl Outlook {
    /// The most bad events the whole window may hold with `future` more events.
    pub fn allowed_bad_total(self, future: u64) -> u64 {
        self.objective.allowed_bad(future.saturating_add(self.so_far.n()))
    }

    /// The most of `future` events that may be bad; `None` when it is missed already.
    pub fn allowed_bad(self, future: u64) -> Option<u64> {
        self.allowed_bad_total(future).checked_sub(self.so_far.bad())
    }

    /// The probability that the window meets the objective with `future` more events. A window that
    /// stays empty counts as meeting it.
    ///
    /// # Errors
    /// When there are more than [`MAX_EVENTS`].
    pub fn probability_to_meet(self, belief: Belief, future: u64) -> Result<f64, OutOfRange> {
        let events = BadEvents::new(belief, future)?;
        Ok(self.allowed_bad(future).map_or(0.0, |allowed| events.at_most(allowed)))
    }

    /// The same when the number of events to come is itself a matter of chance, Poisson with the mean
    /// `mean_future`; numbers above `most` are left out, and with them their probability.
    ///
    /// # Errors
    /// When the mean is not from 0 to 10^8.
    pub fn probability_to_meet_poisson(
        self,
        belief: Belief,
        mean_future: f64,
        most: u64,
    ) -> Result<f64, OutOfRange> {
        if !(0.0..=MAX_POISSON_MEAN).contains(&mean_future) {
            return Err(OutOfRange::new("the mean number of events", "from 0 to 10^8", mean_future));
        }
        if mean_future == 0.0 {
            return self.probability_to_meet(belief, 0);
        }
        // Beyond twelve standard deviations, and the tail of small means, nothing is left to count.
        let reach = 12.0 * mean_future.sqrt() + 60.0;
        let first = (mean_future - reach).max(0.0) as u64;
        let last = most.min((mean_future + reach) as u64).min(MAX_EVENTS);
        let mut sum = 0.0;
        let mut events = BadEvents::new(belief, first)?;
        let mut meets = Running::start(self.allowed_bad(first), &events);
        for future in first..=last {
            if future > first {
                let next = BadEvents::new(belief, future)?;
                meets.advance(self.allowed_bad(future), &events, &next);
                events = next;
            }
            sum += poisson::exactly(future, mean_future) * meets.probability;
        }
        Ok(sum.min(1.0))
    }
}

/// The largest mean for which the sum above ends in a second.
const MAX_POISSON_MEAN: f64 = 1e8;

/// P(at most `allowed` bad), carried from one number of events to the next instead of summed anew.
struct Running {
    allowed: Option<u64>,
    probability: f64,
}

impl Running {
    fn start(allowed: Option<u64>, events: &BadEvents) -> Self {
        Self { allowed, probability: allowed.map_or(0.0, |allowed| events.at_most(allowed)) }
    }

    /// With one event more, at most k stay at most k unless there were exactly k and it is bad; and
    /// `allowed` grows by at most one.
    fn advance(&mut self, allowed: Option<u64>, before: &BadEvents, after: &BadEvents) {
        if let Some(k) = self.allowed {
            self.probability -= before.exactly(k) * before.next_is_bad_after(k);
        }
        if allowed != self.allowed {
            self.probability += allowed.map_or(0.0, |k| after.exactly(k));
            self.allowed = allowed;
        }
        self.probability = self.probability.clamp(0.0, 1.0);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counts(good: u64, bad: u64) -> Counts {
        Counts::new(good, bad).expect("in range")
    }

    fn outlook(good: u64, bad: u64) -> Outlook {
        Outlook { objective: Objective::CLOUD_FORTIFIED, so_far: counts(good, bad) }
    }

    #[test]
    fn a_window_that_is_lost_already_has_no_chance() {
        let sure = Belief::JEFFREYS.after(counts(1_000_000, 0));
        assert_eq!(outlook(10, 5).probability_to_meet(sure, 100), Ok(0.0));
        assert_eq!(outlook(10, 5).allowed_bad(100), None);
        assert!(
            outlook(10, 5).probability_to_meet(sure, 1000).expect("in range") > 0.99,
            "but more events dilute it"
        );
        assert_eq!(outlook(10, 5).allowed_bad_total(100), 1);
    }

    #[test]
    fn nothing_to_come_leaves_what_is_there() {
        let belief = Belief::JEFFREYS;
        assert_eq!(outlook(0, 0).probability_to_meet(belief, 0), Ok(1.0));
        assert_eq!(outlook(99, 1).probability_to_meet(belief, 0), Ok(1.0));
        assert_eq!(outlook(98, 1).probability_to_meet(belief, 0), Ok(0.0));
        assert_eq!(outlook(98, 1).probability_to_meet_poisson(belief, 0.0, 10), Ok(0.0));
    }

    #[test]
    fn a_discounted_probe_weighs_less() {
        let probes = counts(1000, 0);
        let half = Probability::new(0.5).expect("in range");
        let (full, discounted) =
            (Belief::JEFFREYS.after(probes), Belief::JEFFREYS.after_discounted(probes, half));
        assert_eq!(discounted, Belief::JEFFREYS.after(counts(500, 0)));
        let meets = |belief| outlook(0, 0).probability_to_meet(belief, 400).expect("in range");
        assert!(meets(discounted) < meets(full));
    }

    #[test]
    fn out_of_range_is_said() {
        assert!(outlook(0, 0).probability_to_meet(Belief::JEFFREYS, MAX_EVENTS + 1).is_err());
        for mean in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(outlook(0, 0).probability_to_meet_poisson(Belief::JEFFREYS, mean, 10).is_err());
        }
        assert!(Belief::new(0.0, 1.0).is_err());
    }

    proptest! {
        #[test]
        fn a_random_number_of_events_is_an_average(
            mean in 0.1..150.0_f64,
            good in 0..500_u64,
            bad in 0..4_u64,
            so_far in 0..200_u64,
            most in 0..300_u64,
        ) {
            let (belief, outlook) = (Belief::JEFFREYS.after(counts(good, bad)), outlook(so_far, so_far / 90));
            let meets = |n| outlook.probability_to_meet(belief, n).expect("in range");
            let average: f64 = (0..=most).map(|n| poisson::exactly(n, mean) * meets(n)).sum();
            let computed = outlook.probability_to_meet_poisson(belief, mean, most).expect("in range");
            prop_assert!((computed - average).abs() < 1e-10, "{computed}, not {average}");
        }

        #[test]
        fn every_failure_lowers_the_chance(
            good in 0..500_u64,
            bad in 0..5_u64,
            future in 0..500_u64,
            window_bad in 0..3_u64,
        ) {
            let meets = |bad, window_bad| {
                outlook(100, window_bad).probability_to_meet(Belief::JEFFREYS.after(counts(good, bad)), future).expect("in range")
            };
            prop_assert!(meets(bad + 1, window_bad) <= meets(bad, window_bad) + 1e-12);
            // One more event in the window may raise what is allowed by one, never by more.
            prop_assert!(meets(bad, window_bad + 1) <= meets(bad, window_bad) + 1e-12);
        }
    }
}
