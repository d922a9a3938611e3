//! What the window of 28 days holds of one event type.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Tally;

/// What the window of 28 days holds of one event type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EventType {
    /// The case of the lifecycle, such as `initial-install`.
    pub event_type: String,
    /// Good events; where the basis is reachability, those that reached the app.
    pub good: u64,
    /// Bad events.
    pub bad: u64,
    /// Events that don't count.
    pub excluded: u64,
    /// Events of which it can't be told whether they are bad or excluded.
    pub unattributed: u64,
    /// Good of good and bad; null without any.
    pub success_rate: Option<f64>,
}

impl EventType {
    pub(super) fn of(event_type: String, tally: &Tally) -> Self {
        Self {
            event_type,
            good: tally.good,
            bad: tally.bad,
            excluded: tally.excluded,
            unattributed: tally.unattributed,
            success_rate: tally.counts().success_rate(),
        }
    }
}
