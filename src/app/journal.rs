//! The history that a command records in and reads from, or why there is none.

use std::fmt;
use std::path::Path;

use crate::exit::Abort;
use crate::history::{HistoryStore, RunRecord, SqliteStore};
use crate::report::output;

/// The history that a command records in and reads from.
pub(super) struct Journal {
    store: Result<SqliteStore, Missing>,
}

/// Why there is no history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Missing {
    /// Nobody wants one.
    NotKept,
    /// It can't be had now.
    OutOfReach(String),
}

impl Journal {
    pub(super) async fn open(typed: Option<&str>, state_dir: &Path) -> Result<Self, Abort> {
        let store = match typed {
            Some("none") => Err(Missing::NotKept),
            _ => {
                let path = typed.and_then(|url| url.strip_prefix("sqlite:")).map(std::path::PathBuf::from);
                let path = path.unwrap_or_else(|| state_dir.join("history.sqlite"));
                SqliteStore::open(&path).map_err(|error| Missing::OutOfReach(error.to_string()))
            }
        };
        Ok(Self { store })
    }

    pub(super) fn store(&mut self) -> Result<&mut SqliteStore, Missing> {
        self.store.as_mut().map_err(|missing| missing.clone())
    }

    pub(super) async fn keep(&mut self, record: RunRecord) -> Result<(), Abort> {
        match &mut self.store {
            Ok(store) => {
                store.record(&[record]).await?;
            }
            Err(Missing::NotKept) => {}
            Err(missing) => output::note(&missing.to_string()),
        }
        Ok(())
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotKept => f.write_str("no history is kept"),
            Self::OutOfReach(why) => f.write_str(why),
        }
    }
}
