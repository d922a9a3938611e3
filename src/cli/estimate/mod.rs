//! `rehearsal estimate`.

use std::path::PathBuf;

/// What was typed after `rehearsal estimate`.
#[derive(Debug, clap::Args)]
pub struct EstimateArgs {
    /// The question.
    #[command(subcommand)]
    pub question: Question,
    /// Print JSON with every digit instead of a table.
    #[arg(long, global = true)]
    pub json: bool,
}

/// The questions.
#[derive(Debug, clap::Subcommand)]
pub enum Question {
    /// Compute a file of test vectors.
    Vectors(VectorsArgs),
}

/// What was typed after `rehearsal estimate vectors`.
#[derive(Debug, clap::Args)]
pub struct VectorsArgs {
    /// The file, or - for standard input.
    pub file: PathBuf,
}
