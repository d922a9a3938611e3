//! A sequential test that needs no alternative: the e-process of a uniform mixture.

use super::{Decision, StoppingRule};
use crate::statistics::beta::{ln_kernel, ln_tails};
use crate::statistics::search::least_whole;
use crate::statistics::{Confidence, MAX_EVENTS, OutOfRange, Probability};

/// Bets against "q ≥ q0", spread evenly over all q below q0.
///
/// E = 1/q0 · ∫₀^q0 (q/q0)^bad ((1 − q)/(1 − q0))^good dq is what one unit staked has become. While
/// q ≥ q0 is true its expectation never exceeds 1, so E ever reaching 1/α has at most the probability α,
/// whenever one looks (Ville 1939; Robbins 1970; Ramdas, Grünwald, Vovk and Shafer, "Game-theoretic
/// statistics and safe anytime-valid inference", 2023). The mirrored bet against "q ≤ q0" blocks.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct EProcess {
    /// The failure rate that the objective allows.
    q0: Probability,
    /// ln(1/α).
    ln_threshold: f64,
}

impl EProcess {
    /// The test of the objective `p0` = 1 − q0 at this confidence, for shipping and for blocking.
    ///
    /// # Errors
    /// When p0 is 0 or 1: nothing is left to bet on.
    pub fn new(p0: Probability, confidence: Confidence) -> Result<Self, OutOfRange> {
        if p0.is_open() {
            Ok(Self { q0: p0.not(), ln_threshold: -confidence.alpha().ln() })
        } else {
            Err(OutOfRange::new("the objective", "above 0 and below 1", p0.get()))
        }
    }

    /// ln E against "the objective is missed".
    pub fn ln_e_ship(&self, good: u64, bad: u64) -> f64 {
        ln_e(self.q0, good, bad)
    }

    /// ln E against "the objective is met".
    pub fn ln_e_block(&self, good: u64, bad: u64) -> f64 {
        ln_e(self.q0.not(), bad, good)
    }

    /// The evidence as a p-value that holds whenever one stops: the least of 1 and 1/E.
    pub fn p_anytime(&self, good: u64, bad: u64) -> f64 {
        (-self.ln_e_ship(good, bad)).min(0.0).exp()
    }
}

/// With a = bad + 1, b = good + 1: E = I_q0(a, b)·B(a, b) / (q0^a (1 − q0)^good), which is the
/// distribution function over its own kernel, times 1 − q0.
fn ln_e(q0: Probability, good: u64, bad: u64) -> f64 {
    let (a, b) = (bad as f64 + 1.0, good as f64 + 1.0);
    ln_tails(a, b, q0).lower - ln_kernel(a, b, q0) + q0.not().ln()
}

impl StoppingRule for EProcess {
    /// Two evaluations, where the tables would take forty each. At most one of the two bets can have won:
    /// the likelihood falls on both sides of bad / n.
    fn decide(&self, probes: u64, bad: u64) -> Decision {
        let good = probes.saturating_sub(bad);
        if self.ln_e_ship(good, bad) >= self.ln_threshold {
            Decision::Ship
        } else if self.ln_e_block(good, bad) >= self.ln_threshold {
            Decision::Block
        } else {
            Decision::Continue
        }
    }

    /// E grows with every good probe.
    fn ship_at(&self, bad: u64) -> Option<u64> {
        least_whole(0, MAX_EVENTS, |good| self.ln_e_ship(good, bad) >= self.ln_threshold)
            .and_then(|good| good.checked_add(bad))
    }

    /// The mirrored E shrinks with every good probe.
    fn block_by(&self, bad: u64) -> Option<u64> {
        let good_too_many = least_whole(0, MAX_EVENTS, |good| self.ln_e_block(good, bad) < self.ln_threshold);
        good_too_many.unwrap_or(MAX_EVENTS + 1).checked_sub(1)?.checked_add(bad)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn process(q0: f64) -> EProcess {
        EProcess::new(Probability::new(q0).expect("in range").not(), Confidence::NINETY_FIVE)
            .expect("in range")
    }

    #[test]
    fn nothing_staked_nothing_won() {
        for q0 in [1e-9, 0.01, 0.5, 0.999] {
            assert!(process(q0).ln_e_ship(0, 0).abs() < 1e-12 && process(q0).ln_e_block(0, 0).abs() < 1e-12);
        }
    }

    #[test]
    fn evidence_beyond_a_float_s_range_keeps_its_logarithm() {
        // All good: E = (1 − p0^(n+1)) / ((n + 1)·q0·p0^n).
        let ln_e = process(0.01).ln_e_ship(1_000_000, 0);
        let closed = -1e6 * 0.99_f64.ln() - (1_000_001.0 * 0.01_f64).ln();
        assert!((ln_e / closed - 1.0).abs() < 1e-12);
        assert_eq!(process(0.01).p_anytime(1_000_000, 0), 0.0);
    }

    proptest! {
        /// The expectation of E under the worst rate that the bet is against stays 1: it is a martingale.
        #[test]
        fn the_bet_is_fair(q0 in 0.01..0.99_f64, good in 0..500_u64, bad in 0..20_u64) {
            let process = process(q0);
            let mean_growth = |ln_e: &dyn Fn(u64, u64) -> f64| {
                let now = ln_e(good, bad);
                q0 * (ln_e(good, bad + 1) - now).exp() + (1.0 - q0) * (ln_e(good + 1, bad) - now).exp()
            };
            prop_assert!((mean_growth(&|good, bad| process.ln_e_ship(good, bad)) - 1.0).abs() < 1e-9);
            prop_assert!((mean_growth(&|good, bad| process.ln_e_block(good, bad)) - 1.0).abs() < 1e-9);
        }
    }
}
