//! The beta distribution: both tails, and its quantiles.
//!
//! Ours rather than a library's, because the interval of a hundred million events needs it: `statrs`
//! ends its continued fraction after 140 terms, forms its front factor from differences of
//! log-factorials, and its inverse does not always return.

use std::f64::consts::PI;

use super::search::least_real;
use super::stirling::{deviance, stirling_error};

/// The end of the continued fraction, should it not converge: ten times what 10^9 events need.
const MAX_TERMS: u32 = 1_000_000;

/// The logarithms of P(X ≤ x) and P(X > x).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct LnTails {
    pub(super) lower: f64,
    pub(super) upper: f64,
}

/// Which tail of a distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tail {
    Lower,
    Upper,
}

/// Both tails of Beta(a, b) at x; a and b above 0, x from 0 to 1.
///
/// The smaller tail is computed, the other one is its complement; each is exact to some thirteen
/// digits, however small.
pub(super) fn ln_tails(a: f64, b: f64, x: f64) -> LnTails {
    if x <= 0.0 {
        return LnTails { lower: f64::NEG_INFINITY, upper: 0.0 };
    }
    if x >= 1.0 {
        return LnTails { lower: 0.0, upper: f64::NEG_INFINITY };
    }
    // The fraction converges fast on this side of the mean (DLMF 8.17.22).
    if x < (a + 1.0) / (a + b + 2.0) {
        let lower = (ln_kernel(a, b, x) + ln_fraction(a, b, x)).min(0.0);
        LnTails { lower, upper: ln_complement(lower) }
    } else {
        let upper = (ln_kernel(a, b, x) + ln_fraction(b, a, 1.0 - x)).min(0.0);
        LnTails { lower: ln_complement(upper), upper }
    }
}

/// ln(x^a (1 − x)^b / B(a, b)), for 0 < x < 1.
pub(super) fn ln_kernel(a: f64, b: f64, x: f64) -> f64 {
    let n = a + b;
    let errors = stirling_error(n) - stirling_error(a) - stirling_error(b);
    errors - deviance(a, n * x) - deviance(b, n * (1.0 - x)) + 0.5 * (a / n * b / (2.0 * PI)).ln()
}

/// The x at which a tail of Beta(a, b) has the probability exp(`ln_probability`).
pub(super) fn quantile(tail: Tail, ln_probability: f64, a: f64, b: f64) -> f64 {
    match tail {
        Tail::Lower => least_real(0.0, 1.0, |x| ln_tails(a, b, x).lower >= ln_probability),
        Tail::Upper => least_real(0.0, 1.0, |x| ln_tails(a, b, x).upper <= ln_probability),
    }
}

/// The logarithm of what the kernel is multiplied by to make I_x(a, b): the continued fraction of DLMF
/// 8.17.22 divided by a, evaluated by Lentz's method as Thompson and Barnett modified it (1986).
fn ln_fraction(a: f64, b: f64, x: f64) -> f64 {
    let away_from_zero = |value: f64| if value.abs() < f64::MIN_POSITIVE { f64::MIN_POSITIVE } else { value };
    let (mut c, mut d) = (1.0, 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0)));
    let mut fraction = d;
    for term in 1..MAX_TERMS {
        let m = f64::from(term);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / away_from_zero(1.0 + even * d);
        c = away_from_zero(1.0 + even / c);
        fraction *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away_from_zero(1.0 + odd * d);
        c = away_from_zero(1.0 + odd / c);
        let change = d * c;
        fraction *= change;
        if (change - 1.0).abs() <= 2.0 * f64::EPSILON {
            break;
        }
    }
    (fraction / a).ln()
}

/// ln(1 − e^y) for y ≤ 0, by the better of two forms (Mächler, "Accurately computing log(1 − exp(−|a|))",
/// 2012).
pub(super) fn ln_complement(y: f64) -> f64 {
    if y > -std::f64::consts::LN_2 { (-y.exp_m1()).ln() } else { (-y.exp()).ln_1p() }
}
