//! The app's own health check, which has an objective of its own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Budget, Tally};
use crate::statistics::Objective;

/// What the programme asks of an app's health check over 28 days: at least 99.9 %.
const OBJECTIVE: Objective = Objective::EARLY_WARNING;

/// How the app's own health check did over the past 28 days. No callback is in it, and it is in no success
/// rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Health {
    /// How often it was answered with 200 in time.
    pub good: u64,
    /// How often it was not.
    pub bad: u64,
    /// How often that does not count: proven faults of the probe, and what a person excluded.
    pub excluded: u64,
    /// How often it can't be told whether it is bad or excluded.
    pub unattributed: u64,
    /// Good of good and bad; null without any.
    pub availability: Option<f64>,
    /// The share that is still well.
    pub objective: f64,
    /// Whether the availability is that or more; null without any.
    pub met: Option<bool>,
    /// What it may still bear.
    pub budget: Budget,
}

impl Health {
    /// Nothing when the health path was never asked.
    pub(super) fn of(tally: &Tally) -> Option<Self> {
        let counts = tally.counts();
        (*tally != Tally::default()).then(|| Self {
            good: tally.good,
            bad: tally.bad,
            excluded: tally.excluded,
            unattributed: tally.unattributed,
            availability: counts.success_rate(),
            objective: OBJECTIVE.probability().get(),
            met: OBJECTIVE.met_by(counts),
            budget: Budget::of(OBJECTIVE, counts),
        })
    }
}
