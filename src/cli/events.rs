//! Where every exchange is written.

use std::path::PathBuf;

use clap::Args;

/// The log of exchanges.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Out")]
pub struct EventsFlags {
    /// Write every exchange to FILE while running: JSON lines (.jsonl) or CSV (.csv)
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
}
