//! Attribute plans: how many probes prove an objective.

use serde::Serialize;

use super::binomial::at_most;
use super::interval::{Method, supports};
use super::search::least_whole;
use super::{Confidence, Counts, MAX_EVENTS, OutOfRange, Probability};

/// Send `probes`, all of them, and claim the objective if at most `allowed_bad` are bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct AttributePlan {
    /// How many probes.
    pub probes: u64,
    /// How many of them may be bad.
    pub allowed_bad: u64,
}

impl AttributePlan {
    /// The fewest probes whose lower bound by `method` reaches `objective` with `allowed_bad` bad ones.
    ///
    /// # Errors
    /// When more than [`MAX_EVENTS`] probes are needed, as for an objective of 100 %.
    pub fn smallest(
        method: Method,
        objective: Probability,
        confidence: Confidence,
        allowed_bad: u64,
    ) -> Result<Self, OutOfRange> {
        let enough = |probes: u64| {
            Counts::of_total(probes - allowed_bad, probes)
                .is_ok_and(|counts| supports(method, counts, objective, confidence))
        };
        let probes = least_whole(allowed_bad.saturating_add(1), MAX_EVENTS, enough).ok_or_else(|| {
            OutOfRange::because(format!(
                "an objective of {} with {allowed_bad} allowed failures takes more than 10^9 probes",
                objective.get()
            ))
        })?;
        Ok(Self { probes, allowed_bad })
    }

    /// The chance that an app whose callbacks are good with probability `p` is shipped, were all probes
    /// sent or the plan curtailed.
    pub fn probability_to_ship(self, p: Probability) -> f64 {
        at_most(self.allowed_bad, self.probes, p.complement())
    }
}

/// The rule of three: with 3/(1 − p) good events and no bad one, p is shown at 95 % confidence, nearly
/// (Hanley and Lippman-Hand, 1983). `None` for an objective of 100 %.
pub fn rule_of_three(objective: Probability) -> Option<f64> {
    let failure = objective.complement();
    (failure > 0.0).then(|| 3.0 / failure)
}
