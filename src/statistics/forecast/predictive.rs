//! The number of bad events among those to come.

use super::Belief;
use crate::statistics::search::least_whole;
use crate::statistics::stirling::ln_beta;
use crate::statistics::{Confidence, MAX_EVENTS, OutOfRange};

/// The beta-binomial distribution of the bad ones among `n` events to come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BadEvents {
    /// What stands for bad events in the belief, and for good ones.
    bad: f64,
    good: f64,
    n: u64,
}

impl BadEvents {
    /// The bad ones among `n` events drawn from this belief.
    ///
    /// # Errors
    /// When there are more than [`MAX_EVENTS`].
    pub fn new(belief: Belief, n: u64) -> Result<Self, OutOfRange> {
        if n <= MAX_EVENTS {
            Ok(Self { bad: belief.bad(), good: belief.good(), n })
        } else {
            Err(OutOfRange::new("the number of future events", "at most 10^9", n))
        }
    }

    /// P(at most `k` are bad): the sum of the shorter tail, term by term from its neighbour.
    pub fn at_most(&self, k: u64) -> f64 {
        if k >= self.n {
            return 1.0;
        }
        if k < self.n / 2 {
            self.sum_up_to(k)
        } else {
            let mirrored = Self { bad: self.good, good: self.bad, n: self.n };
            1.0 - mirrored.sum_up_to(self.n - k - 1)
        }
    }

    /// P(exactly `k` are bad).
    pub fn exactly(&self, k: u64) -> f64 {
        if k > self.n {
            return 0.0;
        }
        let (bad, good) = (k as f64, (self.n - k) as f64);
        // C(n, k) = 1 / ((n + 1)·B(k + 1, n − k + 1))
        let ln_choose = -ln_beta(bad + 1.0, good + 1.0) - (self.n as f64 + 1.0).ln();
        (ln_choose + ln_beta(self.bad + bad, self.good + good) - ln_beta(self.bad, self.good)).exp()
    }

    /// The probability that one event more is bad when `k` of these were.
    pub(super) fn next_is_bad_after(&self, k: u64) -> f64 {
        (self.bad + k as f64) / (self.bad + self.good + self.n as f64)
    }

    /// The fewest and most bad events, between which the number lies with at least this probability, at
    /// most half of the rest on either side.
    pub fn interval(&self, confidence: Confidence) -> (u64, u64) {
        let half = confidence.alpha() / 2.0;
        let at =
            |probability: f64| least_whole(0, self.n, |k| self.at_most(k) >= probability).unwrap_or(self.n);
        (at(half), at(1.0 - half))
    }

    fn sum_up_to(&self, k: u64) -> f64 {
        // Terms are kept relative to a scale that moves with them: the first may be far below the
        // smallest floating-point number.
        const RESCALE: f64 = 1e200;
        let n = self.n as f64;
        let mut ln_scale = ln_beta(self.bad, self.good + n) - ln_beta(self.bad, self.good);
        let (mut term, mut sum) = (1.0, 1.0);
        // Ratios of neighbours cross 1 once: downwards, and then for good, when this holds.
        let one_peak = self.bad + self.good >= 2.0;
        for j in 0..k {
            let bad = j as f64;
            let ratio = (n - bad) / (bad + 1.0) * ((self.bad + bad) / (self.good + n - bad - 1.0));
            term *= ratio;
            sum += term;
            if sum > RESCALE {
                term /= RESCALE;
                sum /= RESCALE;
                ln_scale += RESCALE.ln();
            }
            if one_peak && ratio < 1.0 && term * (k - j) as f64 <= sum * 1e-17 {
                break;
            }
        }
        (ln_scale + sum.ln()).exp().min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn events(good: f64, bad: f64, n: u64) -> BadEvents {
        BadEvents::new(Belief::new(good, bad).expect("in range"), n).expect("in range")
    }

    #[test]
    fn a_flat_belief_makes_every_number_alike() {
        let flat = events(1.0, 1.0, 9);
        for k in 0..=9 {
            assert!((flat.exactly(k) - 0.1).abs() < 1e-14);
            assert!((flat.at_most(k) - 0.1 * (k + 1) as f64).abs() < 1e-14);
        }
    }

    #[test]
    fn a_first_term_below_every_float_is_no_obstacle() {
        // The failures believed in are so many that P(none) is e^-5000.
        let many = events(1e6, 1e6, 20_000);
        assert!((many.at_most(9_999) + many.exactly(10_000) / 2.0 - 0.5).abs() < 1e-9);
        assert_eq!(many.at_most(100), 0.0);
    }

    proptest! {
        #[test]
        fn the_parts_sum_to_the_tail(good in 0.01..2000.0_f64, bad in 0.01..50.0_f64, n in 0..300_u64) {
            let events = events(good, bad, n);
            let mut sum = 0.0;
            for k in 0..=n {
                sum += events.exactly(k);
                prop_assert!((events.at_most(k) - sum).abs() < 1e-10, "{k}: {} {sum}", events.at_most(k));
            }
            prop_assert!((sum - 1.0).abs() < 1e-10);
        }

        #[test]
        fn an_interval_holds_its_share_and_no_end_is_idle(
            good in 1.0..2000.0_f64,
            bad in 0.5..50.0_f64,
            n in 1..2000_u64,
        ) {
            let events = events(good, bad, n);
            let eighty = Confidence::from_level(0.8).expect("in range");
            let (fewest, most) = events.interval(eighty);
            let below = |k: u64| k.checked_sub(1).map_or(0.0, |k| events.at_most(k));
            prop_assert!(below(fewest) < 0.1 + 1e-9 && events.at_most(most) >= 0.9 - 1e-9);
            prop_assert!(events.at_most(most) - below(fewest) >= 0.8 - 1e-9);
            prop_assert!(below(most) < 0.9 + 1e-9);
        }
    }
}
