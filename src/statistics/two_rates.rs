//! Two success rates against each other.
//!
//! Fisher's exact test ("The Design of Experiments", 1935; Agresti, "Categorical Data Analysis", 3rd ed.,
//! section 3.5.1): of all events that were bad, how many fell on one side is hypergeometric when both rates
//! are equal. It never errs more often than it says, and is a little cautious with few events.

use super::search::least_whole;
use super::{Confidence, Counts, Probability, binomial, interval};

/// The probability, if both success rates are equal, of counts at least as unlikely as these. 1 when one
/// side has no events.
pub fn fisher_exact(a: Counts, b: Counts) -> f64 {
    let split = Split { here: a.n(), there: b.n(), bad: a.bad() + b.bad() };
    let (split, here) = match a.bad() <= split.mode() {
        true => (split, a.bad()),
        false => (Split { here: b.n(), there: a.n(), ..split }, b.bad()),
    };
    // Two splits that are equally likely may differ by a rounding error (as R's fisher.test allows).
    let limit = split.probability(here) * (1.0 + 1e-7);
    let above = (here + 1).max(split.mode());
    let other = least_whole(above, split.most(), |there| split.probability(there) <= limit);
    (split.tail_down(here) + other.map_or(0.0, |there| split.tail_up(there))).min(1.0)
}

/// The interval of the difference "rate of `b` less rate of `a`", each rate known by its Wilson interval
/// (Newcombe, "Interval estimation for the difference between independent proportions", 1998, method 10).
/// Without events on a side it is all of −1 to 1.
pub fn difference(a: Counts, b: Counts, confidence: Confidence) -> interval::Interval {
    let (Some(rate_a), Some(rate_b)) = (a.success_rate(), b.success_rate()) else {
        return interval::Interval { low: -1.0, high: 1.0 };
    };
    let (of_a, of_b) = (interval::Interval::wilson(a, confidence), interval::Interval::wilson(b, confidence));
    let difference = rate_b - rate_a;
    interval::Interval {
        low: difference - (rate_b - of_b.low).hypot(of_a.high - rate_a),
        high: difference + (of_b.high - rate_b).hypot(rate_a - of_a.low),
    }
}

/// How `bad` events can fall on two sides of so many events each.
#[derive(Debug, Clone, Copy)]
struct Split {
    here: u64,
    there: u64,
    bad: u64,
}

impl Split {
    fn least(self) -> u64 {
        self.bad.saturating_sub(self.there)
    }

    fn most(self) -> u64 {
        self.bad.min(self.here)
    }

    /// The likeliest number of bad events here; the probability falls to both sides of it.
    fn mode(self) -> u64 {
        let (here, bad) = (u128::from(self.here), u128::from(self.bad));
        let mode = (here + 1) * (bad + 1) / (u128::from(self.here + self.there) + 2);
        u64::try_from(mode).unwrap_or(self.bad).clamp(self.least(), self.most())
    }

    /// P(`x` of the bad events are here), as a quotient of binomial probabilities, which keeps its digits
    /// (Loader 2000).
    fn probability(self, x: u64) -> f64 {
        let all = self.here + self.there;
        if all == 0 || x < self.least() || x > self.most() {
            return f64::from(u8::from(all == 0));
        }
        let share = Probability::at(self.here as f64 / all as f64);
        binomial::exactly(x, self.bad, share) * binomial::exactly(self.here - x, all - self.bad, share)
            / binomial::exactly(self.here, all, share)
    }

    /// P(at most `x`), for an `x` not above the mode.
    fn tail_down(self, x: u64) -> f64 {
        self.tail((self.least()..=x).rev(), |x| {
            let good_there = (self.there + x - self.bad) as f64;
            x as f64 * good_there / ((self.bad - x + 1) as f64 * (self.here - x + 1) as f64)
        })
    }

    /// P(at least `x`), for an `x` not below the mode.
    fn tail_up(self, x: u64) -> f64 {
        self.tail(x..=self.most(), |x| {
            let good_there = (self.there + x - self.bad + 1) as f64;
            (self.bad - x) as f64 * (self.here - x) as f64 / ((x + 1) as f64 * good_there)
        })
    }

    /// The sum of the probabilities from the first `x` on, each from the one before by its `ratio`, until
    /// they add nothing.
    fn tail(self, mut xs: impl Iterator<Item = u64>, ratio: impl Fn(u64) -> f64) -> f64 {
        let Some(mut at) = xs.next() else { return 0.0 };
        let mut term = self.probability(at);
        let mut sum = term;
        for next in xs {
            term *= ratio(at);
            if term <= sum * f64::EPSILON / 4.0 {
                break;
            }
            sum += term;
            at = next;
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::statistics::MAX_EVENTS;

    fn counts(good: u64, bad: u64) -> Counts {
        Counts::new(good, bad).expect("in range")
    }

    /// Values of scipy 1.17's `fisher_exact`.
    #[test]
    fn the_exact_test_agrees_with_scipy() {
        let table = [
            ((13, 0), (12, 1), 1.0),
            ((95, 5), (99, 1), 0.211_647_852_695_731_7),
            ((299, 1), (270, 30), 1.458_394_414_447_448_4e-8),
            ((10, 10), (12, 8), 0.751_186_307_456_559_5),
            ((0, 5), (5, 0), 0.007_936_507_936_507_938),
            ((9_990, 10), (9_950, 50), 1.553_682_296_670_937e-7),
            ((3, 7), (7, 3), 0.178_895_407_997_575_2),
            ((990_000, 10_000), (989_500, 10_500), 0.000_459_489_445_018_162_23),
            ((50, 0), (0, 50), 1.982_330_604_283_667_6e-29),
            ((1, 1), (1, 1), 1.0),
            ((17, 3), (2, 1), 0.452_851_496_329_757_2),
        ];
        for (a, b, expected) in table {
            let (a, b) = (counts(a.0, a.1), counts(b.0, b.1));
            for computed in [fisher_exact(a, b), fisher_exact(b, a)] {
                assert!((computed / expected - 1.0).abs() < 1e-9, "{a:?} {b:?}: {computed}, not {expected}");
            }
        }
    }

    #[test]
    fn nothing_seen_is_no_difference() {
        assert_eq!(fisher_exact(Counts::NONE, counts(5, 5)), 1.0);
        assert_eq!(fisher_exact(Counts::NONE, Counts::NONE), 1.0);
        let all = difference(Counts::NONE, counts(5, 5), Confidence::NINETY_FIVE);
        assert_eq!((all.low, all.high), (-1.0, 1.0));
    }

    #[test]
    fn the_largest_counts_end_in_time() {
        let half = MAX_EVENTS / 2;
        let p = fisher_exact(counts(half, half), counts(half - 20_000, half + 20_000));
        assert!(p > 0.1 && p < 0.5, "{p}");
    }

    /// Table II of Newcombe's article, comparison (a).
    #[test]
    fn the_interval_of_the_difference_agrees_with_its_author() {
        let interval = difference(counts(48, 32), counts(56, 14), Confidence::NINETY_FIVE);
        assert!((interval.low - 0.0524).abs() < 5e-5, "{interval:?}");
        assert!((interval.high - 0.3339).abs() < 5e-5, "{interval:?}");
    }

    proptest! {
        #[test]
        fn the_probabilities_of_all_splits_sum_to_one(here in 1_u64..60, there in 1_u64..60, bad in 0_u64..60) {
            let split = Split { here, there, bad: bad.min(here + there) };
            let mode = split.mode();
            let above = if mode < split.most() { split.tail_up(mode + 1) } else { 0.0 };
            prop_assert!((split.tail_down(mode) + above - 1.0).abs() < 1e-11);
        }

        #[test]
        fn no_p_value_leaves_its_range(a in (0_u64..400, 0_u64..40), b in (0_u64..400, 0_u64..40)) {
            let p = fisher_exact(counts(a.0, a.1), counts(b.0, b.1));
            prop_assert!(p > 0.0 && p <= 1.0, "{p}");
        }
    }
}
