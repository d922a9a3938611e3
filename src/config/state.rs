//! Where the tool keeps what outlives a run.

use std::env;
use std::path::{Path, PathBuf};

use crate::exit::Abort;

/// The user's state directory for this tool: `typed`, otherwise `$XDG_STATE_HOME/rehearsal`, otherwise
/// `~/.local/state/rehearsal` (XDG Base Directory Specification 0.8).
///
/// # Errors
/// When none of them is known.
pub fn state_dir(typed: Option<&Path>) -> Result<PathBuf, Abort> {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    typed
        .map(Path::to_owned)
        .or_else(|| absolute("XDG_STATE_HOME").map(|dir| dir.join("rehearsal")))
        .or_else(|| absolute("HOME").map(|home| home.join(".local/state/rehearsal")))
        .ok_or_else(|| {
            Abort::usage("there is no state directory: neither XDG_STATE_HOME nor HOME is set")
                .remedy("give one with --state-dir DIR")
        })
}
