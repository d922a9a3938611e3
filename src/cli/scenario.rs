//! `rehearsal scenario`.

/// What was typed after `rehearsal scenario`.
#[derive(Debug, clap::Args)]
pub struct ScenarioArgs {}
