//! Two runs beside each other: `rehearsal.comparison/1`.

use std::borrow::Cow;

use jiff::Timestamp;
use schemars::{JsonSchema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use super::{Basis, Distribution, EncodedHistogram, Status, schema::UtcTime};
use crate::verdict::Verdict;

/// The name and version of the comparison's form.
const COMPARISON_SCHEMA: &str = "rehearsal.comparison/1";

/// Two runs beside each other, and whether the second one is shown to be better or worse.
///
/// Everything with the name `before` is of the first run, everything with the name `after` of the second.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(title = "Rehearsal comparison")]
pub struct Comparison {
    /// The version of this form.
    pub schema: ComparisonSchema,
    /// The first run.
    pub before: ComparedRun,
    /// The second run.
    pub after: ComparedRun,
    /// Whether the second run is shown to be better or worse.
    pub verdict: Change,
    /// Why, the weightiest first; each a sentence.
    pub reasons: Vec<String>,
    /// What speaks against comparing the two; each a sentence.
    pub caveats: Vec<String>,
    /// The confidence of all statements together; each has its share of the error (Bonferroni).
    pub confidence: f64,
    /// The figure that the rates are of.
    pub basis: Basis,
    /// The success rates.
    pub rate: ComparedRate,
    /// How far times have to move to count, as a share of those before.
    pub latency_tolerance: f64,
    /// The response times, percentile by percentile.
    pub latency: Vec<ComparedQuantile>,
    /// The checks that passed in one run and failed in the other.
    pub checks: Vec<ComparedCheck>,
    /// How often each thing happened.
    pub outcomes: Vec<ComparedOutcome>,
    /// The settings that differ.
    pub settings: Vec<ComparedSetting>,
    /// The response times of both runs, where both were timed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub histograms: Option<ComparedHistograms>,
}

/// The tag `rehearsal.comparison/1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComparisonSchema;

impl Serialize for ComparisonSchema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(COMPARISON_SCHEMA)
    }
}

impl JsonSchema for ComparisonSchema {
    fn schema_name() -> Cow<'static, str> {
        "ComparisonSchema".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> schemars::Schema {
        json_schema!({ "const": COMPARISON_SCHEMA })
    }
}

/// What is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The second run is better.
    Better,
    /// The second run is worse.
    Worse,
    /// Neither: the difference could be chance, or is too small to count.
    NoDifferenceShown,
}

/// A run of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ComparedRun {
    /// The identity of the run.
    pub id: String,
    /// The command.
    pub command: String,
    /// The base URL of the app.
    pub target: String,
    /// When it began.
    #[schemars(with = "UtcTime")]
    pub started_at: Timestamp,
    /// The version of the program that ran it.
    pub tool_version: String,
    /// Its own verdict.
    pub status: Status,
    /// Its response times.
    pub response: Distribution,
    /// The rate that a load test achieved, in completed callbacks per second.
    pub achieved_rate: Option<f64>,
}

/// The success rates, or reachabilities, of two runs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ComparedRate {
    /// The counts before.
    pub before: RateCounts,
    /// The counts after.
    pub after: RateCounts,
    /// The rate after less the rate before.
    pub difference: Option<f64>,
    /// The lower end of its interval (Newcombe).
    pub low: Option<f64>,
    /// The upper end of its interval.
    pub high: Option<f64>,
    /// How likely counts at least as different are if the rates are equal (Fisher's exact test, two-sided).
    pub p_value: Option<f64>,
    /// What that shows.
    pub change: Change,
}

/// The counts behind a rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct RateCounts {
    /// Good callbacks, or ones that reached the app.
    pub good: u64,
    /// Bad callbacks.
    pub bad: u64,
    /// Callbacks that don't count.
    pub excluded: u64,
    /// Callbacks of which it can't be told.
    pub unattributed: u64,
    /// Good of good and bad.
    pub success_rate: Option<f64>,
}

/// One percentile of the response time in both runs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ComparedQuantile {
    /// The quantile, e.g. 0.99.
    pub quantile: f64,
    /// Before.
    pub before_us: Option<u64>,
    /// After.
    pub after_us: Option<u64>,
    /// The lower end of the interval of the difference, after less before (bootstrap over the histograms);
    /// null where there are too few callbacks to say anything.
    pub low_us: Option<i64>,
    /// The upper end.
    pub high_us: Option<i64>,
    /// What that shows.
    pub change: Change,
}

/// A check that passed in one run and failed in the other.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ComparedCheck {
    /// The scenario.
    pub scenario: String,
    /// The step within it.
    pub step: String,
    /// What was sent.
    pub event: String,
    /// The check.
    pub name: String,
    /// Better when it passes now, worse when it fails now.
    pub change: Change,
    /// What was seen in the run in which it failed.
    pub detail: String,
}

/// How often something happened in both runs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ComparedOutcome {
    /// The code.
    pub code: String,
    /// What it counts as.
    pub verdict: Verdict,
    /// How often before.
    pub before: u64,
    /// How often after.
    pub after: u64,
}

/// A setting that differs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ComparedSetting {
    /// Its name.
    pub name: String,
    /// Its value before.
    pub before: String,
    /// Its value after.
    pub after: String,
}

/// The response times of both runs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ComparedHistograms {
    /// Before.
    pub before: EncodedHistogram,
    /// After.
    pub after: EncodedHistogram,
}
