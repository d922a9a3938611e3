//! `rehearsal explain`.

use crate::cli::ExplainArgs;
use crate::exit::{Abort, Exit};

/// Runs the command.
pub(super) fn run(_args: &ExplainArgs) -> Result<Exit, Abort> {
    Ok(Exit::Ok)
}
