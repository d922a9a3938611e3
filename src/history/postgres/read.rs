//! What is asked of the database.

use std::time::Duration;

use jiff::Timestamp;
use tokio_postgres::types::{FromSql, ToSql};
use tokio_postgres::{Row, Transaction};
use uuid::Uuid;

use super::{Answer, Problem};
use crate::history::sql;
use crate::history::values::{decompressed, ids_beginning, nanoseconds, read_count, timestamp};
use crate::history::{
    EventCount, Exclusion, HealthProbe, HealthRow, RunFilter, RunHead, RunRecord, Scope, Series, SeriesHead,
    TallyRow,
};
use crate::verdict::{Trust, Verdict};

/// The columns that [`head`] reads.
const HEAD: &str = "
    runs.number, runs.id, series.app_key, series.environment, series.location, series.trust, runs.command,
    runs.target, runs.started_at, runs.finished_at, runs.complete, runs.feeds_windows, runs.status
    FROM runs JOIN series ON series.id = runs.series";

pub(super) async fn runs(transaction: &Transaction<'_>, filter: &RunFilter) -> Answer<Vec<RunHead>> {
    let sql = format!(
        "SELECT {HEAD} WHERE ($1::TEXT IS NULL OR series.app_key = $1)
            AND ($2::TEXT IS NULL OR series.environment = $2) AND ($3::TEXT IS NULL OR series.location = $3)
            AND ($4::TEXT IS NULL OR runs.command = $4) AND runs.started_at >= $5 AND runs.started_at < $6
         ORDER BY runs.started_at DESC, runs.number DESC LIMIT $7"
    );
    let rows = transaction
        .query(
            &sql,
            &[
                &filter.app_key,
                &filter.environment,
                &filter.location,
                &filter.command,
                &filter.since.map_or(i64::MIN, nanoseconds),
                &filter.until.map_or(i64::MAX, nanoseconds),
                &filter.limit.map(i64::from),
            ],
        )
        .await?;
    rows.iter().map(head).collect()
}

pub(super) async fn run(transaction: &Transaction<'_>, id: &str) -> Answer<Option<RunRecord>> {
    let Some(ids) = ids_beginning(id) else { return Ok(None) };
    let sql = format!("SELECT {HEAD} WHERE runs.id BETWEEN $1 AND $2 LIMIT 2");
    let (first, last) = (ids.start().as_bytes().as_slice(), ids.end().as_bytes().as_slice());
    let found = transaction.query(&sql, &[&first, &last]).await?;
    match found.as_slice() {
        [] => Ok(None),
        [row] => {
            let number = get(row, 0)?;
            Ok(Some(RunRecord {
                head: head(row)?,
                events: events(transaction, number).await?,
                health: health(transaction, number).await?,
                report: report(transaction, number).await?,
            }))
        }
        _ => Err(Problem::Ambiguous(id.to_owned())),
    }
}

async fn events(transaction: &Transaction<'_>, run: i64) -> Answer<Vec<EventCount>> {
    let rows = transaction
        .query(
            "SELECT at, event_type, scenario, step, client_key, site, code, verdict, count
         FROM events WHERE run = $1 ORDER BY position",
            &[&run],
        )
        .await?;
    let event = |row: &Row| {
        Ok(EventCount {
            at: timestamp(get(row, 0)?),
            event_type: get(row, 1)?,
            scenario: get(row, 2)?,
            step: get(row, 3)?,
            client_key: get(row, 4)?,
            site: get(row, 5)?,
            code: get(row, 6)?,
            verdict: named(row, 7, Verdict::named)?,
            count: read_count(get(row, 8)?),
        })
    };
    rows.iter().map(event).collect()
}

async fn health(transaction: &Transaction<'_>, run: i64) -> Answer<Option<HealthProbe>> {
    let row = transaction
        .query_opt("SELECT at, code, verdict, elapsed_us FROM health WHERE run = $1", &[&run])
        .await?;
    let probe = |row: Row| {
        Ok(HealthProbe {
            at: timestamp(get(&row, 0)?),
            code: get(&row, 1)?,
            verdict: named(&row, 2, Verdict::named)?,
            elapsed: Duration::from_micros(read_count(get(&row, 3)?)),
        })
    };
    row.map(probe).transpose()
}

async fn report(transaction: &Transaction<'_>, run: i64) -> Answer<String> {
    let row = transaction.query_one("SELECT gzip FROM reports WHERE run = $1", &[&run]).await?;
    let gzip: &[u8] = row.try_get(0)?;
    decompressed(gzip).ok_or_else(|| Problem::Damaged("a report in it is damaged".to_owned()))
}

pub(super) async fn series(transaction: &Transaction<'_>) -> Answer<Vec<SeriesHead>> {
    // Names in the order of their bytes, as everywhere else.
    let rows = transaction.query(
        "SELECT app_key, environment, location, trust, last_run_at, last_good_at FROM series
         ORDER BY app_key COLLATE \"C\", environment COLLATE \"C\", location COLLATE \"C\", trust COLLATE \"C\"",
        &[],
    ).await?;
    let head = |row: &Row| {
        Ok(SeriesHead {
            series: series_of(row, 0)?,
            last_run_at: get::<Option<i64>>(row, 4)?.map(timestamp),
            last_good_at: get::<Option<i64>>(row, 5)?.map(timestamp),
        })
    };
    rows.iter().map(head).collect()
}

pub(super) async fn tally(
    transaction: &Transaction<'_>,
    series: &Series,
    cuts: &[Timestamp],
) -> Answer<Vec<Vec<TallyRow>>> {
    tallied(transaction, series, cuts, sql::TALLY, |row| {
        Ok(TallyRow {
            event_type: get(row, 0)?,
            client_key: get(row, 1)?,
            site: get(row, 2)?,
            code: get(row, 3)?,
            verdict: named(row, 4, Verdict::named)?,
            count: read_count(get(row, 5)?),
        })
    })
    .await
}

pub(super) async fn health_tally(
    transaction: &Transaction<'_>,
    series: &Series,
    cuts: &[Timestamp],
) -> Answer<Vec<Vec<HealthRow>>> {
    tallied(transaction, series, cuts, sql::HEALTH_TALLY, |row| {
        Ok(HealthRow {
            code: get(row, 0)?,
            verdict: named(row, 1, Verdict::named)?,
            count: read_count(get(row, 2)?),
        })
    })
    .await
}

/// The rows of each interval, in the order of their type.
async fn tallied<R: Ord>(
    transaction: &Transaction<'_>,
    series: &Series,
    cuts: &[Timestamp],
    statement: &str,
    read: fn(&Row) -> Answer<R>,
) -> Answer<Vec<Vec<R>>> {
    let Series { app_key, environment, location, trust } = series;
    let found = transaction
        .query_opt(
            "SELECT id FROM series WHERE app_key = $1 AND environment = $2 AND location = $3 AND trust = $4",
            &[app_key, environment, location, &trust.name()],
        )
        .await?;
    let Some(row) = found else { return Ok(cuts.windows(2).map(|_| Vec::new()).collect()) };
    let series: i64 = get(&row, 0)?;
    let statement = transaction.prepare(statement).await?;
    let mut tally = Vec::new();
    for interval in cuts.windows(2) {
        let [first, last, from, before, after, to] =
            sql::split(nanoseconds(interval[0]), nanoseconds(interval[1]));
        let bounds: [&(dyn ToSql + Sync); 7] = [&series, &first, &last, &from, &before, &after, &to];
        let rows = transaction.query(&statement, &bounds).await?;
        let mut rows = rows.iter().map(read).collect::<Answer<Vec<R>>>()?;
        rows.sort_unstable();
        tally.push(rows);
    }
    Ok(tally)
}

pub(super) async fn exclusions(transaction: &Transaction<'_>) -> Answer<Vec<Exclusion>> {
    let rows = transaction.query(
        "SELECT id, reason, from_at, to_at, app_key, environment, location, site, client_key, code, created_at
         FROM exclusions ORDER BY from_at, id",
        &[],
    ).await?;
    let exclusion = |row: &Row| {
        Ok(Exclusion {
            id: id(row, 0)?,
            reason: get(row, 1)?,
            from: timestamp(get(row, 2)?),
            to: get::<Option<i64>>(row, 3)?.map(timestamp),
            scope: Scope {
                app_key: get(row, 4)?,
                environment: get(row, 5)?,
                location: get(row, 6)?,
                site: get(row, 7)?,
                client_key: get(row, 8)?,
                code: get(row, 9)?,
            },
            created_at: timestamp(get(row, 10)?),
        })
    };
    rows.iter().map(exclusion).collect()
}

pub(super) async fn memory(transaction: &Transaction<'_>, key: &str) -> Answer<Option<String>> {
    let row = transaction.query_opt("SELECT value FROM memory WHERE key = $1", &[&key]).await?;
    row.map(|row| get(&row, 0)).transpose()
}

fn head(row: &Row) -> Answer<RunHead> {
    Ok(RunHead {
        id: id(row, 1)?,
        series: series_of(row, 2)?,
        command: get(row, 6)?,
        target: get(row, 7)?,
        started_at: timestamp(get(row, 8)?),
        finished_at: timestamp(get(row, 9)?),
        complete: get(row, 10)?,
        feeds_windows: get(row, 11)?,
        status: get(row, 12)?,
    })
}

fn series_of(row: &Row, first: usize) -> Answer<Series> {
    Ok(Series {
        app_key: get(row, first)?,
        environment: get(row, first + 1)?,
        location: get(row, first + 2)?,
        trust: named(row, first + 3, Trust::named)?,
    })
}

fn named<T>(row: &Row, column: usize, read: fn(&str) -> Option<T>) -> Answer<T> {
    let name: &str = row.try_get(column)?;
    read(name).ok_or_else(|| Problem::Damaged(format!("`{name}` in it is unknown")))
}

fn id(row: &Row, column: usize) -> Answer<Uuid> {
    let bytes: &[u8] = row.try_get(column)?;
    Uuid::from_slice(bytes).map_err(|error| Problem::Damaged(error.to_string()))
}

fn get<T: for<'row> FromSql<'row>>(row: &Row, column: usize) -> Answer<T> {
    Ok(row.try_get(column)?)
}
