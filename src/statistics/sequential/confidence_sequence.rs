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
