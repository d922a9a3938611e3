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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn q(value: f64) -> Probability {
        Probability::new(value).expect("in range")
    }

    #[test]
    fn both_ends_of_the_correlation() {
        let all_good =
            |icc| Clusters::new(10.0, icc).expect("in range").prob_all_good(30, q(0.01)).expect("in range");
        assert!((all_good(0.0) - 0.99_f64.powi(300)).abs() < 1e-14, "independent: 300 probes");
        assert!((all_good(1.0) - 0.99_f64.powi(30)).abs() < 1e-14, "alike: 30 probes");
        let chain = |lag1| MarkovChain::new(q(0.99), lag1).expect("in range").prob_all_good(300);
        assert!((chain(0.0) - 0.99_f64.powi(300)).abs() < 1e-14);
        assert!((chain(1.0) - 0.99).abs() < 1e-15, "one draw decides them all");
    }

    #[test]
    fn what_never_happens_is_never_shown() {
        let alike = MarkovChain::new(q(0.99), 1.0).expect("in range");
        assert_eq!(alike.probes_to_show(0.05), Ok(None));
        let never_bad = Clusters::new(10.0, 0.1).expect("in range");
        assert_eq!(never_bad.clusters_to_show(q(0.0), 0.05), Ok(None));
        assert_eq!(never_bad.clusters_to_show(q(1.0), 0.05), Ok(Some(1)));
    }

    #[test]
    fn what_no_process_can_have_is_refused() {
        assert!(Clusters::new(0.5, 0.1).is_err());
        assert!(Clusters::new(3.0, -0.6).is_err() && Clusters::new(3.0, -0.4).is_ok());
        assert!(Clusters::new(2.0, 1.1).is_err());
        assert!(MarkovChain::new(q(0.99), -0.02).is_err() && MarkovChain::new(q(0.99), -0.01).is_ok());
        assert!(chain_n_eff(10.0, -1.0).is_err() && chain_n_eff(10.0, f64::NAN).is_err());
        assert!(Clusters::new(2.5, 0.1).expect("an average").prob_all_good(1, q(0.1)).is_err());
    }

    proptest! {
        #[test]
        fn the_fewest_are_enough_and_one_less_is_not(
            size in 1..60_u32,
            icc in 0.0..0.99_f64,
            bad in 0.001..0.5_f64,
            alpha in 0.001..0.5_f64,
        ) {
            let clusters = Clusters::new(size.into(), icc).expect("in range");
            let fewest = clusters.clusters_to_show(q(bad), alpha).expect("in range").expect("it may fail");
            prop_assert!(clusters.prob_all_good(fewest, q(bad)).expect("in range") <= alpha * (1.0 + 1e-9));
            prop_assert!(fewest == 1 || clusters.prob_all_good(fewest - 1, q(bad)).expect("in range") > alpha);
            let chain = MarkovChain::new(q(1.0 - bad), icc).expect("in range");
            let fewest = chain.probes_to_show(alpha).expect("in range").expect("it may fail");
            prop_assert!(chain.prob_all_good(fewest) <= alpha * (1.0 + 1e-9));
            prop_assert!(fewest == 1 || chain.prob_all_good(fewest - 1) > alpha);
        }

        #[test]
        fn the_beta_binomial_and_its_product_agree(
            size in 1..60_u32,
            icc in 0.001..0.99_f64,
            bad in 0.001..0.5_f64,
        ) {
            use crate::statistics::stirling::ln_beta;
            let (a, b) = (bad * (1.0 - icc) / icc, (1.0 - bad) * (1.0 - icc) / icc);
            let by_beta = (ln_beta(a, b + f64::from(size)) - ln_beta(a, b)).exp();
            let clusters = Clusters::new(size.into(), icc).expect("in range");
            prop_assert!((clusters.prob_all_good(1, q(bad)).expect("in range") - by_beta).abs() < 1e-10);
        }

        #[test]
        fn correlation_costs_probes(n in 1.0..1e6_f64, size in 1.0..100.0_f64, icc in 0.0..1.0_f64) {
            let effect = Clusters::new(size, icc).expect("in range").design_effect(n).expect("in range");
            prop_assert!(effect.deff >= 1.0 && effect.n_eff <= n && effect.n_eff >= n / size * (1.0 - 1e-12));
            prop_assert!(chain_n_eff(n, icc).expect("in range") <= n);
        }
    }
}
