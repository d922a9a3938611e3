//! Vectors about what windows will show.

use serde::Deserialize;
use serde_json::{Value, json};

use super::input::{Whole, objective};
use crate::statistics::forecast::{Belief, Outlook};
use crate::statistics::retries::{self, EventualSuccess, Rollout};
use crate::statistics::{Counts, MAX_EVENTS, OutOfRange, Probability, burn, window};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AnyFailure {
    n_per_day: f64,
    days: f64,
    true_p: Probability,
}

impl AnyFailure {
    pub(super) fn compute(&self) -> Result<Value, OutOfRange> {
        for (name, value) in [("n_per_day", self.n_per_day), ("days", self.days)] {
            if value < 0.0 {
                return Err(OutOfRange::new(name, "0 or more", value));
            }
        }
        let probability = window::any_failure_probability(self.n_per_day * self.days, self.true_p)?;
        Ok(json!({ "prob_any_failure": probability }))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Breach {
    n_28d: Whole,
    true_p: Probability,
    slo_num: Whole,
    slo_den: Whole,
}

impl Breach {
    pub(super) fn compute(&self) -> Result<Value, OutOfRange> {
        let objective = objective(self.slo_num, self.slo_den)?;
        let probability = window::breach_probability(objective, self.n_28d.0, self.true_p)?;
        Ok(json!({ "allowed_bad": objective.allowed_bad(self.n_28d.0), "prob_breach": probability }))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EarlyWarning {
    n_24h: Whole,
    true_p: Probability,
    slo_num: Whole,
    slo_den: Whole,
}

impl EarlyWarning {
    pub(super) fn compute(&self) -> Result<Value, OutOfRange> {
        let objective = objective(self.slo_num, self.slo_den)?;
        let probability = window::breach_probability(objective, self.n_24h.0, self.true_p)?;
        Ok(json!({ "allowed_bad": objective.allowed_bad(self.n_24h.0), "prob_alert": probability }))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BurnRate {
    slo_window_days: f64,
    budget_share: f64,
    alert_window_hours: f64,
}

impl BurnRate {
    pub(super) fn compute(&self) -> Result<Value, OutOfRange> {
        let rate = burn::burn_rate(self.slo_window_days, self.budget_share, self.alert_window_hours)?;
        Ok(json!({ "burn_rate": rate }))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BurnRateOfThreshold {
    slo: Probability,
    alert_threshold: Probability,
}

impl BurnRateOfThreshold {
    pub(super) fn compute(&self) -> Result<Value, OutOfRange> {
        Ok(json!({ "burn_rate": burn::burn_rate_of_threshold(self.slo, self.alert_threshold)? }))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Predictive {
    prior_a: f64,
    prior_b: f64,
    probe_good: Whole,
    probe_bad: Whole,
    future_n: Whole,
    slo_num: Whole,
    slo_den: Whole,
    #[serde(default = "none")]
    window_good: Whole,
    #[serde(default = "none")]
    window_bad: Whole,
}

impl Predictive {
    pub(super) fn compute(&self) -> Result<Value, OutOfRange> {
        let probes = Counts::new(self.probe_good.0, self.probe_bad.0)?;
        let belief = Belief::new(self.prior_a, self.prior_b)?.after(probes);
        let so_far = Counts::new(self.window_good.0, self.window_bad.0)?;
        let outlook = Outlook { objective: objective(self.slo_num, self.slo_den)?, so_far };
        let prob_meets = outlook.probability_to_meet(belief, self.future_n.0)?;
        Ok(json!({
            "prob_meets": prob_meets,
            "allowed_bad_total": outlook.allowed_bad_total(self.future_n.0),
        }))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PredictivePoisson {
    prior_a: f64,
    prior_b: f64,
    probe_good: Whole,
    probe_bad: Whole,
    lambda: f64,
    slo_num: Whole,
    slo_den: Whole,
    n_max: Option<Whole>,
    #[serde(default = "none")]
    window_good: Whole,
    #[serde(default = "none")]
    window_bad: Whole,
}

impl PredictivePoisson {
    pub(super) fn compute(&self) -> Result<Value, OutOfRange> {
        let probes = Counts::new(self.probe_good.0, self.probe_bad.0)?;
        let belief = Belief::new(self.prior_a, self.prior_b)?.after(probes);
        let so_far = Counts::new(self.window_good.0, self.window_bad.0)?;
        let outlook = Outlook { objective: objective(self.slo_num, self.slo_den)?, so_far };
        let most = self.n_max.map_or(MAX_EVENTS, |most| most.0);
        Ok(json!({ "prob_meets": outlook.probability_to_meet_poisson(belief, self.lambda, most)? }))
    }
}

fn none() -> Whole {
    Whole(0)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Retries {
    tenants: f64,
    organic_good: f64,
    broken_share: Probability,
    retries_per_day: f64,
    days_to_fix: f64,
    eventual_success_counts: bool,
}

impl Retries {
    pub(super) fn compute(&self) -> Result<Value, OutOfRange> {
        let rollout = Rollout {
            tenants: self.tenants,
            organic_good: self.organic_good,
            broken_share: self.broken_share,
            retries_per_day: self.retries_per_day,
            days_to_fix: self.days_to_fix,
            eventual_success: if self.eventual_success_counts {
                EventualSuccess::Counts
            } else {
                EventualSuccess::Ignored
            },
        };
        rollout.amplification().map(|amplification| json!(amplification))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IndependentRetries {
    per_attempt_failure: Probability,
    retry_until_success: bool,
}

impl IndependentRetries {
    pub(super) fn compute(&self) -> Result<Value, OutOfRange> {
        retries::IndependentRetries::new(self.per_attempt_failure, self.retry_until_success)
            .map(|figures| json!(figures))
    }
}
