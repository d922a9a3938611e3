//! Questions about the rolling windows.

use crate::statistics::{Objective, Probability};

/// What was typed after `rehearsal estimate forecast`.
#[derive(Debug, clap::Args)]
pub struct ForecastArgs {
    /// Good probes.
    #[arg(long, value_name = "COUNT")]
    pub good: u64,
    /// Bad probes.
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    pub bad: u64,
    /// Events still to come in the window.
    #[arg(long, value_name = "NUMBER")]
    pub events: f64,
    /// Take --events as an average, Poisson distributed; it need not be whole then.
    #[arg(long)]
    pub poisson: bool,
    /// Good events that the window holds already.
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    pub window_good: u64,
    /// Bad events that the window holds already.
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    pub window_bad: u64,
    /// The objective of the window.
    #[arg(long, value_name = "PERCENT", default_value = "99")]
    pub objective: Objective,
    /// What a probe weighs against a real event, 0 to 1: probes are no real installs.
    #[arg(long, value_name = "SHARE", default_value = "0.5")]
    pub discount: Probability,
    /// The prior's good events.
    #[arg(long, value_name = "NUMBER", default_value_t = 0.5)]
    pub prior_good: f64,
    /// The prior's bad events.
    #[arg(long, value_name = "NUMBER", default_value_t = 0.5)]
    pub prior_bad: f64,
}

/// What was typed after `rehearsal estimate retries`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("how_many").required(true).args(["broken", "broken_share"]))]
pub struct RetriesArgs {
    /// The tenants, each called once.
    #[arg(long, value_name = "COUNT")]
    pub tenants: u64,
    /// How many of them fail every time until mended.
    #[arg(long, value_name = "COUNT")]
    pub broken: Option<u64>,
    /// The share of them that does, instead of --broken.
    #[arg(long, value_name = "PERCENT")]
    pub broken_share: Option<Probability>,
    /// Retries of a broken tenant a day. The interval is not published.
    #[arg(long, value_name = "NUMBER")]
    pub retries_per_day: f64,
    /// Days until the broken tenants are mended.
    #[arg(long, value_name = "DAYS", default_value_t = 28.0)]
    pub days: f64,
    /// Other good events in the window.
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    pub organic_good: u64,
    /// Count the success after mending as one more good event for each tenant.
    #[arg(long)]
    pub eventual_success: bool,
}

/// What was typed after `rehearsal estimate window`.
#[derive(Debug, clap::Args)]
pub struct WindowArgs {
    /// Events in 28 days.
    #[arg(long, value_name = "COUNT")]
    pub events: u64,
    /// The true success rate.
    #[arg(long, value_name = "PERCENT", visible_alias = "true-p")]
    pub success_rate: Probability,
    /// Events in 24 hours [default: a 28th of --events].
    #[arg(long, value_name = "COUNT")]
    pub events_24h: Option<u64>,
    /// The objective over 28 days.
    #[arg(long, value_name = "PERCENT", default_value = "99")]
    pub objective: Objective,
    /// The threshold over 24 hours, below which a warning is sent.
    #[arg(long, value_name = "PERCENT", default_value = "99.9")]
    pub warning: Objective,
}

/// What was typed after `rehearsal estimate burn`.
#[derive(Debug, clap::Args)]
pub struct BurnArgs {
    /// The objective.
    #[arg(long, value_name = "PERCENT", default_value = "99")]
    pub objective: Objective,
    /// The success rate below which an alert fires.
    #[arg(long, value_name = "PERCENT", default_value = "99.9")]
    pub threshold: Probability,
    /// The window of the objective.
    #[arg(long, value_name = "DAYS", default_value_t = 28.0)]
    pub window_days: f64,
    /// A share of the budget, with --hours: the burn rate that uses it up.
    #[arg(long, value_name = "PERCENT", requires = "hours")]
    pub share: Option<Probability>,
    /// The hours in which the share is used up.
    #[arg(long, value_name = "HOURS", requires = "share")]
    pub hours: Option<f64>,
}
