//! A check that goes on.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;

/// Passes at even intervals, and where their figures can be had.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Service")]
pub struct ServiceFlags {
    /// Make a pass this often (1s to 24h) until told to stop; up to a tenth of it is added by chance
    #[arg(long, value_name = "TIME", value_parser = interval, conflicts_with = "forget")]
    pub every: Option<Duration>,

    /// Serve the figures to Prometheus at http://ADDR:PORT/metrics; port 0 picks one
    #[arg(long, value_name = "ADDR:PORT", requires = "every")]
    pub listen: Option<SocketAddr>,
}

fn interval(text: &str) -> Result<Duration, String> {
    let expected = || "expected a time such as 5m, from 1s to 24h".to_owned();
    let time: jiff::SignedDuration = text.parse().map_err(|_| expected())?;
    let time = Duration::try_from(time).map_err(|_| expected())?;
    let range = Duration::from_secs(1)..=Duration::from_secs(24 * 3600);
    if range.contains(&time) { Ok(time) } else { Err(expected()) }
}
