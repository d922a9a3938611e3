//! `rehearsal explain`.

use clap::Args;

/// What was typed after `rehearsal explain`.
#[derive(Debug, Clone, Args)]
pub struct ExplainArgs {
    /// The code, e.g. tls.certificate_expired or status.502, or its beginning, e.g. dns, which lists all
    /// codes that begin so; without it, all are listed
    pub code: Option<String>,

    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}
