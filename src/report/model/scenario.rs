//! What was rehearsed, step by step.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Latency;

/// One scenario and how it went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScenarioRow {
    /// Its name, e.g. `initial-install`.
    pub name: String,
    /// One line for a person.
    #[serde(default)]
    pub title: String,
    /// Who sets it off: `customer`, `partner`, `site-admin` or `atlassian`.
    pub actor: String,
    /// How often it ran.
    pub iterations: u64,
    /// Its callbacks, in order.
    pub steps: Vec<StepRow>,
}

/// One callback of a scenario, over all iterations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StepRow {
    /// Its name within the scenario.
    pub name: String,
    /// What was sent: `installed`, `uninstalled`, `enabled`, `disabled` or `request`.
    pub event: String,
    /// The method and path, e.g. `POST /installed`.
    #[serde(default)]
    pub request: Option<String>,
    /// How it was signed, e.g. `RS256` or `HS256, the previous secret`.
    #[serde(default)]
    pub signing: Option<String>,
    /// Whether it is an event of the success rate.
    pub counted: bool,
    /// Callbacks that were good; 0 for a callback that is not counted.
    pub good: u64,
    /// Callbacks that were bad; 0 for a callback that is not counted.
    pub bad: u64,
    /// Callbacks that don't count, for a proven reason outside the app's control.
    pub excluded: u64,
    /// Callbacks of which it can't be told.
    #[serde(default)]
    pub unattributed: u64,
    /// Callbacks that an app without trust refused, as it should.
    #[serde(default)]
    pub reached: u64,
    /// What came back, the most frequent first.
    #[serde(default)]
    pub answers: Vec<CodeCount>,
    /// How long it took.
    pub latency: Latency,
    /// What was checked besides.
    pub checks: Vec<Check>,
}

impl ScenarioRow {
    /// Whether nothing is known of one of its counted callbacks, because each time it was excluded.
    pub fn is_unseen(&self) -> bool {
        self.steps.iter().any(|step| {
            let seen = step.good + step.bad + step.reached + step.unattributed;
            step.counted && step.excluded > 0 && seen == 0
        })
    }

    /// The callbacks in order, each with whether it is the first of its step.
    pub fn callbacks(&self) -> impl Iterator<Item = (bool, &StepRow)> {
        let before = std::iter::once(None).chain(self.steps.iter().map(|step| Some(&step.name)));
        self.steps.iter().zip(before).map(|(step, before)| (before != Some(&step.name), step))
    }
}

impl StepRow {
    /// How many callbacks were sent, or were to be sent and could not.
    pub fn sent(&self) -> u64 {
        self.answers.iter().map(|answer| answer.count).sum()
    }
}

/// How often a code was the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CodeCount {
    /// The code.
    pub code: String,
    /// How often.
    pub count: u64,
}

/// One thing that was checked about the app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// Its name.
    pub name: String,
    /// Whether the app passed.
    pub passed: bool,
    /// What was seen.
    pub detail: String,
}
