//! Vectors about tests that stop early.

use serde::Deserialize;
use serde_json::{Value, json};

use super::input::{Alpha, Whole, counts};
use crate::statistics::group_sequential::{GroupSequentialPlan, Stage};
use crate::statistics::interval::Interval;
use crate::statistics::sample_size::AttributePlan;
use crate::statistics::sequential::{
    Characteristics, EProcess, FixedPlan, Limits, Mixture, Sprt, StoppingRule, Truncation,
    confidence_sequence,
};
use crate::statistics::{Confidence, OutOfRange, Probability};

/// How many failures the decision points are listed for, none included.
const LISTED_FAILURES: u64 = 4;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SprtBoundary {
    p0: Probability,
    p1: Probability,
    alpha: Alpha,
    beta: Alpha,
    rule: Limits,
}

impl SprtBoundary {
    pub(super) fn compute(&self) -> Result<Value, OutOfRange> {
        let sprt = Sprt::new(self.p0, self.p1, self.alpha.0, self.beta.0, self.rule)?;
        Ok(json!({
            "llr_ship": sprt.llr_ship,
            "llr_block": sprt.llr_block,
            "inc_good": sprt.inc_good,
            "inc_bad": sprt.inc_bad,
            "zero_failure_ship_n": sprt.ship_at(0),
            "slope": sprt.slope(),
            "ship_intercept": sprt.ship_intercept(),
            "block_intercept": sprt.block_intercept(),
            "cost_of_one_bad_in_goods": sprt.cost_of_one_bad_in_goods(),
        }))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SprtDecisionPoints {
    p0: Probability,
    p1: Probability,
    alpha: Alpha,
    beta: Alpha,
    rule: Limits,
}

impl SprtDecisionPoints {
    pub(super) fn compute(&self) -> Result<Value, OutOfRange> {
        let sprt = Sprt::new(self.p0, self.p1, self.alpha.0, self.beta.0, self.rule)?;
        let ship_at: Vec<_> = (0..LISTED_FAILURES).map(|bad| sprt.ship_at(bad)).collect();
        let block_by: Vec<_> = (0..LISTED_FAILURES).map(|bad| sprt.block_by(bad)).collect();
        Ok(json!({ "ship_at": ship_at, "block_by": block_by }))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SprtExact {
    p0: Probability,
    p1: Probability,
    alpha: Alpha,
    beta: Alpha,
    rule: Limits,
    true_p: Probability,
    n_max: Whole,
    truncation: Truncation,
}

impl SprtExact {
    pub(super) fn compute(&self) -> Result<Value, OutOfRange> {
        let sprt = Sprt::new(self.p0, self.p1, self.alpha.0, self.beta.0, self.rule)?;
        let exact = Characteristics::exact(&sprt, self.true_p, self.n_max.0, self.truncation)?;
        let mut computed = json!({
            "prob_ship": exact.prob_ship,
            "prob_block": exact.prob_block,
            "expected_n": exact.expected_n,
        });
        if self.truncation == Truncation::Undecided {
            computed["prob_inconclusive"] = json!(exact.prob_undecided);
        }
        Ok(computed)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Curtailed {
    n: Whole,
    allowed_failures: Whole,
    true_p: Probability,
}

impl Curtailed {
    pub(super) fn compute(&self) -> Result<Value, OutOfRange> {
        let plan = FixedPlan::new(AttributePlan { probes: self.n.0, allowed_bad: self.allowed_failures.0 })?;
        let exact = plan.characteristics(self.true_p, self.n.0);
        Ok(json!({ "prob_ship": exact.prob_ship, "expected_n": exact.expected_n }))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupSequential {
    stages: Vec<StageInputs>,
    true_p: Probability,
}

/// A threshold that is null or negative is never reached.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StageInputs {
    n_cum: Whole,
    ship_if_bad_le: Option<i64>,
    block_if_bad_ge: Option<i64>,
}

impl GroupSequential {
    pub(super) fn compute(&self) -> Result<Value, OutOfRange> {
        let threshold = |bad: Option<i64>| bad.and_then(|bad| u64::try_from(bad).ok());
        let stage = |inputs: &StageInputs| Stage {
            n_cum: inputs.n_cum.0,
            ship_if_bad_le: threshold(inputs.ship_if_bad_le),
            block_if_bad_ge: threshold(inputs.block_if_bad_ge),
        };
        let plan = GroupSequentialPlan::new(self.stages.iter().map(stage).collect())?;
        let exact = plan.characteristics(self.true_p);
        Ok(json!({
            "prob_ship": exact.prob_ship,
            "prob_block": exact.prob_block,
            "expected_n": exact.expected_n,
        }))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EValue {
    bad: Whole,
    n: Whole,
    q0: Probability,
}

impl EValue {
    pub(super) fn compute(&self) -> Result<Value, OutOfRange> {
        let process = EProcess::new(self.q0.not(), Confidence::NINETY_FIVE)?;
        let good = self.n.0.checked_sub(self.bad.0).map(Whole);
        let good =
            good.ok_or_else(|| OutOfRange::new("bad", &format!("at most n = {}", self.n.0), self.bad.0))?;
        let counts = counts(good, self.n)?;
        let e_value = process.ln_e_ship(counts.good(), counts.bad()).exp();
        if e_value.is_infinite() {
            return Err(OutOfRange::because(
                "the e-value is beyond 1.8e308, the largest floating-point number",
            ));
        }
        Ok(json!({ "e_value": e_value, "p_anytime": process.p_anytime(counts.good(), counts.bad()) }))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EProcessZeroFailure {
    q0: Probability,
    alpha: Alpha,
}

impl EProcessZeroFailure {
    pub(super) fn compute(&self) -> Result<Value, OutOfRange> {
        let n = EProcess::new(self.q0.not(), self.alpha.0)?.ship_at(0);
        let n = n.ok_or_else(|| OutOfRange::because("more than 10^9 probes, all good, are needed"))?;
        Ok(json!({ "n": n }))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfidenceSequence {
    bad: Whole,
    n: Whole,
    alpha: Alpha,
    mix_a: f64,
    mix_b: f64,
}

impl ConfidenceSequence {
    pub(super) fn compute(&self) -> Result<Value, OutOfRange> {
        let swapped = counts(self.bad, self.n)?;
        let counts = counts(Whole(swapped.bad()), self.n)?;
        let mixture = Mixture::new(self.mix_a, self.mix_b)?;
        let Interval { low, high } = confidence_sequence(counts, self.alpha.0, mixture);
        Ok(json!({ "q_lo": low, "q_hi": high }))
    }
}
