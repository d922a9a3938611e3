//! `rehearsal report`.

use clap::Args;

use super::{KeptArgs, OutArgs};

/// What was typed after `rehearsal report`.
#[derive(Debug, Clone, Args)]
pub struct ReportArgs {
    /// The run: its id in the history or how that begins, or its JSON report
    #[arg(value_name = "RUN|FILE")]
    pub run: String,

    #[command(flatten)]
    /// Where runs are looked for.
    pub kept: KeptArgs,
    #[command(flatten)]
    /// Where it goes.
    pub out: OutArgs,
}
