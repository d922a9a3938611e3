//! `rehearsal probe`.

use clap::Args;

use super::{HistoryFlag, HowArgs, OutArgs, PlaceArgs, TrustArgs, WhatArgs};

/// What was typed after `rehearsal probe`.
#[derive(Debug, Clone, Args)]
pub struct ProbeArgs {
    /// The app's base URL, e.g. `https://staging.example.com/connect`
    pub base_url: String,

    #[command(flatten)]
    /// What to rehearse.
    pub what: WhatArgs,
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
    /// Whether it goes on until a rate is shown.
    pub gate: super::GateFlags,
    #[command(flatten)]
    /// What fails it besides.
    pub thresholds: super::ThresholdFlags,
    #[command(flatten)]
    /// How the result is projected.
    pub projection: super::ProjectionArgs,
    #[command(flatten)]
    /// Where the run is recorded.
    pub history: HistoryFlag,
    #[command(flatten)]
    /// What happens to the tenants.
    pub cleanup: CleanupFlags,
    #[command(flatten)]
    /// Whether every exchange is written.
    pub events: super::EventsFlags,
    #[command(flatten)]
    /// Where results go.
    pub out: OutArgs,
}

/// What happens to the synthetic tenants after a run.
#[derive(Debug, Clone, Args)]
pub struct CleanupFlags {
    /// Leave the synthetic tenants installed in the app
    #[arg(long, help_heading = "Out")]
    pub no_cleanup: bool,

    /// Where the ledger of installed tenants is kept [default: the user's state directory]
    #[arg(long, value_name = "DIR", help_heading = "Out")]
    pub state_dir: Option<std::path::PathBuf>,
}
