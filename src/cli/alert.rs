//! `rehearsal alert`, and the flags about alerts of commands that send them.

use std::time::Duration;

use clap::{Args, Subcommand};

use crate::alert::{Patience, Steadiness};

/// What was typed after `rehearsal alert`.
#[derive(Debug, Clone, Args)]
pub struct AlertArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: AlertCommand,
}

/// The subcommands of `rehearsal alert`.
#[derive(Debug, Clone, Subcommand)]
pub enum AlertCommand {
    /// Send a test message to the alerts of the settings file, and say what came of it
    Test(TestAlertArgs),
    /// List the alerts of the settings file
    List,
}

/// What was typed after `rehearsal alert test`.
#[derive(Debug, Clone, Args)]
pub struct TestAlertArgs {
    /// One of the alerts [default: all of them]
    #[arg(value_name = "NAME")]
    pub alert: Option<String>,
}

/// Which alerts are sent, and when.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Alerts")]
pub struct AlertFlags {
    /// An alert of the settings file to send (repeatable); `none` sends none [default: all of them]
    #[arg(long, value_name = "NAME")]
    pub alerts: Vec<String>,

    /// How long a worse state has to last before it is announced: a number of checks, or a time
    #[arg(long, value_name = "N|TIME", default_value = "1")]
    pub alert_after: Steadiness,

    /// How long a better state has to last before it is announced: a number of checks, or a time
    #[arg(long, value_name = "N|TIME", default_value = "2")]
    pub recover_after: Steadiness,

    /// How often one is reminded of a state that is not OK; `never` is possible
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = interval)]
    pub remind_every: Interval,
}

impl AlertFlags {
    /// When to announce a state, and when to announce it again.
    pub fn patience(&self) -> Patience {
        let remind_every = match self.remind_every {
            Interval::Every(time) => Some(time),
            Interval::Never => None,
        };
        Patience { worse: self.alert_after, better: self.recover_after, remind_every }
    }
}

/// A time, or never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interval {
    /// After each of these.
    Every(Duration),
    /// Not at all.
    Never,
}

fn interval(text: &str) -> Result<Interval, String> {
    if text == "never" {
        return Ok(Interval::Never);
    }
    let time: Option<jiff::SignedDuration> = text.parse().ok();
    time.and_then(|time| Duration::try_from(time).ok())
        .filter(|time| *time >= Duration::from_secs(1))
        .map(Interval::Every)
        .ok_or_else(|| "expected a time such as 24h, a second at least, or `never`".to_owned())
}
