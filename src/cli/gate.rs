//! The gate of a probe.

use std::time::Duration;

use clap::Args;

use super::estimate::GateMethod;
use super::how::duration;
use crate::statistics::{Confidence, Objective, Probability};

/// Whether a probe goes on until a rate is shown, and how.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Gate")]
pub struct GateFlags {
    /// Probe until this success rate is shown to be met or missed, e.g. 99 or 99.9 (percent)
    #[arg(long, value_name = "PERCENT")]
    pub gate: Option<Objective>,

    /// The success rate of an app that should pass [default: a tenth of the failures that --gate leaves]
    #[arg(long, value_name = "PERCENT", requires = "gate")]
    pub alternative: Option<Probability>,

    /// How sure the gate should be when it ships, above 0 and below 100 percent
    #[arg(long, value_name = "PERCENT", default_value = "95")]
    pub confidence: Confidence,

    /// How the gate decides
    #[arg(long, value_enum, default_value_t = GateMethod::Sprt)]
    pub method: GateMethod,

    /// The bad callbacks that the fixed plan allows
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub allowed_failures: u64,

    /// The counted callbacks, or else tenants, after which the gate gives up, 1 to 10^9 [default: 30 over the
    /// failures that --gate leaves, 3,000 for 99 percent]
    #[arg(long, value_name = "N", requires = "gate")]
    pub max_probes: Option<u64>,

    /// The time after which no further tenant is begun, e.g. 10min
    #[arg(long, value_name = "TIME", requires = "gate", value_parser = duration)]
    pub max_time: Option<Duration>,
}
