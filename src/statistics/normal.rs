//! The standard normal distribution.
//!
//! `statrs` has it to eleven digits; two textbook expansions give all of them.

use std::f64::consts::PI;

use super::search::least_real;

/// The z above which the standard normal has the probability `alpha`, between 0 and 1.
pub(super) fn upper_quantile(alpha: f64) -> f64 {
    if alpha > 0.5 {
        return -upper_quantile(1.0 - alpha);
    }
    // Beyond 40 the probability is below the least floating-point number.
    least_real(0.0, 40.0, |z| upper_tail(z) <= alpha)
}

/// P(Z > z) for z ≥ 0.
fn upper_tail(z: f64) -> f64 {
    let density = (-0.5 * z * z).exp() / (2.0 * PI).sqrt();
    if z < 1.5 {
        // DLMF 7.6.2: z + z³/3 + z⁵/(3·5) + …
        let (mut term, mut sum) = (z, z);
        for odd in (3..200_u32).step_by(2) {
            term *= z * z / f64::from(odd);
            sum += term;
        }
        0.5 - density * sum
    } else {
        // DLMF 7.9.2, from its end: z + 1/(z + 2/(z + 3/(z + …)))
        density / (z + (1..300_u32).rev().fold(0.0, |rest, k| f64::from(k) / (z + rest)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values from mpmath at 40 digits.
    #[test]
    fn known_quantiles() {
        let table = [
            (0.5, 0.0),
            (0.05, 1.644_853_626_951_472_7),
            (0.025, 1.959_963_984_540_054),
            (0.1, 1.281_551_565_544_600_5),
            (1e-10, 6.361_340_902_404_056),
            (1e-300, 37.047_096_299_361_2),
        ];
        for (alpha, z) in table {
            assert!((upper_quantile(alpha) - z).abs() < 1e-13, "{alpha}: {}", upper_quantile(alpha));
        }
        assert!((upper_quantile(0.9) + 1.281_551_565_544_600_5).abs() < 1e-13);
    }

    #[test]
    fn the_two_expansions_meet() {
        assert!((upper_tail(1.5) / upper_tail(1.5 - 1e-15) - 1.0).abs() < 1e-13);
    }
}
