//! The tables, and how those of older versions become those of this one.

use rusqlite::{Connection, TransactionBehavior};

use super::{Answer, PATIENCE, Problem};

/// The steps from an empty file to this version's format. A step never changes once it is released.
const STEPS: [&str; 2] = [include_str!("1.sql"), include_str!("2.sql")];

/// The format that this version writes.
pub(super) const VERSION: i64 = STEPS.len() as i64;

/// Marks a file as a history of ours: `rhsl` in ASCII.
const APPLICATION: i64 = 0x7268_736c;

/// Makes a connection ready, and brings an older file to this version's format.
pub(super) fn prepare(connection: &mut Connection) -> Answer<()> {
    connection.busy_timeout(PATIENCE)?;
    // Nothing is written to a file that is not ours.
    check(connection)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // What was committed outlives a loss of power as well.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    if check(connection)? < VERSION {
        upgrade(connection)?;
    }
    Ok(())
}

fn upgrade(connection: &mut Connection) -> Answer<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have done it meanwhile.
    let found = check(&transaction)?;
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or_default()) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()?;
    Ok(())
}

/// The file's format: 0 for an empty file.
fn check(connection: &Connection) -> Answer<i64> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (application, version) = (pragma("application_id")?, pragma("user_version")?);
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))?;
    match application {
        APPLICATION if version > VERSION => Err(Problem::Newer { found: version }),
        APPLICATION => Ok(version),
        0 if tables == 0 => Ok(0),
        _ => Err(Problem::Foreign("it is a database of another program".to_owned())),
    }
}
