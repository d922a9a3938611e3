//! The two rates: success and reachability.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The success rate as Atlassian defines it, with everything it is made of.
///
/// Without trust nothing can be said about success: then every figure is null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sli {
    /// Callbacks answered 200 or 204.
    pub good: Option<u64>,
    /// Callbacks that failed for a reason in the app's control.
    pub bad: Option<u64>,
    /// Callbacks that don't count, for a proven reason outside the app's control.
    pub excluded: Option<u64>,
    /// Callbacks that are bad or excluded: it can't be told.
    pub unattributed: Option<u64>,
    /// Good and bad together.
    pub valid: Option<u64>,
    /// Good of valid.
    pub success_rate: Option<f64>,
    /// The same with excluded and unattributed callbacks counted as bad.
    pub success_rate_with_exclusions_counted: Option<f64>,
    /// The Clopper–Pearson interval of the success rate: the one to decide by.
    pub interval: Interval,
    /// The Jeffreys interval of the success rate: the one to read.
    pub interval_jeffreys: Interval,
    /// How many independent callbacks the valid ones are worth.
    pub n_effective: Option<f64>,
    /// The least success rate over 28 days, inclusive.
    pub objective: f64,
    /// A success rate over 24 hours below this is a warning.
    pub warning: f64,
}

/// How many callbacks reached an app that does not trust the probe: an upper bound of the success rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reachability {
    /// Callbacks that the app itself refused.
    pub reached: u64,
    /// Callbacks that failed otherwise.
    pub bad: u64,
    /// Callbacks that don't count, for a proven reason outside the app's control.
    #[serde(default)]
    pub excluded: u64,
    /// Callbacks of which it can't be told.
    #[serde(default)]
    pub unattributed: u64,
    /// Reached of reached and bad.
    pub success_rate: Option<f64>,
    /// The Clopper–Pearson interval of that rate.
    pub interval: Interval,
}

/// A two-sided interval of a rate. Its ends are null when nothing was counted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Interval {
    /// How it was computed.
    pub method: IntervalMethod,
    /// Its confidence, e.g. 0.95.
    pub confidence: f64,
    /// The lower end.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
}

/// How an interval was computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IntervalMethod {
    /// Clopper and Pearson's, which never covers less than it says.
    ClopperPearson,
    /// Jeffreys', which covers what it says on average.
    Jeffreys,
}
