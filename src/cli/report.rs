//! `rehearsal report`.

use clap::Args;

use super::OutArgs;

/// What was typed after `rehearsal report`.
#[derive(Debug, Clone, Args)]
pub struct ReportArgs {
    /// The JSON report of a run
    #[arg(value_name = "FILE")]
    pub run: String,

    #[command(flatten)]
    /// Where it goes.
    pub out: OutArgs,
}
