//! The search for the largest rate that an app sustains.

use std::time::Duration;

use clap::Args;

use super::load::{RateArg, long_time};
use crate::statistics::Objective;

/// Whether the largest rate is looked for, and what the app has to do at it.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Capacity")]
pub struct CapacityFlags {
    /// Look for the largest rate that the app sustains, by short trials at one rate each; --rate is the first
    /// one [default: 10/s] and --duration the length of a trial [default: 10s]
    #[arg(long, conflicts_with_all = ["stages", "rollout", "concurrency"])]
    pub find_capacity: bool,

    /// The success rate that the app has to keep at that rate, in percent
    #[arg(long, value_name = "PERCENT", default_value = "99.9", requires = "find_capacity")]
    pub slo: Objective,

    /// The time within which 99 % of callbacks have to end at that rate
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = long_time, requires = "find_capacity")]
    pub p99: Duration,

    /// The greatest rate that is tried
    #[arg(long, value_name = "RATE", default_value = "10000/s", requires = "find_capacity")]
    pub max_rate: RateArg,
}
