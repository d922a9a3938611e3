//! Intervals for a success rate from good and bad events.
//!
//! Clopper–Pearson (1934) covers the true rate at least as often as it says, for every rate and every n:
//! gate on it. Jeffreys and Wilson (1927) are right on average and shorter: read by them. Wald's
//! p̂ ± z·√(p̂(1 − p̂)/n) is not offered; at 10 good of 10 it is a point (Brown, Cai and DasGupta,
//! "Interval estimation for a binomial proportion", 2001).

use serde::{Deserialize, Serialize};

use super::beta::{Tail, ln_tails, quantile};
use super::normal::upper_quantile;
use super::search::least_whole;
use super::{Confidence, Counts, MAX_EVENTS, Probability};

/// How the interval is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Exact: never covers less often than it says.
    ClopperPearson,
    /// The central part of the posterior under the prior Beta(½, ½), closed at 0 without a good event
    /// and at 1 without a bad one.
    Jeffreys,
    /// The rates that a score test does not reject.
    Wilson,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ClopperPearson, Self::Jeffreys, Self::Wilson];
}

/// Which bounds are wanted; the error goes to them alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Both bounds, half of the error each.
    Two,
    /// "At least": a lower bound with the whole error.
    Lower,
    /// "At most": an upper bound with the whole error.
    Upper,
}

/// Two bounds with what is believed between them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
}

impl Interval {
    /// The interval for the success rate behind `counts`. Without events it is all of 0 to 1.
    pub fn of(method: Method, counts: Counts, confidence: Confidence, side: Side) -> Self {
        let alpha = confidence.alpha();
        let low = |alpha| lower_bound(method, counts, alpha);
        // What is the most that may be good is what is the least that may be bad.
        let high = |alpha| 1.0 - lower_bound(method, counts.swapped(), alpha);
        match side {
            Side::Two => Self { low: low(alpha / 2.0), high: high(alpha / 2.0) },
            Side::Lower => Self { low: low(alpha), high: 1.0 },
            Side::Upper => Self { low: 0.0, high: high(alpha) },
        }
    }

    /// The Clopper–Pearson interval, both sides.
    pub fn clopper_pearson(counts: Counts, confidence: Confidence) -> Self {
        Self::of(Method::ClopperPearson, counts, confidence, Side::Two)
    }

    /// The Jeffreys interval, both sides.
    pub fn jeffreys(counts: Counts, confidence: Confidence) -> Self {
        Self::of(Method::Jeffreys, counts, confidence, Side::Two)
    }

    /// The Wilson interval, both sides.
    pub fn wilson(counts: Counts, confidence: Confidence) -> Self {
        Self::of(Method::Wilson, counts, confidence, Side::Two)
    }
}

/// Whether `counts` support the claim "at least `objective` are good" at this confidence: whether the
/// one-sided lower bound reaches it. Never without a good event.
pub fn supports(method: Method, counts: Counts, objective: Probability, confidence: Confidence) -> bool {
    if counts.good() == 0 {
        return objective.get() <= 0.0;
    }
    let (good, bad) = (counts.good() as f64, counts.bad() as f64);
    let ln_error = match method {
        Method::ClopperPearson => ln_tails(bad + 1.0, good, objective.not()).upper,
        Method::Jeffreys => ln_tails(bad + 0.5, good + 0.5, objective.not()).upper,
        Method::Wilson => return lower_bound(method, counts, confidence.alpha()) >= objective.get(),
    };
    // One part in 10^12 of grace: 0.1^n ≤ 10^-n holds as it is read, not as it is rounded.
    ln_error <= confidence.alpha().ln() + 1e-12
}

/// The fewest further events, all good, with which `counts` support the claim; 0 when they do already,
/// `None` when no number below [`MAX_EVENTS`] would do.
pub fn more_good_needed(
    method: Method,
    counts: Counts,
    objective: Probability,
    confidence: Confidence,
) -> Option<u64> {
    least_whole(0, MAX_EVENTS - counts.n(), |more| {
        Counts::new(counts.good() + more, counts.bad())
            .is_ok_and(|counts| supports(method, counts, objective, confidence))
    })
}

fn lower_bound(method: Method, counts: Counts, alpha: f64) -> f64 {
    if counts.good() == 0 {
        return 0.0;
    }
    let (good, bad) = (counts.good() as f64, counts.bad() as f64);
    // A rate near 1 is found as its small complement, which has more digits.
    let mirrored = |a, b| 1.0 - quantile(Tail::Upper, alpha.ln(), b, a);
    let plain = |a, b| quantile(Tail::Lower, alpha.ln(), a, b);
    let beta_quantile = |a: f64, b: f64| if a > b { mirrored(a, b) } else { plain(a, b) };
    match method {
        Method::ClopperPearson => beta_quantile(good, bad + 1.0),
        Method::Jeffreys => beta_quantile(good + 0.5, bad + 0.5),
        Method::Wilson => wilson_lower_bound(good, good + bad, upper_quantile(alpha)),
    }
}

/// The smaller root p of (p̂ − p)² = z²·p(1 − p)/n; the larger one for z < 0.
fn wilson_lower_bound(good: f64, n: f64, z: f64) -> f64 {
    let (rate, z_square) = (good / n, z * z);
    let centre = rate + z_square / (2.0 * n);
    let half_width = z.abs() * (rate * (1.0 - rate) / n + z_square / (4.0 * n * n)).sqrt();
    if z < 0.0 {
        return (centre + half_width) / (1.0 + z_square / n);
    }
    // The product of the roots is p̂²/(1 + z²/n): dividing loses nothing where centre − half-width would.
    rate * rate / (centre + half_width)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::statistics::binomial;

    fn counts(good: u64, n: u64) -> Counts {
        Counts::of_total(good, n).expect("in range")
    }

    fn confidence(alpha: f64) -> Confidence {
        Confidence::from_alpha(alpha).expect("in range")
    }

    #[test]
    fn nothing_seen_says_nothing() {
        for method in Method::ALL {
            for side in [Side::Two, Side::Lower, Side::Upper] {
                let interval = Interval::of(method, Counts::NONE, Confidence::NINETY_FIVE, side);
                assert_eq!(interval, Interval { low: 0.0, high: 1.0 });
            }
        }
    }

    #[test]
    fn all_good_and_all_bad_close_one_end() {
        for n in [1, 2, 299, MAX_EVENTS] {
            for method in Method::ALL {
                let of = |good| Interval::of(method, counts(good, n), Confidence::NINETY_FIVE, Side::Two);
                assert!(of(n).high == 1.0 && of(n).low > 0.0 && of(n).low < 1.0);
                assert!(of(0).low == 0.0 && of(0).high < 1.0 && of(0).high > 0.0);
            }
        }
    }

    #[test]
    fn the_exact_lower_bound_of_all_good_has_a_closed_form() {
        for n in [1_u32, 298, 2995, 100_000_000] {
            for alpha in [0.05_f64, 1e-12, 1e-300] {
                let low = Interval::of(
                    Method::ClopperPearson,
                    counts(n.into(), n.into()),
                    confidence(alpha),
                    Side::Lower,
                )
                .low;
                assert!((low - alpha.powf(1.0 / f64::from(n))).abs() < 1e-14, "{n} {alpha}: {low}");
            }
        }
    }

    /// Coverage summed over every outcome, for rates right beside the bounds, where it is least.
    #[test]
    fn clopper_pearson_never_covers_less_than_it_says() {
        for n in [1, 5, 20, 60] {
            let intervals: Vec<_> = (0..=n)
                .map(|good| Interval::clopper_pearson(counts(good, n), Confidence::NINETY_FIVE))
                .collect();
            let rates =
                intervals.iter().flat_map(|i| [i.low - 1e-9, i.low + 1e-9, i.high - 1e-9, i.high + 1e-9]);
            for p in rates.filter(|p| (0.0..=1.0).contains(p)) {
                let covered = |good: u64, i: &Interval| {
                    if i.low <= p && p <= i.high {
                        binomial::exactly(good, n, Probability::at(p))
                    } else {
                        0.0
                    }
                };
                let coverage: f64 = (0..).zip(&intervals).map(|(good, i)| covered(good, i)).sum();
                assert!(coverage >= 0.95 - 1e-7, "n = {n}, p = {p}: {coverage}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn laws_of_every_interval(n in 1..100_000_u64, share in 0.0..1.0_f64, alpha in 1e-6..0.4_f64) {
            let good = (n as f64 * share) as u64;
            for method in Method::ALL {
                let of = |good, alpha| Interval::of(method, counts(good, n), confidence(alpha), Side::Two);
                let (here, rate) = (of(good, alpha), good as f64 / n as f64);
                prop_assert!(0.0 <= here.low && here.low <= rate && rate <= here.high && here.high <= 1.0, "holds the rate");
                let mirrored = of(n - good, alpha);
                prop_assert!((here.low - (1.0 - mirrored.high)).abs() < 1e-12, "good and bad are alike");
                let surer = of(good, alpha / 2.0);
                prop_assert!(surer.low <= here.low && surer.high >= here.high, "surer is wider");
                if good < n {
                    let better = of(good + 1, alpha);
                    prop_assert!(better.low >= here.low && better.high >= here.high, "better is higher");
                }
                let low = Interval::of(method, counts(good, n), confidence(alpha / 2.0), Side::Lower).low;
                let high = Interval::of(method, counts(good, n), confidence(alpha / 2.0), Side::Upper).high;
                prop_assert_eq!(Interval { low, high }, here);
            }
        }

        #[test]
        fn what_is_supported_is_below_the_bound(
            n in 1..10_000_u64,
            bad in 0..20_u64,
            alpha in 1e-6..0.4_f64,
            nines in 0.1..5.0_f64,
        ) {
            let counts = counts(n.saturating_sub(bad), n);
            let objective = Probability::new(1.0 - 10.0_f64.powf(-nines)).expect("in range");
            for method in Method::ALL {
                let low = Interval::of(method, counts, confidence(alpha), Side::Lower).low;
                prop_assume!((low - objective.get()).abs() > 1e-9);
                prop_assert_eq!(supports(method, counts, objective, confidence(alpha)), low >= objective.get());
            }
        }
    }
}
