//! Where runs are recorded.

use clap::Args;

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
