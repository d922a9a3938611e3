//! An interval that holds at every number of probes at once.

use crate::statistics::interval::Interval;
use crate::statistics::search::least_real;
use crate::statistics::stirling::ln_beta;
use crate::statistics::{Confidence, Counts, OutOfRange};

/// The Beta(a, b) over failure rates by which a confidence sequence spreads its bets; `a` stands for
/// bad events, `b` for good ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mixture {
    a: f64,
    b: f64,
}

impl Mixture {
    /// Beta(½, ½), Jeffreys' weighing.
    pub const JEFFREYS: Self = Self { a: 0.5, b: 0.5 };

    /// Beta(a, b).
    ///
    /// # Errors
    /// When a or b is not from 10^-6 to 10^9.
    pub fn new(a: f64, b: f64) -> Result<Self, OutOfRange> {
        let fine = |parameter: f64| (1e-6..=1e9).contains(&parameter);
        if fine(a) && fine(b) {
            Ok(Self { a, b })
        } else {
            Err(OutOfRange::new("a mixture's parameters", "from 10^-6 to 10^9", format!("{a} and {b}")))
        }
    }
}

/// The failure rates that the bets have not ruined: two-sided, valid at every n at once.
///
/// They are all q with B(a + bad, b + good) / B(a, b) < q^bad (1 − q)^good / α (Robbins 1970, and
/// Howard, Ramdas, McAuliffe and Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence
/// sequences", 2021).
pub fn confidence_sequence(counts: Counts, confidence: Confidence, mixture: Mixture) -> Interval {
    let (good, bad) = (counts.good() as f64, counts.bad() as f64);
    let ln_wealth_over_limit =
        ln_beta(mixture.a + bad, mixture.b + good) - ln_beta(mixture.a, mixture.b) + confidence.alpha().ln();
    let ln_likelihood = |q: f64| {
        let of_bad = if bad > 0.0 { bad * q.ln() } else { 0.0 };
        let of_good = if good > 0.0 { good * (-q).ln_1p() } else { 0.0 };
        of_bad + of_good
    };
    let stands = |q: f64| ln_likelihood(q) >= ln_wealth_over_limit;
    // The likelihood rises up to bad / n and falls beyond; at its peak no bet can have won.
    let peak = if counts.n() == 0 { 0.5 } else { bad / counts.n() as f64 };
    let low = if counts.bad() == 0 { 0.0 } else { least_real(0.0, peak, stands) };
    let high = if counts.good() == 0 { 1.0 } else { least_real(peak, 1.0, |q| !stands(q)) };
    Interval { low, high }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::statistics::MAX_EVENTS;

    fn of(bad: u64, n: u64) -> Interval {
        let counts = Counts::of_total(n - bad, n).expect("in range");
        confidence_sequence(counts, Confidence::NINETY_FIVE, Mixture::JEFFREYS)
    }

    #[test]
    fn nothing_seen_says_nothing() {
        assert_eq!(of(0, 0), Interval { low: 0.0, high: 1.0 });
    }

    #[test]
    fn the_ends_stay_closed() {
        for n in [1, 300, MAX_EVENTS] {
            assert_eq!((of(0, n).low, of(n, n).high), (0.0, 1.0));
            assert!(of(0, n).high < 1.0 && of(n, n).low > 0.0);
        }
    }

    proptest! {
        #[test]
        fn it_holds_the_rate_and_is_wider_than_an_interval_for_one_look(
            n in 1..100_000_u64,
            share in 0.0..1.0_f64,
        ) {
            let bad = (n as f64 * share) as u64;
            let (always, rate) = (of(bad, n), bad as f64 / n as f64);
            prop_assert!(always.low <= rate && rate <= always.high);
            let once = Interval::wilson(Counts::of_total(bad, n).expect("in range"), Confidence::NINETY_FIVE);
            prop_assert!(always.low <= once.low + 1e-12 && always.high >= once.high - 1e-12);
            let mirrored = of(n - bad, n);
            prop_assert!((always.low - (1.0 - mirrored.high)).abs() < 1e-9);
        }
    }
}
