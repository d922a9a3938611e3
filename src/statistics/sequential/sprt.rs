//! Wald's sequential probability ratio test.

use serde::{Deserialize, Serialize};

use super::StoppingRule;
use crate::statistics::{Confidence, OutOfRange, Probability};

/// Where the test's limits lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limits {
    /// Wald's ln((1 − β)/α) and ln(β/(1 − α)): as short as can be, and exceeded a little, 0.0511 for a
    /// stated 0.05 (Wald, "Sequential analysis", 1947).
    Wald,
    /// ln(1/α) and ln β: by Ville's inequality (1939) never exceeded, whenever one stops.
    Ville,
}

/// A test of p = p0 against p = p1 > p0 that adds up the log-likelihood ratio.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Sprt {
    /// What a good probe adds: ln(p1/p0), above 0.
    pub inc_good: f64,
    /// What a bad probe adds: ln((1 − p1)/(1 − p0)), below 0.
    pub inc_bad: f64,
    /// The sum from which on the test ships.
    pub llr_ship: f64,
    /// The sum down to which the test blocks.
    pub llr_block: f64,
}

impl Sprt {
    /// The test with at most `alpha` for shipping at p0 and `beta` for blocking at p1.
    ///
    /// # Errors
    /// When not 0 < p0 < p1 < 1, or when the two errors leave no room between the limits.
    pub fn new(
        p0: Probability,
        p1: Probability,
        alpha: Confidence,
        beta: Confidence,
        limits: Limits,
    ) -> Result<Self, OutOfRange> {
        if !(p0.is_open() && p1.is_open() && p0 < p1) {
            return Err(OutOfRange::because(format!(
                "the objective p0 must be above 0 and below the alternative p1, and that below 1: not {} and {}",
                p0.get(),
                p1.get()
            )));
        }
        let (alpha, beta) = (alpha.alpha(), beta.alpha());
        let (llr_ship, llr_block) = match limits {
            Limits::Wald => ((-beta).ln_1p() - alpha.ln(), beta.ln() - (-alpha).ln_1p()),
            Limits::Ville => (-alpha.ln(), beta.ln()),
        };
        if !(llr_ship > 0.0 && llr_block < 0.0) {
            return Err(OutOfRange::new("alpha + beta", "below 1", alpha + beta));
        }
        let inc_good = ((p0.complement() - p1.complement()) / p0.get()).ln_1p();
        let inc_bad = (p1.complement() / p0.complement()).ln();
        if !(inc_good > 0.0 && inc_bad < 0.0) {
            return Err(OutOfRange::because(
                "the objective p0 and the alternative p1 are too close to tell apart",
            ));
        }
        Ok(Self { inc_good, inc_bad, llr_ship, llr_block })
    }

    /// The share of bad probes at which the sum stays level: both limits rise by it in the plane of
    /// (probes, bad).
    pub fn slope(&self) -> f64 {
        self.inc_good / (self.inc_good - self.inc_bad)
    }

    /// The bad probes at which the line of shipping starts: it ships on or below
    /// slope·n + `ship_intercept`.
    pub fn ship_intercept(&self) -> f64 {
        -self.llr_ship / (self.inc_good - self.inc_bad)
    }

    /// The bad probes at which the line of blocking starts: it blocks on or above
    /// slope·n + `block_intercept`.
    pub fn block_intercept(&self) -> f64 {
        -self.llr_block / (self.inc_good - self.inc_bad)
    }

    /// How many good probes make up for a bad one.
    pub fn cost_of_one_bad_in_goods(&self) -> f64 {
        -self.inc_bad / self.inc_good
    }

    /// The sum after so many good and bad probes.
    pub fn log_likelihood_ratio(&self, good: u64, bad: u64) -> f64 {
        good as f64 * self.inc_good + bad as f64 * self.inc_bad
    }
}

/// A limit met in exact arithmetic counts as met: thirteen digits decide.
const GRACE: f64 = 1e-13;

impl StoppingRule for Sprt {
    fn ship_at(&self, bad: u64) -> Option<u64> {
        let goods = (self.llr_ship - bad as f64 * self.inc_bad) / self.inc_good;
        whole((goods * (1.0 - GRACE)).ceil(), bad)
    }

    fn block_by(&self, bad: u64) -> Option<u64> {
        let goods = (self.llr_block - bad as f64 * self.inc_bad) / self.inc_good;
        // Grace on the sum's own scale: near zero goods the difference has no digits of its own.
        let goods = goods + GRACE * (self.llr_block / self.inc_good).abs();
        if goods < 0.0 { None } else { whole(goods.floor(), bad) }
    }
}

/// `goods` and `bad` probes together; `None` beyond what a float counts exactly.
fn whole(goods: f64, bad: u64) -> Option<u64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (goods < EXACT).then_some(goods as u64)?.checked_add(bad)
}
