//! `rehearsal keys`.

/// What was typed after `rehearsal keys`.
#[derive(Debug, clap::Args)]
pub struct KeysArgs {}
