//! `rehearsal keys`.

use crate::cli::KeysArgs;
use crate::exit::{Abort, Exit};

/// Runs the command.
pub(super) fn run(_args: &KeysArgs) -> Result<Exit, Abort> {
    Ok(Exit::Ok)
}
