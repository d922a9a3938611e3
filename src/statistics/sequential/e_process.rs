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
    q0: f64,
    ln_threshold: f64,
}

impl EProcess {
    /// The test of the objective `p0` = 1 − q0 at this confidence, for shipping and for blocking.
    ///
    /// # Errors
    /// When p0 is 0 or 1: nothing is left to bet on.
    pub fn new(p0: Probability, confidence: Confidence) -> Result<Self, OutOfRange> {
        if p0.is_open() {
            Ok(Self { q0: p0.complement(), ln_threshold: -confidence.alpha().ln() })
        } else {
            Err(OutOfRange::new("the objective", "above 0 and below 1", p0.get()))
        }
    }

    /// ln E against "the objective is missed".
    pub fn ln_e_ship(&self, good: u64, bad: u64) -> f64 {
        ln_e(self.q0, 1.0 - self.q0, good, bad)
    }

    /// ln E against "the objective is met".
    pub fn ln_e_block(&self, good: u64, bad: u64) -> f64 {
        ln_e(1.0 - self.q0, self.q0, bad, good)
    }

    /// The evidence as a p-value that holds whenever one stops: the least of 1 and 1/E.
    pub fn p_anytime(&self, good: u64, bad: u64) -> f64 {
        (-self.ln_e_ship(good, bad)).min(0.0).exp()
    }
}

/// With a = bad + 1, b = good + 1: E = I_q0(a, b)·B(a, b) / (q0^a (1 − q0)^good), which is the
/// distribution function over its own kernel, times 1 − q0.
fn ln_e(q0: f64, p0: f64, good: u64, bad: u64) -> f64 {
    let (a, b) = (bad as f64 + 1.0, good as f64 + 1.0);
    ln_tails(a, b, q0).lower - ln_kernel(a, b, q0) + p0.ln()
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
        let good_too_many =
            least_whole(0, MAX_EVENTS, |good| self.ln_e_block(good, bad) < self.ln_threshold)?;
        good_too_many.checked_sub(1)?.checked_add(bad)
    }
}
