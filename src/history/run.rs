//! What is kept of a run.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Series;
use crate::verdict::Verdict;

/// A run, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// What tells it from others.
    #[serde(flatten)]
    pub head: RunHead,
    /// Its counted callbacks, in the order in which they were recorded.
    pub events: Vec<EventCount>,
    /// What its health path answered, where one was asked.
    pub health: Option<HealthProbe>,
    /// Its JSON report, byte for byte.
    pub report: String,
}

impl RunRecord {
    /// The last moment at which a callback was good, or without trust reached.
    pub(super) fn last_good_at(&self) -> Option<Timestamp> {
        let is_good = |event: &&EventCount| matches!(event.verdict, Verdict::Good | Verdict::Reached);
        self.events.iter().filter(is_good).map(|event| event.at).max()
    }
}

/// What tells a run from others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunHead {
    /// Its identity. A history takes a run of the same id only once.
    pub id: Uuid,
    /// Whose windows it is about.
    pub series: Series,
    /// The command: `check`, `probe`, `load` or `demo`.
    pub command: String,
    /// The app's base URL.
    pub target: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// Whether everything planned was done.
    pub complete: bool,
    /// Whether its events count in the windows: only those of `check` do.
    pub feeds_windows: bool,
    /// The report's status, e.g. `ok` or `breach`.
    pub status: String,
}

/// Callbacks of a run that were alike, or one of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventCount {
    /// When they happened; of several, the first.
    pub at: Timestamp,
    /// What happened in the product, e.g. `initial-install`.
    pub event_type: String,
    /// The scenario.
    pub scenario: String,
    /// Its step.
    pub step: String,
    /// The tenant.
    pub client_key: String,
    /// The tenant's site.
    pub site: String,
    /// The code of what was seen, e.g. `status.204`.
    pub code: String,
    /// What it counts as.
    pub verdict: Verdict,
    /// How many they are.
    pub count: u64,
}

/// What an app's health path answered once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthProbe {
    /// When it was asked.
    pub at: Timestamp,
    /// The code of what was seen.
    pub code: String,
    /// What it counts as.
    pub verdict: Verdict,
    /// How long the answer took; whole microseconds are kept.
    pub elapsed: Duration,
}

/// Whether a history knew a run already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// It did not.
    New,
    /// It did, and nothing changed.
    AlreadyThere,
}

/// Which runs are asked for. What is `None` does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunFilter {
    /// The app's key.
    pub app_key: Option<String>,
    /// The environment.
    pub environment: Option<String>,
    /// The location.
    pub location: Option<String>,
    /// The command.
    pub command: Option<String>,
    /// Runs that began at this moment or later.
    pub since: Option<Timestamp>,
    /// Runs that began before this moment.
    pub until: Option<Timestamp>,
    /// At most so many, the latest.
    pub limit: Option<u32>,
}
