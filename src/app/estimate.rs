//! `rehearsal estimate`.

use crate::cli::EstimateArgs;
use crate::exit::{Abort, Exit};

/// Runs the command.
pub(super) fn run(_args: &EstimateArgs) -> Result<Exit, Abort> {
    Ok(Exit::Ok)
}
