//! Whichever store `--history` names.

use jiff::Timestamp;
use uuid::Uuid;

#[cfg(feature = "postgres")]
use super::PostgresStore;
use super::{
    Exclusion, HealthRow, HistoryError, HistoryStore, HistoryUrl, Recorded, RunFilter, RunHead, RunRecord,
    Series, SeriesHead, SqliteStore, TallyRow,
};

/// A history in whichever store was named.
#[derive(Debug)]
pub enum History {
    /// In a file.
    Sqlite(SqliteStore),
    /// In a PostgreSQL database.
    #[cfg(feature = "postgres")]
    Postgres(PostgresStore),
}

impl History {
    /// Opens the history at `url`; none when it is [`HistoryUrl::None`].
    ///
    /// # Errors
    /// When it can't be had, is of a newer format, or no history.
    pub async fn open(url: &HistoryUrl) -> Result<Option<Self>, HistoryError> {
        match url {
            HistoryUrl::None => Ok(None),
            HistoryUrl::Sqlite(path) => SqliteStore::open(path).map(|store| Some(Self::Sqlite(store))),
            #[cfg(feature = "postgres")]
            HistoryUrl::Postgres(address) => {
                PostgresStore::open(address, url.shown()).await.map(|store| Some(Self::Postgres(store)))
            }
            #[cfg(not(feature = "postgres"))]
            HistoryUrl::Postgres(_) => Err(HistoryError::Unreachable {
                store: url.shown(),
                why: "this program was built without PostgreSQL".to_owned(),
            }),
        }
    }
}

impl HistoryStore for History {
    async fn record(&mut self, runs: &[RunRecord]) -> Result<Vec<Recorded>, HistoryError> {
        match self {
            Self::Sqlite(store) => store.record(runs).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.record(runs).await,
        }
    }

    async fn runs(&mut self, filter: &RunFilter) -> Result<Vec<RunHead>, HistoryError> {
        match self {
            Self::Sqlite(store) => store.runs(filter).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.runs(filter).await,
        }
    }

    async fn run(&mut self, id: &str) -> Result<Option<RunRecord>, HistoryError> {
        match self {
            Self::Sqlite(store) => store.run(id).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.run(id).await,
        }
    }

    async fn series(&mut self) -> Result<Vec<SeriesHead>, HistoryError> {
        match self {
            Self::Sqlite(store) => store.series().await,
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.series().await,
        }
    }

    async fn tally(
        &mut self,
        series: &Series,
        cuts: &[Timestamp],
    ) -> Result<Vec<Vec<TallyRow>>, HistoryError> {
        match self {
            Self::Sqlite(store) => store.tally(series, cuts).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.tally(series, cuts).await,
        }
    }

    async fn health_tally(
        &mut self,
        series: &Series,
        cuts: &[Timestamp],
    ) -> Result<Vec<Vec<HealthRow>>, HistoryError> {
        match self {
            Self::Sqlite(store) => store.health_tally(series, cuts).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.health_tally(series, cuts).await,
        }
    }

    async fn exclusions(&mut self) -> Result<Vec<Exclusion>, HistoryError> {
        match self {
            Self::Sqlite(store) => store.exclusions().await,
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.exclusions().await,
        }
    }

    async fn add_exclusion(&mut self, exclusion: &Exclusion) -> Result<(), HistoryError> {
        match self {
            Self::Sqlite(store) => store.add_exclusion(exclusion).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.add_exclusion(exclusion).await,
        }
    }

    async fn remove_exclusion(&mut self, id: Uuid) -> Result<bool, HistoryError> {
        match self {
            Self::Sqlite(store) => store.remove_exclusion(id).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.remove_exclusion(id).await,
        }
    }

    async fn memory(&mut self, key: &str) -> Result<Option<String>, HistoryError> {
        match self {
            Self::Sqlite(store) => store.memory(key).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.memory(key).await,
        }
    }

    async fn remember(&mut self, key: &str, value: &str) -> Result<(), HistoryError> {
        match self {
            Self::Sqlite(store) => store.remember(key, value).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.remember(key, value).await,
        }
    }

    async fn prune(&mut self, before: Timestamp) -> Result<u64, HistoryError> {
        match self {
            Self::Sqlite(store) => store.prune(before).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.prune(before).await,
        }
    }
}
