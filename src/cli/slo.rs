//! `rehearsal slo`.

use std::path::PathBuf;

use clap::Args;

use super::{HistoryFlag, StaleFlag, TrustArg};

/// What was typed after `rehearsal slo`.
#[derive(Debug, Clone, Args)]
pub struct SloArgs {
    /// Only the app at this base URL, as its checks know it
    pub base_url: Option<String>,

    /// Only the app with this key
    #[arg(long, value_name = "KEY")]
    pub app_key: Option<String>,

    /// Only this environment
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,

    /// Only what was seen from this place
    #[arg(long, value_name = "NAME")]
    pub location: Option<String>,

    /// Only checks with this kind of trust
    #[arg(long, value_enum)]
    pub trust: Option<TrustArg>,

    #[command(flatten)]
    /// When the last run says nothing about now.
    pub stale: StaleFlag,

    #[command(flatten)]
    /// Where the runs are recorded.
    pub history: HistoryFlag,

    /// Where the history is by default [default: the user's state directory]
    #[arg(long, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,

    /// Print the figures as JSON, in the form `rehearsal.slo/1`
    #[arg(long)]
    pub json: bool,
}
