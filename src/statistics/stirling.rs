//! The two parts of factorials and binomial probabilities that lose no digits.
//!
//! ln n! of a hundred million is near two billion: differences of such numbers keep eight digits of
//! sixteen. Loader's decomposition ("Fast and accurate computation of binomial probabilities", 2000)
//! never forms them.

use std::f64::consts::PI;

use statrs::function::gamma::ln_gamma;

/// ln Γ(x + 1) less Stirling's (x + ½) ln x − x + ½ ln 2π, for x > 0.
pub(super) fn stirling_error(x: f64) -> f64 {
    if x < 16.0 {
        return ln_gamma(x + 1.0) - (x + 0.5) * x.ln() + x - 0.5 * (2.0 * PI).ln();
    }
    // DLMF 5.11.1, exact to a rounding error from x = 16 up.
    let square = x * x;
    let series = 1.0 / 1188.0 / square;
    let series = (1.0 / 1680.0 - series) / square;
    let series = (1.0 / 1260.0 - series) / square;
    let series = (1.0 / 360.0 - series) / square;
    (1.0 / 12.0 - series) / x
}

/// x ln(x / mean) + mean − x, for x > 0 and mean > 0: half the deviance of a Poisson count.
pub(super) fn deviance(x: f64, mean: f64) -> f64 {
    let difference = x - mean;
    if difference.abs() >= 0.1 * (x + mean) {
        return x * (x / mean).ln() + mean - x;
    }
    // Loader's series in v = (x − mean) / (x + mean); |v| < 0.1, so a dozen terms exhaust the digits.
    let v = difference / (x + mean);
    let v_square = v * v;
    let (mut sum, mut power) = (difference * v, 2.0 * x * v);
    for j in 1..100_u32 {
        power *= v_square;
        let next = sum + power / f64::from(2 * j + 1);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
}

/// ln B(a, b), the logarithm of the beta function, for a > 0 and b > 0.
pub(super) fn ln_beta(a: f64, b: f64) -> f64 {
    let (a, b) = if a < b { (a, b) } else { (b, a) };
    let sum = a + b;
    let errors = stirling_error(a) + stirling_error(b) - stirling_error(sum);
    (a - 0.5) * (a / sum).ln() - b * (a / b).ln_1p() - 0.5 * b.ln() + 0.5 * (2.0 * PI).ln() + errors
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values from mpmath at 50 digits.
    #[test]
    fn ln_beta_keeps_its_digits() {
        let table = [
            (0.5, 0.5, 1.144_729_885_849_400_2),
            (1.0, 1e8, -18.420_680_743_952_365),
            (0.5, 1e8, -8.637_975_427_801_483),
            (1e6, 1e8, -5_610_159.585_999_565),
            (1e-10, 3.0, 23.025_850_929_790_457),
            (15.9, 16.1, -22.293_035_843_333_077),
        ];
        for (a, b, expected) in table {
            let computed = ln_beta(a, b);
            assert!(
                (computed / expected - 1.0_f64).abs() < 1e-14,
                "ln B({a}, {b}) = {computed}, not {expected}"
            );
            assert_eq!(computed, ln_beta(b, a));
        }
    }

    #[test]
    fn the_series_and_the_formula_agree_where_they_meet() {
        let formula = |x: f64| ln_gamma(x + 1.0) - (x + 0.5) * x.ln() + x - 0.5 * (2.0 * PI).ln();
        for x in [16.0, 17.5, 30.0] {
            assert!((stirling_error(x) - formula(x)).abs() < 1e-13);
        }
        for (x, mean) in [(1.0, 1.2), (100.0, 81.9), (100.0, 122.1)] {
            let plain: f64 = x * f64::ln(x / mean) + mean - x;
            assert!((deviance(x, mean) - plain).abs() < 1e-13);
        }
    }
}
