//! What windows are kept for.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::verdict::Trust;

/// One app, in one environment, seen from one location, with one kind of trust. Windows are kept for each
/// and never pooled. An empty text stands for what was not named.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Series {
    /// What stands for the app, see [`Series::app`].
    pub app_key: String,
    /// Where the app runs, e.g. `production`.
    pub environment: String,
    /// Where the probe runs.
    pub location: String,
    /// How the app takes the probe's signature.
    pub trust: Trust,
}

impl Series {
    /// What stands for an app: its key, or its base URL while the key is not known.
    pub fn app(key: Option<String>, base_url: &impl ToString) -> String {
        key.unwrap_or_else(|| base_url.to_string())
    }
}

impl fmt::Display for Series {
    /// `app / environment / location / trust`, without what was not named.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in [&self.app_key, &self.environment, &self.location] {
            if !part.is_empty() {
                write!(f, "{part} / ")?;
            }
        }
        f.write_str(self.trust.name())
    }
}

/// A series that a history knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesHead {
    /// The series.
    pub series: Series,
    /// When the last of its runs that feed windows ended.
    pub last_run_at: Option<Timestamp>,
    /// The last moment at which a callback of such a run was good, or without trust reached.
    pub last_good_at: Option<Timestamp>,
}
