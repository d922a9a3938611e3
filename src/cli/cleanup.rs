//! `rehearsal cleanup`.

use std::path::PathBuf;

use clap::Args;

use super::{HowArgs, OutArgs, TrustArgs};

/// What was typed after `rehearsal cleanup`.
#[derive(Debug, Clone, Args)]
pub struct CleanupArgs {
    /// The id of the run, or its ledger file; without it, the runs that left something behind are listed
    #[arg(value_name = "RUN|FILE")]
    pub run: Option<String>,

    /// Forget what is left without uninstalling it
    #[arg(long, requires = "run")]
    pub forget: bool,

    /// Where ledgers are kept [default: the user's state directory]
    #[arg(long, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,

    #[command(flatten)]
    /// How the app takes our signature.
    pub trust: TrustArgs,
    #[command(flatten)]
    /// How requests travel.
    pub how: HowArgs,
    #[command(flatten)]
    /// Where results go.
    pub out: OutArgs,
}
