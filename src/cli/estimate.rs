//! `rehearsal estimate`.

/// What was typed after `rehearsal estimate`.
#[derive(Debug, clap::Args)]
pub struct EstimateArgs {}
