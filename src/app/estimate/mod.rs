//! `rehearsal estimate`: the planning calculator.

mod vectors;

use crate::cli::EstimateArgs;
use crate::cli::estimate::Question;
use crate::exit::{Abort, Exit};

/// Runs the command.
///
/// # Errors
/// When numbers typed don't go together, or a file can't be read.
pub(super) fn run(args: &EstimateArgs) -> Result<Exit, Abort> {
    match &args.question {
        Question::Vectors(typed) => vectors::run(&typed.file, args.json),
    }
}
