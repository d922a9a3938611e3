//! The number of events when their number is a matter of chance.

use std::f64::consts::PI;

use super::stirling::{deviance, stirling_error};

/// P(exactly `n` events) when `mean` > 0 are expected (Loader 2000).
pub(super) fn exactly(n: u64, mean: f64) -> f64 {
    if n == 0 {
        return (-mean).exp();
    }
    let n = n as f64;
    (-stirling_error(n) - deviance(n, mean)).exp() / (2.0 * PI * n).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_follow_from_one_another_and_sum_to_one() {
        for mean in [0.3, 4.0, 120.0] {
            let mut sum = 0.0;
            for n in 0..400_u32 {
                let next = exactly(u64::from(n), mean) * mean / f64::from(n + 1);
                assert!((exactly(u64::from(n) + 1, mean) - next).abs() <= 1e-12 * next);
                sum += exactly(u64::from(n), mean);
            }
            assert!((sum - 1.0).abs() < 1e-12);
        }
    }
}
