//! What was typed: clap's structures and nothing else, one file for each command.

pub mod estimate;
mod explain;
mod keys;
mod scenario;

pub use estimate::EstimateArgs;
pub use explain::ExplainArgs;
pub use keys::KeysArgs;
pub use scenario::ScenarioArgs;

use clap::{Parser, Subcommand};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "rehearsal", version, about, max_term_width = 100)]
pub struct Cli {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List, show and validate scenario files.
    Scenario(ScenarioArgs),
    /// Make, serve and export the probe's signing key.
    Keys(KeysArgs),
    /// Plan: intervals, sample sizes, gate plans, forecasts, retry amplification.
    Estimate(EstimateArgs),
    /// Say what a failure code means and what to do.
    Explain(ExplainArgs),
}
