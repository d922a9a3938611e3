//! Whoever follows a run from outside.

use super::Progress;
use crate::recorder::Callback;

/// Follows a run: a live view, a log of every exchange. It must never make the run wait.
pub trait Watch {
    /// A callback came to its end. Its secrets are taken out.
    fn recorded(&self, callback: &Callback);

    /// The run went on.
    fn progressed(&self, progress: &Progress);
}
