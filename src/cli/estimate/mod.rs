//! `rehearsal estimate`.

mod probes;
mod windows;

pub use probes::{
    DependenceArgs, GateArgs, GateMethod, IntervalArgs, SampleSizeArgs, SideArg, StratifiedArgs, StratumArg,
};
pub use windows::{BurnArgs, ForecastArgs, RetriesArgs, WindowArgs};

use std::path::PathBuf;

/// What was typed after `rehearsal estimate`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Shares are typed as 99.9, 99.9% or 0.999: a number above 1 is a percentage.")]
pub struct EstimateArgs {
    /// The question.
    #[command(subcommand)]
    pub question: Question,
    /// Print JSON with every digit instead of tables.
    #[arg(long, global = true)]
    pub json: bool,
}

/// The questions.
#[derive(Debug, clap::Subcommand)]
pub enum Question {
    /// What do so many good and bad events prove?
    Interval(IntervalArgs),
    /// How many probes prove an objective?
    SampleSize(SampleSizeArgs),
    /// How often does the gate ship and block, and after how many probes?
    Gate(GateArgs),
    /// Will the window meet its objective, going by these probes?
    Forecast(ForecastArgs),
    /// What is the success rate over a mix of event types?
    Stratified(StratifiedArgs),
    /// What do retries make of a few broken tenants?
    Retries(RetriesArgs),
    /// What are probes worth that resemble one another?
    Dependence(DependenceArgs),
    /// Will the windows breach or warn at this success rate?
    Window(WindowArgs),
    /// Which burn rate uses up a share of the budget in so many hours?
    Burn(BurnArgs),
    /// Compute a file of test vectors, to hold against another implementation.
    ///
    /// Prints an array of {"id", "computed"}, or {"id", "error"} for a vector that can't be computed; in
    /// that case the exit code is 65.
    Vectors(VectorsArgs),
}

/// What was typed after `rehearsal estimate vectors`.
#[derive(Debug, clap::Args)]
pub struct VectorsArgs {
    /// The file, {"vectors": [{"id", "family", "inputs"}, …]}; - for standard input.
    pub file: PathBuf,
}
