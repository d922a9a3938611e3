//! A history in one SQLite file, used by many processes of one machine.
//!
//! Calls answer in the caller's thread: they take milliseconds, or up to [`PATIENCE`] while another process
//! writes.

mod read;
mod schema;
mod write;

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};
use uuid::Uuid;

use super::{
    Exclusion, HealthRow, HistoryError, HistoryStore, Recorded, RunFilter, RunHead, RunRecord, Series,
    SeriesHead, TallyRow,
};

/// How long a call waits for other processes to finish writing.
const PATIENCE: Duration = Duration::from_secs(10);

/// A history in one SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    connection: Connection,
}

impl SqliteStore {
    /// Opens the file at `path`, and makes it and its folder where there is none. Nobody else may read it.
    ///
    /// # Errors
    /// When it can't be opened, or holds something else.
    pub fn open(path: &Path) -> Result<Self, HistoryError> {
        let unreachable =
            |why: &dyn ToString| HistoryError::Unreachable { store: shown(path), why: why.to_string() };
        create(path).map_err(|error| unreachable(&error))?;
        let mut connection = Connection::open(path).map_err(|error| unreachable(&error))?;
        schema::prepare(&mut connection).map_err(|problem| problem.of(path))?;
        Ok(Self { path: path.to_owned(), connection })
    }

    /// Reads in one transaction, so that no other process changes anything meanwhile.
    fn reading<T>(&mut self, read: impl FnOnce(&Transaction<'_>) -> Answer<T>) -> Result<T, HistoryError> {
        self.within(TransactionBehavior::Deferred, read)
    }

    /// Writes in one transaction.
    fn writing<T>(&mut self, write: impl FnOnce(&Transaction<'_>) -> Answer<T>) -> Result<T, HistoryError> {
        self.within(TransactionBehavior::Immediate, write)
    }

    fn within<T>(
        &mut self,
        behavior: TransactionBehavior,
        work: impl FnOnce(&Transaction<'_>) -> Answer<T>,
    ) -> Result<T, HistoryError> {
        let answer = self.connection.transaction_with_behavior(behavior).map_err(Problem::from);
        let answer = answer.and_then(|transaction| {
            let answer = work(&transaction)?;
            transaction.commit()?;
            Ok(answer)
        });
        answer.map_err(|problem| problem.of(&self.path))
    }
}

type Answer<T> = Result<T, Problem>;

/// What went wrong, before it is known with which file.
#[derive(Debug)]
enum Problem {
    Sqlite(rusqlite::Error),
    Newer { found: i64 },
    Foreign(String),
    Ambiguous(String),
}

impl Problem {
    fn of(self, path: &Path) -> HistoryError {
        let store = shown(path);
        match self {
            Self::Sqlite(error) if is_content(&error) => {
                HistoryError::NotAHistory { store, why: error.to_string() }
            }
            Self::Sqlite(error) => HistoryError::Unreachable { store, why: error.to_string() },
            Self::Newer { found } => HistoryError::Newer { store, found, known: schema::VERSION },
            Self::Foreign(why) => HistoryError::NotAHistory { store, why },
            Self::Ambiguous(prefix) => HistoryError::Ambiguous(prefix),
        }
    }
}

impl From<rusqlite::Error> for Problem {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// Whether it is about what the file holds, and not about getting at it.
fn is_content(error: &rusqlite::Error) -> bool {
    match error.sqlite_error_code() {
        Some(code) => {
            matches!(code, ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt | ErrorCode::Unknown)
        }
        None => true,
    }
}

fn shown(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

/// Makes an empty file that nobody else may read; SQLite gives the same rights to the files beside it.
fn create(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ())
}

impl HistoryStore for SqliteStore {
    async fn record(&mut self, runs: &[RunRecord]) -> Result<Vec<Recorded>, HistoryError> {
        self.writing(|transaction| runs.iter().map(|run| write::run(transaction, run)).collect())
    }

    async fn runs(&mut self, filter: &RunFilter) -> Result<Vec<RunHead>, HistoryError> {
        self.reading(|transaction| read::runs(transaction, filter))
    }

    async fn run(&mut self, id: &str) -> Result<Option<RunRecord>, HistoryError> {
        self.reading(|transaction| read::run(transaction, id))
    }

    async fn series(&mut self) -> Result<Vec<SeriesHead>, HistoryError> {
        self.reading(read::series)
    }

    async fn tally(
        &mut self,
        series: &Series,
        cuts: &[Timestamp],
    ) -> Result<Vec<Vec<TallyRow>>, HistoryError> {
        self.reading(|transaction| read::tally(transaction, series, cuts))
    }

    async fn health_tally(
        &mut self,
        series: &Series,
        cuts: &[Timestamp],
    ) -> Result<Vec<Vec<HealthRow>>, HistoryError> {
        self.reading(|transaction| read::health_tally(transaction, series, cuts))
    }

    async fn exclusions(&mut self) -> Result<Vec<Exclusion>, HistoryError> {
        self.reading(read::exclusions)
    }

    async fn add_exclusion(&mut self, exclusion: &Exclusion) -> Result<(), HistoryError> {
        self.writing(|transaction| write::exclusion(transaction, exclusion))
    }

    async fn remove_exclusion(&mut self, id: Uuid) -> Result<bool, HistoryError> {
        self.writing(|transaction| write::no_exclusion(transaction, id))
    }

    async fn memory(&mut self, key: &str) -> Result<Option<String>, HistoryError> {
        self.reading(|transaction| read::memory(transaction, key))
    }

    async fn remember(&mut self, key: &str, value: &str) -> Result<(), HistoryError> {
        self.writing(|transaction| write::memory(transaction, key, value))
    }

    async fn prune(&mut self, before: Timestamp) -> Result<u64, HistoryError> {
        self.writing(|transaction| write::prune(transaction, before))
    }
}
