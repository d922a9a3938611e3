//! What the app's own health path answered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::verdict::Verdict;

/// What the app's own health path answered. It is no callback, and in no success rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HealthRow {
    /// What was asked.
    pub url: String,
    /// What became of it.
    pub code: String,
    /// What it counts as: only 200 within three seconds is good.
    pub verdict: Verdict,
    /// How long it took.
    pub elapsed_us: u64,
}
