//! The report's view model: everything a format may show, and nothing it has to compute.
//!
//! It is the JSON report `rehearsal.report/1` itself. A report read back and written again gives the
//! same bytes, so that a stored run can be rendered in any format at any time.

mod comparison;
mod conclusion;
mod evidence;
mod health;
mod histogram;
mod latency;
mod load;
mod outcome;
mod projection;
mod run;
mod scenario;
mod schema;
mod sli;

pub use comparison::{
    Change, ComparedCheck, ComparedHistograms, ComparedOutcome, ComparedQuantile, ComparedRate, ComparedRun,
    ComparedSetting, Comparison, ComparisonSchema, RateCounts,
};
pub use conclusion::{Basis, Claim, Conclusion, Measurement, Status, Validity};
pub use evidence::{
    Attempt, Certificate, EarlierTry, Evidence, Header, LookupError, Record, RequestEvidence, Resolution,
    ResponseEvidence, TlsEvidence,
};
pub use health::HealthRow;
pub use histogram::{EncodedHistogram, InvalidHistogram};
pub use latency::{Distribution, Histograms, Latency, Phases};
pub use load::{
    Capacity, CapacityLimit, CapacityResource, CapacityTrial, InFlight, LittlesLaw, Load, LoadHistograms,
    LoadModel, Signing, Slot, StageRow, ThreadRow, ThreadWork, WarmUp, WhenFull,
};
pub use outcome::{Advisory, OutcomeRow};
pub use projection::{Gate, GateDecision, OperatingCharacteristic, Projection, Retry, Share};
pub use run::Run;
pub use scenario::{Check, CodeCount, ScenarioRow, StepRow};
pub use schema::{ReadError, SCHEMA, Schema};
pub use sli::{Interval, IntervalMethod, Reachability, Sli};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::slo::Standing;

/// A whole report.
///
/// Times are UTC, durations are whole microseconds where a name ends in `_us`, rates lie between 0 and
/// 1 and are null when nothing was counted. No secret, private key or usable token ever stands in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Rehearsal report")]
pub struct Report {
    /// The version of this form.
    pub schema: Schema,
    /// What ran, against what, when and how.
    pub run: Run,
    /// What follows from it.
    pub verdict: Conclusion,
    /// Whether the measurement itself was sound.
    pub measurement: Measurement,
    /// The success rate as Atlassian defines it. Its figures are null without trust.
    pub sli: Sli,
    /// How many callbacks reached the app, for runs without trust alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reachability: Option<Reachability>,
    /// What the figures foretell.
    pub projection: Projection,
    /// What was rehearsed, in the order in which it ran.
    pub scenarios: Vec<ScenarioRow>,
    /// What happened, one row for each code and verdict, good ones included.
    pub outcomes: Vec<OutcomeRow>,
    /// What does not change the verdict and should be known.
    pub advisories: Vec<Advisory>,
    /// How long callbacks took.
    pub latency: Latency,
    /// The run over time, except for load tests, which have theirs in `load`: at most 60 slots of the same width. Those
    /// in which nothing ended and nothing was open are left out, and so are all when runs were merged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<Slot>,
    /// How the load was generated, for load tests alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<Load>,
    /// How the app stands over 24 hours and 28 days, for checks alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<Standing>,
    /// What the app's health path answered, for checks that ask it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<HealthRow>,
    /// The clientKeys that are still installed in the app.
    pub residue: Vec<String>,
}
