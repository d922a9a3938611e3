//! `rehearsal compare`.

use clap::{Args, ValueEnum};

use super::{KeptArgs, OutArgs};

/// What was typed after `rehearsal compare`.
#[derive(Debug, Clone, Args)]
pub struct CompareArgs {
    /// The run before: its id in the history or how that begins, or its JSON report
    #[arg(value_name = "BEFORE")]
    pub before: String,

    /// The run after, likewise
    #[arg(value_name = "AFTER")]
    pub after: String,

    /// Exit with 2 when this is shown
    // An id of its own, for the thresholds of a settings file are none for a comparison.
    #[arg(id = "fail_if_compared", long = "fail-if", value_enum, value_name = "VERDICT")]
    pub fail_if: Option<FailIf>,

    /// By how many percent a response time has to move before it counts
    #[arg(long, value_name = "PERCENT", default_value_t = 10.0, value_parser = percent)]
    pub tolerance: f64,

    #[command(flatten)]
    /// Where runs are looked for.
    pub kept: KeptArgs,
    #[command(flatten)]
    /// Where it goes: html, json and markdown.
    pub out: OutArgs,
}

/// `--fail-if`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailIf {
    /// The second run is worse.
    Worse,
}

fn percent(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|percent| (0.0..=1000.0).contains(percent))
        .ok_or_else(|| "a number from 0 to 1000".to_owned())
}
