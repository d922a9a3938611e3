//! Why a history did not do what was asked.

use thiserror::Error;

use crate::exit::Abort;

/// Why a history did not do what was asked. `store` names it without credentials.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HistoryError {
    /// It can't be had now: a run is kept aside for it until it can.
    #[error("the history {store} can't be reached: {why}")]
    Unreachable {
        /// Which history.
        store: String,
        /// What was seen.
        why: String,
    },
    /// A newer version of this program wrote it.
    #[error("the history {store} has format {found}, and this version knows formats up to {known}")]
    Newer {
        /// Which history.
        store: String,
        /// Its format.
        found: i64,
        /// The newest format that this version knows.
        known: i64,
    },
    /// It belongs to another program, or is damaged.
    #[error("{store} is not a history of rehearsal: {why}")]
    NotAHistory {
        /// What was opened.
        store: String,
        /// What was seen.
        why: String,
    },
    /// More than one run's id begins as given.
    #[error("more than one run begins with `{0}`")]
    Ambiguous(String),
}

impl From<HistoryError> for Abort {
    fn from(error: HistoryError) -> Self {
        let problem = error.to_string();
        match error {
            HistoryError::Unreachable { .. } => Self::unavailable(problem)
                .remedy("give another with --history sqlite:PATH or postgres://HOST/DATABASE, or none"),
            HistoryError::Newer { .. } => Self::data(problem)
                .remedy("nothing was changed; use the newer version, or another history with --history"),
            HistoryError::NotAHistory { .. } => {
                Self::data(problem).remedy("nothing was changed; give another with --history sqlite:PATH")
            }
            HistoryError::Ambiguous(_) => Self::usage(problem).remedy("give more of its id"),
        }
    }
}
