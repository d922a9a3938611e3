//! One figure from several kinds of events, each with a weight of its own.
//!
//! Installs, upgrades and rotations fail in different ways and come in different numbers. The figure of
//! the window is their mean by weight; probes need not come in that proportion.

use serde::Serialize;

use super::beta::{Tail, quantile};
use super::interval::{Interval, Method, Side};
use super::{Confidence, Counts, OutOfRange};

/// One kind of events: what was seen of it, and what it weighs in the mix.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stratum {
    weight: f64,
    counts: Counts,
}

impl Stratum {
    /// A kind with this weight, in any unit; 0 leaves it out.
    ///
    /// # Errors
    /// When the weight is negative or not finite.
    pub fn new(weight: f64, counts: Counts) -> Result<Self, OutOfRange> {
        if (0.0..=1e12).contains(&weight) {
            Ok(Self { weight, counts })
        } else {
            Err(OutOfRange::new("a weight", "from 0 to 10^12", weight))
        }
    }

    /// (good + ½)/(n + 1): the mean of its posterior under the prior Beta(½, ½).
    fn posterior_mean(self) -> f64 {
        (self.counts.good() as f64 + 0.5) / (self.counts.n() as f64 + 1.0)
    }

    fn posterior_variance(self) -> f64 {
        let mean = self.posterior_mean();
        mean * (1.0 - mean) / (self.counts.n() as f64 + 2.0)
    }
}

/// The figure of a mix.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stratified {
    /// The mean of the success rates by weight; `None` when a kind that counts was never seen.
    pub estimate: Option<f64>,
    /// Its sampling variance, 0 without failures; `None` as above.
    pub variance: Option<f64>,
    /// The root of the variance.
    pub se: Option<f64>,
    /// The posterior mean.
    pub bayes_mean: f64,
    /// The posterior variance.
    pub bayes_var: f64,
    /// The lower bound by the beta distribution with that mean and variance.
    pub lower_beta_moment: f64,
    /// The lower bound that needs no approximation: each kind's Clopper–Pearson bound with its part of
    /// the error (Bonferroni), by weight. Kinds without weight take their part too: what the claims are
    /// does not hang on the mix.
    pub lower_bonferroni_cp: f64,
    /// Kish's effective number of probes, 1/Σ(w²/n): what unequal weights leave of them.
    pub n_eff_kish: f64,
    /// The shares in which further probes teach most (Neyman, 1934), as the posterior sees it.
    pub neyman_shares: Vec<f64>,
}

impl Stratified {
    /// The figure of these kinds; weights are taken relative to their sum.
    ///
    /// # Errors
    /// When no kind has a weight.
    pub fn of(strata: &[Stratum], confidence: Confidence) -> Result<Self, OutOfRange> {
        let total: f64 = strata.iter().map(|stratum| stratum.weight).sum();
        if total <= 0.0 {
            return Err(OutOfRange::new("the sum of the weights", "above 0", total));
        }
        let strata: Vec<_> =
            strata.iter().map(|stratum| Stratum { weight: stratum.weight / total, ..*stratum }).collect();
        let weighted =
            |value: &dyn Fn(Stratum) -> f64| -> f64 { strata.iter().map(|s| s.weight * value(*s)).sum() };
        let seen = strata.iter().all(|stratum| stratum.weight == 0.0 || stratum.counts.n() > 0);
        let rate = |stratum: Stratum| stratum.counts.success_rate().unwrap_or(0.0);
        let n = |stratum: Stratum| stratum.counts.n() as f64;
        let variance = seen.then(|| {
            weighted(&|s| if s.counts.n() == 0 { 0.0 } else { s.weight * rate(s) * (1.0 - rate(s)) / n(s) })
        });
        let bayes_mean = weighted(&Stratum::posterior_mean);
        let bayes_var = weighted(&|s| s.weight * s.posterior_variance());
        let each = confidence.shared_by(strata.len());
        let lower_cp = |s: Stratum| Interval::of(Method::ClopperPearson, s.counts, each, Side::Lower).low;
        let weight_per_probe = weighted(&|s| if s.weight == 0.0 { 0.0 } else { s.weight / n(s) });
        Ok(Self {
            estimate: seen.then(|| weighted(&rate)),
            variance,
            se: variance.map(f64::sqrt),
            bayes_mean,
            bayes_var,
            lower_beta_moment: lower_bound_by_moments(bayes_mean, bayes_var, confidence),
            lower_bonferroni_cp: weighted(&lower_cp),
            n_eff_kish: 1.0 / weight_per_probe,
            neyman_shares: neyman_shares(&strata),
        })
    }
}

/// The quantile of the beta distribution with this mean and variance.
fn lower_bound_by_moments(mean: f64, variance: f64, confidence: Confidence) -> f64 {
    let size = mean * (1.0 - mean) / variance - 1.0;
    let (a, b) = (mean * size, (1.0 - mean) * size);
    1.0 - quantile(Tail::Upper, confidence.alpha().ln(), b, a)
}

fn neyman_shares(strata: &[Stratum]) -> Vec<f64> {
    let spread = |s: &Stratum| s.weight * (s.posterior_mean() * (1.0 - s.posterior_mean())).sqrt();
    let total: f64 = strata.iter().map(spread).sum();
    strata.iter().map(|stratum| spread(stratum) / total).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stratum(weight: f64, good: u64, bad: u64) -> Stratum {
        Stratum::new(weight, Counts::new(good, bad).expect("in range")).expect("a weight")
    }

    #[test]
    fn the_unit_of_weights_is_free() {
        let of = |unit: f64| {
            let strata = [stratum(0.6 * unit, 90, 10), stratum(0.4 * unit, 50, 0)];
            Stratified::of(&strata, Confidence::NINETY_FIVE).expect("weights")
        };
        let (parts, percents) = (of(1.0), of(100.0));
        assert!((parts.lower_beta_moment - percents.lower_beta_moment).abs() < 1e-12);
        assert!((parts.n_eff_kish - percents.n_eff_kish).abs() < 1e-9);
        assert!((parts.estimate.expect("seen") - 0.94).abs() < 1e-15);
    }

    #[test]
    fn a_kind_never_seen_takes_the_estimate_but_not_the_bounds() {
        let never = Stratified::of(&[stratum(0.5, 100, 0), stratum(0.5, 0, 0)], Confidence::NINETY_FIVE)
            .expect("weights");
        assert_eq!((never.estimate, never.se, never.n_eff_kish), (None, None, 0.0));
        assert!(never.lower_bonferroni_cp < 0.5 && never.lower_beta_moment > 0.0);
        let left_out = Stratified::of(&[stratum(0.5, 100, 0), stratum(0.0, 0, 0)], Confidence::NINETY_FIVE)
            .expect("weights");
        assert_eq!((left_out.estimate, left_out.n_eff_kish), (Some(1.0), 100.0));
        assert_eq!(left_out.neyman_shares, [1.0, 0.0]);
    }

    #[test]
    fn no_weight_is_no_mix() {
        assert!(Stratified::of(&[], Confidence::NINETY_FIVE).is_err());
        assert!(Stratified::of(&[stratum(0.0, 1, 0)], Confidence::NINETY_FIVE).is_err());
        assert!(Stratum::new(f64::NAN, Counts::NONE).is_err());
    }
}
