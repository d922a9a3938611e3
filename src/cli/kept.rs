//! Where kept runs are looked for.

use std::path::PathBuf;

use clap::Args;

use super::HistoryFlag;

/// The history that runs are taken from by their id.
#[derive(Debug, Clone, Default, Args)]
pub struct KeptArgs {
    #[command(flatten)]
    /// Where runs are recorded.
    pub history: HistoryFlag,

    /// Where the history is by default [default: the user's state directory]
    #[arg(long, value_name = "DIR", help_heading = "Out")]
    pub state_dir: Option<PathBuf>,
}
