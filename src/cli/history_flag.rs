//! Where runs are recorded.

use clap::Args;

/// Where runs are recorded.
#[derive(Debug, Clone, Args)]
pub struct HistoryFlag {
    /// Where runs are recorded: sqlite:PATH, postgres://HOST/DATABASE or none [default: check and slo a
    /// file in the state directory, others none]
    #[arg(long, value_name = "URL", help_heading = "Out")]
    pub history: Option<String>,
}
