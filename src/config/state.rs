//! Where the tool keeps what outlives a run.

use std::env;
use std::path::{Path, PathBuf};

use crate::exit::Abort;

/// The user's state directory for this tool: `typed`, otherwise `$XDG_STATE_HOME/rehearsal`, otherwise
/// `~/.local/state/rehearsal` (XDG Base Directory Specification 0.8). Without `HOME`, as under some service
/// managers, the home directory is the one in the user database.
///
/// # Errors
/// When none of them is known.
pub fn state_dir(typed: Option<&Path>) -> Result<PathBuf, Abort> {
    let xdg = env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || env::home_dir().filter(|path| path.is_absolute());
    typed
        .map(Path::to_owned)
        .or_else(|| xdg.map(|dir| dir.join("rehearsal")))
        .or_else(|| home().map(|home| home.join(".local/state/rehearsal")))
        .ok_or_else(|| {
            Abort::usage("there is no state directory: neither XDG_STATE_HOME nor HOME is set, and the user has no home")
                .remedy("give one with --state-dir DIR")
        })
}

/// The password for PostgreSQL of libpq's `PGPASSWORD`, where no address has one: the environment is not in
/// the list of processes.
pub fn database_password() -> Option<String> {
    env::var("PGPASSWORD").ok().filter(|password| !password.is_empty())
}
