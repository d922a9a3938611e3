//! `rehearsal merge`.

use clap::Args;

use super::{KeptArgs, OutArgs};

/// What was typed after `rehearsal merge`.
#[derive(Debug, Clone, Args)]
pub struct MergeArgs {
    /// The runs to add up: ids in the history or how those begin, or JSON reports
    #[arg(value_name = "RUN|FILE", required = true, num_args = 2..)]
    pub runs: Vec<String>,

    #[command(flatten)]
    /// Where runs are looked for.
    pub kept: KeptArgs,
    #[command(flatten)]
    /// Where the sum goes.
    pub out: OutArgs,
}
