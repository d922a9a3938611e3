//! Where results go.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Reports and progress.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Out")]
pub struct OutArgs {
    /// A report to write; PATH `-` is standard output (repeatable). Formats: json html junit markdown
    /// github prometheus nagios hgrm hlog csv sarif
    #[arg(long, value_name = "FORMAT=PATH")]
    pub report: Vec<String>,

    /// A folder to write evidence to: the report as JSON and, for each failure code, all that is known as text
    #[arg(long, value_name = "DIR")]
    pub evidence: Option<PathBuf>,

    /// A run to compare with, for the Markdown report, the base branch's, say: its id in the history or how that
    /// begins, or its JSON report
    #[arg(long, value_name = "RUN|FILE")]
    pub baseline: Option<String>,

    /// Annotate a GitHub workflow, and add the Markdown report to the summary of its step
    #[arg(long)]
    pub github: bool,

    /// Print no report on the terminal, only errors
    #[arg(long, short = 'q', conflicts_with = "verbose")]
    pub quiet: bool,

    /// Say more while running
    #[arg(long, short = 'v')]
    pub verbose: bool,

    /// Show no progress bar
    #[arg(long)]
    pub no_progress: bool,
}

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorArg {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}
