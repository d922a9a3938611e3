//! Bounds on the figures of a run.

use clap::Args;

use crate::threshold::Threshold;

/// What fails a run, besides what always does.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Gate")]
pub struct ThresholdFlags {
    /// Fail the run (exit 2) when this is true of its figures, e.g. 'bad > 0.1%' or 'response.p99 > 2s'
    /// (repeatable). One about bad, good or `success_rate` says how many bad events are allowed; without
    /// such a one none is
    #[arg(long, value_name = "EXPRESSION")]
    pub fail_if: Vec<Threshold>,
}

/// What ends a run on its way.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Gate")]
pub struct AbortFlags {
    /// Stop, and fail, as soon as this is true of the figures so far: good, bad, dropped, completed,
    /// scheduled, `success_rate`, rate and response, from the twentieth event on (repeatable)
    #[arg(long, value_name = "EXPRESSION")]
    pub abort_if: Vec<Threshold>,
}
