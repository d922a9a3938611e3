//! Probes that resemble one another are worth less than their number.
//!
//! Two models: clusters of equal probes (one time, one address, one connection), described by the
//! correlation of two probes of a cluster (Kish, "Survey sampling", 1965), and a chain in which each
//! probe leans on the one before it, described by the lag-1 correlation.

use serde::Serialize;

use super::{MAX_EVENTS, OutOfRange, Probability};

/// Probes in clusters of one size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clusters {
    size: f64,
    icc: f64,
}

/// How much less clustered probes are worth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DesignEffect {
    /// By what factor the variance of the success rate grows: 1 + (m − 1)·ρ.
    pub deff: f64,
    /// How many independent probes would say as much.
    pub n_eff: f64,
}

impl Clusters {
    /// Clusters of `size` probes, two of which correlate with `icc`.
    ///
    /// # Errors
    /// When the size is below 1, the correlation above 1, or below −1/(size − 1), which no cluster can
    /// have.
    pub fn new(size: f64, icc: f64) -> Result<Self, OutOfRange> {
        if !(1.0..=MAX_EVENTS as f64).contains(&size) {
            return Err(OutOfRange::new("the cluster size", "from 1 to 10^9", size));
        }
        let least = if size > 1.0 { (-1.0 / (size - 1.0)).max(-1.0) } else { -1.0 };
        if (least..=1.0).contains(&icc) {
            Ok(Self { size, icc })
        } else {
            Err(OutOfRange::new("the correlation within clusters", &format!("from {least} to 1"), icc))
        }
    }

    /// The design effect for `n` probes in such clusters.
    ///
    /// # Errors
    /// When the negative correlation is so strong that nothing is left to chance.
    pub fn design_effect(self, n: f64) -> Result<DesignEffect, OutOfRange> {
        let deff = 1.0 + (self.size - 1.0) * self.icc;
        if deff > 0.0 {
            Ok(DesignEffect { deff, n_eff: n / deff })
        } else {
            Err(OutOfRange::new("the design effect", "above 0", deff))
        }
    }

    /// The chance that all of `clusters` are good throughout when a probe is bad with probability `q`,
    /// each cluster having a failure rate of its own, drawn from a beta distribution with mean q.
    ///
    /// # Errors
    /// When the size is not whole, or the correlation is negative: there is no such distribution.
    pub fn prob_all_good(self, clusters: u64, q: Probability) -> Result<f64, OutOfRange> {
        let ln_one = self.ln_cluster_all_good(q)?;
        Ok(if clusters == 0 { 1.0 } else { (clusters as f64 * ln_one).exp() })
    }

    /// The fewest clusters, all good, whose chance is at most `alpha`; `None` when no number is enough.
    ///
    /// # Errors
    /// As [`Self::prob_all_good`].
    pub fn clusters_to_show(self, q: Probability, alpha: f64) -> Result<Option<u64>, OutOfRange> {
        if !(alpha > 0.0 && alpha < 1.0) {
            return Err(OutOfRange::new("alpha", "above 0 and below 1", alpha));
        }
        Ok(fewest(alpha.ln(), self.ln_cluster_all_good(q)?))
    }

    /// With a = q·(1 − ρ)/ρ and b = (1 − q)·(1 − ρ)/ρ it is ln of B(a, b + m)/B(a, b), the product of
    /// (b + i)/(a + b + i); written so that ρ = 0 and ρ = 1 need no case of their own.
    fn ln_cluster_all_good(self, q: Probability) -> Result<f64, OutOfRange> {
        if self.size.fract() != 0.0 || self.size > MAX_LISTED_CLUSTER {
            return Err(OutOfRange::new("the cluster size", "a whole number from 1 to 10^7", self.size));
        }
        if self.icc < 0.0 {
            return Err(OutOfRange::new("the correlation within clusters", "from 0 to 1", self.icc));
        }
        let (icc, independent) = (self.icc, 1.0 - self.icc);
        let mut ln_good = q.not().ln();
        for i in 1..self.size as u64 {
            let bad_share = q.get() * independent / (independent + i as f64 * icc);
            ln_good += (-bad_share).ln_1p();
        }
        Ok(ln_good)
    }
}

/// The largest cluster whose probes are gone through one by one.
const MAX_LISTED_CLUSTER: f64 = 1e7;

/// A chain of outcomes, each good with probability `p`, neighbours correlating with `lag1`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MarkovChain {
    p: Probability,
    lag1: f64,
}

impl MarkovChain {
    /// Such a chain.
    ///
    /// # Errors
    /// When the correlation is above 1, or so negative that a transition would have a negative
    /// probability: below −(1 − p)/p or −p/(1 − p).
    pub fn new(p: Probability, lag1: f64) -> Result<Self, OutOfRange> {
        let (good, bad) = (p.get(), p.complement());
        let least = if p.is_open() { -(bad / good).min(good / bad) } else { -1.0 };
        if (least..=1.0).contains(&lag1) {
            Ok(Self { p, lag1 })
        } else {
            Err(OutOfRange::new("the lag-1 correlation", &format!("from {least} to 1 at p = {good}"), lag1))
        }
    }

    /// The chance that `n` in a row are good: p·(p + r(1 − p))^(n − 1).
    pub fn prob_all_good(self, n: u64) -> f64 {
        let Some(after_the_first) = n.checked_sub(1) else { return 1.0 };
        if after_the_first == 0 {
            self.p.get()
        } else {
            (self.p.ln() + after_the_first as f64 * self.ln_stays_good()).exp()
        }
    }

    /// The fewest in a row, all good, whose chance is at most `alpha`; `None` when no number is enough.
    ///
    /// # Errors
    /// When alpha is not above 0 and below 1.
    pub fn probes_to_show(self, alpha: f64) -> Result<Option<u64>, OutOfRange> {
        if !(alpha > 0.0 && alpha < 1.0) {
            return Err(OutOfRange::new("alpha", "above 0 and below 1", alpha));
        }
        if self.p.ln() <= alpha.ln() {
            return Ok(Some(1));
        }
        Ok(fewest(alpha.ln() - self.p.ln(), self.ln_stays_good()).and_then(|more| more.checked_add(1)))
    }

    fn ln_stays_good(self) -> f64 {
        (-self.p.complement() * (1.0 - self.lag1)).ln_1p()
    }
}

/// The effective number of `n` probes in a chain with this lag-1 correlation: n(1 − r)/(1 + r), for
/// many probes.
///
/// # Errors
/// When the correlation is not above −1 and at most 1.
pub fn chain_n_eff(n: f64, lag1: f64) -> Result<f64, OutOfRange> {
    if lag1 > -1.0 && lag1 <= 1.0 {
        Ok(n * (1.0 - lag1) / (1.0 + lag1))
    } else {
        Err(OutOfRange::new("the lag-1 correlation", "above -1 and at most 1", lag1))
    }
}

/// The least whole k with k·`ln_each` ≤ `ln_limit`, both below 0; `None` when there is none.
fn fewest(ln_limit: f64, ln_each: f64) -> Option<u64> {
    if ln_each >= 0.0 {
        return None;
    }
    let k = (ln_limit / ln_each * (1.0 - 1e-13)).ceil().max(1.0);
    (k < 1e15).then_some(k as u64)
}
