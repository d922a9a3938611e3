//! What ran.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schema::UtcTime;
use crate::verdict::Trust;

/// What ran, against what, when and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// The identity of the run.
    pub id: String,
    /// The command: `probe`, `check`, `load` or `demo`.
    pub command: String,
    /// The base URL of the app.
    pub target: String,
    /// The key of the app, as its descriptor or `--app-key` states it.
    pub app_key: Option<String>,
    /// Where the app runs, e.g. `production`.
    pub environment: Option<String>,
    /// Where the probe runs.
    pub location: Option<String>,
    /// Whatever the person wanted recorded.
    pub labels: BTreeMap<String, String>,
    /// When the first callback was due.
    #[schemars(with = "UtcTime")]
    pub started_at: Timestamp,
    /// When the last callback had ended.
    #[schemars(with = "UtcTime")]
    pub finished_at: Timestamp,
    /// The version of this program.
    pub tool_version: String,
    /// What drove order, arrivals and variants; never identity or secrets.
    pub seed: u64,
    /// Whether everything planned was done. An interrupted run is reported too.
    pub complete: bool,
    /// How the app was meant to take the probe's signature.
    pub trust: Trust,
    /// `connect` or `connect-on-forge`.
    pub platform: String,
    /// Every setting that shaped the run, defaults included, by its name on the command line.
    pub settings: serde_json::Map<String, serde_json::Value>,
    /// What was typed, without secrets, to run the same again.
    #[serde(default)]
    pub arguments: Vec<String>,
}
