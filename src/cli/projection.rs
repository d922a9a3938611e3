//! What the projection assumes.

use clap::Args;

/// Volumes and shares of real events, which no probe can know.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Projection")]
pub struct ProjectionArgs {
    /// How many installed callbacks the app gets in 28 days
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub events_28d: Option<u64>,

    /// How many tenants the app has, for what one broken tenant costs when its upgrade is retried
    #[arg(long, value_name = "N", requires = "retries_per_day", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub tenants: Option<u64>,

    /// How often a failed automatic upgrade is retried in a day; the interval is not published
    #[arg(long, value_name = "N", requires = "tenants")]
    pub retries_per_day: Option<f64>,

    /// Shares of the event types, e.g. initial-install=60,secret-rotation=20; the others get 0
    #[arg(long, value_name = "CASE=WEIGHT,…", value_delimiter = ',')]
    pub mix: Vec<String>,
}
