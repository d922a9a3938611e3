//! `rehearsal merge`.

use clap::Args;

use super::OutArgs;

/// What was typed after `rehearsal merge`.
#[derive(Debug, Clone, Args)]
pub struct MergeArgs {
    /// The JSON reports of the runs to add up
    #[arg(value_name = "FILE", required = true, num_args = 2..)]
    pub runs: Vec<String>,

    #[command(flatten)]
    /// Where the sum goes.
    pub out: OutArgs,
}
