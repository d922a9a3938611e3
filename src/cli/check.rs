//! `rehearsal check`.

use std::time::Duration;

use clap::Args;

use super::how::age;
use super::{
    AlertFlags, CleanupFlags, EventsFlags, HistoryFlag, HowArgs, OutArgs, PlaceArgs, ProjectionArgs,
    RetentionFlag, ServiceFlags, TrustArgs, WhatArgs,
};

/// What was typed after `rehearsal check`.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// The app's base URL, e.g. `https://app.example.com/connect`
    pub base_url: String,

    #[command(flatten)]
    /// What to send, where it is not the one callback.
    pub what: WhatArgs,
    #[command(flatten)]
    /// Where the app is.
    pub place: PlaceArgs,
    #[command(flatten)]
    /// What is asked besides, and when it is too late.
    pub health: HealthArgs,
    #[command(flatten)]
    /// How the app takes our signature.
    pub trust: TrustArgs,
    #[command(flatten)]
    /// How requests travel.
    pub how: HowArgs,
    #[command(flatten)]
    /// How the result is projected.
    pub projection: ProjectionArgs,
    #[command(flatten)]
    /// What is said about it, and when.
    pub alert: AlertFlags,
    #[command(flatten)]
    /// Whether it goes on.
    pub service: ServiceFlags,
    #[command(flatten)]
    /// Where the run is recorded.
    pub history: HistoryFlag,
    #[command(flatten)]
    /// How long runs stay there.
    pub retention: RetentionFlag,
    #[command(flatten)]
    /// Where every exchange is written.
    pub events: EventsFlags,
    #[command(flatten)]
    /// What happens to the tenants of --scenario.
    pub cleanup: CleanupFlags,
    #[command(flatten)]
    /// Where results go.
    pub out: OutArgs,
}

/// The app's own health, and the tenant that stands in it.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Check")]
pub struct HealthArgs {
    /// The path of the app's health check, asked as Atlassian asks it: GET, only 200, within 3 s, no
    /// redirect; it has an objective of its own and is in no success rate
    #[arg(long, value_name = "PATH")]
    pub health_path: Option<String>,

    #[command(flatten)]
    /// When the last run says nothing about now.
    pub stale: StaleFlag,

    /// Uninstall the tenant that checks keep in the app, forget it, and check nothing
    #[arg(long)]
    pub forget: bool,
}

/// When the last run says nothing about now.
#[derive(Debug, Clone, Args)]
pub struct StaleFlag {
    /// The age from which on the last check says nothing about now: then there is no data
    #[arg(long, value_name = "TIME", default_value = "26h", value_parser = age)]
    pub stale_after: Duration,
}
