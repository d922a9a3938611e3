//! The number of bad events among n independent ones.

use std::f64::consts::PI;

use super::Probability;
use super::beta::ln_tails;
use super::stirling::{deviance, stirling_error};

/// ln P(at most `k` of `n` are bad), each with probability `q`.
pub(super) fn ln_at_most(k: u64, n: u64, q: Probability) -> f64 {
    if k >= n { 0.0 } else { ln_tails(k as f64 + 1.0, (n - k) as f64, q).upper }
}

/// P(at most `k` of `n` are bad), each with probability `q`.
pub(super) fn at_most(k: u64, n: u64, q: Probability) -> f64 {
    ln_at_most(k, n, q).exp()
}

/// P(more than `k` of `n` are bad), each with probability `q`.
pub(super) fn more_than(k: u64, n: u64, q: Probability) -> f64 {
    if k >= n { 0.0 } else { ln_tails(k as f64 + 1.0, (n - k) as f64, q).lower.exp() }
}

/// P(exactly `k` of `n` are bad), each with probability `q` (Loader 2000).
pub(super) fn exactly(k: u64, n: u64, q: Probability) -> f64 {
    if k > n || (q.get() <= 0.0 && k > 0) || (q.complement() <= 0.0 && k < n) {
        return 0.0;
    }
    let (bad, good, all) = (k as f64, (n - k) as f64, n as f64);
    if k == 0 {
        return if n == 0 { 1.0 } else { (all * q.not().ln()).exp() };
    }
    if k == n {
        return (all * q.ln()).exp();
    }
    let errors = stirling_error(all) - stirling_error(bad) - stirling_error(good);
    let ln_shape = errors - deviance(bad, all * q.get()) - deviance(good, all * q.complement());
    ln_shape.exp() * (all / (2.0 * PI * bad * good)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_sum_to_one_and_to_the_tail() {
        for q in [0.0, 1e-12, 0.01, 0.5, 0.97, 1.0].map(Probability::at) {
            let mut sum = 0.0;
            for k in 0..=60 {
                sum += exactly(k, 60, q);
                assert!((at_most(k, 60, q) - sum).abs() < 1e-13, "k = {k}, q = {q:?}");
                assert!((at_most(k, 60, q) + more_than(k, 60, q) - 1.0).abs() < 1e-13);
            }
            assert!((sum - 1.0).abs() < 1e-13);
        }
    }

    #[test]
    fn no_trial_has_no_bad_one() {
        for q in [0.0, 0.3, 1.0].map(Probability::at) {
            assert_eq!((at_most(0, 0, q), more_than(0, 0, q), exactly(0, 0, q)), (1.0, 0.0, 1.0));
        }
    }
}
