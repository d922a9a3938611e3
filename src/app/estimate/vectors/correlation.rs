//! Vectors about probes that resemble one another.

use serde::Deserialize;
use serde_json::{Value, json};

use super::input::{Alpha, Whole};
use crate::statistics::dependence::{Clusters, MarkovChain, chain_n_eff};
use crate::statistics::{OutOfRange, Probability};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DesignEffect {
    n: f64,
    cluster_size: f64,
    icc: f64,
}

impl DesignEffect {
    pub(super) fn compute(&self) -> Result<Value, OutOfRange> {
        let n = number_of_probes(self.n)?;
        Clusters::new(self.cluster_size, self.icc)?.design_effect(n).map(|effect| json!(effect))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChainNEff {
    n: f64,
    lag1_autocorr: f64,
}

impl ChainNEff {
    pub(super) fn compute(&self) -> Result<Value, OutOfRange> {
        Ok(json!({ "n_eff": chain_n_eff(number_of_probes(self.n)?, self.lag1_autocorr)? }))
    }
}

fn number_of_probes(n: f64) -> Result<f64, OutOfRange> {
    if (0.0..=1e15).contains(&n) { Ok(n) } else { Err(OutOfRange::new("n", "from 0 to 10^15", n)) }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClustersAllGood {
    clusters: Whole,
    cluster_size: f64,
    q: Probability,
    icc: f64,
}

impl ClustersAllGood {
    pub(super) fn compute(&self) -> Result<Value, OutOfRange> {
        let probability =
            Clusters::new(self.cluster_size, self.icc)?.prob_all_good(self.clusters.0, self.q)?;
        Ok(json!({ "prob_all_good": probability }))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClustersToShow {
    cluster_size: f64,
    q: Probability,
    icc: f64,
    alpha: Alpha,
}

impl ClustersToShow {
    pub(super) fn compute(&self) -> Result<Value, OutOfRange> {
        let clusters =
            Clusters::new(self.cluster_size, self.icc)?.clusters_to_show(self.q, self.alpha.0.alpha())?;
        Ok(json!({ "clusters": clusters }))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChainAllGood {
    n: Whole,
    p: Probability,
    lag1_autocorr: f64,
}

impl ChainAllGood {
    pub(super) fn compute(&self) -> Result<Value, OutOfRange> {
        let chain = MarkovChain::new(self.p, self.lag1_autocorr)?;
        Ok(json!({ "prob_all_good": chain.prob_all_good(self.n.0), "n_for_95": chain.probes_to_show(0.05)? }))
    }
}
