//! `rehearsal explain`.

/// What was typed after `rehearsal explain`.
#[derive(Debug, clap::Args)]
pub struct ExplainArgs {}
