//! How load was generated.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Distribution;

/// How the load was generated, and whether the generator kept up.
///
/// Conservation holds: scheduled = completed + dropped + censored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Load {
    /// What decided when a callback was due.
    pub model: LoadModel,
    /// The rate asked for, in callbacks per second; null for a closed model.
    pub target_rate: Option<f64>,
    /// Callbacks that were due.
    pub scheduled: u64,
    /// Callbacks that were begun.
    pub dispatched: u64,
    /// Callbacks that ended.
    pub completed: u64,
    /// Callbacks that were not begun, because too many were in flight.
    pub dropped: u64,
    /// Callbacks that were still open at the end.
    pub censored: u64,
    /// The share of callbacks that were begun late.
    pub late_share: Option<f64>,
    /// How late they were begun.
    pub lag: Distribution,
    /// The rate achieved, in completed callbacks per second.
    pub achieved_rate: Option<f64>,
    /// How many were open at a time.
    pub in_flight: InFlight,
    /// Rate times mean time against what was counted in flight.
    pub littles_law: Option<LittlesLaw>,
    /// What signing cost the generator.
    pub signing: Option<Signing>,
    /// The search for the greatest rate.
    pub capacity: Option<Capacity>,
    /// The run in slots of time.
    pub series: Vec<Slot>,
}

/// What decides when a callback is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LoadModel {
    /// So many senders, each waits for its answer.
    Closed,
    /// A rate, whether or not earlier callbacks have ended.
    Open,
    /// A sequence of either.
    Stages,
}

/// How many callbacks were open at a time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InFlight {
    /// On average over time.
    pub mean: Option<f64>,
    /// At most.
    pub max: u64,
    /// The bound that was set.
    pub limit: Option<u64>,
}

/// Little's law as a self-check: both figures should agree.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LittlesLaw {
    /// Completions per second times the mean time.
    pub expected: f64,
    /// The mean number in flight.
    pub measured: f64,
    /// Whether they agree.
    pub holds: bool,
}

/// What signing cost the generator.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Signing {
    /// Tokens signed.
    pub tokens: u64,
    /// The mean time for one, in microseconds.
    pub mean_us: Option<f64>,
    /// Callbacks that had to wait for their token.
    pub waited: u64,
}

/// The search for the greatest rate that still meets the goal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Capacity {
    /// The greatest rate that met the goal, in callbacks per second.
    pub rate: Option<f64>,
    /// The goal, in words.
    pub goal: String,
    /// Every rate that was tried.
    pub trials: Vec<CapacityTrial>,
}

/// One rate that was tried.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CapacityTrial {
    /// The rate, in callbacks per second.
    pub rate: f64,
    /// Whether it met the goal.
    pub met: bool,
    /// The success rate seen.
    pub success_rate: Option<f64>,
    /// The 99th percentile of the response time.
    pub p99_us: Option<u64>,
}

/// A slot of time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Slot {
    /// When it begins, in seconds from the start.
    pub start_s: f64,
    /// How long it is, in seconds.
    pub width_s: f64,
    /// Good callbacks that ended in it.
    pub good: u64,
    /// Bad callbacks that ended in it.
    pub bad: u64,
    /// Callbacks open at its end.
    pub in_flight: u64,
    /// The median response time.
    pub p50_us: Option<u64>,
    /// The 99th percentile of the response time.
    pub p99_us: Option<u64>,
}
