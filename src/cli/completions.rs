//! `rehearsal completions`.

use clap::Args;

/// What was typed after `rehearsal completions`.
#[derive(Debug, Clone, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}
