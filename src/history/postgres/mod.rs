//! A history in a PostgreSQL database, shared by probes of many places.

mod read;
mod schema;
mod tls;
mod write;

use std::error::Error;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::timeout;
use tokio_postgres::config::Host;
use tokio_postgres::{Client, Config, Transaction};
use uuid::Uuid;

use self::tls::Mode;
use super::address::PostgresUrl;
use super::{
    Exclusion, HealthRow, HistoryError, HistoryStore, Recorded, RunFilter, RunHead, RunRecord, Series,
    SeriesHead, TallyRow,
};

/// How long connecting may take, and after it each call.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long the server waits for another probe's transaction, and lets a query run.
const SERVER_PATIENCE: &str = "SET statement_timeout = '10s'; SET lock_timeout = '10s'";

/// A history in a PostgreSQL database.
pub struct PostgresStore {
    client: Client,
    shown: String,
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}

type Answer<T> = Result<T, Problem>;

/// What went wrong, before it is known with which database.
#[derive(Debug)]
enum Problem {
    Postgres(tokio_postgres::Error),
    Setting(String),
    Newer { found: i64 },
    Damaged(String),
    Ambiguous(String),
    TooSlow,
}

impl Problem {
    fn of(self, shown: &str) -> HistoryError {
        let store = shown.to_owned();
        match self {
            Self::Postgres(error) => HistoryError::Unreachable { store, why: sentence(&error) },
            Self::Setting(why) => HistoryError::Unreachable { store, why },
            Self::Newer { found } => HistoryError::Newer { store, found, known: schema::VERSION },
            Self::Damaged(why) => HistoryError::NotAHistory { store, why },
            Self::Ambiguous(prefix) => HistoryError::Ambiguous(prefix),
            Self::TooSlow => {
                HistoryError::Unreachable { store, why: format!("no answer within {PATIENCE:?}") }
            }
        }
    }
}

impl From<tokio_postgres::Error> for Problem {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

/// What the server said, otherwise what the library says.
fn sentence(error: &tokio_postgres::Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(server), _) => server.message().to_owned(),
        (None, Some(source)) => source.to_string(),
        (None, None) => error.to_string(),
    }
}

impl PostgresStore {
    /// Connects, and brings an older history to this version's format.
    ///
    /// # Errors
    /// When the database can't be had, or its history is of a newer format.
    pub async fn open(url: &PostgresUrl, shown: String) -> Result<Self, HistoryError> {
        let opened = within(async {
            let mut client = connect(url).await?;
            client.batch_execute(SERVER_PATIENCE).await?;
            schema::prepare(&mut client).await?;
            Ok(client)
        });
        match opened.await {
            Ok(client) => Ok(Self { client, shown }),
            Err(problem) => Err(problem.of(&shown)),
        }
    }

    async fn transact<T>(
        &mut self,
        work: impl AsyncFnOnce(&Transaction<'_>) -> Answer<T>,
    ) -> Result<T, HistoryError> {
        let answer = within(async {
            let transaction = self.client.transaction().await?;
            let answer = work(&transaction).await?;
            transaction.commit().await?;
            Ok(answer)
        });
        answer.await.map_err(|problem| problem.of(&self.shown))
    }
}

async fn within<T>(work: impl Future<Output = Answer<T>>) -> Answer<T> {
    timeout(PATIENCE, work).await.unwrap_or(Err(Problem::TooSlow))
}

async fn connect(url: &PostgresUrl) -> Answer<Client> {
    let mut address = url.expose().clone();
    let ours = |name: &str| matches!(name, "sslmode" | "sslrootcert");
    let pairs: Vec<(String, String)> = address.query_pairs().into_owned().collect();
    let setting =
        |wanted: &str| pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    address.set_query(None);
    for (name, value) in pairs.iter().filter(|(name, _)| !ours(name)) {
        address.query_pairs_mut().append_pair(name, value);
    }
    let mut config =
        Config::from_str(address.as_str()).map_err(|error| Problem::Setting(sentence(&error)))?;
    let mode = Mode::of(setting("sslmode"), setting("sslrootcert"), is_near(&config))?;
    config.ssl_mode(mode.negotiation());
    config.application_name("rehearsal");
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(Duration::from_secs(5));
    }
    let (client, connection) = config.connect(mode.connector()?).await?;
    // It ends with the client; what goes wrong with it, the client's next call tells.
    tokio::spawn(connection);
    Ok(client)
}

/// Whether the database is on this machine: nobody is between.
fn is_near(config: &Config) -> bool {
    config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    })
}

impl HistoryStore for PostgresStore {
    async fn record(&mut self, runs: &[RunRecord]) -> Result<Vec<Recorded>, HistoryError> {
        self.transact(async |transaction| {
            let mut recorded = Vec::new();
            for run in runs {
                recorded.push(write::run(transaction, run).await?);
            }
            Ok(recorded)
        })
        .await
    }

    async fn runs(&mut self, filter: &RunFilter) -> Result<Vec<RunHead>, HistoryError> {
        self.transact(async |transaction| read::runs(transaction, filter).await).await
    }

    async fn run(&mut self, id: &str) -> Result<Option<RunRecord>, HistoryError> {
        self.transact(async |transaction| read::run(transaction, id).await).await
    }

    async fn series(&mut self) -> Result<Vec<SeriesHead>, HistoryError> {
        self.transact(async |transaction| read::series(transaction).await).await
    }

    async fn tally(
        &mut self,
        series: &Series,
        cuts: &[Timestamp],
    ) -> Result<Vec<Vec<TallyRow>>, HistoryError> {
        self.transact(async |transaction| read::tally(transaction, series, cuts).await).await
    }

    async fn health_tally(
        &mut self,
        series: &Series,
        cuts: &[Timestamp],
    ) -> Result<Vec<Vec<HealthRow>>, HistoryError> {
        self.transact(async |transaction| read::health_tally(transaction, series, cuts).await).await
    }

    async fn exclusions(&mut self) -> Result<Vec<Exclusion>, HistoryError> {
        self.transact(async |transaction| read::exclusions(transaction).await).await
    }

    async fn add_exclusion(&mut self, exclusion: &Exclusion) -> Result<(), HistoryError> {
        self.transact(async |transaction| write::exclusion(transaction, exclusion).await).await
    }

    async fn remove_exclusion(&mut self, id: Uuid) -> Result<bool, HistoryError> {
        self.transact(async |transaction| write::no_exclusion(transaction, id).await).await
    }

    async fn memory(&mut self, key: &str) -> Result<Option<String>, HistoryError> {
        self.transact(async |transaction| read::memory(transaction, key).await).await
    }

    async fn remember(&mut self, key: &str, value: &str) -> Result<(), HistoryError> {
        self.transact(async |transaction| write::memory(transaction, key, value).await).await
    }

    async fn prune(&mut self, before: Timestamp) -> Result<u64, HistoryError> {
        self.transact(async |transaction| write::prune(transaction, before).await).await
    }
}
