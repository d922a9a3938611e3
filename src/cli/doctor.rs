//! `rehearsal doctor`.

use clap::Args;

use super::{HowArgs, PlaceArgs, TrustArgs};

/// What was typed after `rehearsal doctor`.
#[derive(Debug, Clone, Args)]
pub struct DoctorArgs {
    /// The app's base URL, or a descriptor or Forge manifest in a file
    // The id is that of probe's base URL, so that an app in the settings file serves both.
    #[arg(id = "base_url", value_name = "URL|FILE")]
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
}
