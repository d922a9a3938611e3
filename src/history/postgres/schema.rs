//! The tables, in a schema of their own, and how those of older versions become those of this one.

use tokio_postgres::Client;

use super::{Answer, Problem};

/// The steps from nothing to this version's format. A step never changes once it is released.
const STEPS: [&str; 2] = [include_str!("1.sql"), include_str!("2.sql")];

/// The format that this version writes.
pub(super) const VERSION: i64 = STEPS.len() as i64;

/// Held while tables change or runs are forgotten, so that one probe of many does it: `rhsl` in ASCII.
pub(super) const LOCK: &str = "SELECT pg_advisory_xact_lock(1919448940)";

const BEGINNING: &str = "
    CREATE SCHEMA rehearsal;
    CREATE TABLE rehearsal.format (version BIGINT NOT NULL);
    INSERT INTO rehearsal.format VALUES (0)";

/// Makes a connection ready, and brings an older history to this version's format.
pub(super) async fn prepare(client: &mut Client) -> Answer<()> {
    client.batch_execute("SET search_path TO rehearsal").await?;
    if version(client).await? == Some(VERSION) {
        return Ok(());
    }
    let transaction = client.transaction().await?;
    transaction.batch_execute(LOCK).await?;
    // Another probe may have done it meanwhile.
    let found = match version(transaction.client()).await? {
        Some(found) => found,
        None => {
            transaction.batch_execute(BEGINNING).await?;
            0
        }
    };
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or_default()) {
        transaction.batch_execute(step).await?;
    }
    transaction.execute("UPDATE rehearsal.format SET version = $1", &[&VERSION]).await?;
    transaction.commit().await?;
    Ok(())
}

/// The format that is there, if there is a history.
async fn version(client: &Client) -> Answer<Option<i64>> {
    // Read as a table: a look-up by name would remember within a transaction that there is none.
    let there = "SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = 'rehearsal' AND tablename = 'format'";
    if client.query_opt(there, &[]).await?.is_none() {
        return Ok(None);
    }
    let found: i64 = client.query_one("SELECT version FROM rehearsal.format", &[]).await?.try_get(0)?;
    if found > VERSION { Err(Problem::Newer { found }) } else { Ok(Some(found)) }
}
