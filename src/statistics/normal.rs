//! The standard normal distribution.

use std::f64::consts::SQRT_2;

use statrs::function::erf::erfc;

use super::search::least_real;

/// The z above which the standard normal has the probability `alpha`, between 0 and 1.
pub(super) fn upper_quantile(alpha: f64) -> f64 {
    if alpha > 0.5 {
        return -upper_quantile(1.0 - alpha);
    }
    // Beyond 40 the probability is below the least floating-point number.
    least_real(0.0, 40.0, |z| 0.5 * erfc(z / SQRT_2) <= alpha)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values from mpmath at 30 digits.
    #[test]
    fn known_quantiles() {
        let table = [
            (0.5, 0.0),
            (0.05, 1.644_853_626_951_472_7),
            (0.025, 1.959_963_984_540_054),
            (1e-10, 6.361_340_902_404_056),
            (1e-300, 37.047_096_299_361_2),
        ];
        for (alpha, z) in table {
            assert!((upper_quantile(alpha) - z).abs() < 1e-12, "{alpha}: {}", upper_quantile(alpha));
        }
        assert!((upper_quantile(0.9) + 1.281_551_565_544_600_5).abs() < 1e-13);
    }
}
