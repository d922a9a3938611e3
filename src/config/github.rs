//! What a GitHub workflow tells the programs that it runs.

use std::path::PathBuf;

/// The file whose Markdown a workflow shows as the summary of the step, where there is one.
pub fn step_summary() -> Option<PathBuf> {
    std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()).map(PathBuf::from)
}
