//! The history that a command records in and reads from, or why there is none.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::exit::Abort;
use crate::history::{HistoryError, HistoryStore, RunRecord, SqliteStore};
use crate::report::output;

/// The history of an invocation that names none, below the state directory.
const DEFAULT_FILE: &str = "history.db";

/// The history that a command records in and reads from.
#[derive(Debug)]
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
    /// Opens the history at `url`, otherwise the file in the state directory. One that is out of reach is no
    /// error yet.
    ///
    /// # Errors
    /// When the URL names none, or what it names is no history of ours.
    pub(super) fn open(url: Option<&str>, state_dir: &Path) -> Result<Self, Abort> {
        let path = match url {
            None => state_dir.join(DEFAULT_FILE),
            Some("none") => return Ok(Self { store: Err(Missing::NotKept) }),
            Some(url) => {
                url.strip_prefix("sqlite:").filter(|path| !path.is_empty()).map(PathBuf::from).ok_or_else(
                    || {
                        Abort::usage(format!("--history {url} names no history"))
                            .remedy("give sqlite:PATH, or none")
                    },
                )?
            }
        };
        match SqliteStore::open(&path) {
            Ok(store) => Ok(Self { store: Ok(store) }),
            Err(error @ HistoryError::Unreachable { .. }) => {
                Ok(Self { store: Err(Missing::OutOfReach(error.to_string())) })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The history itself.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn store(&mut self) -> Result<&mut impl HistoryStore, Missing> {
        self.store.as_mut().map_err(|missing| missing.clone())
    }

    /// Records a run, if a history is kept. One that is out of reach costs the record, not the report.
    ///
    /// # Errors
    /// When the history is none of ours any more.
    pub(super) async fn keep(&mut self, run: RunRecord) -> Result<(), Abort> {
        let why = match &mut self.store {
            Err(Missing::NotKept) => return Ok(()),
            Err(Missing::OutOfReach(why)) => why.clone(),
            Ok(store) => match store.record(&[run]).await {
                Ok(_) => return Ok(()),
                Err(error @ HistoryError::Unreachable { .. }) => error.to_string(),
                Err(error) => return Err(error.into()),
            },
        };
        output::note(&format!("this run is not recorded: {why}"));
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
