//! Where runs are recorded.

use std::time::Duration;

use clap::Args;

use super::history::retention;

/// Where runs are recorded.
#[derive(Debug, Clone, Default, Args)]
pub struct HistoryFlag {
    /// Where runs are recorded: sqlite:PATH, postgres://USER@HOST/DATABASE or none [default: a
    /// file in the state directory, for probe and load none]. A password is better given as PGPASSWORD, or the whole as
    /// REHEARSAL_HISTORY
    // Its default may come from the settings file, password and all.
    #[arg(long, value_name = "URL", help_heading = "Out", hide_default_value = true)]
    pub history: Option<String>,
}

/// How long runs are kept.
#[derive(Debug, Clone, Args)]
pub struct RetentionFlag {
    /// Forget runs once they are older than this, after each pass, e.g. 400d; 28d at least
    #[arg(long, value_name = "TIME", help_heading = "Out", value_parser = retention)]
    pub keep: Option<Duration>,
}
