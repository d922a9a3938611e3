//! The history that a command records in and reads from, or why there is none.

use std::fmt;
use std::path::Path;

use jiff::Timestamp;

use crate::exit::Abort;
use crate::history::{History, HistoryError, HistoryStore, HistoryUrl, RunRecord, Spool};
use crate::report::output;

/// The history that a command records in and reads from.
#[derive(Debug)]
pub(super) struct Journal {
    spool: Spool,
    store: Result<History, Missing>,
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
    /// Opens the history at `url`, and delivers the runs that wait for it in the state directory. One that is
    /// out of reach is no error yet.
    ///
    /// # Errors
    /// When what the URL names is no history of ours, or a newer one.
    pub(super) async fn open(url: &HistoryUrl, state_dir: &Path) -> Result<Self, Abort> {
        let spool = Spool::of(state_dir, url);
        let store = match History::open(url).await {
            Ok(Some(store)) => Ok(store),
            Ok(None) => Err(Missing::NotKept),
            Err(error @ HistoryError::Unreachable { .. }) => Err(Missing::OutOfReach(error.to_string())),
            Err(error) => return Err(error.into()),
        };
        let mut journal = Self { spool, store };
        journal.deliver().await?;
        Ok(journal)
    }

    /// The history itself.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn store(&mut self) -> Result<&mut impl HistoryStore, Missing> {
        self.store.as_mut().map_err(|missing| missing.clone())
    }

    /// Records a run, if a history is kept. When that is out of reach, the run waits for it in the state
    /// directory.
    ///
    /// # Errors
    /// When the history is none of ours any more, or the run can be kept nowhere.
    pub(super) async fn keep(&mut self, run: RunRecord) -> Result<(), Abort> {
        if matches!(self.store, Err(Missing::NotKept)) {
            return Ok(());
        }
        if let Err(error) = self.spool.keep(&run) {
            return self.record_unkept(run, &error).await;
        }
        self.deliver().await?;
        if let Err(Missing::OutOfReach(why)) = &self.store {
            output::note(&format!("this run is kept and will be recorded the next time: {why}"));
        }
        Ok(())
    }

    /// Forgets the runs that ended before this moment, where a history is kept and can be had. What can't be
    /// forgotten now is forgotten after a later run.
    pub(super) async fn forget(&mut self, before: Timestamp) {
        if let Ok(store) = &mut self.store
            && let Err(error) = store.prune(before).await
        {
            output::note(&format!("old runs are not forgotten: {error}"));
        }
    }

    /// Records a run without the file that would outlive us.
    async fn record_unkept(&mut self, run: RunRecord, error: &std::io::Error) -> Result<(), Abort> {
        match self.store() {
            Ok(store) => store.record(&[run]).await.map(|_| ()).map_err(Abort::from),
            Err(missing) => Err(Abort::unavailable(format!(
                "this run is not recorded: {missing}, and the state directory can't be written: {error}"
            ))),
        }
    }

    async fn deliver(&mut self) -> Result<(), Abort> {
        let Ok(store) = &mut self.store else { return Ok(()) };
        match self.spool.deliver(store).await {
            Ok(delivery) => {
                for path in delivery.unreadable {
                    output::note(&format!("{} holds no run, and is left as it is", path.display()));
                }
                Ok(())
            }
            Err(error @ HistoryError::Unreachable { .. }) => {
                self.store = Err(Missing::OutOfReach(error.to_string()));
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
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
