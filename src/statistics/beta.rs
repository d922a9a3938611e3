//! The beta distribution: both tails, and its quantiles.
//!
//! Ours rather than a library's, because the interval of a hundred million events needs it: `statrs`
//! ends its continued fraction after 140 terms, forms its front factor from differences of
//! log-factorials, and its inverse does not always return.

use std::f64::consts::PI;

use super::Probability;
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

/// Both tails of Beta(a, b) at a point from 0 to 1; a and b above 0.
///
/// The smaller tail is computed, the other one is its complement; each is exact to some thirteen
/// digits, however small.
pub(super) fn ln_tails(a: f64, b: f64, at: Probability) -> LnTails {
    let (x, y) = (at.get(), at.complement());
    if x <= 0.0 {
        return LnTails { lower: f64::NEG_INFINITY, upper: 0.0 };
    }
    if y <= 0.0 {
        return LnTails { lower: 0.0, upper: f64::NEG_INFINITY };
    }
    // The fraction converges fast on this side of the mean (DLMF 8.17.22).
    if x < (a + 1.0) / (a + b + 2.0) {
        let lower = (ln_kernel(a, b, at) + ln_fraction(a, b, x)).min(0.0);
        LnTails { lower, upper: ln_complement(lower) }
    } else {
        let upper = (ln_kernel(a, b, at) + ln_fraction(b, a, y)).min(0.0);
        LnTails { lower: ln_complement(upper), upper }
    }
}

/// ln(x^a (1 − x)^b / B(a, b)) at a point x above 0 and below 1.
pub(super) fn ln_kernel(a: f64, b: f64, at: Probability) -> f64 {
    let n = a + b;
    let errors = stirling_error(n) - stirling_error(a) - stirling_error(b);
    errors - deviance(a, n * at.get()) - deviance(b, n * at.complement())
        + 0.5 * (a / n * b / (2.0 * PI)).ln()
}

/// The x at which a tail of Beta(a, b) has the probability exp(`ln_probability`).
pub(super) fn quantile(tail: Tail, ln_probability: f64, a: f64, b: f64) -> f64 {
    match tail {
        Tail::Lower => least_real(0.0, 1.0, |x| ln_tails(a, b, Probability::at(x)).lower >= ln_probability),
        Tail::Upper => least_real(0.0, 1.0, |x| ln_tails(a, b, Probability::at(x)).upper <= ln_probability),
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tails(a: f64, b: f64, x: f64) -> LnTails {
        ln_tails(a, b, Probability::at(x))
    }

    /// Values from mpmath at 60 digits.
    #[test]
    fn tails_keep_their_digits() {
        let table = [
            (0.5, 0.5, 0.1, -1.585_561_414_730_353_3),
            (300.0, 1.0, 0.01, -1_381.551_055_796_427_4),
            (3.0, 1000.0, 0.0005, -4.238_092_120_411_366),
            (50.0, 1e6, 2e-5, -18.199_772_101_742_236),
            (1e4, 1e4, 0.45, -104.076_357_964_177_74),
            (1e6, 1e8, 0.0095, -855.788_365_037_118_5),
            (2.0, 1e8, 1e-12, -19.113_894_580_900_53),
        ];
        for (a, b, x, expected) in table {
            let computed = tails(a, b, x).lower;
            assert!(
                (computed / expected - 1.0_f64).abs() < 1e-13,
                "I_{x}({a}, {b}): {computed}, not {expected}"
            );
        }
    }

    #[test]
    fn the_ends_are_certain() {
        let (never, always) = (f64::NEG_INFINITY, 0.0);
        assert_eq!(tails(2.0, 3.0, 0.0), LnTails { lower: never, upper: always });
        assert_eq!(tails(2.0, 3.0, 1.0), LnTails { lower: always, upper: never });
    }

    /// What a library's inverse did not return from, and the largest counts there are.
    #[test]
    fn a_quantile_is_found_wherever_it_lies() {
        for (a, b) in [(3.0, 1e7), (0.5, 1e9), (1e9, 0.5), (5e8, 5e8), (1e-6, 1e-6)] {
            for ln_probability in [-690.0, -3.0, -0.7, -1e-6] {
                let x = quantile(Tail::Lower, ln_probability, a, b);
                if x < 1e-300 {
                    continue; // (½, 10^9) has its 1e-300 quantile below the least floating-point number
                }
                let (at, below) = (tails(a, b, x).lower, tails(a, b, x * (1.0 - 1e-15)).lower);
                assert!(
                    at >= ln_probability && below <= ln_probability + 1e-6,
                    "{a} {b} {ln_probability}: {x}"
                );
            }
        }
    }

    fn parameter() -> impl Strategy<Value = f64> {
        (-1.0..7.0).prop_map(|exponent: f64| 10.0_f64.powf(exponent))
    }

    proptest! {
        #[test]
        fn mirroring_swaps_the_tails(a in parameter(), b in parameter(), x in 0.001..0.999) {
            let (plain, mirrored) = (tails(a, b, x), ln_tails(b, a, Probability::at(x).not()));
            let close = |y: f64, z: f64| (y - z).abs() <= 1e-10 * (1.0 + y.abs());
            prop_assert!(close(plain.lower, mirrored.upper), "{plain:?} {mirrored:?}");
            prop_assert!(close(plain.upper, mirrored.lower), "{plain:?} {mirrored:?}");
        }

        #[test]
        fn neighbours_differ_by_the_kernel(a in parameter(), b in parameter(), x in 0.001..0.999) {
            // DLMF 8.17.20
            let step = (ln_kernel(a, b, Probability::at(x)) - a.ln()).exp();
            let difference = tails(a, b, x).lower.exp() - tails(a + 1.0, b, x).lower.exp();
            prop_assert!((difference - step).abs() < 1e-10);
        }

        #[test]
        fn a_quantile_has_its_probability(
            a in parameter(),
            b in parameter(),
            probability in 0.001..0.999_f64,
        ) {
            let x = quantile(Tail::Lower, probability.ln(), a, b);
            prop_assume!(x > 1e-300 && x < 1.0 - 1e-9);
            prop_assert!((tails(a, b, x).lower.exp() - probability).abs() < 1e-6 * probability);
            let y = quantile(Tail::Upper, probability.ln(), b, a);
            prop_assert!((1.0 - y - x).abs() < 1e-9);
        }
    }
}
