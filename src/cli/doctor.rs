//! `rehearsal doctor`.

use clap::Args;

use super::{HowArgs, OutArgs, PlaceArgs, TrustArgs};

/// What was typed after `rehearsal doctor`.
#[derive(Debug, Clone, Args)]
pub struct DoctorArgs {
    /// The app's base URL, or a descriptor or Forge manifest in a file
    #[arg(value_name = "URL|FILE")]
    pub subject: String,

    /// Print the findings as JSON
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    /// Where the app is.
    pub place: PlaceArgs,
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
