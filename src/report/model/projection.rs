//! What the figures foretell.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the figures foretell for real installs. Everything is null that could not be projected.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Projection {
    /// The success rate weighted by the event mix.
    pub success_rate: Option<f64>,
    /// The lower end of its interval.
    pub low: Option<f64>,
    /// The upper end of its interval.
    pub high: Option<f64>,
    /// The confidence of that interval.
    #[serde(default)]
    pub confidence: Option<f64>,
    /// The probability that the next 28 days meet the objective.
    pub p_meet_28d: Option<f64>,
    /// The number of real events expected in 28 days, as given.
    pub events_28d: Option<u64>,
    /// How much the probes count for real events, from 0 to 1 (the power prior's exponent).
    #[serde(default)]
    pub discount: Option<f64>,
    /// The good events that the window of 28 days holds already and that the probability counts in; null
    /// where no history was asked or it holds none.
    #[serde(default)]
    pub window_good: Option<u64>,
    /// The bad events that it holds already.
    #[serde(default)]
    pub window_bad: Option<u64>,
    /// The share of each kind of event, and how it did.
    pub mix: BTreeMap<String, Share>,
    /// What the product's own retries would make of broken tenants.
    pub retry: Option<Retry>,
    /// The sequential gate.
    pub gate: Option<Gate>,
}

/// The part of one kind of event in the projection.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Share {
    /// Its share of all events, from 0 to 1.
    pub weight: f64,
    /// Good callbacks of this kind.
    pub good: u64,
    /// Good and bad callbacks of this kind.
    pub valid: u64,
    /// Good of valid.
    pub success_rate: Option<f64>,
}

/// What retries make of tenants whose callback fails every time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Retry {
    /// Tenants upgraded in 28 days.
    pub tenants: u64,
    /// The share of them that fails every time.
    pub broken_share: f64,
    /// Retries a day.
    pub retries_per_day: f64,
    /// Days until it is repaired.
    pub days_until_fixed: f64,
    /// The success rate that results.
    pub success_rate: Option<f64>,
    /// Days after which the budget of 28 days is spent.
    pub days_of_budget: Option<f64>,
}

/// The sequential gate and what it decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Gate {
    /// What it decided.
    pub decision: GateDecision,
    /// Good callbacks seen, retries folded in.
    pub good: u64,
    /// Bad callbacks seen.
    pub bad: u64,
    /// How many more good callbacks in a row would ship; null once decided.
    pub more_needed: Option<u64>,
    /// The method: `sprt`, `fixed` or `e-process`.
    pub method: String,
    /// The rate that must be shown.
    pub objective: f64,
    /// The rate of a healthy app, which the test is built to recognise.
    pub alternative: Option<f64>,
    /// One minus the chance to ship an app that sits at the objective.
    pub confidence: f64,
    /// The most callbacks the plan allows.
    pub max_probes: Option<u64>,
    /// The bad callbacks that a fixed plan allows; null for other methods.
    #[serde(default)]
    pub allowed_failures: Option<u64>,
    /// Why it is inconclusive; each a sentence.
    pub reasons: Vec<String>,
    /// What the plan does at a few true rates, computed exactly.
    pub operating_characteristics: Vec<OperatingCharacteristic>,
}

/// What a gate decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateDecision {
    /// The rate is shown.
    Ship,
    /// The rate is refuted.
    Block,
    /// Neither.
    Inconclusive,
}

/// What a gate's plan does when the true rate is this.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OperatingCharacteristic {
    /// The true rate.
    pub true_rate: f64,
    /// The probability to ship.
    pub p_ship: f64,
    /// The probability to block.
    pub p_block: f64,
    /// The mean number of callbacks until it decides.
    pub expected_probes: f64,
}
