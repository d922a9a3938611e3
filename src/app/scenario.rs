//! `rehearsal scenario`.

use crate::cli::ScenarioArgs;
use crate::exit::{Abort, Exit};

/// Runs the command.
pub(super) fn run(_args: &ScenarioArgs) -> Result<Exit, Abort> {
    Ok(Exit::Ok)
}
