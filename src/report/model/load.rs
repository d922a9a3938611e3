//! How load was generated.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CodeCount, Distribution, EncodedHistogram};

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
    /// Callbacks that were due and not begun, because too many were in flight or the run was stopped.
    pub dropped: u64,
    /// Callbacks that were still open at the end; they stand in the response times at their age.
    pub censored: u64,
    /// Callbacks that waited for others to end, which counts as their response time.
    #[serde(default)]
    pub queued: u64,
    /// The share of callbacks that were begun more than a millisecond late.
    pub late_share: Option<f64>,
    /// How late they were begun, those left out that waited for others.
    pub lag: Distribution,
    /// Name, connection and TLS, of callbacks that needed a new connection.
    #[serde(default)]
    pub dial: Distribution,
    /// Response times of callbacks that got no whole answer; they stand in the others as well.
    #[serde(default)]
    pub failed: Distribution,
    /// The histograms behind these times.
    #[serde(default)]
    pub histograms: LoadHistograms,
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
    /// Why the run was ended before its time.
    #[serde(default)]
    pub ended_early: Option<String>,
    /// What was sent before counting began.
    #[serde(default)]
    pub warm_up: Option<WarmUp>,
    /// The stages in order.
    #[serde(default)]
    pub stages: Vec<StageRow>,
    /// The threads that sent and signed.
    #[serde(default)]
    pub threads: Vec<ThreadRow>,
    /// The run in slots of time.
    pub series: Vec<Slot>,
}

/// The HdrHistograms behind the times of a load test; null where there were none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoadHistograms {
    /// How late callbacks were begun.
    pub lag: Option<EncodedHistogram>,
    /// Name, connection and TLS.
    pub dial: Option<EncodedHistogram>,
    /// Callbacks that got no whole answer.
    pub failed: Option<EncodedHistogram>,
}

/// What was sent before counting began: it is shown and counts nowhere else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WarmUp {
    /// How long it was, in seconds.
    pub seconds: f64,
    /// Good events.
    pub good: u64,
    /// Bad events.
    pub bad: u64,
    /// From the moment a callback was due to its end.
    pub response: Distribution,
    /// The histogram behind it.
    #[serde(default)]
    pub histogram: Option<EncodedHistogram>,
}

/// A stage of the schedule, with the events that were due in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StageRow {
    /// The rate at its beginning, in callbacks per second; null for a closed model.
    pub from_rate: Option<f64>,
    /// The rate at its end.
    pub to_rate: Option<f64>,
    /// How long it was to be, in seconds.
    pub seconds: f64,
    /// Good events.
    pub good: u64,
    /// Bad events.
    pub bad: u64,
    /// Good events of good and bad ones.
    pub success_rate: Option<f64>,
    /// From the moment a callback was due to its end.
    pub response: Distribution,
    /// The histogram behind it.
    #[serde(default)]
    pub histogram: Option<EncodedHistogram>,
}

/// A thread of the generator.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ThreadRow {
    /// What it did.
    pub work: ThreadWork,
    /// Its processor time, in seconds.
    pub cpu_s: f64,
    /// The share of the run for which it had the processor.
    pub share: Option<f64>,
}

/// What a thread of the generator did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ThreadWork {
    /// It sent callbacks.
    Sending,
    /// It signed them.
    Signing,
}

/// What happens to a callback that is due while too many are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhenFull {
    /// It is not sent.
    Drop,
    /// It waits.
    Queue,
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
    /// What happens at that bound.
    #[serde(default)]
    pub when_full: Option<WhenFull>,
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
    /// Tokens that had grown old before they were needed, and were signed again.
    #[serde(default)]
    pub renewed: u64,
    /// Whether a tenant's token was used more than once.
    #[serde(default)]
    pub reused: bool,
    /// The processor time of the signing threads, in seconds.
    #[serde(default)]
    pub cpu_s: f64,
}

/// The search for the greatest rate that still meets the goal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Capacity {
    /// The rate at which half of the trials would meet the goal, in callbacks per second; null when it lies
    /// above or below all that were tried.
    pub rate: Option<f64>,
    /// The lower end of an interval for it; null when not even the least rate met the goal.
    #[serde(default)]
    pub low: Option<f64>,
    /// The upper end; null when even the greatest rate met the goal.
    #[serde(default)]
    pub high: Option<f64>,
    /// How likely the interval holds it.
    #[serde(default)]
    pub confidence: f64,
    /// The goal, in words.
    pub goal: String,
    /// The rate at which each resource of the generator would have been used up.
    #[serde(default)]
    pub limits: Vec<CapacityLimit>,
    /// Every rate that was tried, in order.
    pub trials: Vec<CapacityTrial>,
}

/// A resource of the generator, and the rate at which it would have been used up.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CapacityLimit {
    /// The resource.
    pub resource: CapacityResource,
    /// The rate, in callbacks per second.
    pub rate: f64,
}

/// A resource of the generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CapacityResource {
    /// The signing threads.
    Signing,
    /// Local ports for new connections.
    LocalPorts,
    /// File descriptors for connections that are open at once.
    Descriptors,
    /// The processor time of the sending threads.
    SendingThreads,
}

/// One rate that was tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CapacityTrial {
    /// The rate, in callbacks per second.
    pub rate: f64,
    /// Whether it met the goal.
    pub met: bool,
    /// The success rate seen.
    pub success_rate: Option<f64>,
    /// The 99th percentile of the response time.
    pub p99_us: Option<u64>,
    /// Why it did not meet the goal, or was not judged.
    #[serde(default)]
    pub why: Option<String>,
}

/// A slot of a run over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Slot {
    /// When it begins, in seconds from the start of the first.
    pub start_s: f64,
    /// How long it is, in seconds.
    pub width_s: f64,
    /// Good callbacks that ended in it, or ones that reached an app without trust.
    pub good: u64,
    /// Bad callbacks that ended in it.
    pub bad: u64,
    /// How often each code but the good ones occurred in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<CodeCount>,
    /// Callbacks that were due in it and not begun.
    #[serde(default)]
    pub dropped: u64,
    /// Callbacks open at its end.
    pub in_flight: u64,
    /// The median response time.
    pub p50_us: Option<u64>,
    /// The 99th percentile of the response time.
    pub p99_us: Option<u64>,
    /// The histogram of the response times, to one in a hundred; of load tests alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub histogram: Option<EncodedHistogram>,
}
